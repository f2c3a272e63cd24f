/**
 * What a node costs that has thirty peers and nothing to do.
 *
 *     npm run bench:idle -- [--peers N] [--seconds S] [--json]
 *
 * A node as a process of its own, on a local network, whose peers are whole nodes in three other
 * processes. Once all are connected and have settled, its CPU time is read from /proc, and the bytes
 * of its connections from the kernel's counters (`ss`), over the given time. Linux only.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { SECOND_MS } from '../../src/base/units.ts'
import { rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

const CPU_WANTED_PERCENT = 2
const BYTES_WANTED_PER_PEER_SECOND = 2_000

const OPTIONS = {
  peers: { least: 1, most: 60, fallback: 30, meaning: 'peers of the node' },
  seconds: { least: 10, most: 600, fallback: 60, meaning: 'how long it is watched' },
  settle: { least: 5, most: 600, fallback: 45, meaning: 'seconds between all connected and that' },
}

/** What `start --json` prints first. */
const Banner = z.object({ data: z.object({ listen: z.array(z.string()) }) })

const ROOT = dirname(dirname(import.meta.dirname))
const PROCESSES = 3
const CONNECTED_LIMIT_MS = 180 * SECOND_MS
/** Source: proc(5); the kernel counts in this for every program. */
const TICKS_PER_SECOND = 100

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-idle-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  const network = join(directory, 'network.json')
  const shipped = await readFile(join(ROOT, 'config', 'network', 'local.json'), 'utf8')
  await writeFile(network, shipped.replace('"local"', '"idle"'))

  const node = spawn(
    process.execPath,
    [
      '--max-semi-space-size=8',
      join(ROOT, 'src', 'cli', 'main.ts'),
      'start',
      `--home=${join(directory, 'home')}`,
      `--network=${network}`,
      '--profile=test',
      '--listen=/ip4/127.0.0.1/tcp/0',
      '--log-level=warn',
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  stack.defer(async () => ended(node))
  const address = Banner.parse(JSON.parse(await firstLine(node))).data.listen[0] ?? ''
  const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])

  for (let at = 0; at < PROCESSES; at++) {
    const count = Math.floor((counts.peers + at) / PROCESSES)
    const crowd = spawn(
      process.execPath,
      [join(import.meta.dirname, 'idle-crowd.ts'), String(count), network, address],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    stack.defer(async () => ended(crowd))
    await firstLine(crowd)
  }
  const endMs = performance.now() + CONNECTED_LIMIT_MS
  while (connectionsOf(port).size < counts.peers) {
    if (performance.now() > endMs) throw new Error('the peers did not all connect in time')
    await delay(SECOND_MS)
  }
  await delay(counts.settle * SECOND_MS)

  const before = { ticks: ticksOf(node), bytes: connectionsOf(port), atMs: performance.now() }
  await delay(counts.seconds * SECOND_MS)
  const seconds = (performance.now() - before.atMs) / SECOND_MS
  const after = connectionsOf(port)
  let bytes = 0
  for (const [name, count] of after) bytes += count - (before.bytes.get(name) ?? 0)
  const result = {
    peers: after.size,
    seconds: rounded(seconds, 1),
    cpuPercent: rounded(((ticksOf(node) - before.ticks) / TICKS_PER_SECOND / seconds) * 100, 2),
    cpuWantedPercent: CPU_WANTED_PERCENT,
    bytesPerPeerSecond: Math.round(bytes / after.size / seconds),
    bytesWantedPerPeerSecond: BYTES_WANTED_PER_PEER_SECOND,
  }
  if (json) console.log(JSON.stringify({ bench: 'idle', on: where, ...result }))
  else console.log(reportText(result, surroundingsText(where)))
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('a process has no output')
  for await (const line of createInterface({ input: stdout })) return line
  throw new Error('a process ended before it was ready')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), 10 * SECOND_MS)
  await gone
  clearTimeout(limit)
}

/** Time on a core, of user and system. */
function ticksOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Bytes both ways of each connection of the node, by its far end. */
function connectionsOf(port: number): ReadonlyMap<string, number> {
  const asked = spawnSync('ss', ['-tinHO', 'state', 'established', `sport = :${port}`], {
    encoding: 'utf8',
  })
  if (asked.status !== 0) throw new Error('"ss" is needed, of iproute2')
  const found = new Map<string, number>()
  for (const line of asked.stdout.split('\n')) {
    const peer = line.trim().split(/\s+/)[3]
    if (peer === undefined) continue
    const sent = Number(/\bbytes_sent:(\d+)/.exec(line)?.[1] ?? 0)
    const received = Number(/\bbytes_received:(\d+)/.exec(line)?.[1] ?? 0)
    found.set(peer, sent + received)
  }
  return found
}

function reportText(
  result: {
    readonly peers: number
    readonly seconds: number
    readonly cpuPercent: number
    readonly bytesPerPeerSecond: number
  },
  where: string,
): string {
  return [
    where,
    `${result.peers} connections, watched for ${result.seconds} s`,
    '',
    tableText([
      ['', 'found', 'wanted'],
      ['CPU, % of a core', result.cpuPercent, `at most ${CPU_WANTED_PERCENT}`],
      ['bytes/s a peer', result.bytesPerPeerSecond, `at most ${BYTES_WANTED_PER_PEER_SECOND}`],
    ]),
  ].join('\n')
}

await runBench(OPTIONS, main)
