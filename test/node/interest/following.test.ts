import { describe, expect, test } from 'vitest'
import { Following, LINGER_MS } from '../../../src/node/interest/following.ts'

const START_MS = 1_000_000

describe('following shards', () => {
  test('tells when the set is another, and since when each is followed', () => {
    const following = new Following()
    expect(following.update(new Set([4, 2]), START_MS)).toBe(true)
    expect(following.shards).toEqual([2, 4])
    expect(following.update(new Set([2, 4]), START_MS + 1)).toBe(false)
    expect(following.update(new Set([2, 4, 9]), START_MS + 2)).toBe(true)
    expect(following.sinceMs(2)).toBe(START_MS)
    expect(following.sinceMs(9)).toBe(START_MS + 2)
    expect(following.sinceMs(5)).toBeUndefined()
  })

  test('goes on for a day after a shard was wanted last, and no longer', () => {
    const following = new Following()
    following.update(new Set([1, 2]), START_MS)
    expect(following.update(new Set([1]), START_MS + LINGER_MS - 1)).toBe(false)
    expect(following.has(2)).toBe(true)
    expect(following.update(new Set([1]), START_MS + LINGER_MS)).toBe(true)
    expect(following.has(2)).toBe(false)
  })

  test('starts the day anew when the shard is wanted again', () => {
    const following = new Following()
    following.update(new Set([1, 2]), START_MS)
    following.update(new Set([1]), START_MS + LINGER_MS - 1)
    following.update(new Set([1, 2]), START_MS + LINGER_MS - 1)
    following.update(new Set([1]), START_MS + LINGER_MS + 5)
    expect(following.shards).toEqual([1, 2])
    expect(following.sinceMs(2)).toBe(START_MS)
  })

  test('lets the shard go first that was wanted longest ago when room is needed', () => {
    const following = new Following(3)
    following.update(new Set([1]), START_MS)
    following.update(new Set([2]), START_MS + 1)
    following.update(new Set([3]), START_MS + 2)
    expect(following.shards).toEqual([1, 2, 3])
    following.update(new Set([4]), START_MS + 3)
    expect(following.shards).toEqual([2, 3, 4])
    following.update(new Set([4, 5, 6]), START_MS + 4)
    expect(following.shards).toEqual([4, 5, 6])
  })
})
