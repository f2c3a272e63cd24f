/**
 * Behaviour: how reliably an agent keeps promises, from what others saw, each weighed by standing.
 *
 * Linear in every observer: a component is the weighted mean of the observers' own components, with
 * a prior of 0.5 that weighs N0. So observers of total weight x move it by at most x/(x + E + N0).
 * Specification: docs/spec/scoring.md, T18 and T19.
 */
import type { Profile } from './profile.ts'
import type { SubjectSums } from './tally.ts'

const PRIOR = 0.5

export interface Components {
  readonly calibration: number
  readonly adaptation: number
  readonly robustness: number
}

export interface Behaviour {
  /** E: the sum of the weights. More than 0. */
  readonly weight: number
  /** Of observers whose word counts. */
  readonly outcomes: number
  readonly observers: number
  readonly latestMs: number
  readonly mean: number
  readonly components: Components
  readonly reliability: number
  readonly interval: Interval
  /** What `assured` and `upper` are made of. */
  readonly lower: number
  readonly upper: number
}

export interface Interval {
  readonly lo: number
  readonly hi: number
}

/** `undefined` when nobody whose word counts has seen anything. */
export function behaviourOf(
  sums: SubjectSums | undefined,
  profile: Profile,
): Behaviour | undefined {
  if (sums === undefined || sums.weight <= 0) return undefined
  const { weight, outcomes, observers, latestMs, mean } = sums
  const components = {
    calibration: towardsPrior(mean, weight, profile),
    adaptation: towardsPrior(sums.adaptation, weight, profile),
    robustness: towardsPrior(sums.robustness, weight, profile),
  }
  const interval = wilson(mean, weight, profile)
  const reliability = reliabilityOf(components, profile)
  const low = reliabilityOf({ ...components, calibration: interval.lo }, profile)
  const high = reliabilityOf({ ...components, calibration: interval.hi }, profile)
  return {
    weight,
    outcomes,
    observers,
    latestMs,
    mean,
    components,
    reliability,
    interval,
    lower: Math.min(interval.lo, low),
    upper: Math.max(interval.hi, high),
  }
}

/** T18: the parts in their proportions. */
function reliabilityOf(components: Components, profile: Profile): number {
  return (
    (profile.calibrationPercent * components.calibration +
      profile.adaptationPercent * components.adaptation +
      profile.robustnessPercent * components.robustness) /
    100
  )
}

/** T18: `(E · mean + N0 · 0.5) / (E + N0)`. */
function towardsPrior(mean: number, weight: number, profile: Profile): number {
  const prior = 1 / profile.priorDenominator
  return (weight * mean + prior * PRIOR) / (weight + prior)
}

/** T19: Wilson's score interval of a mean from `count` observations. Source: Wilson 1927. */
export function wilson(mean: number, count: number, profile: Profile): Interval {
  const zSquared = profile.intervalThousandths / 1000
  const scale = 1 + zSquared / count
  const centre = (mean + zSquared / (2 * count)) / scale
  const spread =
    Math.sqrt(zSquared * ((mean * (1 - mean)) / count + zSquared / (4 * count * count))) / scale
  return { lo: Math.max(0, centre - spread), hi: Math.min(1, centre + spread) }
}
