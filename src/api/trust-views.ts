/** Scores, paths and explanations as the interface shows them: ids as CIDs, levels as fractions. */
import { isComplete, type Completeness } from '../node/use/completing.ts'
import type { Explanation } from '../trust/explanation.ts'
import type { TrustPath } from '../trust/paths.ts'
import type { Score } from '../trust/score.ts'
import { LEVEL_ONE } from '../trust/profile.ts'
import { recordIdText } from '../records/wire.ts'
import { timeText } from './answers.ts'
import type * as view from './views.ts'

/** @param from  Where the numbers were read. */
export function scoreView(
  score: Score,
  { from, completeness }: { from: view.Score['from']; completeness: Completeness },
): view.Score {
  const { pin } = score
  return {
    ...score,
    from,
    components: score.components === null ? null : { ...score.components },
    evidence: { ...score.evidence },
    pin:
      pin === null ? null : { kind: pin.kind, ...(pin.cap === undefined ? {} : { cap: pin.cap }) },
    completeness: completenessView(completeness),
  }
}

function completenessView(completeness: Completeness): view.Completeness {
  const { followed, peersAsked, peersAnswered, peersAgreed, askedAtMs } = completeness
  return {
    complete: isComplete(completeness),
    followed,
    peersAsked,
    peersAnswered,
    peersAgreed,
    askedAt: askedAtMs === undefined ? null : timeText(askedAtMs),
  }
}

export function pathView({ share, hops }: TrustPath): view.TrustPath {
  return {
    share,
    hops: hops.map(({ did, via, level, vouch }) => ({
      did,
      via,
      level: level / LEVEL_ONE,
      vouch: vouch === undefined ? null : idView(vouch),
    })),
  }
}

export function explanationView(
  explanation: Explanation,
  completeness: Completeness,
): view.Explanation {
  const { social, honesty, used, counterfactuals, drift } = explanation
  return {
    score: scoreView(explanation.score, { from: 'view', completeness }),
    sentence: explanation.sentence,
    social: { ...social, paths: social.paths.map(pathView) },
    behaviour: behaviourView(explanation),
    cap: explanation.cap,
    drift: drift === null ? null : { ...drift },
    divergence: explanation.divergence,
    honesty: {
      claims: honesty.claims,
      compared: honesty.compared,
      differing: honesty.differing,
    },
    equivocations: explanation.equivocations.map(({ did, keyHex, sequence, ids }) => ({
      did,
      key: keyHex,
      sequence,
      ids: ids.map(idView),
    })),
    isForked: explanation.isForked,
    used: {
      vouches: used.vouches.map(idView),
      observations: used.observations.map(idView),
      observationCount: used.observationCount,
    },
    ignored: explanation.ignored.map((line) => ({ ...line, ids: line.ids.map(idView) })),
    counterfactuals: {
      fooledNeeded: counterfactuals.fooledNeeded,
      ifOneFriendIsWrong: friendView(counterfactuals.ifOneFriendIsWrong),
    },
  }
}

function behaviourView({ behaviour }: Explanation): view.Explanation['behaviour'] {
  if (behaviour === null) return null
  const { interval, observers, otherObservers } = behaviour
  return {
    ...behaviour,
    components: { ...behaviour.components },
    proportions: { ...behaviour.proportions },
    interval: { low: interval.lo, high: interval.hi },
    observers: observers.map((term) => ({
      observer: term.observer,
      standing: term.standing,
      weight: term.weight,
      outcomes: term.outcomes,
      attested: term.attested,
      lastAt: new Date(term.lastAtMs).toISOString(),
      mean: term.mean,
      adaptation: term.adaptation,
      robustness: term.robustness,
    })),
    otherObservers: { ...otherObservers, sums: { ...otherObservers.sums } },
  }
}

type Wrong = Explanation['counterfactuals']['ifOneFriendIsWrong']

function friendView(wrong: Wrong): view.Explanation['counterfactuals']['ifOneFriendIsWrong'] {
  if (wrong === null) return null
  const { least, greatest, branches } = wrong
  return {
    least: { ...least },
    greatest: { ...greatest },
    branches: branches.map((branch) => ({ ...branch })),
  }
}

/** A record's id as a CID; the id of a private observation as it is. */
function idView(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? recordIdText(id) : id
}
