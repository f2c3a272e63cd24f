import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { HOUR_MS, MINUTE_MS } from '../../../src/base/units.ts'
import type { IdentityState } from '../../../src/identity/state.ts'
import {
  REPUBLISH_INTERVAL_MS,
  REPUBLISH_SETTLE_MS,
  Republisher,
} from '../../../src/p2p/dht/republisher.ts'
import { grownAgent } from '../../support/dht-identity.ts'

const { newer, rotated } = grownAgent()
const { newer: another } = grownAgent()

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function republishing(peers: { count: number; acknowledge: number; fail?: number }) {
  const published: IdentityState[] = []
  const states: IdentityState[] = [newer]
  const republisher = new Republisher({
    directory: {
      publishIdentity: (state) => {
        published.push(state)
        const { acknowledge: acknowledged, fail: failed = 0 } = peers
        return Promise.resolve({ state, acknowledged, failed })
      },
    },
    states: () => states,
    peerCount: () => peers.count,
    log: silentLogger,
  })
  return { republisher, published, states }
}

describe('the republisher', () => {
  test('publishes at the start and every twelve hours', async () => {
    const { republisher, published } = republishing({ count: 3, acknowledge: 3 })
    republisher.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(published).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(REPUBLISH_INTERVAL_MS - 1)
    expect(published).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(published).toHaveLength(2)
    await republisher.stop()
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS)
    expect(published).toHaveLength(2)
  })

  test('publishes a change soon, once for many changes', async () => {
    const { republisher, published, states } = republishing({ count: 1, acknowledge: 1 })
    republisher.start()
    await vi.advanceTimersByTimeAsync(0)
    states[0] = rotated
    republisher.changed()
    republisher.changed()
    await vi.advanceTimersByTimeAsync(REPUBLISH_SETTLE_MS)
    expect(published).toEqual([newer, rotated])
    await republisher.stop()
  })

  test('tries again, less and less often, while too few peers hold the value', async () => {
    const peers = { count: 3, acknowledge: 0 }
    const { republisher, published } = republishing(peers)
    republisher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const tries = published.length
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(20)
    peers.acknowledge = 3
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
    expect(published).toHaveLength(tries + 1)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(published).toHaveLength(tries + 1)
    await republisher.stop()
  })

  test('publishes again when there are more peers than hold the value, and only then', async () => {
    const peers = { count: 2, acknowledge: 2 }
    const { republisher, published } = republishing(peers)
    republisher.start()
    await vi.advanceTimersByTimeAsync(0)
    republisher.peersChanged()
    await vi.advanceTimersByTimeAsync(REPUBLISH_SETTLE_MS)
    expect(published).toHaveLength(1)
    Object.assign(peers, { count: 4, acknowledge: 4 })
    republisher.peersChanged()
    await vi.advanceTimersByTimeAsync(REPUBLISH_SETTLE_MS)
    expect(published).toHaveLength(2)
    await republisher.stop()
  })

  test('goes on after a round that failed', async () => {
    const { republisher, published, states } = republishing({ count: 1, acknowledge: 1 })
    Object.defineProperty(states, 'slice', {
      value: () => {
        Reflect.deleteProperty(states, 'slice')
        throw new Error('the store is closed')
      },
      configurable: true,
    })
    republisher.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(published).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
    expect(published).toHaveLength(1)
    await republisher.stop()
  })

  test.for([
    ['two thirds of those asked hold it, and it is enough', 14, 6, 1],
    ['fewer hold it, and it is not', 13, 7, 5],
  ] as const)('of twenty peers %s', async ([, acknowledge, fail, leastCount]) => {
    const { republisher, published } = republishing({ count: 20, acknowledge, fail })
    republisher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(published.length).toBeGreaterThanOrEqual(leastCount)
    if (leastCount === 1) expect(published).toHaveLength(1)
    await republisher.stop()
  })

  test('publishes one more identity without the others', async () => {
    const { republisher, published, states } = republishing({ count: 3, acknowledge: 3 })
    republisher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    states.push(another)
    republisher.changed()
    await vi.advanceTimersByTimeAsync(REPUBLISH_SETTLE_MS)
    expect(published).toEqual([newer, another])
    // Twelve hours after each of them.
    await vi.advanceTimersByTimeAsync(REPUBLISH_INTERVAL_MS - HOUR_MS)
    expect(published).toEqual([newer, another, newer])
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(published).toEqual([newer, another, newer, another])
    await republisher.stop()
  })

  test('publishes a change of an agent that it keeps, and of no other', async () => {
    const { republisher, published, states } = republishing({ count: 3, acknowledge: 3 })
    republisher.start()
    await vi.advanceTimersByTimeAsync(0)
    states.push(another)
    republisher.changed(another.did)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(published).toEqual([newer])
    states.splice(0, 2, rotated)
    republisher.changed(rotated.did)
    await vi.advanceTimersByTimeAsync(REPUBLISH_SETTLE_MS)
    expect(published).toEqual([newer, rotated])
    await republisher.stop()
  })
})
