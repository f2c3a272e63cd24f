/**
 * How fast a node that is far behind is level again, beside how fast it could take the same records in.
 *
 *     npm run bench:catch-up -- [--records N] [--json]
 *
 * Two processes with a store each, connected over loopback. The first makes signed records and offers
 * them to its own pipeline, which is what a node can do at best; the second holds nothing, dials the
 * first and reconciles. Both share the processor, so the rate is also given by the processor time of
 * the node that catches up, per record: that does not depend on who else is busy.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { HolderLine, LateLine } from './parts/catch-up-node.ts'
import { mib, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

const RATIO_WANTED = 0.8
const RESIDENT_WANTED_MIB = 300

const OPTIONS = {
  records: { least: 100, most: 400_000, fallback: 100_000, meaning: 'records to catch up with' },
}

const CHILD = join(import.meta.dirname, 'parts', 'catch-up-node.ts')

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-catch-up-'))
  await using children = new AsyncDisposableStack()
  children.defer(async () => rm(directory, { recursive: true, force: true }))
  const run = async <T>(role: string, more: readonly string[]): Promise<T> => {
    const home = join(directory, role)
    const args = ['--max-semi-space-size=8', CHILD, role, home, String(counts.records), ...more]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.defer(async () => end(child))
    return lineOf<T>(child)
  }
  const { address, ingest } = await run<HolderLine>('holder', [])
  const late = await run<LateLine>('late', [address])

  const perSecond = (wallMs: number): number => rounded((counts.records / wallMs) * 1_000, 0)
  const result = {
    records: counts.records,
    ingestPerSecond: perSecond(ingest.wallMs),
    caughtUpPerSecond: perSecond(late.cost.wallMs),
    seconds: rounded(late.cost.wallMs / 1_000, 1),
    ratioOfRates: rounded(ingest.wallMs / late.cost.wallMs, 2),
    ingestCpuUsPerRecord: rounded((ingest.cpuMs * 1_000) / counts.records, 0),
    caughtUpCpuUsPerRecord: rounded((late.cost.cpuMs * 1_000) / counts.records, 0),
    ratioOfCpu: rounded(ingest.cpuMs / late.cost.cpuMs, 2),
    wanted: { ratio: RATIO_WANTED, residentMib: RESIDENT_WANTED_MIB },
    sessions: late.sessions,
    receivedMib: mib(late.receivedBytes),
    sentMib: mib(late.sentBytes),
    bytesPerRecord: rounded(late.receivedBytes / counts.records, 0),
    residentMib: mib(late.residentBytes),
    mostResidentMib: mib(late.mostResidentBytes),
  }
  if (json) console.log(JSON.stringify({ bench: 'catch-up', on: where, ...result }))
  else console.log(reportText(result, surroundingsText(where)))
}

function reportText(result: Record<string, number | object>, where: string): string {
  const rows = Object.entries(result).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
  return `${where}\n\n${tableText([['catching up', ''], ...rows])}`
}

async function lineOf<T>(child: ChildProcess): Promise<T> {
  if (child.stdout === null) throw new Error('a child without output')
  for await (const line of createInterface(child.stdout)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the child's own type
    return JSON.parse(line) as T
  }
  throw new Error('a process ended before it had anything to say')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.stdin?.end()
  await once(child, 'exit')
}

await runBench(OPTIONS, main)
