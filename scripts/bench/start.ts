/**
 * How long the built node takes from nothing to answering, and how much memory it takes.
 *
 *     npm run bench:start -- [--runs N] [--json]
 *
 * Builds the package in a temporary directory and starts `aip-node start` from there, each time as a
 * process of its own: the first start makes the identity and the store, those that count find them.
 * The time runs from the spawn to the first `/readyz` that says yes. In turn with it, a process with
 * bare libp2p (same transports, listening on loopback) is timed to where it listens. Memory is
 * resident memory a second after that, of both.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathsOf, type Environment } from '../../src/base/paths.ts'
import { KIB_BYTES, SECOND_MS } from '../../src/base/units.ts'
import { buildPackage } from './parts/built-package.ts'
import { median, mib, rounded, surroundings } from './parts/figures.ts'
import { surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

const TIME_RATIO_WANTED = 3
const MEMORY_OVER_BARE_WANTED_MIB = 45

const OPTIONS = {
  runs: { least: 1, most: 50, fallback: 5, meaning: 'starts of each; one more is run first' },
}

const BARE = join(import.meta.dirname, 'bare-libp2p.ts')
const READY_LIMIT_MS = 30 * SECOND_MS
const STOP_LIMIT_MS = 10 * SECOND_MS
const LOOK_MS = 2
const SETTLE_MS = SECOND_MS

interface Start {
  readonly readyMs: number
  readonly residentBytes: number
}

/** One way to start a process and to see that it is ready. */
interface Subject {
  readonly args: readonly string[]
  /** Whether it answers; asked again and again. */
  readonly isReady: (child: ChildProcess, said: string) => Promise<boolean>
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-start-'))
  try {
    const subjects = await prepared(directory)
    const first = await started(subjects.node)
    await started(subjects.bare)
    const node: Start[] = []
    const bare: Start[] = []
    for (let run = 0; run < counts.runs; run++) {
      bare.push(await started(subjects.bare))
      node.push(await started(subjects.node))
    }
    const result = summary(first, node, bare)
    if (json) console.log(JSON.stringify({ bench: 'start', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function prepared(directory: string): Promise<{ node: Subject; bare: Subject }> {
  const { root, command } = await buildPackage(directory)
  // It has no types, so that both are plain JavaScript when they start.
  const bare = join(root, 'bare-libp2p.js')
  await cp(BARE, bare)

  const home = join(directory, 'home')
  const { addressFile } = pathsOf({ AIP_NODE_HOME: home }, process.platform)
  return {
    node: {
      args: [
        ...command,
        'start',
        `--home=${home}`,
        '--network=local',
        '--profile=test',
        '--listen=/ip4/127.0.0.1/tcp/0',
        '--log-level=warn',
      ],
      isReady: async () => answersReady(addressFile),
    },
    bare: { args: [bare], isReady: async (_, said) => said.includes('ready') },
  }
}

async function started({ args, isReady }: Subject): Promise<Start> {
  const begun = performance.now()
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  })
  let said = ''
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  try {
    while (!(await isReady(child, said))) {
      if (child.exitCode !== null) throw new Error(`a process ended before it was ready: ${said}`)
      if (performance.now() - begun > READY_LIMIT_MS) {
        throw new Error(`a process was not ready in time: ${said}`)
      }
      await delay(LOOK_MS)
    }
    const readyMs = performance.now() - begun
    await delay(SETTLE_MS)
    return { readyMs, residentBytes: await residentBytesOf(child) }
  } finally {
    await end(child)
  }
}

/** Nothing of this user's own node: settings come from the arguments alone. */
function environment(): Environment {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:AIP_NODE_|NODE_)/.test(name)),
  )
}

/** The node leaves its address when it answers, and takes it away when it ends. */
async function answersReady(addressFile: string): Promise<boolean> {
  const address = await readFile(addressFile, 'utf8').catch(() => '')
  const socketPath = /"socket":"([^"]+)"/.exec(address)?.[1]
  if (socketPath === undefined) return false
  return new Promise((resolve) => {
    const asking = request({ socketPath, path: '/readyz', timeout: SECOND_MS }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asking.on('timeout', () => asking.destroy())
    // Nobody listens yet.
    asking.on('error', () => resolve(false))
    asking.end()
  })
}

async function residentBytesOf({ pid }: ChildProcess): Promise<number> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB_BYTES
  }
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' })
  return Number(stdout) * KIB_BYTES
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(limit)
}

function summary(first: Start, node: readonly Start[], bare: readonly Start[]) {
  const side = (starts: readonly Start[]) => ({
    readyMs: rounded(median(starts.map(({ readyMs }) => readyMs))),
    fastestMs: rounded(Math.min(...starts.map(({ readyMs }) => readyMs))),
    slowestMs: rounded(Math.max(...starts.map(({ readyMs }) => readyMs))),
    residentMib: mib(median(starts.map(({ residentBytes }) => residentBytes))),
  })
  const ours = side(node)
  const theirs = side(bare)
  return {
    runs: node.length,
    node: ours,
    bare: theirs,
    firstStartMs: rounded(first.readyMs),
    timeRatio: rounded(ours.readyMs / theirs.readyMs, 2),
    timeRatioWanted: TIME_RATIO_WANTED,
    overBareMib: rounded(ours.residentMib - theirs.residentMib),
    overBareWantedMib: MEMORY_OVER_BARE_WANTED_MIB,
  }
}

function reportText(result: ReturnType<typeof summary>, where: string): string {
  const row = (name: string, side: ReturnType<typeof summary>['node']) => [
    name,
    side.readyMs,
    side.fastestMs,
    side.slowestMs,
    side.residentMib,
  ]
  return [
    where,
    `median of ${result.runs} starts each; the first start, which makes identity and store, took ${result.firstStartMs} ms`,
    '',
    tableText([
      ['', 'ready ms', 'fastest', 'slowest', 'resident MiB'],
      row('bare libp2p', result.bare),
      row('aip-node start', result.node),
    ]),
    '',
    `time ratio ${result.timeRatio} (wanted: at most ${result.timeRatioWanted})`,
    `resident memory over bare ${result.overBareMib} MiB (wanted: at most ${result.overBareWantedMib})`,
  ].join('\n')
}

await runBench(OPTIONS, main)
