/**
 * What a peer lost outlives its connection.
 *
 * The library forgets it in two ways: it makes a new entry for whoever connects again, and when a peer
 * leaves it asks for the score of up to a second ago, so that a peer which is hung up on for a fault
 * leaves with the score it had before. Nor does a refused message count before that second is over, or
 * 128 frames have come: what a peer sends meanwhile is worked on. It keeps the entries of peers that lost nothing too, where
 * they count as company on their address. It has no option for any of this, so its own steps are
 * wrapped; tests say whether those steps are still there. Specification: docs/spec/gossip.md, "Score".
 */
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import type { PeerScore } from '@chainsafe/libp2p-gossipsub/score'
import { KEPT_SCORES_LIMIT } from '../limits.ts'

/** @throws {Error} when the pinned library has changed under this. */
export function keepScores(service: GossipSub): void {
  const score: unknown = Reflect.get(service, 'score')
  const trusted: unknown = Reflect.get(service, 'acceptFromWhitelist')
  if (!isPeerScore(score) || !(trusted instanceof Map)) {
    throw new Error('gossipsub keeps its scores in another way now')
  }
  keepScoresIn(score)
  const rejectMessage = score.rejectMessage.bind(score)
  score.rejectMessage = (peer, ...rest) => {
    rejectMessage(peer, ...rest)
    score.scoreCache.delete(peer)
    trusted.delete(peer)
  }
  const rejectInvalid = score.rejectInvalidMessage.bind(score)
  score.rejectInvalidMessage = (peer, topic) => {
    rejectInvalid(peer, topic)
    score.scoreCache.delete(peer)
    trusted.delete(peer)
  }
}

/** @param limit  Peers that have left and whose loss is remembered; the longest gone are forgotten first. */
export function keepScoresIn(score: PeerScore, limit = KEPT_SCORES_LIMIT): void {
  const { peerStats, scoreCache } = score
  const add = score.addPeer.bind(score)
  const remove = score.removePeer.bind(score)
  const gone = new Set<string>()

  score.addPeer = (peer) => {
    const kept = peerStats.get(peer)
    gone.delete(peer)
    add(peer)
    if (kept !== undefined) peerStats.set(peer, { ...kept, connected: true, expire: 0 })
  }

  const forget = (peer: string): void => {
    for (const ip of peerStats.get(peer)?.knownIPs ?? []) score.removeIP(peer, ip)
    peerStats.delete(peer)
    scoreCache.delete(peer)
    gone.delete(peer)
  }

  score.removePeer = (peer) => {
    scoreCache.delete(peer)
    remove(peer)
    const hasLost = peerStats.has(peer) && score.score(peer) < 0
    if (!hasLost) {
      forget(peer)
      return
    }
    gone.delete(peer)
    gone.add(peer)
    const [longestGone] = gone
    if (gone.size > limit && longestGone !== undefined) forget(longestGone)
  }
}

function isPeerScore(score: unknown): score is PeerScore {
  const steps = [
    'addPeer',
    'removePeer',
    'removeIP',
    'rejectMessage',
    'rejectInvalidMessage',
    'peerStats',
    'scoreCache',
  ]
  return typeof score === 'object' && score !== null && steps.every((step) => step in score)
}
