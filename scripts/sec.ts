/**
 * Attacks on the node that anybody can repeat: one JSON line a run, exit 1 for a figure that missed
 * its bar, 2 for a mistake on the command line.
 *
 *     npm run sec -- --list
 *     npm run sec -- adv:records --kind forged --seed 7
 *     npm run sec:gate            the short ones, within three minutes
 *     npm run sec:full            every one, within an hour
 *
 * In a suite each attack is a process of its own, so that none sees what another left behind; the
 * last line counts them. `docs/security-report.md` has the figures.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { asError } from '../src/base/error.ts'
import { SECOND_MS } from '../src/base/units.ts'
import { AttackUsageError, type Flags } from './sec/parts/attack.ts'
import { attackNamed, attackNames } from './sec/parts/attacks.ts'
import { runAttack } from './sec/parts/run-attack.ts'

type Suite = 'gate' | 'full'

/** Exit code of an attack that this machine cannot run. */
const NOT_RUN_EXIT = 75
/** How much longer than its own limit an attack's process may live. */
const GRACE_MS = 15 * SECOND_MS

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined) throw new AttackUsageError('Name an attack, or --list, --gate, --full.')
  if (name === '--list') return list()
  if (name === '--gate' || name === '--full') return suite(name === '--gate' ? 'gate' : 'full')
  const attack = await attackNamed(name)
  if (attack === undefined) {
    throw new AttackUsageError(`There is no attack ${name}. Known: ${attackNames().join(', ')}.`)
  }
  const { seed = '1', ...flags } = flagsFrom(rest)
  if (!/^\d{1,9}$/.test(seed)) throw new AttackUsageError('--seed takes a whole number.')
  const report = await runAttack(name, attack, flags, Number(seed))
  process.stdout.write(`${JSON.stringify(report)}\n`)
  if (report.verdict === 'pass') return 0
  return report.verdict === 'fail' ? 1 : NOT_RUN_EXIT
}

function flagsFrom(argv: readonly string[]): Flags {
  const flags: Record<string, string> = Object.create(null)
  for (let at = 0; at < argv.length; at += 2) {
    const [, name, inline] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/.exec(argv[at] ?? '') ?? []
    const value = inline ?? argv[at + 1]
    if (name === undefined || value === undefined) {
      throw new AttackUsageError(`Flags come as --name value; "${argv[at] ?? ''}" does not.`)
    }
    if (inline !== undefined) at -= 1
    flags[name] = value
  }
  return flags
}

async function list(): Promise<number> {
  for (const name of attackNames()) {
    const attack = await attackNamed(name)
    process.stdout.write(`${name.padEnd(18)} ${attack?.does ?? ''}\n`)
  }
  return 0
}

async function suite(kind: Suite): Promise<number> {
  const ends = { passed: 0, failed: 0, skipped: 0 }
  const counted = (code: number): void => {
    if (code === 0) ends.passed += 1
    else if (code === NOT_RUN_EXIT) ends.skipped += 1
    else ends.failed += 1
  }
  const runs: Run[] = []
  const beside: Promise<void>[] = []
  for (const name of attackNames()) {
    const attack = await attackNamed(name)
    if (attack === undefined) continue
    const { limitMs } = attack
    const flags = kind === 'gate' ? attack.gate : (attack.full ?? {})
    if (flags !== undefined) runs.push({ name, flags, limitMs })
    if (kind === 'gate' || attack.beside === undefined) continue
    beside.push(apart({ name, flags: attack.beside, limitMs }).then(counted))
  }
  const begunMs = performance.now()
  for (const [at, run] of runs.entries()) {
    const seconds = Math.round((performance.now() - begunMs) / SECOND_MS)
    process.stderr.write(`sec: ${run.name}, ${at + 1} of ${runs.length}, after ${seconds} s\n`)
    counted(await apart(run))
  }
  await Promise.all(beside)
  const { passed, failed, skipped } = ends
  process.stdout.write(`sec: ${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return failed === 0 && passed > 0 ? 0 : 1
}

interface Run {
  readonly name: string
  readonly flags: Flags
  readonly limitMs: number
}

/** Runs one attack as a process of its own. @returns its exit code; 1 if it had to be ended. */
async function apart({ name, flags, limitMs }: Run): Promise<number> {
  const options = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  const child = spawn(process.execPath, [import.meta.filename, name, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs + GRACE_MS)
  await once(child, 'exit')
  clearTimeout(timer)
  return child.exitCode ?? 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
  // An attack may leave sockets behind that nobody answers; its verdict has been written.
  process.stdout.write('', () => process.exit())
} catch (error) {
  if (!(error instanceof AttackUsageError)) throw error
  process.stderr.write(`${asError(error).message}\n`)
  process.exitCode = 2
}
