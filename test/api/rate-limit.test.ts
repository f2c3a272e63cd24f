import { describe, expect, test } from 'vitest'
import { RateLimiter } from '../../src/api/rate-limit.ts'

const limits = { perSecond: 2, burst: 3 }

describe('how often a bearer may ask', () => {
  test('the burst, and then as the bucket fills', () => {
    let nowMs = 0
    const limiter = new RateLimiter(() => nowMs, limits)
    const taken = () => limiter.take('own')
    expect([taken(), taken(), taken()]).toEqual([undefined, undefined, undefined])
    expect(taken()).toBe(1)
    nowMs = 499
    expect(taken()).toBe(1)
    nowMs = 500
    expect(taken()).toBeUndefined()
    expect(taken()).toBe(1)
  })

  test('no more than the burst after a long rest', () => {
    let nowMs = 0
    const limiter = new RateLimiter(() => nowMs, limits)
    limiter.take('own')
    nowMs = 3_600_000
    const taken = Array.from({ length: 4 }, () => limiter.take('own'))
    expect(taken).toEqual([undefined, undefined, undefined, 1])
  })

  test('each from its own bucket', () => {
    const limiter = new RateLimiter(() => 0, { perSecond: 1, burst: 1 })
    expect(limiter.take('own')).toBeUndefined()
    expect(limiter.take('token:0123456789ab')).toBeUndefined()
    expect(limiter.take('own')).toBe(1)
  })

  test('a clock that was set back gives nothing', () => {
    let nowMs = 1_000
    const limiter = new RateLimiter(() => nowMs, { perSecond: 1, burst: 1 })
    limiter.take('own')
    nowMs = 0
    expect(limiter.take('own')).toBe(1)
    nowMs = 1_000
    expect(limiter.take('own')).toBeUndefined()
  })
})
