/**
 * What one observer's outcomes say about one subject, before anybody asks how much that observer's
 * word is worth. Independent of standing, so it is computed once and weighed often.
 *
 * Adaptation and robustness compare outcomes of the *same* observer: early against late Alice, not
 * early Alice against late Carol. That keeps a stranger's word from moving anything but the
 * stranger's own term, which is what the promise about reliability rests on.
 * Specification: docs/spec/scoring.md, T15, T16 and T18.
 */
import { freshness } from './freshness.ts'
import type { Outcome } from '../records/record.ts'
import type { JudgedOutcome } from './attestation.ts'
import { ONE } from './profile.ts'
import type { Profile } from './profile.ts'

export interface ObserverSummary {
  readonly outcomes: number
  readonly attested: number
  readonly lastAtMs: number
  /** Sum of freshness: how many new outcomes these are worth. */
  readonly fresh: number
  /** The same, where an outcome that settles no promise counts a part. */
  readonly attestedFresh: number
  readonly mean: number
  readonly adaptation: number
  readonly robustness: number
  readonly ids: readonly string[]
}

/** An outcome and its weight among those of its observer: whole parts of ONE × unilateralDenominator. */
interface Weighed {
  readonly one: JudgedOutcome
  readonly parts: number
}

/** `undefined` when all of them have faded to nothing. `outcomes` are in time order. */
export function summarise(
  outcomes: readonly JudgedOutcome[],
  nowMs: number,
  profile: Profile,
): ObserverSummary | undefined {
  let freshParts = 0
  const weighed: Weighed[] = []
  for (const one of outcomes) {
    const fresh = freshness(nowMs - one.outcome.observedAtMs)
    if (fresh === 0) continue
    freshParts += fresh
    weighed.push({ one, parts: one.isAttested ? fresh * profile.unilateralDenominator : fresh })
  }
  const last = weighed.at(-1)
  if (last === undefined) return undefined
  const parts = weighed.reduce((sum, { parts: own }) => sum + own, 0)
  return {
    outcomes: weighed.length,
    attested: weighed.filter(({ one }) => one.isAttested).length,
    lastAtMs: last.one.outcome.observedAtMs,
    fresh: freshParts / ONE,
    attestedFresh: parts / (ONE * profile.unilateralDenominator),
    mean: meanKept(weighed),
    adaptation: adaptationOf(weighed, parts),
    robustness: robustnessOf(weighed),
    ids: idsOf(weighed),
  }
}

function idsOf(weighed: readonly Weighed[]): readonly string[] {
  const [first] = weighed
  if (first !== undefined && weighed.length === 1) return [first.one.id]
  return [...new Set(weighed.map(({ one }) => one.id))].toSorted()
}

function meanKept(weighed: readonly Weighed[]): number {
  let sum = 0
  let parts = 0
  for (const { one, parts: own } of weighed) {
    sum += own * one.kept
    parts += own
  }
  return clamp(sum / parts)
}

/** T18: late minus early around 0.5, split where half of the weight has passed. */
function adaptationOf(weighed: readonly Weighed[], parts: number): number {
  const half = parts / 2
  let early = 0
  let late = 0
  let passed = 0
  for (const { one, parts: own } of weighed) {
    const inEarly = Math.min(own, Math.max(0, half - passed))
    early += inEarly * one.kept
    late += (own - inEarly) * one.kept
    passed += own
  }
  return clamp(0.5 + (late - early) / half)
}

/** T18: 1 − 2 · standard deviation of the means of the condition groups; of one group, its mean. */
function robustnessOf(weighed: readonly Weighed[]): number {
  if (weighed.length < 2) return meanKept(weighed)
  const groups = new Map<string, Weighed[]>()
  for (const one of weighed) {
    const key = conditionsKey(one.one.outcome)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  const means = [...groups.values()].map(meanKept)
  if (means.length < 2) return meanKept(weighed)
  const centre = means.reduce((sum, mean) => sum + mean, 0) / means.length
  // A product, not a power: powers differ in the last bit between engines.
  const variance =
    means.reduce((sum, mean) => sum + (mean - centre) * (mean - centre), 0) / means.length
  return clamp(1 - 2 * Math.sqrt(variance))
}

const NO_CONDITIONS = '[]'

/** Names in any order; values with their kind, so that 1, "1" and true differ. None is like empty. */
function conditionsKey({ conditions }: Outcome): string {
  if (conditions === undefined) return NO_CONDITIONS
  return JSON.stringify(
    Object.keys(conditions)
      .toSorted()
      .map((name) => [name, conditions[name]]),
  )
}

/** Into [0, 1]: rounding may step over the edge by a last bit. */
function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
