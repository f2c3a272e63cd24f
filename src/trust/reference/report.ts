/** Scores in the reference's own field names. Specification: docs/spec/pdr.md, "Output". */
import type { PdrScores } from './scores.ts'
import type { SlidingScores } from './sliding-window.ts'

export interface ScoresReport {
  readonly calibration: number | null
  readonly adaptation: number | null
  readonly robustness: number | null
  readonly observation_count: number
  readonly window_days: number
  readonly chain_hash: string
}

export interface SlidingReport {
  readonly cumulative: ScoresReport
  readonly windowed: ScoresReport
  readonly window_size: number
  readonly confidence: number
  readonly drift_alerts: readonly {
    readonly dimension: string
    readonly cumulative_score: number
    readonly windowed_score: number
    readonly delta: number
    readonly severity: string
    readonly window_size: number
    readonly message: string
  }[]
}

export function scoresReport(scores: PdrScores): ScoresReport {
  return {
    calibration: scores.calibration,
    adaptation: scores.adaptation,
    robustness: scores.robustness,
    observation_count: scores.observationCount,
    window_days: scores.windowDays,
    chain_hash: scores.chainHash,
  }
}

export function slidingReport(found: SlidingScores): SlidingReport {
  return {
    cumulative: scoresReport(found.cumulative),
    windowed: scoresReport(found.windowed),
    window_size: found.windowSize,
    confidence: found.confidence,
    drift_alerts: found.driftAlerts.map((alert) => ({
      dimension: alert.dimension,
      cumulative_score: alert.cumulativeScore,
      windowed_score: alert.windowedScore,
      delta: alert.delta,
      severity: alert.severity,
      window_size: alert.windowSize,
      message: alert.message,
    })),
  }
}
