/**
 * How an agent did, day by day: for plots, and the days on which its latest outcomes left the rest.
 *
 * Weights are those of now, so a point does not say what a score was on that day; it says what those
 * whom the viewer trusts today saw then. Specification: docs/spec/scoring.md, T22.
 */
import { DAY_MS } from '../base/units.ts'
import { inTime } from './attestation.ts'
import type { JudgedOutcome } from './attestation.ts'
import type { Components } from './behaviour.ts'
import { driftOf, meanOf, weighted } from './drift.ts'
import type { Drift, SaidOutcomes, WeightedOutcome } from './drift.ts'
import { dayOf } from './engine/day-weight.ts'
import { componentsUpTo, sampledDays } from './history-components.ts'
import { DRIFT_WINDOW_COUNT } from './profile.ts'
import type { Profile } from './profile.ts'
import { rfc3339 } from './score.ts'
import type { Heard } from './tally.ts'

/** Days in one answer; the latest are kept. */
export const HISTORY_DAYS_LIMIT = 400

export interface HistoryPoint {
  /** A day of UTC, `2026-11-25`. */
  readonly day: string
  /** Outcomes of that day that count, and their weight in full outcomes. */
  readonly outcomes: number
  readonly weight: number
  /** Weighted mean fulfilment of that day, of the latest 20 up to it, of all up to it; in [0, 1]. */
  readonly mean: number
  readonly windowed: number
  readonly cumulative: number
  /** With the outcomes up to that day alone; of some days, evenly spread, and always of the last. */
  readonly components: Components | null
}

/** A day on which drift became another: stronger, weaker or gone. */
export interface DriftEvent {
  readonly day: string
  readonly severity: Drift['severity']
  readonly direction: Drift['direction']
  readonly from: number
  readonly to: number
}

export interface History {
  /** Days with outcomes, in order. */
  readonly points: readonly HistoryPoint[]
  readonly events: readonly DriftEvent[]
}

export function historyOf(
  said: readonly SaidOutcomes[],
  by: { readonly todayWeight: bigint; readonly profile: Profile; readonly nowMs: number },
): History {
  const points: HistoryPoint[] = []
  const events: DriftEvent[] = []
  let [count, firstMs, sum, weight] = [0, Number.POSITIVE_INFINITY, 0, 0]
  let latest: readonly WeightedOutcome[] = []
  let severity: Drift['severity'] = 'none'
  const days = byDay(said)
  const shown = days.slice(-HISTORY_DAYS_LIMIT).map(([day]) => day)
  const all = said.reduce((total, { outcomes }) => total + outcomes.length, 0)
  const sampled = sampledDays(shown, all)
  const ordered = said.map(({ heard, outcomes }) => ({
    heard,
    outcomes: outcomes.toSorted(inTime),
  }))
  for (const [day, outcomes] of days) {
    const own = outcomes.map(({ one, heard }) => weighted(one, heard, by))
    count += own.length
    firstMs = Math.min(firstMs, own[0]?.atMs ?? firstMs)
    for (const one of own) {
      sum += one.weight * one.kept
      weight += one.weight
    }
    latest = [...latest, ...own].slice(-DRIFT_WINDOW_COUNT)
    const text = rfc3339(day * DAY_MS).slice(0, 10)
    const cumulative = sum / weight
    points.push({
      day: text,
      outcomes: own.length,
      weight: own.reduce((total, one) => total + one.weight, 0),
      mean: meanOf(own),
      windowed: meanOf(latest),
      cumulative,
      components: sampled.has(day) ? componentsUpTo(ordered, day, by) : null,
    })
    const lastMs = own.at(-1)?.atMs ?? firstMs
    const drift = driftOf({ mean: cumulative, count, firstMs, lastMs, latest })
    if (drift === undefined || drift.severity === severity) continue
    severity = drift.severity
    const { direction, from, to } = drift
    events.push({ day: text, severity, direction, from, to })
  }
  return {
    points: points.slice(-HISTORY_DAYS_LIMIT),
    events: events.slice(-HISTORY_DAYS_LIMIT),
  }
}

/** Days in order; of each the outcomes in the order of time (T26). */
function byDay(
  said: readonly SaidOutcomes[],
): readonly (readonly [number, readonly { one: JudgedOutcome; heard: Heard }[]])[] {
  const days = new Map<number, { one: JudgedOutcome; heard: Heard }[]>()
  for (const { heard, outcomes } of said) {
    for (const one of outcomes) {
      const day = dayOf(one.outcome.observedAtMs)
      const own = days.get(day)
      if (own === undefined) days.set(day, [{ one, heard }])
      else own.push({ one, heard })
    }
  }
  return [...days.keys()]
    .toSorted((a, b) => a - b)
    .map((day) => [day, (days.get(day) ?? []).toSorted((a, b) => inTime(a.one, b.one))] as const)
}
