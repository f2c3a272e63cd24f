import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import type { Did } from '../../../src/identity/did.ts'
import { WANTED_LIMIT, WantedLogs } from '../../../src/node/ingest/wanted-logs.ts'
import { didFromBytes } from '../../../src/identity/did.ts'

function didAt(number: number): Did {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, number)
  return didFromBytes(bytes)
}

const ALICE = didAt(1)

/** Logs that are found when the test says so. */
function wanted(find: (did: Did) => boolean = () => false) {
  const held = new Set<Did>()
  const asked: { did: Did; peer: string | undefined; signal: AbortSignal }[] = []
  const logs = new WantedLogs({
    isHeld: (did) => held.has(did),
    fetch: async (did, peer, signal) => {
      asked.push({ did, peer, signal })
      await Promise.resolve()
      if (!find(did)) throw new Error('nobody has it')
      held.add(did)
    },
    log: silentLogger,
  })
  return { logs, held, asked }
}

describe('a key log that is not here', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is looked up at once, at the peer that spoke of the agent', async () => {
    const { logs, asked } = wanted(() => true)
    logs.want(ALICE, 'p1')
    expect(asked).toMatchObject([{ did: ALICE, peer: 'p1' }])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(logs.size).toBe(0)
    expect(asked).toHaveLength(1)
  })

  test('is not looked up when it is held, nor twice at a time', () => {
    const { logs, held, asked } = wanted()
    logs.want(ALICE)
    logs.want(ALICE, 'p2')
    held.add(didAt(2))
    logs.want(didAt(2))
    expect(asked).toHaveLength(1)
    expect(logs.size).toBe(1)
  })

  test('is looked up a few times, further and further apart, and then given up', async () => {
    const { logs, asked } = wanted()
    logs.want(ALICE)
    const counts: number[] = []
    for (const seconds of [3, 3, 10, 20, 40, 80, 1_000]) {
      await vi.advanceTimersByTimeAsync(seconds * 1_000)
      counts.push(asked.length)
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 6])
    expect(logs.size).toBe(0)
  })

  test('that came by another way in the meantime is let go', async () => {
    const { logs, held, asked } = wanted()
    logs.want(ALICE)
    await vi.advanceTimersByTimeAsync(100)
    held.add(ALICE)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(logs.size).toBe(0)
    expect(asked).toHaveLength(1)
  })

  test('waits while others are looked up, four at a time', async () => {
    const answers: (() => void)[] = []
    const asked: Did[] = []
    const logs = new WantedLogs({
      isHeld: () => false,
      fetch: async (did) => {
        asked.push(did)
        await new Promise<void>((done) => {
          answers.push(done)
        })
      },
      log: silentLogger,
    })
    for (let at = 1; at <= 6; at++) logs.want(didAt(at))
    expect(asked).toHaveLength(4)
    answers[0]?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(5)
  })

  test('is one of a bounded number', () => {
    const { logs } = wanted()
    for (let at = 0; at < WANTED_LIMIT + 10; at++) logs.want(didAt(at))
    expect(logs.size).toBe(WANTED_LIMIT)
  })

  test('is wanted no longer when the node closes', async () => {
    const { logs, asked } = wanted()
    logs.want(ALICE)
    logs[Symbol.dispose]()
    expect(asked[0]?.signal.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(asked).toHaveLength(1)
    expect(logs.size).toBe(0)
  })
})
