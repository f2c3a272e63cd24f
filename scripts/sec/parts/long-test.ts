/**
 * Attacks that are tests of `test/long` already: the row runs that file in a process of its own, and
 * says what it said. Its bars are those that the test asserts.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { SECOND_MS } from '../../../src/base/units.ts'
import { rounded } from '../../bench/parts/figures.ts'
import { count, type Attack, type Outcome } from './attack.ts'
import { ROOT } from './victim.ts'

const QUIET_LOAD = 3
/** The load of thirty nodes, as a mean over a minute, takes so long to go. */
const QUIET_WAIT_MS = 180 * SECOND_MS
const LOOK_MS = 5 * SECOND_MS
const COMPLAINT_LINES = 20
const ROUNDS_MOST = 1_000

export interface LongTestOptions {
  readonly does: string
  /** Of `test/long`, without `.test.ts`. */
  readonly test: string
  readonly limitMs: number
  /** How many rounds it has by itself, where it can have more. */
  readonly rounds?: number
  /** Whether its figures mean nothing while other work runs: then it waits a while, and gives up. */
  readonly needsQuiet?: boolean
}

export function longTestAttack(options: LongTestOptions): Attack {
  const { does, test, limitMs, rounds, needsQuiet } = options
  return {
    does,
    flags: rounds === undefined ? {} : { rounds: { fallback: String(rounds), meaning: 'rounds' } },
    limitMs: limitMs + (needsQuiet === true ? QUIET_WAIT_MS : 0),
    run: async ({ flags, progress }) => {
      const env: Record<string, string> =
        rounds === undefined ? {} : { ROUNDS: String(count(flags, 'rounds', 1, ROUNDS_MOST)) }
      if (needsQuiet === true && !(await isQuiet(progress))) {
        const load = rounded(loadavg()[0] ?? 0, 1)
        return { figures: {}, misses: [], notRun: `The load is ${load}: above ${QUIET_LOAD}.` }
      }
      return outcomeOf(test, limitMs, env)
    },
  }
}

async function isQuiet(progress: (sentence: string) => void): Promise<boolean> {
  const endsAt = performance.now() + QUIET_WAIT_MS
  while ((loadavg()[0] ?? 0) > QUIET_LOAD) {
    if (performance.now() > endsAt) return false
    progress('waiting for the machine to be quiet')
    await delay(LOOK_MS)
  }
  return true
}

async function outcomeOf(
  test: string,
  limitMs: number,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const args = ['run', '--config', 'config/tools/vitest.long.ts', `test/long/${test}.test.ts`]
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
    })
  }
  const limit = setTimeout(() => child.kill('SIGTERM'), limitMs)
  await once(child, 'close')
  clearTimeout(limit)
  const lines = stripVTControlCharacters(text).split('\n')
  const [, skipped = '0', reason] =
    lines.map((line) => /^not run: (\d+)(?: \((.*)\))?/.exec(line)).find((found) => found) ?? []
  const tests = lines.map((line) => /^\s+Tests\s+(.*)$/.exec(line)?.[1]).find((found) => found)
  const said = lines.filter((line) => /\bload \d/.test(line)).map((line) => line.trim())
  const figures = { tests: tests ?? 'none', said: said.join('; ') }
  if (child.exitCode !== 0) {
    return { figures, misses: lines.filter((line) => line !== '').slice(-COMPLAINT_LINES) }
  }
  if (Number(skipped) === 0) return { figures, misses: [] }
  return { figures, misses: [], notRun: `${skipped} of its tests cannot run here: ${reason ?? ''}` }
}
