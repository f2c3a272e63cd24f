/** Runs one attack within its time, and says its verdict as one line of JSON. */
import { loadavg } from 'node:os'
import { asError } from '../../../src/base/error.ts'
import { SECOND_MS } from '../../../src/base/units.ts'
import { rounded } from '../../bench/parts/figures.ts'
import { AttackUsageError, type Attack, type Figure, type Flags, type Outcome } from './attack.ts'

export type Verdict = 'pass' | 'fail' | 'not-run'

/** One line of the report. */
export interface AttackReport {
  readonly name: string
  readonly verdict: Verdict
  readonly seed: number
  readonly flags: Flags
  /** Load average of the last minute, before and after. */
  readonly load: readonly [number, number]
  readonly seconds: number
  readonly node: string
  readonly figures: Readonly<Record<string, Figure>>
  readonly misses: readonly string[]
  readonly notRun?: string
}

/** @throws {AttackUsageError} for a flag that the attack does not have. */
export async function runAttack(
  name: string,
  attack: Attack,
  given: Flags,
  seed: number,
): Promise<AttackReport> {
  const flags = flagsOf(name, attack, given)
  const before = load()
  const startedAt = performance.now()
  const outcome = await outcomeOf(name, attack, flags, seed)
  return {
    name,
    verdict: verdictOf(outcome),
    seed,
    flags,
    load: [before, load()],
    seconds: rounded((performance.now() - startedAt) / SECOND_MS),
    node: process.version,
    ...outcome,
  }
}

function flagsOf(name: string, { flags }: Attack, given: Flags): Flags {
  const unknown = Object.keys(given).find((flag) => !Object.hasOwn(flags, flag))
  if (unknown !== undefined) {
    const known = Object.entries(flags).map(
      ([flag, { meaning, fallback }]) => `  --${flag} ${fallback}  ${meaning}`,
    )
    throw new AttackUsageError(
      [`${name} has no flag --${unknown}.`, ...known, '  --seed 1'].join('\n'),
    )
  }
  const fallbacks = Object.entries(flags).map(([flag, { fallback }]) => [flag, fallback])
  return { ...Object.fromEntries(fallbacks), ...given }
}

async function outcomeOf(
  name: string,
  attack: Attack,
  flags: Flags,
  seed: number,
): Promise<Outcome> {
  const tooLong = Promise.withResolvers<Outcome>()
  const timer = setTimeout(() => {
    const misses = [`did not end within ${attack.limitMs / SECOND_MS} s`]
    tooLong.resolve({ figures: {}, misses })
  }, attack.limitMs)
  try {
    const progress = (sentence: string): void => {
      process.stderr.write(`${name}: ${sentence}\n`)
    }
    return await Promise.race([attack.run({ flags, seed, progress }), tooLong.promise])
  } catch (error) {
    if (error instanceof AttackUsageError) throw error
    return { figures: {}, misses: [`threw ${asError(error).stack ?? asError(error).message}`] }
  } finally {
    clearTimeout(timer)
  }
}

function verdictOf({ misses, notRun }: Outcome): Verdict {
  if (misses.length > 0) return 'fail'
  return notRun === undefined ? 'pass' : 'not-run'
}

function load(): number {
  return rounded(loadavg()[0] ?? 0, 2)
}
