/** Scores from what the agent said of itself and what others verified. Specification: docs/spec/pdr.md, P7. */
import { inTime } from './observation.ts'
import type { ReferenceObservation } from './observation.ts'
import { round4 } from './round.ts'
import { isEnough, meanOf, unscored, varianceOf } from './scores.ts'
import type { Minima, PdrScores } from './scores.ts'

export const VERIFICATION_MINIMA: Minima = { minObservations: 10, minDays: 7 }

/** How much the later half weighs. */
const RECENCY = 0.7
const CALIBRATION_MIN_COUNT = 5
const ADAPTATION_MIN_COUNT = 3
const BUCKET_SECONDS = 7 * 86_400
const BUCKET_MIN_COUNT = 3
const BUCKETS_MIN_COUNT = 2
const TASK_TYPES_MIN_COUNT = 2

/** A wrong self-report about a task of which several answers are right. */
const UNCLEAR_MATCH = 0.5

/** @throws {PdrError} `pdr/times-mixed`. */
export function scoresFromVerifications(
  observations: readonly ReferenceObservation[],
  minima: Minima = VERIFICATION_MINIMA,
): PdrScores {
  const sorted = inTime(observations)
  const scores = unscored(sorted)
  if (!isEnough(scores, minima)) return scores
  const verified = sorted.filter(({ externallyVerified }) => externallyVerified !== undefined)
  const fedBack = sorted.filter(
    ({ feedbackReceived, postFeedbackImproved }) =>
      feedbackReceived && postFeedbackImproved !== undefined,
  )
  const matches = verified.map(matchOf)
  const improvements = fedBack.map(({ postFeedbackImproved }) => Number(postFeedbackImproved))
  return {
    ...scores,
    calibration: matches.length < CALIBRATION_MIN_COUNT ? null : recentlyWeighted(matches),
    adaptation: improvements.length < ADAPTATION_MIN_COUNT ? null : recentlyWeighted(improvements),
    robustness: robustnessOf(sorted),
  }
}

function matchOf(observation: ReferenceObservation): number {
  const { selfReportedSuccess, externallyVerified, clarity } = observation
  if (selfReportedSuccess === externallyVerified) return 1
  return clarity === 'MULTI_VALID' || clarity === 'UNDERSPECIFIED' ? UNCLEAR_MATCH : 0
}

function recentlyWeighted(values: readonly number[]): number {
  const middle = Math.floor(values.length / 2)
  const older = meanOf(values.slice(0, middle))
  const recent = meanOf(values.slice(middle))
  return round4((1 - RECENCY) * older + RECENCY * recent)
}

/** How alike the weeks were, counted from the first instant. */
function robustnessOf(sorted: readonly ReferenceObservation[]): number | null {
  const taskTypes = new Set(sorted.map(({ taskType }) => taskType))
  const [first, last] = [sorted[0], sorted.at(-1)]
  if (taskTypes.size < TASK_TYPES_MIN_COUNT || first === undefined || last === undefined) {
    return null
  }
  const weekOf = ({ timestamp }: ReferenceObservation): number => {
    const borrowed = timestamp.micros < first.timestamp.micros ? 1 : 0
    return Math.floor((timestamp.seconds - first.timestamp.seconds - borrowed) / BUCKET_SECONDS)
  }
  // A week that begins with the very last instant is none.
  const isWhole =
    last.timestamp.micros === first.timestamp.micros &&
    (last.timestamp.seconds - first.timestamp.seconds) % BUCKET_SECONDS === 0
  const weekCount = weekOf(last) + (isWhole ? 0 : 1)
  const weeks = new Map<number, number[]>()
  for (const observation of sorted) {
    const week = weekOf(observation)
    if (observation.externallyVerified === undefined || week >= weekCount) continue
    const rates = weeks.get(week) ?? []
    rates.push(Number(observation.externallyVerified))
    weeks.set(week, rates)
  }
  const rates = [...weeks.values()].filter(({ length }) => length >= BUCKET_MIN_COUNT).map(meanOf)
  const mean = meanOf(rates)
  if (rates.length < BUCKETS_MIN_COUNT || mean <= 0) return null
  return round4(Math.max(0, 1 - Math.sqrt(varianceOf(rates, mean)) / mean))
}
