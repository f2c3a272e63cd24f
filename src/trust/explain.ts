/**
 * Takes a measured score apart: the terms, the records behind them, and what would change it.
 * Specification: docs/spec/scoring.md, T25.
 */
import type { Did } from '../identity/did.ts'
import { honestyOf } from './attestation.ts'
import type { JudgedOutcome, JudgedSubject } from './attestation.ts'
import type { Behaviour } from './behaviour.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { TrustContext } from './context.ts'
import { oneFriendWrong } from './counterfactual.ts'
import { disjointPathCount } from './disjoint.ts'
import { divergenceOf, driftOf, recentOf } from './drift.ts'
import type { SaidOutcomes } from './drift.ts'
import { KEPT_ONE } from './engine/word.ts'
import { FIRST_BRANCH } from './key-standing.ts'
import type { Identities } from './key-standing.ts'
import type { Equivocation } from './equivocation.ts'
import { agentsNamed, OBSERVERS_LIMIT, PATHS_LIMIT, USED_IDS_LIMIT } from './explanation.ts'
import type {
  BehaviourTerms,
  Explanation,
  ObserverTerm,
  SocialTerms,
  UsedRecords,
} from './explanation.ts'
import { leftOut } from './ignored.ts'
import { heardBy } from './measure.ts'
import type { HeardFrom, Measured, MeasureInput } from './measure.ts'
import { strongestPaths } from './paths.ts'
import type { TrustPath } from './paths.ts'
import { ONE } from './profile.ts'
import type { ScopeReading } from './reading.ts'
import type { Score } from './score.ts'
import { explanationSentence } from './sentence.ts'
import type { LiveVouch, Sifted } from './sift.ts'
import { isFaded } from './summary.ts'
import { weightOf } from './tally.ts'

export interface ExplainInput {
  readonly score: Score
  readonly measured: Measured
  readonly input: MeasureInput
  readonly reading: ScopeReading
  readonly judged: JudgedSubject
  readonly sifted: Pick<Sifted, 'deadVouches' | 'deadObservations'>
  /** Live vouches for the subject, whatever their scope. */
  readonly vouches: readonly LiveVouch[]
  readonly context: Pick<TrustContext, 'viewer' | 'pins' | 'nowMs'>
  readonly identities: Identities
  equivocationsOf(did: Did): readonly Equivocation[]
}

export function explain(given: ExplainInput): Explanation {
  const { score, measured, input, reading, context } = given
  const { behaviour } = measured
  const { subject, pin } = input
  const node = reading.nodeOf(subject)
  const paths = node === undefined ? [] : strongestPaths(reading, node, PATHS_LIMIT)
  const heard = heardBy(input, reading)
  const said = saidBy(heard, given.judged, { scope: score.scope, nowMs: context.nowMs })
  const counted = said.flatMap(({ outcomes }) => outcomes)
  const drift = behaviour === undefined ? undefined : driftOf(recentOf(said, behaviour.mean, input))
  const counterfactuals = {
    fooledNeeded: node === undefined ? 0 : disjointPathCount(reading, node),
    ifOneFriendIsWrong: oneFriendWrong(input, measured, reading) ?? null,
  }
  return {
    score,
    social: socialTerms(measured, paths, given),
    behaviour: behaviour === undefined ? null : behaviourTerms(behaviour, heard, given),
    cap: pin?.kind === 'cap' ? (pin.cap ?? 1) : null,
    drift: drift ?? null,
    divergence:
      behaviour === undefined
        ? null
        : (divergenceOf(measured.social, behaviour.reliability) ?? null),
    honesty: honestyOf(subject, given.judged),
    equivocations: agentsNamed(subject, paths, heard).flatMap((did) => given.equivocationsOf(did)),
    isForked: given.identities.agent(subject).isForked,
    used: usedRecords(paths, counted),
    ignored: leftOut({ ...given, subject, scopeName: score.scope, counted: new Set(counted) }),
    counterfactuals,
    sentence: explanationSentence(score, { drift, counterfactuals }),
  }
}

