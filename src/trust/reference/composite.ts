/**
 * The reference's one number: social trust times behaviour, and the warning when the two part.
 * Specification: docs/spec/pdr.md, P10.
 */
import { round4 } from './round.ts'
import type { Dimension, PdrScores } from './scores.ts'

/** What stands in for a dimension without a score. */
const UNKNOWN_SCORE = 0.5
const PROVISIONAL_BELOW_DAYS = 14
const DIVERGENCE_THRESHOLD = 0.3
const DIVERGENCE_HIGH = 0.5

export type ConfidenceLabel = 'unknown' | 'very_low' | 'low' | 'moderate' | 'high'

export interface PdrSummary extends Readonly<Record<Dimension, number>> {
  readonly composite: number
  readonly isProvisional: boolean
  readonly confidence: ConfidenceLabel
  /** `undefined` without a whole day. */
  readonly windowDays: number | undefined
}

/** Every dimension with a number: what is not known counts as one half. */
export function summaryOf(scores: PdrScores): PdrSummary {
  const dimensions = filled(scores)
  const windowDays = scores.windowDays > 0 ? scores.windowDays : undefined
  return {
    calibration: round4(dimensions.calibration),
    adaptation: round4(dimensions.adaptation),
    robustness: round4(dimensions.robustness),
    composite: round4(reliabilityOf(dimensions)),
    isProvisional: windowDays === undefined || windowDays < PROVISIONAL_BELOW_DAYS,
    confidence: labelOf(windowDays),
    windowDays,
  }
}

/** @param socialTrust  In [0, 1]. @throws {RangeError} when it is not. */
export function compositeScore(socialTrust: number, scores: PdrScores): number {
  assertShare(socialTrust)
  return round4(socialTrust * reliabilityOf(filled(scores)))
}

export interface TrustDivergence {
  readonly socialTrust: number
  readonly reliability: number
  readonly gap: number
  readonly severity: 'medium' | 'high'
}

/** Friends speak better of the agent than its work does; `undefined` when they do not. */
export function trustDivergence(
  socialTrust: number,
  scores: PdrScores,
): TrustDivergence | undefined {
  assertShare(socialTrust)
  const reliability = reliabilityOf(filled(scores))
  const gap = socialTrust - reliability
  if (!(gap > DIVERGENCE_THRESHOLD)) return undefined
  return {
    socialTrust: round4(socialTrust),
    reliability: round4(reliability),
    gap: round4(gap),
    severity: gap > DIVERGENCE_HIGH ? 'high' : 'medium',
  }
}

function reliabilityOf(dimensions: Readonly<Record<Dimension, number>>): number {
  return 0.5 * dimensions.calibration + 0.2 * dimensions.adaptation + 0.3 * dimensions.robustness
}

function filled(scores: PdrScores): Readonly<Record<Dimension, number>> {
  return {
    calibration: scores.calibration ?? UNKNOWN_SCORE,
    adaptation: scores.adaptation ?? UNKNOWN_SCORE,
    robustness: scores.robustness ?? UNKNOWN_SCORE,
  }
}

function labelOf(windowDays: number | undefined): ConfidenceLabel {
  if (windowDays === undefined) return 'unknown'
  if (windowDays < 7) return 'very_low'
  if (windowDays < PROVISIONAL_BELOW_DAYS) return 'low'
  return windowDays < 28 ? 'moderate' : 'high'
}

function assertShare(value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`social trust is from 0 to 1: ${value}`)
}
