import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { didOf } from '../../../src/identity/did.ts'
import { Pacer } from '../../../src/p2p/gossip/pacer.ts'

const did = (n: number): ReturnType<typeof didOf> => didOf(new Uint8Array(32).fill(n))
const options = { gapMs: 60_000, heldLimit: 2, rememberedLimit: 3, clock: () => Date.now() }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the pacer', () => {
  test('lets the first leave at once, and the last of the next minute at its end', async () => {
    const pacer = new Pacer(options)
    expect(await pacer.turn(did(1))).toBe(true)
    const second = pacer.turn(did(1))
    const third = pacer.turn(did(1))
    expect(await second).toBe(false)
    let left = false
    void third.then(() => (left = true))
    await vi.advanceTimersByTimeAsync(options.gapMs - 1)
    expect(left).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await third).toBe(true)
    // The minute begins anew with what has left.
    const fourth = pacer.turn(did(1))
    await vi.advanceTimersByTimeAsync(options.gapMs - 1)
    expect(pacer.heldCount).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await fourth).toBe(true)
  })

  test('a minute later there is no waiting', async () => {
    const pacer = new Pacer(options)
    await pacer.turn(did(1))
    vi.advanceTimersByTime(options.gapMs)
    expect(await pacer.turn(did(1))).toBe(true)
    expect(pacer.heldCount).toBe(0)
  })

  test('holds no more than its limit, and forgets the oldest beyond the other', async () => {
    const pacer = new Pacer(options)
    for (const n of [1, 2, 3]) expect(await pacer.turn(did(n))).toBe(true)
    void pacer.turn(did(1))
    void pacer.turn(did(2))
    expect(await pacer.turn(did(3))).toBe(false)
    expect(await pacer.turn(did(4))).toBe(true) // remembered instead of the first
    pacer.close()
  })

  test('holds nothing longer than a gap when the clock jumps back', async () => {
    const pacer = new Pacer(options)
    await pacer.turn(did(1))
    vi.setSystemTime(Date.now() - 3_600_000)
    const next = pacer.turn(did(1))
    await vi.advanceTimersByTimeAsync(options.gapMs)
    expect(await next).toBe(true)
  })

  test('answers what it holds when it closes', async () => {
    const pacer = new Pacer(options)
    await pacer.turn(did(1))
    const held = pacer.turn(did(1))
    pacer.close()
    expect(await held).toBe(false)
    expect(await pacer.turn(did(2))).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
