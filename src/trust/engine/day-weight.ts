/**
 * Freshness as a weight that time does not change: each day's outcomes weigh 2^(1/90) times those of
 * the day before, for good, and the present only divides.
 *
 * Because all weights fade at one pace, means, halves and groups of an observer's outcomes stay what
 * they are while time passes; only how much they weigh together has to be divided by the weight of
 * today. Days are whole days of UTC since 1970. Specification: docs/spec/scoring.md, T15.
 */
import { DAY_MS } from '../../base/units.ts'
import { freshness, HALF_LIFE_DAYS } from '../freshness.ts'

/** After this many days nothing is left: 31 half-lives, as in T15. */
const FADED_AFTER_DAYS = 31 * HALF_LIFE_DAYS

export interface DayWeight {
  /** How often the weight has doubled since 1970, rounded up. */
  readonly era: number
  /** Whole parts of 2^30; the weight is this times 2^era. */
  readonly parts: number
}

/** @throws {RangeError} before 1970. */
export function dayOf(timeMs: number): number {
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) {
    throw new RangeError(`no whole milliseconds since 1970: ${timeMs}`)
  }
  return Math.floor(timeMs / DAY_MS)
}

export function dayWeight(day: number): DayWeight {
  const era = Math.ceil(day / HALF_LIFE_DAYS)
  return { era, parts: freshness((era * HALF_LIFE_DAYS - day) * DAY_MS) }
}

export function wholeWeight({ era, parts }: DayWeight): bigint {
  return BigInt(parts) << BigInt(era)
}

/** The first millisecond at which an outcome of that day has faded to nothing. */
export function fadedFromMs(observedAtMs: number): number {
  return (dayOf(observedAtMs) + FADED_AFTER_DAYS) * DAY_MS
}
