/**
 * How many scores and explanations a second a node gives, beside a bare route with the same payload.
 *
 *     npm run bench:api -- [--records N] [--agents N] [--seconds S] [--rounds N] [--arriving N] [--json]
 *
 * A node process on a store of signed records, asked over its socket by eight connections that are kept
 * open: about twenty agents again and again, as agents ask about those they work with, and about all in
 * turn, so that no answer is a repetition. In turn with it, in the same run, a
 * Fastify route in a process of its own that answers with the very object that the node answered, asked
 * the same way. Then the same scores while records arrive by the bundle, and how late the node's event
 * loop was meanwhile, as its own metric says.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpAgent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { buildPackage } from './parts/built-package.ts'
import {
  median,
  percentile,
  rounded,
  surroundings,
  surroundingsText,
  tableText,
} from './parts/figures.ts'
import { makeFullStore, ROOMY_NETWORK } from './parts/full-store.ts'
import { makeAgents, signedRecords } from './parts/load.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { RunningNode } from './parts/running-node.ts'

const RATIO_LEAST = 0.5
const LOOP_DELAY_MOST_MS = 50

const OPTIONS = {
  records: {
    least: 1_000,
    most: 1_000_000,
    fallback: 10_000,
    meaning: 'records that the node holds',
  },
  agents: { least: 100, most: 100_000, fallback: 1_000, meaning: 'agents that made them' },
  seconds: { least: 1, most: 60, fallback: 5, meaning: 'how long each side is asked, in a round' },
  rounds: { least: 1, most: 20, fallback: 3, meaning: 'rounds' },
  arriving: { least: 1, most: 20_000, fallback: 1_000, meaning: 'records a second that arrive' },
}

const QUESTIONS = [
  ['score', 20],
  ['score', 500],
  ['explanation', 20],
  ['explanation', 500],
] as const
const LIMIT_MS = 10 * MINUTE_MS
const CONNECTIONS = 8
const PARCELS_PER_SECOND = 10
const BARE_SERVER = join(import.meta.dirname, 'parts', 'bare-route.ts')

interface Rate {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

interface Compared {
  readonly what: string
  readonly payloadBytes: number
  readonly node: Rate
  readonly bare: Rate
  readonly ratio: number
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-api-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  const built = await buildPackage(directory)
  const store = await makeFullStore(join(directory, 'home'), counts)
  const node = stack.use(await RunningNode.start(built, store, LIMIT_MS))
  await node.whenRead(LIMIT_MS)
  const dids = (await agentsOf(node)).filter((did) => did !== store.did)

  const compared: Compared[] = []
  for (const [what, among] of QUESTIONS) {
    const some = dids.slice(0, among)
    const path = (at: number): string => `/v1/agents/${some[at % some.length] ?? ''}/${what}`
    const payload = JSON.stringify(await node.get(path(0)))
    const bare = await BareRoute.start(directory, `${what}-${among}`, payload)
    const sides: { node: Rate[]; bare: Rate[] } = { node: [], bare: [] }
    try {
      await asked(node.socketPath, path, SECOND_MS)
      await asked(bare.socketPath, path, SECOND_MS)
      for (let round = 0; round < counts.rounds; round++) {
        sides.node.push(await asked(node.socketPath, path, counts.seconds * SECOND_MS))
        sides.bare.push(await asked(bare.socketPath, path, counts.seconds * SECOND_MS))
      }
    } finally {
      await bare.end()
    }
    const [own, other] = [middle(sides.node), middle(sides.bare)]
    const ratio = rounded(own.perSecond / other.perSecond, 2)
    compared.push({
      what: `${what}, ${some.length} agents`,
      payloadBytes: payload.length,
      node: own,
      bare: other,
      ratio,
    })
  }
  const busy = await whileArriving(node, dids, counts)
  const result = { compared, busy, ratioWanted: RATIO_LEAST, loopDelayWantedMs: LOOP_DELAY_MOST_MS }
  if (json) console.log(JSON.stringify({ bench: 'api', on: where, ...result }))
  else console.log(reportText(compared, busy, surroundingsText(where)))
}

async function agentsOf(node: RunningNode): Promise<string[]> {
  const found = await node.get('/v1/agents?limit=500')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's answer
  return (found as { items: { did: string }[] }).items.map(({ did }) => did)
}

/** Asks by eight connections for so long, each for the next path as soon as it has its answer. */
async function asked(
  socketPath: string,
  path: (at: number) => string,
  forMs: number,
): Promise<Rate> {
  using agent = new OpenConnections()
  const times: number[] = []
  let next = 0
  const begun = performance.now()
  const ask = async (): Promise<void> => {
    while (performance.now() - begun < forMs) {
      const at = performance.now()
      await agent.get(socketPath, path(next++))
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, ask))
  const seconds = (performance.now() - begun) / SECOND_MS
  return {
    perSecond: times.length / seconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  }
}

