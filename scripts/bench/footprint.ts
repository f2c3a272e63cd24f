/**
 * How much memory a node takes for what it holds, and what it costs while nothing happens.
 *
 *     npm run bench:footprint -- [--records N] [--agents N] [--json]
 *
 * Makes a store of signed records in a temporary directory and starts a node process on it, with its
 * network; beside it one on an empty store, in the same run. A score is asked, the node is left alone
 * for some seconds, and then its resident memory is read: what is above the empty node, divided by the
 * records, is what a record takes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { buildPackage, type BuiltPackage } from './parts/built-package.ts'
import { mib, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { makeFullStore, type FullStore } from './parts/full-store.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { RunningNode, type Memory } from './parts/running-node.ts'

const RESIDENT_WANTED_MIB = 200
const CPU_WANTED_PERCENT = 1

const OPTIONS = {
  records: { least: 0, most: 5_000_000, fallback: 100_000, meaning: 'records in the store' },
  agents: { least: 2, most: 1_000_000, fallback: 4_000, meaning: 'agents that made them' },
  rest: { least: 1, most: 600, fallback: 20, meaning: 'seconds of rest before the look' },
}

const LIMIT_MS = 10 * MINUTE_MS

interface Rested extends Memory {
  /** Processor time in the time of rest, in percent of one core. */
  readonly cpuPercent: number
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-footprint-'))
  try {
    const built = await buildPackage(directory)
    const empty = await makeFullStore(join(directory, 'empty'), { records: 0, agents: 2 })
    const full = await makeFullStore(join(directory, 'full'), counts)
    const bare = await rested(built, empty, counts.rest)
    const held = await rested(built, full, counts.rest)
    const result = summary(full, bare, held)
    if (json) console.log(JSON.stringify({ bench: 'footprint', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function rested(built: BuiltPackage, store: FullStore, restSeconds: number): Promise<Rested> {
  await using node = await RunningNode.start(built, store, LIMIT_MS)
  await node.whenRead(LIMIT_MS)
  await node.get(`/v1/agents/${store.stranger}/score`)
  // Key logs are looked through and buffers given back.
  await delay(restSeconds * SECOND_MS)
  const before = await node.cpuMs()
  await delay(restSeconds * SECOND_MS)
  const cpuMs = (await node.cpuMs()) - before
  return { ...(await node.memory()), cpuPercent: cpuMs / (10 * restSeconds) }
}

function summary(full: FullStore, empty: Rested, held: Rested) {
  const side = ({ residentBytes, fileBytes, cpuPercent }: Rested) => ({
    residentMib: mib(residentBytes),
    ofFilesMib: mib(fileBytes),
    cpuPercent: rounded(cpuPercent, 2),
  })
  return {
    records: full.records,
    empty: side(empty),
    held: side(held),
    bytesOfRecord: Math.round((held.residentBytes - empty.residentBytes) / full.records),
    ownBytesOfRecord: Math.round(
      (held.residentBytes - held.fileBytes - empty.residentBytes + empty.fileBytes) / full.records,
    ),
    residentWantedMib: RESIDENT_WANTED_MIB,
    cpuWantedPercent: CPU_WANTED_PERCENT,
  }
}

function reportText(result: ReturnType<typeof summary>, where: string): string {
  const row = (name: string, side: ReturnType<typeof summary>['held']) => [
    name,
    side.residentMib,
    side.ofFilesMib,
    side.cpuPercent,
  ]
  return [
    where,
    '',
    tableText([
      ['', 'resident MiB', 'pages of files', 'idle CPU %'],
      row('empty store', result.empty),
      row(`${result.records} records`, result.held),
    ]),
    '',
    `resident memory ${result.held.residentMib} MiB (wanted: at most ${result.residentWantedMib}, for 100000 records)`,
    `bytes a record above the empty node ${result.bytesOfRecord}, without pages of files ${result.ownBytesOfRecord}`,
    `idle CPU ${result.held.cpuPercent} % of one core (wanted: at most ${result.cpuWantedPercent})`,
  ].join('\n')
}

await runBench(OPTIONS, main)
