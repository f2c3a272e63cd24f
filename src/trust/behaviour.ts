/**
 * Behaviour: how reliably an agent keeps promises, from what others saw, each weighed by standing.
 *
 * Linear in every observer: a component is the weighted mean of the observers' own components, with
 * a prior of 0.5 that weighs N0. So observers of total weight x move it by at most x/(x + E + N0).
 * Specification: docs/spec/scoring.md, T16, T18 and T19.
 */
import type { Did } from '../identity/did.ts'
import type { Profile } from './profile.ts'
import type { ObserverSummary } from './summary.ts'

const PRIOR = 0.5

/** One observer's word and its weight. */
export interface ObserverTerm extends ObserverSummary {
  readonly observer: Did
  /** In [0, 1]; 1 for the viewer. */
  readonly standing: number
  readonly weight: number
}

export interface Components {
  readonly calibration: number
  readonly adaptation: number
  readonly robustness: number
}

export interface Behaviour {
  /** E: the sum of the weights. More than 0. */
  readonly weight: number
  readonly observers: readonly ObserverTerm[]
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

/** T16: the weight of an observer's outcomes. The viewer's own have no cap. */
export function weightOf(
  summary: Pick<ObserverSummary, 'fresh' | 'attestedFresh'>,
  standing: number,
  isViewer: boolean,
  profile: Profile,
): number {
  if (isViewer) return summary.attestedFresh
  return standing * Math.min(1, profile.observerQuota / summary.fresh) * summary.attestedFresh
}

/** `undefined` when nobody whose word counts has seen anything. `terms` come sorted by observer. */
export function behaviourOf(
  terms: readonly ObserverTerm[],
  profile: Profile,
): Behaviour | undefined {
  const observers = terms.filter(({ weight }) => weight > 0)
  if (observers.length === 0) return undefined
  let weight = 0
  let kept = 0
  let adapted = 0
  let robust = 0
  for (const term of observers) {
    weight += term.weight
    kept += term.weight * term.mean
    adapted += term.weight * term.adaptation
    robust += term.weight * term.robustness
  }
  const mean = Math.min(1, kept / weight)
  const components = {
    calibration: towardsPrior(kept, weight, profile),
    adaptation: towardsPrior(adapted, weight, profile),
    robustness: towardsPrior(robust, weight, profile),
  }
  const interval = wilson(mean, weight, profile)
  const reliability = reliabilityOf(components, profile)
  const low = reliabilityOf({ ...components, calibration: interval.lo }, profile)
  const high = reliabilityOf({ ...components, calibration: interval.hi }, profile)
  return {
    weight,
    observers,
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

/** T18: `(sum + N0 · 0.5) / (E + N0)`. */
function towardsPrior(sum: number, weight: number, profile: Profile): number {
  const prior = 1 / profile.priorDenominator
  return (sum + prior * PRIOR) / (weight + prior)
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
