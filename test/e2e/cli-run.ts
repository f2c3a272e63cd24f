/** The command as a user runs it: a process, its two streams, its exit code. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { COMMAND } from '../support/built.ts'

const LIMIT_MS = 60_000
/** Processes at a time: more only wait for each other. */
const AT_ONCE = 3

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly limitMs?: number
  readonly cwd?: string
  /** The program and its first arguments; the built command when left out. */
  readonly program?: readonly [string, ...string[]]
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

export function begin(argv: readonly string[], options: RunOptions = {}): Running {
  const [program, ...first] = options.program ?? [process.execPath, COMMAND]
  const child = spawn(program, [...first, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? LIMIT_MS)
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code, signal) => {
      clearTimeout(limit)
      done({ code, signal, out, err })
    })
  })
  return { process: child, ended }
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return begin(argv, options).ended
}

/** Runs all of them, a few at a time; answers in their order. */
export async function runAll(lines: readonly (readonly string[])[]): Promise<readonly Ended[]> {
  const ended: Ended[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < lines.length; at = next++) ended[at] = await run(lines[at] ?? [])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return ended
}

/** A directory that goes when the test ends. */
export async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'aip-cli-'))
  onTestFinished(async () => rm(path, { recursive: true, force: true }))
  return path
}

/** The code in the brackets at the end of an error. */
export function faultIn({ err }: Ended): string | undefined {
  return /\[([a-z0-9]+\/[a-z0-9-]+)\]\s*$/.exec(err)?.[1]
}
