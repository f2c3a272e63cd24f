/**
 * The three components of behaviour as they would be with the outcomes up to a day alone, for plots:
 * computed as a score computes them, with the weights of now. Specification: docs/spec/scoring.md, T18.
 */
import { behaviourOf, type Components } from './behaviour.ts'
import type { SaidOutcomes } from './drift.ts'
import { dayOf } from './engine/day-weight.ts'
import type { Profile } from './profile.ts'
import { summarise } from './summary.ts'
import { emptyTally, isOverQuota, sumsOf, weigh } from './tally.ts'

/** Days for which they are computed in one answer. */
export const COMPONENT_DAYS_LIMIT = 40
/** Outcomes looked at for all of them: each day looks at all that came before it. */
export const OUTCOMES_LOOKED_AT_LIMIT = 20_000

/** The days, of those given in order, for which components are told: the last one always. */
export function sampledDays(days: readonly number[], outcomes: number): ReadonlySet<number> {
  const affordable = Math.floor(OUTCOMES_LOOKED_AT_LIMIT / Math.max(1, outcomes))
  const count = Math.max(1, Math.min(days.length, COMPONENT_DAYS_LIMIT, affordable))
  const sampled = new Set<number>()
  for (let at = 1; at <= count; at++) {
    const day = days[Math.ceil((at * days.length) / count) - 1]
    if (day !== undefined) sampled.add(day)
  }
  return sampled
}

/** @param said  outcomes of each observer in time order. Null where none up to the day counts. */
export function componentsUpTo(
  said: readonly SaidOutcomes[],
  day: number,
  by: { readonly todayWeight: bigint; readonly profile: Profile; readonly nowMs: number },
): Components | null {
  const { todayWeight, profile, nowMs } = by
  const tally = emptyTally()
  let latestMs = 0
  for (const { heard, outcomes } of said) {
    const until = outcomes.filter(({ outcome }) => dayOf(outcome.observedAtMs) <= day)
    const testimony = summarise(until, nowMs, profile)
    if (testimony === undefined) continue
    const isCapped = heard.isCapped && isOverQuota(testimony.fresh, todayWeight, profile)
    weigh({ ...testimony, standing: heard.standing, isCapped }, tally, { sign: 1, profile })
    latestMs = Math.max(latestMs, testimony.latestMs)
  }
  if (tally.observers === 0) return null
  return behaviourOf(sumsOf(tally, latestMs, by), profile)?.components ?? null
}
