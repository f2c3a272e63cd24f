/**
 * A score taken apart: terms that multiply out to it, and the records behind each term.
 *
 * `recomputed` in the tests is the proof of use: it makes the score again from this shape alone.
 * Lists are cut at named limits and say how much was cut. Specification: docs/spec/scoring.md, T25.
 */
import type { Did } from '../identity/did.ts'
import type { Honesty } from './attestation.ts'
import type { Components, Interval } from './behaviour.ts'
import type { OneFriendWrong } from './counterfactual.ts'
import type { Divergence, Drift } from './drift.ts'
import type { Equivocation } from './equivocation.ts'
import type { TrustPath } from './paths.ts'
import type { Ignored } from './reasons.ts'
import type { Score } from './score.ts'

export const PATHS_LIMIT = 12
export const OBSERVERS_LIMIT = 50
export const USED_IDS_LIMIT = 100

export interface Explanation {
  readonly score: Score
  readonly social: SocialTerms
  /** Null without evidence. */
  readonly behaviour: BehaviourTerms | null
  /** A pin's cap, applied last. */
  readonly cap: number | null
  readonly drift: Drift | null
  readonly divergence: Divergence | null
  readonly honesty: Honesty
  /** Keys of the subject, and of agents named here, that signed two records with one number. */
  readonly equivocations: readonly Equivocation[]
  /** The subject's key log has two branches. */
  readonly isForked: boolean
  readonly used: UsedRecords
  readonly ignored: readonly Ignored[]
  readonly counterfactuals: Counterfactuals
  /** The whole in one or two sentences, for people. */
  readonly sentence: string
}

/** `value = ceiling · standing / (standing + distrust + halfStanding)`. */
export interface SocialTerms {
  readonly value: number
  readonly ceiling: number
  readonly standing: number
  readonly distrust: number
  readonly halfStanding: number
  /** `standing` is the sum of the shares of `paths` and `otherPaths`. */
  readonly paths: readonly TrustPath[]
  readonly otherPaths: number
  /** Standing that pruning dropped on the way; counted in `upper` alone. */
  readonly dropped: number
  /** `value` with what was dropped. */
  readonly upper: number
}

/**
 * `value = (50 · calibration + 20 · adaptation + 30 · robustness) / 100`, each component
 * `(Σ weight · own + prior · 0.5) / (evidence + prior)` over the observers.
 */
export interface BehaviourTerms {
  readonly value: number
  readonly components: Components
  readonly proportions: Components
  readonly priorWeight: number
  readonly priorValue: number
  /** The sum of all weights, those of `otherObservers` included. */
  readonly evidence: number
  readonly mean: number
  readonly interval: Interval
  readonly lower: number
  readonly upper: number
  /** Heaviest first. */
  readonly observers: readonly ObserverTerm[]
  readonly otherObservers: {
    readonly count: number
    readonly weight: number
    /** Their sums of weight × own component. */
    readonly sums: Components
  }
  readonly selfReports: number
}

/** One observer's word and its weight. */
export interface ObserverTerm {
  readonly observer: Did
  /** In [0, 1]; 1 for the viewer. */
  readonly standing: number
  /** In full outcomes. */
  readonly weight: number
  readonly outcomes: number
  readonly attested: number
  readonly lastAtMs: number
  /** How many new outcomes these are worth, and the same where one that settles no promise counts a part. */
  readonly fresh: number
  readonly attestedFresh: number
  readonly mean: number
  readonly adaptation: number
  readonly robustness: number
}

export interface UsedRecords {
  /** Vouches on the paths shown. */
  readonly vouches: readonly string[]
  /** Observation records (and private notes) that carry weight. */
  readonly observations: readonly string[]
  readonly observationCount: number
}

export interface Counterfactuals {
  /** Agents who share no way to the subject and would all have to be fooled. */
  readonly fooledNeeded: number
  readonly ifOneFriendIsWrong: OneFriendWrong | null
}

/** The part of the explanation that names agents, for looking up what else is known of them. */
export function agentsNamed(
  subject: Did,
  paths: readonly TrustPath[],
  observers: readonly { readonly observer: Did }[],
): readonly Did[] {
  const named = new Set<Did>([subject])
  for (const { hops } of paths) for (const { did } of hops) named.add(did)
  for (const { observer } of observers) named.add(observer)
  return [...named].toSorted()
}
