import { PeerScore } from '@chainsafe/libp2p-gossipsub/score'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { SECOND_MS } from '../../../src/base/units.ts'
import { SCORE_THRESHOLDS, scoreParams } from '../../../src/p2p/gossip/score.ts'
import { libp2pLog } from '../../../src/p2p/libp2p-log.ts'

const { gossipThreshold, publishThreshold, graylistThreshold } = SCORE_THRESHOLDS
const topic = '/aip/local/records/0/1'
const mallory = 'mallory'

function scoreOf(preset: 'local' | 'public', topics = [topic], standing = 0): PeerScore {
  return new PeerScore(
    scoreParams(preset, topics, () => standing),
    null,
    libp2pLog(silentLogger),
    { scoreCacheValidityMs: 0 },
  )
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets the clock run, with the library's decay every second. */
function pass(score: PeerScore, seconds: number): void {
  for (let n = 0; n < seconds; n++) {
    vi.advanceTimersByTime(SECOND_MS)
    score.refreshScores()
  }
}

describe('refused messages', () => {
  test('one is forgiven, two cost gossip, five silence their sender', () => {
    const score = scoreOf('public')
    score.addPeer(mallory)
    const scores = Array.from({ length: 5 }, () => {
      score.rejectInvalidMessage(mallory, topic)
      vi.advanceTimersByTime(1)
      return score.score(mallory)
    })
    expect(scores).toEqual([-5, -20, -45, -80, -125])
    expect(scores[0]).toBeGreaterThan(gossipThreshold)
    expect(scores[1]).toBeLessThan(gossipThreshold)
    expect(scores[3]).toBeLessThan(publishThreshold)
    expect(scores[3]).toBe(graylistThreshold) // on the line is still heard
    expect(scores[4]).toBeLessThan(graylistThreshold)
  })

  test('are forgiven with time: five in a minute, a thousand in three', () => {
    for (const [count, seconds] of [
      [5, 60],
      [1_000, 180],
    ] as const) {
      const score = scoreOf('public')
      score.addPeer(mallory)
      for (let n = 0; n < count; n++) score.rejectInvalidMessage(mallory, topic)
      pass(score, 1)
      expect(score.score(mallory)).toBeLessThan(graylistThreshold)
      pass(score, seconds)
      expect(score.score(mallory)).toBeGreaterThan(gossipThreshold)
    }
  })

  test('are not bought by good behaviour in many topics', () => {
    const topics = Array.from({ length: 512 }, (_, n) => `/aip/main/records/${n}/1`)
    const score = scoreOf('public', topics, 1_000)
    score.addPeer(mallory)
    for (const one of topics) {
      score.graft(mallory, one)
      for (let n = 0; n < 50; n++) score.deliverMessage(mallory, `${one} ${n}`, one)
    }
    vi.advanceTimersByTime(600 * SECOND_MS)
    expect(score.score(mallory)).toBeLessThan(24)
    for (let n = 0; n < 6; n++) score.rejectInvalidMessage(mallory, topics[0] ?? '')
    vi.advanceTimersByTime(1)
    expect(score.score(mallory)).toBeLessThan(graylistThreshold)
  })
})

describe('a quiet peer', () => {
  test('stays at zero or above, for an hour in a mesh where nothing happens', () => {
    const score = scoreOf('public')
    score.addPeer('quiet')
    score.graft('quiet', topic)
    pass(score, 3_600)
    expect(score.score('quiet')).toBeGreaterThanOrEqual(0)
    score.prune('quiet', topic)
    vi.advanceTimersByTime(1)
    expect(score.score('quiet')).toBeGreaterThanOrEqual(0)
  })
})

/** The score of one peer of so many on an address. */
const crowd = (preset: 'local' | 'public', ip: string, count: number): number => {
  const score = scoreOf(preset)
  for (let n = 0; n < count; n++) {
    score.addPeer(`peer ${n}`)
    score.addIP(`peer ${n}`, ip)
  }
  return score.score('peer 0')
}

describe('many peers on one address', () => {
  test('cost nothing on one machine', () => {
    expect(crowd('local', '127.0.0.1', 30)).toBe(0)
    expect(crowd('local', '192.168.1.7', 30)).toBe(0)
  })

  test('cost on a public network from the sixth on', () => {
    expect(crowd('public', '203.0.113.9', 5)).toBe(0)
    expect(crowd('public', '203.0.113.9', 6)).toBe(-5)
    expect(crowd('local', '8.8.8.8', 9)).toBe(-80)
  })
})

describe('standing', () => {
  test('lifts a peer by ten at most, and sinks nobody', () => {
    for (const [standing, expected] of [
      [-5, 0],
      [0, 0],
      [0.5, 5],
      [7, 10],
    ] as const) {
      const score = scoreOf('public', [topic], standing)
      score.addPeer('bob')
      expect(score.score('bob')).toBe(expected)
    }
  })
})
