/**
 * All that is said about one subject, as two sums over its observers.
 * Specification: docs/spec/engine.md, N4 and N5.
 */
import { ONE } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { LatestOf } from './latest.ts'
import { KEPT_ONE, Word } from './word.ts'

/** The part of its outcomes' freshness that an observer's attested ones are, in parts of 2^30. */
const RATIO_ONE = 2 ** 30

/** What a subject's observers say together, each by its weight. */
export interface SubjectSums {
  /** E; more than 0. */
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

  add(weight: bigint, word: Word): void {
    this.weight += weight
    this.mean += weight * BigInt(word.mean)
    this.adaptation += weight * BigInt(word.adaptation)
    this.robustness += weight * BigInt(word.robustness)
  }
}

/** A word and how it counts in its subject's sums. */
export class Voice extends Word {
  /** In parts of ONE; 0 counts for nothing. */
  standing = 0
  isCounted = false
  isCapped = false
}

export interface Subject {
  readonly voices: Map<number, Voice>
  readonly open: Sums
  readonly capped: Sums
  readonly latest: LatestOf
  outcomes: number
  attested: number
  observers: number
}

export function emptySubject(): Subject {
  return {
    voices: new Map(),
    open: new Sums(),
    capped: new Sums(),
    latest: new LatestOf(),
    outcomes: 0,
    attested: 0,
    observers: 0,
  }
}

/** Puts a voice into the subject's sums (1), or takes it out (-1), by what it says now. */
export function weigh(
  voice: Voice,
  subject: Subject,
  { sign, profile }: { readonly sign: 1 | -1; readonly profile: Profile },
): void {
  const standing = BigInt(sign * voice.standing)
  if (voice.isCapped) {
    const all = BigInt(profile.unilateralDenominator) * voice.fresh
    subject.capped.add(standing * ((voice.weight * BigInt(RATIO_ONE)) / all), voice)
  } else subject.open.add(standing * voice.weight, voice)
  subject.outcomes += sign * voice.count
  subject.attested += sign * voice.attested
  subject.observers += sign
}

/** N4: of a subject with observers that count. */
export function sumsOf(subject: Subject, todayWeight: bigint, profile: Profile): SubjectSums {
  const { open, capped, outcomes, attested, observers, latest } = subject
  // Two quotients of whole numbers for each sum, in this order.
  const openOne = ONE * profile.unilateralDenominator * Number(todayWeight)
  const cappedOne = (ONE * RATIO_ONE) / profile.observerQuota
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
    latestMs: latest.latestMs() ?? 0,
  }
}
