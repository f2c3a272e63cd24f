/**
 * How dear it is to take a record in, measured against the signature check that it cannot do without.
 *
 *     npm run bench:ingest -- [--records N] [--rounds N] [--held N] [--json]
 *
 * A node without peers, on a store in a temporary directory, is offered signed records of many agents
 * through its pipeline; each batch is synced before it is answered. In the same run, in turn with it,
 * the same signatures are checked by bare `crypto.verify` with keys that are imported already. "Per
 * core" divides by processor time of all threads, LevelDB and garbage collection included, so it
 * depends neither on how many cores there are nor on who else uses them. Then the same with 64
 * outcomes to a record, with stores that hold ten times as many records each (up to `--held`; a
 * million takes some minutes, and `node --max-old-space-size=8192`), and the parts one by one.
 *
 * Ends with 1, and says which, when a bar is missed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MIB_BYTES } from '../../src/base/units.ts'
import { readNetwork, type NetworkConfig } from '../../src/node/config.ts'
import { createIdentity, type OwnIdentity } from '../../src/node/own-identity.ts'
import { OUTCOME_LIMIT_COUNT } from '../../src/records/schema.ts'
import { sumOf } from './parts/cpu.ts'
import { median, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { fillStore } from './parts/held.ts'
import { measuredRounds, startNode, type Round } from './parts/ingest-node.ts'
import { measuredParts, type Part } from './parts/ingest-parts.ts'
import { makeAgents, signedRecords, type Agent } from './parts/load.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

/** Of all time that a record takes, at least so much is its signature. */
const RATIO_LEAST = 0.6
const MAIN_THREAD_MOST_US = 60
/** The dearest record over the cheapest, whatever is held. */
const FLATNESS_MOST = 1.5
const HELD_LEAST = 10_000
const HELD_STEP = 10
const RECORDS_PER_AGENT = 100
const AGENTS_LEAST = 8
/** Rounds before those that count: code is compiled, threads are hired, the heap has grown. */
const WARM_ROUNDS = 3
const BATCHED_RECORDS = 800

const OPTIONS = {
  records: {
    least: 16,
    most: 200_000,
    fallback: 24_000,
    meaning: 'records in all rounds together',
  },
  rounds: { least: 1, most: 20, fallback: 8, meaning: `rounds; ${WARM_ROUNDS} more are run first` },
  held: {
    least: 0,
    most: 1_000_000,
    fallback: 100_000,
    meaning: 'records held at most while more are taken in',
  },
}

type Options = BenchOptions<keyof typeof OPTIONS>

interface Load {
  readonly agents: readonly Agent[]
  /** One list a round, those for warming up first. */
  readonly rounds: readonly (readonly Uint8Array[])[]
}

interface Context {
  readonly network: NetworkConfig
  readonly nowMs: number
  readonly directory: string
  readonly identity: OwnIdentity
}

interface Held {
  readonly held: number
  readonly rounds: readonly Round[]
}

