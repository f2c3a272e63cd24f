/**
 * What peers lose and win in gossip's own score: numbers, and why.
 *
 * The library's defaults punish nobody for refused messages (no topic parameters, no penalty) and
 * silence every peer of a machine that runs many nodes. So each number is set here. Score is about
 * transport only: whether a peer sends garbage, never whether an agent is trusted.
 * Specification: docs/spec/gossip.md, "Score".
 */
import type {
  PeerScoreParams,
  PeerScoreThresholds,
  TopicScoreParams,
} from '@chainsafe/libp2p-gossipsub/score'
import { HOUR_MS, SECOND_MS } from '../../base/units.ts'
import { isPrivateAddress } from '../addresses.ts'
import type { Preset } from '../gate.ts'

/** Below: nothing is asked of the peer or told to it (gossip), sent to it (publish), heard from it (graylist). */
export const SCORE_THRESHOLDS: PeerScoreThresholds = {
  gossipThreshold: -10,
  publishThreshold: -50,
  graylistThreshold: -80,
  acceptPXThreshold: 1_000, // peers are not taken from peers' recommendations
  opportunisticGraftThreshold: 1,
}

/** What a good peer can win in all topics together: less than two refused messages cost. */
export const SCORE_BONUS_LIMIT = 13

/**
 * One refused message costs 5, two 20, four 80, five 125: the fifth in a burst silences its sender.
 * The count shrinks by 5 % a second, so five are forgiven in about a minute, and a thousand in three.
 */
export const REFUSAL_WEIGHT = -5
export const REFUSAL_DECAY = 0.95

/** @param topicCount - the topics of the network: the bonus is shared out, so more topics buy no more refusals */
export function scoreParams(
  preset: Preset,
  topics: readonly string[],
  standing: (peerId: string) => number,
): PeerScoreParams {
  const one = topicParams(topics.length)
  return {
    topics: Object.fromEntries(topics.map((topic) => [topic, one])),
    topicScoreCap: SCORE_BONUS_LIMIT,
    // P5: between 0 and 1, so that it can lift a peer and never sink a stranger.
    appSpecificScore: (peerId) => Math.min(1, Math.max(0, standing(peerId))),
    appSpecificWeight: 10,
    // P6: many peers on one address cost all of them; on one machine that is everybody.
    IPColocationFactorWeight: -5,
    IPColocationFactorThreshold: 5,
    IPColocationFactorWhitelist: preset === 'local' ? new PrivateAddresses() : new Set(),
    // P7: broken promises (advertised and not sent) and grafts that come too early. A busy machine
    // breaks a few of them honestly.
    behaviourPenaltyWeight: -10,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: 0.9,
    decayInterval: SECOND_MS,
    decayToZero: 0.1,
    retainScore: HOUR_MS,
  }
}

function topicParams(topicCount: number): TopicScoreParams {
  const share = 1 / Math.max(1, topicCount)
  return {
    topicWeight: 1,
    // P1: up to 3 for five minutes in the mesh.
    timeInMeshWeight: 0.01 * share,
    timeInMeshQuantum: SECOND_MS,
    timeInMeshCap: 300,
    // P2: up to 10 for being first.
    firstMessageDeliveriesWeight: 0.5 * share,
    firstMessageDeliveriesDecay: 0.97,
    firstMessageDeliveriesCap: 20,
    // P3, P3b: off. A quiet topic is no fault of the peers in it.
    meshMessageDeliveriesWeight: 0,
    meshMessageDeliveriesDecay: 0.5,
    meshMessageDeliveriesCap: 1,
    meshMessageDeliveriesThreshold: 1,
    meshMessageDeliveriesWindow: 0,
    meshMessageDeliveriesActivation: SECOND_MS,
    meshFailurePenaltyWeight: 0,
    meshFailurePenaltyDecay: 0.5,
    // P4: the square of the count of refused messages.
    invalidMessageDeliveriesWeight: REFUSAL_WEIGHT,
    invalidMessageDeliveriesDecay: REFUSAL_DECAY,
  }
}

/** A set of addresses given by a rule: everything that is not of the public internet. */
class PrivateAddresses extends Set<string> {
  override has(ip: string): boolean {
    return isPrivateAddress(ip)
  }
}
