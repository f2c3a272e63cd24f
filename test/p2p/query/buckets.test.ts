import { describe, expect, test } from 'vitest'
import { BUCKET_PEERS_LIMIT, Buckets } from '../../../src/p2p/query/buckets.ts'

describe('token buckets', () => {
  test('a quiet peer has its burst and not one more', () => {
    const buckets = new Buckets({ burst: 3, perSecond: 1 }, () => 0)
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
  })

  test('tokens come back with time, to the burst and no further', () => {
    let nowMs = 0
    const buckets = new Buckets({ burst: 2, perSecond: 1 }, () => nowMs)
    expect(buckets.take('a', 2)).toBe(true)
    nowMs = 999
    expect(buckets.take('a')).toBe(false)
    nowMs = 1_000
    expect(buckets.take('a')).toBe(true)
    nowMs = 60_000
    expect(buckets.take('a', 3)).toBe(false)
    expect(buckets.take('a', 2)).toBe(true)
  })

  test('one peer does not use up what another has', () => {
    const buckets = new Buckets({ burst: 1, perSecond: 1 }, () => 0)
    expect(buckets.take('a')).toBe(true)
    expect(buckets.take('a')).toBe(false)
    expect(buckets.take('b')).toBe(true)
  })

  test('no number of peers grows the map beyond its bound', () => {
    const buckets = new Buckets({ burst: 1, perSecond: 1 }, () => 0)
    for (let peer = 0; peer < BUCKET_PEERS_LIMIT + 50; peer++) buckets.take(`peer ${peer}`)
    expect(buckets.size).toBe(BUCKET_PEERS_LIMIT)
  })
})
