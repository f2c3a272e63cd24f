/**
 * Drift: whether the latest outcomes differ from all of them, and which way.
 *
 * Only said, never counted: adaptation is what the score knows of change.
 * Specification: docs/spec/scoring.md, T22.
 */
import { freshness } from './freshness.ts'
import type { JudgedOutcome } from './attestation.ts'
import type { ObserverTerm } from './behaviour.ts'
import {
  DIVERGENCE_HIGH,
  DIVERGENCE_MEDIUM,
  DRIFT_CRITICAL,
  DRIFT_MIN_COUNT,
  DRIFT_MIN_SPAN_MS,
  DRIFT_WARNING,
  DRIFT_WINDOW_COUNT,
} from './profile.ts'
import { rfc3339 } from './score.ts'

export interface Drift {
  readonly severity: 'none' | 'warning' | 'critical'
  readonly direction: 'up' | 'down' | 'level'
  /** Mean of all outcomes, weighted. */
  readonly from: number
  /** Mean of the latest ones, weighted. */
  readonly to: number
  readonly windowCount: number
  /** RFC 3339: the first outcome of the window. */
  readonly since: string
}

export interface WeightedOutcome {
  readonly kept: number
  readonly weight: number
  readonly atMs: number
}

/** The outcomes that count, each with its weight, in the order of time. */
export function seriesOf(
  outcomes: readonly JudgedOutcome[],
  observers: readonly ObserverTerm[],
  around: { nowMs: number; unilateralDenominator: number },
): readonly WeightedOutcome[] {
  const terms = new Map(observers.map((term) => [term.observer, term]))
  return outcomes.flatMap(({ observer, outcome, kept, isAttested, isSelfReport }) => {
    const term = terms.get(observer)
    if (term === undefined || isSelfReport) return []
    const worth =
      (freshness(around.nowMs - outcome.observedAtMs) / 2 ** 30) *
      (isAttested ? 1 : 1 / around.unilateralDenominator)
    const weight = (term.weight / term.attestedFresh) * worth
    return weight > 0 ? [{ kept, weight, atMs: outcome.observedAtMs }] : []
  })
}

/** `undefined` when there is too little to compare. */
export function driftOf(series: readonly WeightedOutcome[]): Drift | undefined {
  const [first, last] = [series[0], series.at(-1)]
  if (first === undefined || last === undefined || series.length < DRIFT_MIN_COUNT) return undefined
  if (last.atMs - first.atMs < DRIFT_MIN_SPAN_MS) return undefined
  const latest = series.slice(-DRIFT_WINDOW_COUNT)
  const from = meanOf(series)
  const to = meanOf(latest)
  const delta = Math.round((to - from) * 10_000) / 10_000
  return {
    severity: severityOf(Math.abs(delta)),
    direction: directionOf(delta),
    from,
    to,
    windowCount: latest.length,
    since: rfc3339(latest[0]?.atMs ?? first.atMs),
  }
}

function severityOf(size: number): Drift['severity'] {
  if (size >= DRIFT_CRITICAL) return 'critical'
  return size >= DRIFT_WARNING ? 'warning' : 'none'
}

function directionOf(delta: number): Drift['direction'] {
  if (delta === 0) return 'level'
  return delta > 0 ? 'up' : 'down'
}

function meanOf(series: readonly WeightedOutcome[]): number {
  let sum = 0
  let weight = 0
  for (const one of series) {
    sum += one.weight * one.kept
    weight += one.weight
  }
  return sum / weight
}

export type Divergence = 'medium' | 'high'

/** Friends speak better of the agent than its work does. */
export function divergenceOf(social: number, reliability: number): Divergence | undefined {
  const ahead = social - reliability
  if (ahead > DIVERGENCE_HIGH) return 'high'
  return ahead > DIVERGENCE_MEDIUM ? 'medium' : undefined
}
