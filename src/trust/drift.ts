/**
 * Drift: whether the latest outcomes differ from all of them, and which way.
 *
 * Only said, never counted: adaptation is what the score knows of change.
 * Specification: docs/spec/scoring.md, T22.
 */
import { inTime } from './attestation.ts'
import type { JudgedOutcome } from './attestation.ts'
import {
  DIVERGENCE_HIGH,
  DIVERGENCE_MEDIUM,
  DRIFT_CRITICAL,
  DRIFT_MIN_COUNT,
  DRIFT_MIN_SPAN_MS,
  DRIFT_WARNING,
  DRIFT_WINDOW_COUNT,
  ONE,
} from './profile.ts'
import type { Profile } from './profile.ts'
import { rfc3339 } from './score.ts'
import { weightOfDay } from './summary.ts'
import type { Heard } from './tally.ts'

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
  /** In full outcomes. */
  readonly weight: number
  readonly atMs: number
}

/** What one observer said that counts, in the order of time, and what that observer counts for. */
export interface SaidOutcomes {
  readonly heard: Heard
  readonly outcomes: readonly JudgedOutcome[]
}

/** All outcomes that count, as far as drift asks. */
export interface Recent {
  /** Mean of all, weighted. */
  readonly mean: number
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  /** The latest {@link DRIFT_WINDOW_COUNT}, in the order of time. */
  readonly latest: readonly WeightedOutcome[]
}

export function recentOf(
  said: readonly SaidOutcomes[],
  mean: number,
  by: { readonly todayWeight: bigint; readonly profile: Profile },
): Recent {
  let count = 0
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const { outcomes } of said) {
    count += outcomes.length
    firstMs = Math.min(firstMs, outcomes[0]?.outcome.observedAtMs ?? firstMs)
    lastMs = Math.max(lastMs, outcomes.at(-1)?.outcome.observedAtMs ?? lastMs)
  }
  const latest = said
    .flatMap(({ heard, outcomes }) =>
      outcomes.slice(-DRIFT_WINDOW_COUNT).map((one) => ({ one, heard })),
    )
    .toSorted((a, b) => inTime(a.one, b.one))
    .slice(-DRIFT_WINDOW_COUNT)
    .map(({ one, heard }) => weighted(one, heard, by))
  return { mean, count, firstMs, lastMs, latest }
}

/** T16: an outcome with its part of what its observer counts for. */
export function weighted(
  { kept, isAttested, outcome }: JudgedOutcome,
  { standing, isCapped, fresh }: Heard,
  { todayWeight, profile }: { readonly todayWeight: bigint; readonly profile: Profile },
): WeightedOutcome {
  const { observedAtMs: atMs } = outcome
  const today = Number(todayWeight)
  const own = Number(weightOfDay(atMs)) / today / (isAttested ? 1 : profile.unilateralDenominator)
  const part = isCapped ? (profile.observerQuota * today) / Number(fresh) : 1
  return { kept, weight: (standing / ONE) * own * part, atMs }
}

/** `undefined` when there is too little to compare. */
export function driftOf({ mean, count, firstMs, lastMs, latest }: Recent): Drift | undefined {
  if (count < DRIFT_MIN_COUNT || lastMs - firstMs < DRIFT_MIN_SPAN_MS) return undefined
  const to = meanOf(latest)
  const delta = Math.round((to - mean) * 10_000) / 10_000
  return {
    severity: severityOf(Math.abs(delta)),
    direction: directionOf(delta),
    from: mean,
    to,
    windowCount: latest.length,
    since: rfc3339(latest[0]?.atMs ?? firstMs),
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

/** Weighted. Not a number for none. */
export function meanOf(series: readonly WeightedOutcome[]): number {
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
