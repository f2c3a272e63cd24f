/**
 * Takes a measured score apart: the terms, the records behind them, and what would change it.
 * Specification: docs/spec/scoring.md, T25.
 */
import type { Honesty, JudgedSubject } from './attestation.ts'
import type { Behaviour, ObserverTerm } from './behaviour.ts'
import type { TrustContext } from './context.ts'
import { oneFriendWrong } from './counterfactual.ts'
import { disjointPathCount } from './disjoint.ts'
import { divergenceOf, driftOf, seriesOf } from './drift.ts'
import { agentsNamed, OBSERVERS_LIMIT, PATHS_LIMIT, USED_IDS_LIMIT } from './explanation.ts'
import type { BehaviourTerms, Explanation, SocialTerms, UsedRecords } from './explanation.ts'
import { leftOut } from './ignored.ts'
import type { Identities } from './key-standing.ts'
import type { Measured, MeasureInput } from './measure.ts'
import { strongestPaths } from './paths.ts'
import type { TrustPath } from './paths.ts'
import type { Profile } from './profile.ts'
import type { Roster } from './roster.ts'
import type { Score } from './score.ts'
import { explanationSentence } from './sentence.ts'
import type { LiveVouch, Sifted } from './sift.ts'

export interface ExplainInput {
  readonly score: Score
  readonly measured: Measured
  readonly input: MeasureInput
  readonly scopeName: string
  readonly judged: JudgedSubject
  readonly honesty: Honesty
  readonly sifted: Sifted
  readonly vouches: readonly LiveVouch[]
  readonly context: TrustContext
  readonly identities: Identities
  readonly roster: Roster
}

export function explain(given: ExplainInput): Explanation {
  const { score, measured, input, roster, context } = given
  const { behaviour } = measured
  const { profile, scope, subject, pin } = input
  const node = scope.nodeOf(subject)
  const paths =
    node === undefined ? [] : strongestPaths({ scope, roster, profile }, node, PATHS_LIMIT)
  const counted = behaviour?.observers ?? []
  const selfReports = given.judged.outcomes.filter(({ isSelfReport }) => isSelfReport).length
  const series = seriesOf(
    given.judged.outcomes.filter(({ outcome }) => serves(given.scopeName, outcome.scope)),
    counted,
    { nowMs: context.nowMs, unilateralDenominator: profile.unilateralDenominator },
  )
  const drift = driftOf(series)
  const counterfactuals = {
    fooledNeeded: node === undefined ? 0 : disjointPathCount(scope, node, profile),
    ifOneFriendIsWrong: oneFriendWrong(input, measured, roster) ?? null,
  }
  return {
    score,
    social: socialTerms(measured, paths, input),
    behaviour: behaviour === undefined ? null : behaviourTerms(behaviour, selfReports, profile),
    cap: pin?.kind === 'cap' ? (pin.cap ?? 1) : null,
    drift: drift ?? null,
    divergence:
      behaviour === undefined
        ? null
        : (divergenceOf(measured.social, behaviour.reliability) ?? null),
    honesty: given.honesty,
    equivocations: agentsNamed(subject, paths, counted).flatMap((did) =>
      given.sifted.equivocationsOf(did),
    ),
    isForked: given.identities.agent(subject).isForked,
    used: usedRecords(paths, counted),
    ignored: leftOut({ ...given, subject, scope, counted, profile }),
    counterfactuals,
    sentence: explanationSentence(score, { drift, counterfactuals }),
  }
}

function serves(asked: string, own: string): boolean {
  return asked === 'general' || asked === own
}

function socialTerms(
  { social, socialUpper, standing }: Measured,
  paths: readonly TrustPath[],
  { profile, scope, subject }: MeasureInput,
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
    dropped: Math.max(0, scope.heldBy(subject, scope.unpruned) - standing),
    upper: socialUpper,
  }
}

function behaviourTerms(
  behaviour: Behaviour,
  selfReports: number,
  profile: Profile,
): BehaviourTerms {
  const heaviest = behaviour.observers.toSorted(
    (a, b) => b.weight - a.weight || (a.observer < b.observer ? -1 : 1),
  )
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
    observers: heaviest.slice(0, OBSERVERS_LIMIT).map(withoutIds),
    otherObservers: {
      count: others.length,
      weight: sum(() => 1),
      sums: {
        calibration: sum(({ mean }) => mean),
        adaptation: sum(({ adaptation }) => adaptation),
        robustness: sum(({ robustness }) => robustness),
      },
    },
    selfReports,
  }
}

/** The ids are listed once, under `used`. */
function withoutIds(term: ObserverTerm): BehaviourTerms['observers'][number] {
  const { observer, standing, weight, outcomes, attested, lastAtMs } = term
  const { fresh, attestedFresh, mean, adaptation, robustness } = term
  return {
    observer,
    standing,
    weight,
    outcomes,
    attested,
    lastAtMs,
    fresh,
    attestedFresh,
    mean,
    adaptation,
    robustness,
  }
}

function usedRecords(paths: readonly TrustPath[], counted: readonly ObserverTerm[]): UsedRecords {
  const vouches = paths.flatMap(({ hops }) =>
    hops.flatMap(({ vouch }) => (vouch === undefined ? [] : [vouch])),
  )
  const observations = [...new Set(counted.flatMap(({ ids }) => ids))].toSorted()
  return {
    vouches: [...new Set(vouches)].toSorted(),
    observations: observations.slice(0, USED_IDS_LIMIT),
    observationCount: observations.length,
  }
}
