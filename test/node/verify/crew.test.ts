import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SignatureCheck } from '../../../src/crypto/ed25519.ts'
import {
  AT_POOL_LIMIT,
  HIRE_AFTER_CHECKS,
  PARCEL_LEAST,
  PARCEL_LIMIT,
  PAUSE_MS,
  VerifyCrew,
} from '../../../src/node/verify/crew.ts'
import { unpackChecks, VERDICT } from '../../../src/node/verify/parcel.ts'
import type { VerifyThreadEvents } from '../../../src/node/verify/thread.ts'

/** Sound when the first byte of the message is even. */
function checkOf(number: number): SignatureCheck {
  const message = Uint8Array.of(number & 0xff, number >> 8)
  return { message, signature: new Uint8Array(64), publicKey: new Uint8Array(32) }
}

function isSoundCheck({ message }: SignatureCheck): boolean {
  return (message[0] ?? 0) % 2 === 0
}

class FakeThread {
  readonly parcels: Uint8Array[] = []
  isStopped = false
  readonly events: VerifyThreadEvents

  constructor(events: VerifyThreadEvents) {
    this.events = events
  }

  give(parcel: Uint8Array): void {
    this.parcels.push(parcel)
  }

  stop(): void {
    this.isStopped = true
  }

  /** Answers the oldest parcel. */
  answer(verdictOf = (check: SignatureCheck): number => Number(isSoundCheck(check))): void {
    const parcel = this.parcels.shift()
    if (parcel === undefined) throw new Error('nothing is in hand')
    this.events.onVerdicts(Uint8Array.from(unpackChecks(parcel), verdictOf))
  }
}

function makeCrew(threadsLimit = 2) {
  const threads: FakeThread[] = []
  const pooled: SignatureCheck[] = []
  const crew = new VerifyCrew({
    threadsLimit,
    onPool: async (check) => {
      pooled.push(check)
      return Promise.resolve(isSoundCheck(check))
    },
    startThread: (events) => {
      const thread = new FakeThread(events)
      threads.push(thread)
      return thread
    },
  })
  let next = 0
  const verifyMany = async (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const check = checkOf(next++)
        return (await crew.verify(check)) === isSoundCheck(check)
      }),
    )
  /** So many checks by the pool that a thread is hired. */
  const earnThread = async (): Promise<FakeThread> => {
    await verifyMany(HIRE_AFTER_CHECKS)
    const thread = threads[0]
    if (thread === undefined) throw new Error('no thread was hired')
    return thread
  }
  return { crew, threads, pooled, verifyMany, earnThread }
}

