/**
 * The latest observations held against all of them, and how much to make of it.
 * Specification: docs/spec/pdr.md, P8 and P9.
 */
import { inTime } from './observation.ts'
import type { ReferenceObservation } from './observation.ts'
import { PROMISE_MINIMA, scoresFromPromises } from './promises.ts'
import { fixed2, round4 } from './round.ts'
import { DIMENSIONS } from './scores.ts'
import type { Dimension, Minima, PdrScores } from './scores.ts'
import { scoresFromVerifications } from './verifications.ts'

export type PdrSource = 'promises' | 'verifications'

export interface SlidingOptions {
  readonly from: PdrSource
  /** How many of the latest observations: at least 1. */
  readonly window: number
  /** For the cumulative scores; the window needs no days and is content with what it holds. */
  readonly minima: Minima
  /** From which difference an alert is raised. */
  readonly warningDelta: number
  readonly criticalDelta: number
}

export const SLIDING_DEFAULTS: SlidingOptions = {
  from: 'promises',
  window: 20,
  minima: PROMISE_MINIMA,
  warningDelta: 0.15,
  criticalDelta: 0.3,
}

export interface DriftAlert {
  readonly dimension: Dimension
  readonly cumulativeScore: number
  readonly windowedScore: number
  /** Cumulative less windowed: positive when the agent has become worse. */
  readonly delta: number
  readonly severity: 'warning' | 'critical'
  readonly windowSize: number
  readonly message: string
}

export interface SlidingScores {
  readonly cumulative: PdrScores
  readonly windowed: PdrScores
  /** How many observations the window held. */
  readonly windowSize: number
  readonly confidence: number
  readonly driftAlerts: readonly DriftAlert[]
}

const SCORES = { promises: scoresFromPromises, verifications: scoresFromVerifications } as const

/** @throws {PdrError} `pdr/times-mixed`. */
export function slidingScores(
  observations: readonly ReferenceObservation[],
  options: SlidingOptions = SLIDING_DEFAULTS,
): SlidingScores {
  const { from, window, minima } = options
  const scoresOf = SCORES[from]
  const cumulative = scoresOf(observations, minima)
  const latest = inTime(observations).slice(-window)
  const windowed = scoresOf(latest, {
    minObservations: Math.min(minima.minObservations, latest.length),
    minDays: 0,
  })
  return {
    cumulative,
    windowed,
    windowSize: latest.length,
    confidence: confidenceOf(observations.length, cumulative.windowDays),
    driftAlerts: DIMENSIONS.flatMap(
      (dimension) =>
        alertOf(dimension, { cumulative, windowed, windowSize: latest.length }, options) ?? [],
    ),
  }
}

function alertOf(
  dimension: Dimension,
  { cumulative, windowed, windowSize }: Omit<SlidingScores, 'confidence' | 'driftAlerts'>,
  { warningDelta, criticalDelta }: SlidingOptions,
): DriftAlert | undefined {
  const [all, recent] = [cumulative[dimension], windowed[dimension]]
  if (all === null || recent === null) return undefined
  const delta = all - recent
  const isCritical = Math.abs(delta) >= criticalDelta
  if (!isCritical && Math.abs(delta) < warningDelta) return undefined
  const [before, now, change] = [fixed2(all), fixed2(recent), fixed2(delta)]
  return {
    dimension,
    cumulativeScore: all,
    windowedScore: recent,
    delta: round4(delta),
    severity: isCritical ? 'critical' : 'warning',
    windowSize,
    // The reference's words, whichever way the score went.
    message: isCritical
      ? `${dimension} dropped from ${before} (cumulative) to ${now} (recent ${windowSize} obs) — delta ${change} exceeds critical threshold`
      : `${dimension} shifted from ${before} to ${now} (recent ${windowSize} obs) — monitoring`,
  }
}

/** P9: in [0, 0.95]. More observations, over more days. */
export function confidenceOf(observationCount: number, windowDays: number): number {
  return round4(Math.min(0.95, countPart(observationCount) * daysPart(windowDays)))
}

function countPart(count: number): number {
  if (count <= 0) return 0
  if (count < 10) return 0.3 * (count / 10)
  if (count < 30) return 0.3 + 0.4 * ((count - 10) / 20)
  return 0.7 + 0.25 * Math.min(1, (count - 30) / 20)
}

function daysPart(days: number): number {
  if (days <= 0) return 0.5
  return days < 14 ? 0.5 + 0.5 * (days / 14) : 1
}