async function main({ counts, json }: Options): Promise<void> {
  const where = surroundings()
  // A shard with room for all of it.
  const network = { ...readNetwork('local'), shardLimitBytes: 1_024 * MIB_BYTES }
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-ingest-'))
  try {
    const identity = await createIdentity(join(directory, 'operational.key'), network)
    const context: Context = { network, nowMs: Date.now(), directory, identity }
    const load = makeLoad(counts.records, counts.rounds, context)
    const single = await measured(load, 'single', context)
    const parts = await measuredParts(load.rounds.at(-1) ?? [], load.agents, {
      ...context,
      home: join(directory, 'parts'),
    })
    const batched = await measured(
      makeLoad(BATCHED_RECORDS, 2, context, OUTCOME_LIMIT_COUNT),
      'batched',
      context,
    )
    const held: Held[] = []
    for (let more = HELD_LEAST; more <= counts.held; more *= HELD_STEP) {
      const home = join(directory, 'held')
      await fillStore(home, more - (held.at(-1)?.held ?? 0), context)
      const fresh = makeLoad(Math.ceil(counts.records / 2), 4, context)
      held.push({ held: more, rounds: await measured(fresh, 'held', context) })
    }
    const result = summary({ load, single, batched, held, parts })
    if (json) console.log(JSON.stringify({ bench: 'ingest', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
    if (result.missed.length > 0) process.exitCode = 1
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function makeLoad(
  records: number,
  roundCount: number,
  { network, nowMs }: Context,
  outcomes?: number,
): Load {
  const perRound = Math.ceil(records / roundCount)
  const count = perRound * (roundCount + WARM_ROUNDS)
  const agents = makeAgents(Math.max(AGENTS_LEAST, Math.ceil(count / RECORDS_PER_AGENT)))
  const options = { network: network.name, nowMs, ...(outcomes !== undefined && { outcomes }) }
  const signed = signedRecords(count, agents, options)
  return {
    agents,
    rounds: Array.from({ length: roundCount + WARM_ROUNDS }, (_, round) =>
      signed.slice(round * perRound, (round + 1) * perRound),
    ),
  }
}

async function measured(
  { agents, rounds }: Load,
  home: string,
  { directory, network, identity }: Context,
): Promise<readonly Round[]> {
  await using node = await startNode(join(directory, home), network, identity)
  return (await measuredRounds(node, network.name, agents, rounds)).slice(WARM_ROUNDS)
}

interface Measured {
  readonly load: Load
  readonly single: readonly Round[]
  readonly batched: readonly Round[]
  readonly held: readonly Held[]
  readonly parts: readonly Part[]
}

function summary({ load, single, batched, held, parts }: Measured) {
  const perRound = load.rounds[0]?.length ?? 0
  const records = perRound * single.length
  const ratios = single.map(ratioOf)
  const bare = figuresOf(
    single.map((round) => round.bare),
    records,
  )
  const pipeline = figuresOf(
    single.map((round) => round.pipeline),
    records,
  )
  const outcomes = figuresOf(
    batched.map((round) => round.pipeline),
    Math.ceil(BATCHED_RECORDS / batched.length) * batched.length * OUTCOME_LIMIT_COUNT,
  )
  const outer = parts.filter(({ isInner }) => !isInner)
  const rest: Part = {
    name: 'the rest: turns, promises, views, garbage collection',
    isInner: false,
    cpuUs: rounded(pipeline.cpuUs - outer.reduce((sum, { cpuUs }) => sum + cpuUs, 0)),
    mainUs: rounded(pipeline.mainUs - outer.reduce((sum, { mainUs }) => sum + mainUs, 0)),
  }
  const levels = held.map(({ held: count, rounds }) => ({
    held: count,
    ratio: rounded(median(rounds.map(ratioOf)), 3),
  }))
  const heldRatios = levels.map(({ ratio }) => ratio)
  const ratio = rounded(median(ratios), 3)
  const flatness =
    heldRatios.length === 0 ? null : rounded(Math.max(...heldRatios) / Math.min(...heldRatios), 2)
  const missed = [
    ...(ratio < RATIO_LEAST ? [`the ratio is ${ratio}, below ${RATIO_LEAST}`] : []),
    ...(pipeline.mainUs > MAIN_THREAD_MOST_US
      ? [`the main thread takes ${pipeline.mainUs} us a record, over ${MAIN_THREAD_MOST_US}`]
      : []),
    ...(flatness !== null && flatness > FLATNESS_MOST
      ? [`what is held makes a record ${flatness} times as dear, over ${FLATNESS_MOST}`]
      : []),
  ]
  return {
    records,
    rounds: single.length,
    issuers: load.agents.length,
    recordBytes: Math.round(
      load.rounds.flat().reduce((sum, { length }) => sum + length, 0) / load.rounds.flat().length,
    ),
    ratio,
    ratioLow: rounded(Math.min(...ratios), 3),
    ratioHigh: rounded(Math.max(...ratios), 3),
    bare,
    pipeline,
    outcomes,
    levels,
    flatness,
    parts: [...parts, rest],
    missed,
  }
}

function ratioOf({ bare, pipeline }: Round): number {
  return bare.cpuMs / pipeline.cpuMs
}

function figuresOf(costs: Parameters<typeof sumOf>[0], count: number) {
  const { cpuMs, mainMs, wallMs } = sumOf(costs)
  return {
    perCoreSecond: Math.round((count * 1_000) / cpuMs),
    perSecond: Math.round((count * 1_000) / wallMs),
    cpuUs: rounded((cpuMs * 1_000) / count),
    mainUs: rounded((mainMs * 1_000) / count),
  }
}

function reportText(result: ReturnType<typeof summary>, where: string): string {
  const { bare, pipeline, outcomes, parts, levels, missed } = result
  const row = (name: string, { perCoreSecond, perSecond, cpuUs, mainUs }: typeof bare) => [
    name,
    perCoreSecond,
    perSecond,
    cpuUs,
    mainUs,
  ]
  return [
    where,
    `${result.records} records of ${result.recordBytes} bytes by ${result.issuers} agents in ${result.rounds} rounds`,
    '',
    tableText([
      ['', 'per core and second', 'per second', 'us CPU each', 'us main thread each'],
      row('bare crypto.verify', bare),
      row('records, verified and on disk', pipeline),
      row(`outcomes, ${OUTCOME_LIMIT_COUNT} to a record`, outcomes),
    ]),
    '',
    tableText([
      ['where it goes', 'us CPU each', 'us main thread each'],
      ...parts.map(({ name, isInner, cpuUs, mainUs }) => [
        isInner ? `  of it: ${name}` : name,
        cpuUs,
        mainUs,
      ]),
    ]),
    '',
    tableText([['held', 'ratio'], ...levels.map(({ held, ratio }) => [held, ratio])]),
    '',
    `ratio per core ${result.ratio} (rounds from ${result.ratioLow} to ${result.ratioHigh}; at least ${RATIO_LEAST})`,
    `main thread ${pipeline.mainUs} us a record (at most ${MAIN_THREAD_MOST_US})`,
    `flat within ${result.flatness} (at most ${FLATNESS_MOST})`,
    ...(missed.length === 0 ? ['every bar is met'] : missed.map((each) => `MISSED: ${each}`)),
  ].join('\n')
}

await runBench(OPTIONS, main)