describe('a crew', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('leaves a few checks to the pool, and hires nobody for them', async () => {
    const { threads, pooled, verifyMany } = makeCrew()
    for (let round = 0; round < 400; round++) await verifyMany(PARCEL_LEAST - 1)
    expect(pooled).toHaveLength(400 * (PARCEL_LEAST - 1))
    expect(threads).toEqual([])
  })

  test('gives the pool few checks at a time, and an urgent one before all that wait', async () => {
    const atPool: { number: number; end: () => void }[] = []
    const crew = new VerifyCrew({
      threadsLimit: 0,
      onPool: async ({ message }) =>
        new Promise((answer) => {
          atPool.push({ number: message[0] ?? 0, end: () => answer(true) })
        }),
      startThread: () => {
        throw new Error('none may be hired')
      },
    })
    const answers = Array.from({ length: PARCEL_LIMIT }, async (_, at) => crew.verify(checkOf(at)))
    expect(atPool).toHaveLength(AT_POOL_LIMIT)
    const urgent = [200, 201].map(async (number) => crew.verify(checkOf(number), true))
    expect(atPool).toHaveLength(AT_POOL_LIMIT)
    for (let at = 0; at < PARCEL_LIMIT + 2; at++) {
      atPool[at]?.end()
      await turn()
    }
    const others = Array.from(
      { length: PARCEL_LIMIT - AT_POOL_LIMIT },
      (_, at) => AT_POOL_LIMIT + at,
    )
    expect(atPool.slice(AT_POOL_LIMIT).map(({ number }) => number)).toEqual([200, 201, ...others])
    expect(await Promise.all([...answers, ...urgent])).not.toContain(false)
  })

  test('an urgent check goes to the pool at once, though threads are there', async () => {
    const { crew, pooled, verifyMany, earnThread } = makeCrew()
    const thread = await earnThread()
    thread.events.onReady()
    pooled.length = 0
    void verifyMany(PARCEL_LIMIT)
    expect(await crew.verify(checkOf(2), true)).toBe(true)
    expect(await crew.verify(checkOf(3), true)).toBe(false)
    expect(pooled).toHaveLength(2)
    expect(thread.parcels).toHaveLength(1)
  })

  test('a check that the pool fails is told, and the next one goes', async () => {
    let fails = 1
    const crew = new VerifyCrew({
      threadsLimit: 0,
      onPool: async () => (fails-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve(true)),
      startThread: () => {
        throw new Error('none may be hired')
      },
    })
    const checks = Array.from({ length: 2 * AT_POOL_LIMIT }, async (_, at) =>
      crew.verify(checkOf(at)).then(String, ({ message }: Error) => message),
    )
    const [first, ...others] = await Promise.all(checks)
    expect(first).toBe('no')
    expect(new Set(others)).toEqual(new Set(['true']))
  })

  test('hires a thread after so many checks in bulk, not before, and waits until it is ready', async () => {
    const { threads, pooled, verifyMany } = makeCrew()
    await verifyMany(HIRE_AFTER_CHECKS - PARCEL_LEAST)
    expect(threads).toHaveLength(0)
    expect(await verifyMany(PARCEL_LEAST)).not.toContain(false)
    expect(threads).toHaveLength(1)
    await verifyMany(PARCEL_LIMIT)
    expect(threads[0]?.parcels).toHaveLength(0)
    expect(pooled).toHaveLength(HIRE_AFTER_CHECKS + PARCEL_LIMIT)
  })

  test('gives parcels to a thread that is ready, and each check its own verdict', async () => {
    const { pooled, verifyMany, earnThread } = makeCrew()
    const thread = await earnThread()
    thread.events.onReady()
    pooled.length = 0
    const answers = verifyMany(2 * PARCEL_LIMIT)
    expect(thread.parcels).toHaveLength(2)
    thread.answer()
    thread.answer()
    expect(await answers).not.toContain(false)
    expect(pooled).toEqual([])
  })

  test('hires another when all are busy, as many as it may, and gives to the one with least', async () => {
    const { threads, verifyMany, earnThread } = makeCrew(2)
    const first = await earnThread()
    first.events.onReady()
    void verifyMany(5 * PARCEL_LIMIT)
    expect(threads).toHaveLength(2)
    const [, second] = threads
    second?.events.onReady()
    void verifyMany(3 * PARCEL_LIMIT)
    expect(second?.parcels).toHaveLength(3)
    void verifyMany(20 * PARCEL_LIMIT)
    expect(threads).toHaveLength(2)
  })

  test('checks what a thread had in hand when it ended, and does without it', async () => {
    const { crew, pooled, verifyMany, earnThread } = makeCrew()
    const thread = await earnThread()
    thread.events.onReady()
    pooled.length = 0
    const answers = verifyMany(PARCEL_LIMIT)
    thread.events.onEnd()
    expect(await answers).not.toContain(false)
    expect(pooled).toHaveLength(PARCEL_LIMIT)
    expect(crew.threadCount).toBe(0)
  })

  test('asks the pool about a check that a thread could not decide', async () => {
    const { pooled, verifyMany, earnThread } = makeCrew()
    const thread = await earnThread()
    thread.events.onReady()
    pooled.length = 0
    const answers = verifyMany(PARCEL_LIMIT)
    thread.answer(() => VERDICT.undecided)
    expect(await answers).not.toContain(false)
    expect(pooled).toHaveLength(PARCEL_LIMIT)
  })

  test('gives up on threads that end again and again', async () => {
    const { threads, verifyMany } = makeCrew()
    for (let round = 0; round < 6; round++) {
      await verifyMany(HIRE_AFTER_CHECKS)
      for (const thread of threads) thread.events.onEnd()
    }
    expect(threads).toHaveLength(3)
  })

  test('lets its threads go after a pause, not before, and hires anew', async () => {
    const { crew, threads, verifyMany, earnThread } = makeCrew()
    const thread = await earnThread()
    thread.events.onReady()
    vi.advanceTimersByTime(PAUSE_MS - 1)
    const answers = verifyMany(PARCEL_LEAST)
    await turn()
    expect(thread.parcels).toHaveLength(1)
    thread.answer()
    await answers
    vi.advanceTimersByTime(PAUSE_MS - 1)
    expect(thread.isStopped).toBe(false)
    vi.advanceTimersByTime(1)
    expect(thread.isStopped).toBe(true)
    expect(crew.threadCount).toBe(0)
    thread.events.onEnd()
    await verifyMany(HIRE_AFTER_CHECKS)
    expect(threads).toHaveLength(2)
  })
})