/** The outcomes that count: of the scope, not faded, on the branch of their observer that counts. */
export function saidBy(
  heard: readonly HeardFrom[],
  { byObserver }: JudgedSubject,
  { scope, nowMs }: { readonly scope: string; readonly nowMs: number },
): readonly SaidOutcomes[] {
  return heard.map(({ observer, branch, heard: own }) => ({
    heard: own,
    outcomes: (byObserver.get(observer) ?? []).filter(
      (one) =>
        (scope === GENERAL_SCOPE || one.outcome.scope === scope) &&
        (one.branches & (FIRST_BRANCH << branch)) !== 0 &&
        !isFaded(one, nowMs),
    ),
  }))
}

function socialTerms(
  { social, socialUpper, standing }: Measured,
  paths: readonly TrustPath[],
  { input: { profile, subject }, reading }: ExplainInput,
): SocialTerms {
  const shown = paths.reduce((sum, { share }) => sum + share, 0)
  return {
    value: social,
    ceiling: profile.socialCeilingPercent / 100,
    standing,
    distrust: 0,
    halfStanding: 1 / profile.halfStandingDenominator,
    paths,
    otherPaths: Math.max(0, standing - shown),
    dropped: Math.max(0, reading.unprunedHeldBy(subject) / ONE - standing),
    upper: socialUpper,
  }
}

function behaviourTerms(
  behaviour: Behaviour,
  heard: readonly HeardFrom[],
  { input, judged }: ExplainInput,
): BehaviourTerms {
  const { profile, subject } = input
  const heaviest = heard
    .map((one) => termOf(one, input))
    .toSorted((a, b) => b.weight - a.weight || (a.observer < b.observer ? -1 : 1))
  const others = heaviest.slice(OBSERVERS_LIMIT)
  const sum = (own: (term: ObserverTerm) => number): number =>
    others.reduce((total, term) => total + term.weight * own(term), 0)
  return {
    value: behaviour.reliability,
    components: behaviour.components,
    proportions: {
      calibration: profile.calibrationPercent / 100,
      adaptation: profile.adaptationPercent / 100,
      robustness: profile.robustnessPercent / 100,
    },
    priorWeight: 1 / profile.priorDenominator,
    priorValue: 0.5,
    evidence: behaviour.weight,
    mean: behaviour.mean,
    interval: behaviour.interval,
    lower: behaviour.lower,
    upper: behaviour.upper,
    observers: heaviest.slice(0, OBSERVERS_LIMIT),
    otherObservers: {
      count: others.length,
      weight: sum(() => 1),
      sums: {
        calibration: sum(({ mean }) => mean),
        adaptation: sum(({ adaptation }) => adaptation),
        robustness: sum(({ robustness }) => robustness),
      },
    },
    selfReports: judged.byObserver.get(subject)?.length ?? 0,
  }
}

/** In fractions, as people read them. */
function termOf(
  { observer, heard }: HeardFrom,
  { todayWeight, profile }: MeasureInput,
): ObserverTerm {
  const today = Number(todayWeight)
  return {
    observer,
    standing: heard.standing / ONE,
    weight: weightOf(heard, todayWeight, profile),
    outcomes: heard.count,
    attested: heard.attested,
    lastAtMs: heard.latestMs,
    fresh: Number(heard.fresh) / today,
    attestedFresh: Number(heard.weight) / (today * profile.unilateralDenominator),
    mean: heard.mean / KEPT_ONE,
    adaptation: heard.adaptation / KEPT_ONE,
    robustness: heard.robustness / KEPT_ONE,
  }
}

function usedRecords(paths: readonly TrustPath[], counted: readonly JudgedOutcome[]): UsedRecords {
  const vouches = paths.flatMap(({ hops }) =>
    hops.flatMap(({ vouch }) => (vouch === undefined ? [] : [vouch])),
  )
  const observations = [...new Set(counted.map(({ id }) => id))].toSorted()
  return {
    vouches: [...new Set(vouches)].toSorted(),
    observations: observations.slice(0, USED_IDS_LIMIT),
    observationCount: observations.length,
  }
}
