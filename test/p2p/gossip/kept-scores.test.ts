import { PeerScore } from '@chainsafe/libp2p-gossipsub/score'
import type { Logger } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { keepScoresIn } from '../../../src/p2p/gossip/kept-scores.ts'
import { scoreParams } from '../../../src/p2p/gossip/score.ts'

const topic = '/aip/here/records/0/1'
const ip = '192.0.2.7'

const nothing = (): void => undefined
const silent = Object.assign(nothing, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: () => silent,
}) as Logger

/** Scores are up to an hour old when they are read: what is asked again here is asked on purpose. */
function scores(limit = 100): PeerScore {
  const score = new PeerScore(
    scoreParams('public', [topic], () => 0),
    null,
    { forComponent: () => silent },
    { scoreCacheValidityMs: 3_600_000 },
  )
  keepScoresIn(score, limit)
  return score
}

function arrive(score: PeerScore, peer: string): void {
  score.addPeer(peer)
  score.addIP(peer, ip)
}

function leaveWithLoss(score: PeerScore, peer: string): void {
  arrive(score, peer)
  score.rejectInvalidMessage(peer, topic)
  score.removePeer(peer)
}

test('what a peer lost is there when it has left, and when it is back', () => {
  const score = scores()
  leaveWithLoss(score, 'mallory')
  expect(score.score('mallory')).toBe(-5)
  arrive(score, 'mallory')
  expect(score.score('mallory')).toBe(-5)
  expect(score.peerStats.get('mallory')?.connected).toBe(true)
})

test('a peer that is hung up on for a fault loses it, whatever its score was a moment before', () => {
  const score = scores()
  arrive(score, 'mallory')
  score.graft('mallory', topic)
  score.validateMessage('one')
  score.deliverMessage('mallory', 'one', topic)
  expect(score.score('mallory')).toBeGreaterThan(0)
  score.rejectInvalidMessage('mallory', topic)
  score.removePeer('mallory')
  expect(score.score('mallory')).toBeLessThan(0)
})

test('it shrinks again once the peer is back, and not while it is away', () => {
  const score = scores()
  leaveWithLoss(score, 'mallory')
  const lost = (): number | undefined =>
    score.peerStats.get('mallory')?.topics[topic]?.invalidMessageDeliveries
  score.refreshScores()
  expect(lost()).toBe(1)
  arrive(score, 'mallory')
  score.refreshScores()
  expect(lost()).toBeLessThan(1)
})

test('of a peer that lost nothing, nothing is kept: it is no company on its address', () => {
  const score = scores()
  arrive(score, 'alice')
  score.removePeer('alice')
  expect(score.peerStats.size).toBe(0)
  expect(score.peerIPs.get(ip)).toBeUndefined()
})

test('of those that left, as many as the limit says, and the longest gone are forgotten', () => {
  const score = scores(2)
  for (const peer of ['a', 'b', 'c']) leaveWithLoss(score, peer)
  expect([...score.peerStats.keys()]).toEqual(['b', 'c'])
  expect([...(score.peerIPs.get(ip) ?? [])]).toEqual(['b', 'c'])
  // Who is back counts no more among them.
  arrive(score, 'b')
  leaveWithLoss(score, 'd')
  expect([...score.peerStats.keys()].toSorted()).toEqual(['b', 'c', 'd'])
})

test('a peer that is not known leaves without a trace', () => {
  const score = scores()
  score.removePeer('nobody')
  expect(score.peerStats.size).toBe(0)
})
