/**
 * How soon a node that holds much answers after a start, and what a record takes on disk.
 *
 *     npm run bench:restart -- [--records N] [--agents N] [--store DIR] [--json]
 *
 * Makes a store of signed records in a temporary directory and starts a node process on it, twice; beside
 * it one on an empty store, in the same run. Told are the time to the first yes of `/readyz`, the time to
 * a score, and the time until everything is read; the second start finds what the first one left behind.
 * A store of 1,000,000 records takes some minutes to make; with `--store` it is made in that directory,
 * kept there, and found there by the next run.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { MINUTE_MS } from '../../src/base/units.ts'
import { isDid, type Did } from '../../src/identity/did.ts'
import { buildPackage, type BuiltPackage } from './parts/built-package.ts'
import { mib, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { makeFullStore, type FullStore } from './parts/full-store.ts'
import { runBench, type BenchOptions, type Counts } from './parts/options.ts'
import { RunningNode } from './parts/running-node.ts'

const SCORE_WANTED_MS = 8_000
const OVER_EMPTY_WANTED_MS = 1_000
const DISK_RATIO_WANTED = 1.6

const OPTIONS = {
  records: { least: 1, most: 5_000_000, fallback: 1_000_000, meaning: 'records in the store' },
  agents: { least: 2, most: 1_000_000, fallback: 8_000, meaning: 'agents that made them' },
}

const LIMIT_MS = 30 * MINUTE_MS

interface Start {
  readonly readyMs: number
  readonly scoreMs: number
  readonly readMs: number
  readonly cpuMs: number
  readonly residentBytes: number
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-restart-'))
  try {
    const built = await buildPackage(directory)
    const empty = await makeFullStore(join(directory, 'empty'), { records: 0, agents: 2 })
    const kept = keptIn ?? join(directory, 'full')
    const full = await storeIn(kept, counts)
    const none = await started(built, empty)
    const first = await started(built, full)
    const second = await started(built, full)
    const result = summary(full, none, first, second)
    if (json) console.log(JSON.stringify({ bench: 'restart', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const Kept = z.object({
  home: z.string(),
  networkFile: z.string(),
  did: z.custom<Did>((text) => typeof text === 'string' && isDid(text)),
  friend: z.custom<Did>((text) => typeof text === 'string' && isDid(text)),
  stranger: z.custom<Did>((text) => typeof text === 'string' && isDid(text)),
  records: z.number(),
  recordBytes: z.number(),
  bytesOnDisk: z.number(),
})

/** The store that is there, or a new one. */
async function storeIn(home: string, counts: Counts<keyof typeof OPTIONS>): Promise<FullStore> {
  const file = join(home, 'full-store.json')
  if (existsSync(file)) return Kept.parse(JSON.parse(await readFile(file, 'utf8')))
  await mkdir(home, { recursive: true })
  const made = await makeFullStore(home, counts)
  await writeFile(file, JSON.stringify(made))
  return made
}

async function started(built: BuiltPackage, store: FullStore): Promise<Start> {
  await using node = await RunningNode.start(built, store, LIMIT_MS)
  await node.whenAnswered(`/v1/agents/${store.friend}/score`, LIMIT_MS)
  const scoreMs = node.ageMs
  await node.whenRead(LIMIT_MS)
  const { residentBytes } = await node.memory()
  const { readyMs } = node
  return { readyMs, scoreMs, readMs: node.ageMs, cpuMs: await node.cpuMs(), residentBytes }
}

function summary(full: FullStore, empty: Start, first: Start, second: Start) {
  const side = ({ residentBytes, ...times }: Start) => ({
    readyMs: rounded(times.readyMs, 0),
    scoreMs: rounded(times.scoreMs, 0),
    readMs: rounded(times.readMs, 0),
    cpuMs: rounded(times.cpuMs, 0),
    residentMib: mib(residentBytes),
  })
  return {
    records: full.records,
    empty: side(empty),
    first: side(first),
    second: side(second),
    scoreWantedMs: SCORE_WANTED_MS,
    overEmptyMs: rounded(second.scoreMs - empty.scoreMs, 0),
    overEmptyWantedMs: OVER_EMPTY_WANTED_MS,
    diskRatio: rounded(full.bytesOnDisk / full.recordBytes, 2),
    diskRatioWanted: DISK_RATIO_WANTED,
  }
}

function reportText(result: ReturnType<typeof summary>, where: string): string {
  const row = (name: string, side: ReturnType<typeof summary>['first']) => [
    name,
    side.readyMs,
    side.scoreMs,
    side.readMs,
    side.cpuMs,
    side.residentMib,
  ]
  return [
    where,
    '',
    tableText([
      ['', 'ready ms', 'score ms', 'all read ms', 'CPU ms', 'resident MiB'],
      row('empty store', result.empty),
      row(`${result.records} records`, result.first),
      row('the same again', result.second),
    ]),
    '',
    `a score after the first start ${result.first.scoreMs} ms (wanted: at most ${result.scoreWantedMs})`,
    `a score after the second, over the empty store ${result.overEmptyMs} ms (wanted: at most ${result.overEmptyWantedMs})`,
    `bytes on disk for each of a record's own ${result.diskRatio} (wanted: at most ${result.diskRatioWanted})`,
  ].join('\n')
}

/** `--store DIR`, taken off the command line. */
function storeOption(): string | undefined {
  const at = process.argv.indexOf('--store')
  return at < 0 ? undefined : process.argv.splice(at, 2)[1]
}

const keptIn = storeOption()
await runBench(OPTIONS, main)
