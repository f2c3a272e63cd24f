/**
 * What observers say about one subject, added up by the weight of each: the one arithmetic of the
 * full computation and of the engine.
 *
 * Sums are whole numbers of any size, so the order of adding and taking away cannot matter. Two sums
 * for each component: `open` still has to be divided by the weight of today, `capped` is held at the
 * quota. Each is divided once, and the two quotients are added. Specification: docs/spec/scoring.md,
 * T16 and T18.
 */
import { KEPT_ONE } from './engine/word.ts'
import { ONE } from './profile.ts'
import type { Profile } from './profile.ts'

/** The part of its outcomes' freshness that an observer's attested ones are, in parts of 2^30. */
const RATIO_ONE = 2 ** 30

/** What one observer says about one subject, whatever that observer's word is worth. */
export interface Testimony {
  /** Outcomes that count. */
  readonly count: number
  readonly attested: number
  readonly latestMs: number
  /** Σ of the outcomes' day weights. */
  readonly fresh: bigint
  /** Σ of their weights: an attested one weighs its day's weight times the profile's unilateral denominator. */
  readonly weight: bigint
  /** Components in millionths. */
  readonly mean: number
  readonly adaptation: number
  readonly robustness: number
}

/** A testimony and what it counts for. */
export interface Heard extends Testimony {
  /** c of the observer, in parts of ONE. */
  readonly standing: number
  /** T16: it says more than the quota. */
  readonly isCapped: boolean
}

/** What a subject's observers say together, each by its weight. */
export interface SubjectSums {
  /** E, in full outcomes; more than 0. */
  readonly weight: number
  /** In [0, 1]: means over the observers, weighted. */
  readonly mean: number
  readonly adaptation: number
  readonly robustness: number
  readonly outcomes: number
  readonly attested: number
  readonly observers: number
  readonly latestMs: number
}

/** Weight, and weight times each component: whole. */
class Sums {
  weight = 0n
  mean = 0n
  adaptation = 0n
  robustness = 0n

  add(weight: bigint, said: Testimony): void {
    this.weight += weight
    this.mean += weight * BigInt(said.mean)
    this.adaptation += weight * BigInt(said.adaptation)
    this.robustness += weight * BigInt(said.robustness)
  }
}

export interface Tally {
  readonly open: Sums
  readonly capped: Sums
  outcomes: number
  attested: number
  observers: number
}

export function emptyTally(): Tally {
  return { open: new Sums(), capped: new Sums(), outcomes: 0, attested: 0, observers: 0 }
}

/** T16: whether an observer that is not the viewer says more than it counts for. */
export function isOverQuota(fresh: bigint, todayWeight: bigint, profile: Profile): boolean {
  return fresh > BigInt(profile.observerQuota) * todayWeight
}

/** Puts a testimony into the tally (1), or takes it out (-1), by what it says and counts for now. */
export function weigh(
  heard: Heard,
  tally: Tally,
  { sign, profile }: { readonly sign: 1 | -1; readonly profile: Profile },
): void {
  const standing = BigInt(sign * heard.standing)
  if (heard.isCapped) tally.capped.add(standing * cappedRatio(heard, profile), heard)
  else tally.open.add(standing * heard.weight, heard)
  tally.outcomes += sign * heard.count
  tally.attested += sign * heard.attested
  tally.observers += sign
}

/** T16: what an observer over its quota counts for, before standing, in 2^30 parts of the quota. */
function cappedRatio({ weight, fresh }: Testimony, profile: Profile): bigint {
  return (weight * BigInt(RATIO_ONE)) / (BigInt(profile.unilateralDenominator) * fresh)
}

/** Of a tally with observers in it. @param latestMs when the latest outcome that counts was seen. */
export function sumsOf(
  tally: Tally,
  latestMs: number,
  { todayWeight, profile }: { readonly todayWeight: bigint; readonly profile: Profile },
): SubjectSums {
  const { open, capped, outcomes, attested, observers } = tally
  const openOne = openDivisor(todayWeight, profile)
  const cappedOne = cappedDivisor(profile)
  const sum = (ofOpen: bigint, ofCapped: bigint): number =>
    Number(ofOpen) / openOne + Number(ofCapped) / cappedOne
  const weight = sum(open.weight, capped.weight)
  const mean = (ofOpen: bigint, ofCapped: bigint): number =>
    Math.min(1, sum(ofOpen, ofCapped) / KEPT_ONE / weight)
  return {
    weight,
    mean: mean(open.mean, capped.mean),
    adaptation: mean(open.adaptation, capped.adaptation),
    robustness: mean(open.robustness, capped.robustness),
    outcomes,
    attested,
    observers,
    latestMs,
  }
}

/** T16: what one observer's testimony weighs, in full outcomes. */
export function weightOf(heard: Heard, todayWeight: bigint, profile: Profile): number {
  const standing = BigInt(heard.standing)
  return heard.isCapped
    ? Number(standing * cappedRatio(heard, profile)) / cappedDivisor(profile)
    : Number(standing * heard.weight) / openDivisor(todayWeight, profile)
}

function openDivisor(todayWeight: bigint, profile: Profile): number {
  return ONE * profile.unilateralDenominator * Number(todayWeight)
}

function cappedDivisor(profile: Profile): number {
  return (ONE * RATIO_ONE) / profile.observerQuota
}
