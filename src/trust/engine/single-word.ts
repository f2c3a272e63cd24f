/**
 * What one observer says about one subject in a single outcome, as most do: it follows from the outcome,
 * so nothing is kept of it. Specification: docs/spec/scoring.md, T15 to T18.
 */
import type { Testimony } from '../tally.ts'
import { dayOf, dayWeight } from './day-weight.ts'
import { KEPT_ONE } from './word.ts'

/** What a single outcome says: it is its own middle, and its own group. */
export function wordOfOne(outcome: {
  readonly observedAtMs: number
  readonly isAttested: boolean
  /** Whole, without its era. */
  readonly weight: number
  readonly kept: number
}): Testimony {
  const { observedAtMs, isAttested, weight, kept } = outcome
  const { era, parts } = dayWeight(dayOf(observedAtMs))
  return {
    count: 1,
    attested: isAttested ? 1 : 0,
    latestMs: observedAtMs,
    fresh: BigInt(parts) << BigInt(era),
    weight: BigInt(weight) << BigInt(era),
    mean: kept,
    adaptation: KEPT_ONE / 2,
    robustness: kept,
  }
}
