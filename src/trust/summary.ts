/**
 * What one observer's outcomes say about one subject, before anybody asks how much that observer's
 * word is worth. Independent of standing, so it is computed once and weighed often.
 *
 * Adaptation and robustness compare outcomes of the *same* observer: early against late Alice, not
 * early Alice against late Carol. That keeps a stranger's word from moving anything but the
 * stranger's own term, which is what the promise about reliability rests on.
 *
 * This is the plain computation, over all outcomes at once; `engine/word.ts` keeps the same whole
 * numbers up to date outcome by outcome. Specification: docs/spec/scoring.md, T15 to T18.
 */
import type { Outcome } from '../records/record.ts'
import type { JudgedOutcome } from './attestation.ts'
import { dayOf, dayWeight, fadedFromMs, wholeWeight } from './engine/day-weight.ts'
import { KEPT_ONE, keptParts } from './engine/word.ts'
import type { Profile } from './profile.ts'
import type { Testimony } from './tally.ts'

const PARTS = BigInt(KEPT_ONE)

interface Weighed {
  readonly one: JudgedOutcome
  readonly weight: bigint
  readonly kept: bigint
}

/** `undefined` when all of them have faded to nothing. `outcomes` are in time order (T26). */
export function summarise(
  outcomes: readonly JudgedOutcome[],
  nowMs: number,
  profile: Profile,
): Testimony | undefined {
  let fresh = 0n
  let weight = 0n
  const weighed: Weighed[] = []
  for (const one of outcomes) {
    if (isFaded(one, nowMs)) continue
    const day = weightOfDay(one.outcome.observedAtMs)
    const own = one.isAttested ? day * BigInt(profile.unilateralDenominator) : day
    fresh += day
    weight += own
    weighed.push({ one, weight: own, kept: BigInt(keptParts(one.kept)) })
  }
  const last = weighed.at(-1)
  if (last === undefined) return undefined
  return {
    count: weighed.length,
    attested: weighed.filter(({ one }) => one.isAttested).length,
    latestMs: last.one.outcome.observedAtMs,
    fresh,
    weight,
    mean: Number(meanOf(weighed)),
    adaptation: Number(adaptationOf(weighed, weight)),
    robustness: Number(robustnessOf(weighed)),
  }
}

/** T15: nothing is left of it. */
export function isFaded({ outcome }: Pick<JudgedOutcome, 'outcome'>, nowMs: number): boolean {
  return nowMs >= fadedFromMs(outcome.observedAtMs)
}

/** T15: what a day's outcomes weigh beside those of other days. */
export function weightOfDay(timeMs: number): bigint {
  return wholeWeight(dayWeight(dayOf(timeMs)))
}

/** T18, rounded down. */
function meanOf(weighed: readonly Weighed[]): bigint {
  let sum = 0n
  let all = 0n
  for (const { weight, kept } of weighed) {
    sum += weight * kept
    all += weight
  }
  return sum / all
}

/** T18: late minus early around one half, split where half of the weight has passed. */
function adaptationOf(weighed: readonly Weighed[], all: bigint): bigint {
  let passed = 0n
  let early = 0n
  let whole = 0n
  for (const { weight, kept } of weighed) {
    // Doubled throughout, so that the half of an odd weight is whole.
    const left = all - 2n * passed
    const inEarly = left <= 0n ? 0n : left < 2n * weight ? left : 2n * weight
    early += inEarly * kept
    whole += 2n * weight * kept
    passed += weight
  }
  return clamp(PARTS / 2n + (whole - 2n * early) / all)
}

/** T18: 1 − 2 · sd of the means of the condition groups, to the nearest part; of one group, its mean. */
function robustnessOf(weighed: readonly Weighed[]): bigint {
  if (weighed.length < 2) return meanOf(weighed)
  const groups = Map.groupBy(weighed, ({ one }) => conditionsKey(one.outcome))
  if (groups.size < 2) return meanOf(weighed)
  const count = BigInt(groups.size)
  let sum = 0n
  let squares = 0n
  for (const group of groups.values()) {
    const mean = meanOf(group)
    sum += mean
    squares += mean * mean
  }
  const spread = Math.sqrt(Number(count * squares - sum * sum))
  return clamp(PARTS - BigInt(Math.round((2 * spread) / groups.size)))
}

const NO_CONDITIONS = '[]'

/** Names in any order; values with their kind, so that 1, "1" and true differ. None is like empty. */
export function conditionsKey({ conditions }: Pick<Outcome, 'conditions'>): string {
  if (conditions === undefined) return NO_CONDITIONS
  return JSON.stringify(
    Object.keys(conditions)
      .toSorted()
      .map((name) => [name, conditions[name]]),
  )
}

function clamp(parts: bigint): bigint {
  if (parts < 0n) return 0n
  return parts > PARTS ? PARTS : parts
}
