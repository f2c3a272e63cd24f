/**
 * The numbers of method `mesh/1`, and the two profiles that bundle them.
 *
 * A profile is named in every answer together with the hash of its numbers, so that a change of the
 * method can be told from a change of the agent. Specification: docs/spec/scoring.md, "Parameters".
 */
import { DAY_MS } from '../base/units.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { sha256Hex } from '../crypto/hash.ts'
import { HALF_LIFE_DAYS } from './freshness.ts'

export const METHOD = 'mesh/1'

/** One whole agent's standing, in the integers that standing is computed in. */
export const ONE = 2 ** 30

/** Levels of vouches are thousandths. */
export const LEVEL_ONE = 1000

export type ProfileName = 'strict' | 'open'

/** All integers: a fraction is a pair, or says its unit. */
export interface Profile {
  readonly name: ProfileName
  /** What part of its standing an agent passes on: a = numerator / denominator. */
  readonly passNumerator: number
  readonly passDenominator: number
  /** Nobody's vouch is worth more than one in this many full ones: D0. */
  readonly dilutionFloor: number
  /** How many hops standing travels, my own vouch included: L. */
  readonly hopLimit: number
  /** An agent passes standing on while it has one part in this many for each vouch: 1/θ. */
  readonly pruneDenominator: number
  /** Standing at which social trust is half of its ceiling: κ = 1 / this. */
  readonly halfStandingDenominator: number
  /** Social trust never exceeds this many hundredths: sMax. */
  readonly socialCeilingPercent: number
  /** One observer counts about one subject like this many fresh outcomes at most: Q. */
  readonly observerQuota: number
  /** How much the prior of 0.5 weighs: N0 = 1 / this. */
  readonly priorDenominator: number
  /** What an outcome weighs that settles no promise of the subject: 1 / this. */
  readonly unilateralDenominator: number
  readonly halfLifeDays: number
  /** z² of the interval, in thousandths: 2.706 is 90 %. */
  readonly intervalThousandths: number
  readonly calibrationPercent: number
  readonly adaptationPercent: number
  readonly robustnessPercent: number
}

const STRICT: Profile = {
  name: 'strict',
  passNumerator: 1,
  passDenominator: 2,
  dilutionFloor: 8,
  hopLimit: 4,
  pruneDenominator: 10_000,
  halfStandingDenominator: 16,
  socialCeilingPercent: 85,
  observerQuota: 4,
  priorDenominator: 64,
  unilateralDenominator: 4,
  halfLifeDays: HALF_LIFE_DAYS,
  intervalThousandths: 2706,
  calibrationPercent: 50,
  adaptationPercent: 20,
  robustnessPercent: 30,
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  strict: STRICT,
  open: {
    ...STRICT,
    name: 'open',
    passNumerator: 4,
    passDenominator: 5,
    dilutionFloor: 4,
    hopLimit: 6,
  },
}

/** T24: SHA-256 over the method's name and every number of the profile, in hex. */
export function paramsHash(profile: Profile): string {
  return sha256Hex(encodeCbor({ method: METHOD, ...profile }))
}

/**
 * T9: in a scope with more vouches in force than this, `upper` does not follow what pruning dropped
 * and counts it as all that there may be: following it takes a second graph of state, and changes of
 * any one of them would reach all.
 */
export const UNPRUNED_VOUCHES_LIMIT = 500_000

/** Drift: how many of the latest outcomes are held against all of them, and when it is worth saying. */
export const DRIFT_WINDOW_COUNT = 20
export const DRIFT_MIN_COUNT = 5
export const DRIFT_MIN_SPAN_MS = 3 * DAY_MS
export const DRIFT_WARNING = 0.15
export const DRIFT_CRITICAL = 0.3

/** Evidence from which a reachable agent is `known` and no longer `thin`. */
export const KNOWN_EVIDENCE = 1

/** Social trust ahead of behaviour by more than this is worth saying. */
export const DIVERGENCE_MEDIUM = 0.3
export const DIVERGENCE_HIGH = 0.5