class OpenConnections implements Disposable {
  readonly #agent = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS })

  /** @throws {Error} for any status but 200. */
  async get(socketPath: string, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const asking = request({ socketPath, path, agent: this.#agent }, (response) => {
        response.resume()
        response.once('end', () => {
          if (response.statusCode === 200) resolve()
          else reject(new Error(`${path} answered ${response.statusCode}`))
        })
      })
      asking.once('error', reject)
      asking.end()
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function middle(rates: readonly Rate[]): Rate {
  return {
    perSecond: rounded(median(rates.map(({ perSecond }) => perSecond)), 0),
    p50Ms: rounded(median(rates.map(({ p50Ms }) => p50Ms)), 2),
    p99Ms: rounded(median(rates.map(({ p99Ms }) => p99Ms)), 2),
  }
}

interface Busy extends Rate {
  readonly arrivedPerSecond: number
  readonly loopDelayMs: number
}

function bundleOf(records: readonly Uint8Array[], identities: readonly Uint8Array[]): Uint8Array {
  return encodeBundle({ identities, records })
}

/** Scores by eight connections, while a bundle of records comes in every tenth of a second. */
async function whileArriving(
  node: RunningNode,
  dids: readonly string[],
  { arriving, seconds, rounds }: { arriving: number; seconds: number; rounds: number },
): Promise<Busy> {
  const parcel = Math.max(2, Math.round(arriving / PARCELS_PER_SECOND))
  const parcels = seconds * rounds * PARCELS_PER_SECOND
  const agents = makeAgents(Math.max(20, Math.ceil((parcel * parcels) / 100)))
  const options = { network: ROOMY_NETWORK.name, nowMs: Date.now() }
  const records = signedRecords(parcel * parcels, agents, options)
  await node.post(
    '/v1/records/import',
    bundleOf(
      [],
      agents.map(({ state }) => state.bytes),
    ),
  )
  const begun = performance.now()
  const sending = (async () => {
    for (let at = 0; at < parcels; at++) {
      await node.post(
        '/v1/records/import',
        bundleOf(records.slice(at * parcel, (at + 1) * parcel), []),
      )
      const due = begun + ((at + 1) * SECOND_MS) / PARCELS_PER_SECOND
      await delay(Math.max(0, due - performance.now()))
    }
    return (parcel * parcels * SECOND_MS) / (performance.now() - begun)
  })()
  // The loop's delay is told since the last look at it.
  await node.loopDelayMs()
  const path = (at: number): string => `/v1/agents/${dids[at % dids.length] ?? ''}/score`
  const rate = await asked(node.socketPath, path, seconds * rounds * SECOND_MS)
  const loopDelayMs = rounded(await node.loopDelayMs(), 1)
  return { ...middle([rate]), arrivedPerSecond: rounded(await sending, 0), loopDelayMs }
}

/** A Fastify route that answers with one object, in a process of its own. */
class BareRoute {
  readonly socketPath: string
  readonly #child: ChildProcess

  private constructor(socketPath: string, child: ChildProcess) {
    this.socketPath = socketPath
    this.#child = child
  }

  static async start(directory: string, name: string, payload: string): Promise<BareRoute> {
    const socketPath = join(directory, `${name}.sock`)
    const file = join(directory, `${name}.json`)
    await writeFile(file, payload)
    const child = spawn(process.execPath, [BARE_SERVER, socketPath, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return new BareRoute(socketPath, child)
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

function reportText(compared: readonly Compared[], busy: Busy, where: string): string {
  return [
    where,
    '',
    tableText([
      ['', 'bytes', 'node /s', 'bare /s', 'ratio', 'p50 ms', 'bare', 'p99 ms', 'bare'],
      ...compared.map(({ what, payloadBytes, node, bare, ratio }) => [
        what,
        payloadBytes,
        node.perSecond,
        bare.perSecond,
        ratio,
        node.p50Ms,
        bare.p50Ms,
        node.p99Ms,
        bare.p99Ms,
      ]),
    ]),
    '',
    `wanted: a ratio of at least ${RATIO_LEAST}`,
    `while ${busy.arrivedPerSecond} records a second arrived: ${busy.perSecond} scores a second, p99 ${busy.p99Ms} ms; event loop late by ${busy.loopDelayMs} ms at the 99th percentile (wanted: below ${LOOP_DELAY_MOST_MS})`,
  ].join('\n')
}

await runBench(OPTIONS, main)
