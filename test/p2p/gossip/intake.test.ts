import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Intake } from '../../../src/p2p/gossip/intake.ts'
import type { IntakeLimits } from '../../../src/p2p/gossip/intake.ts'
import type { Offered } from '../../../src/p2p/ports.ts'

const fresh: Offered = { kind: 'taken', fresh: true }
const refused: Offered = { kind: 'refused', code: 'record/signature-invalid' }
const limits: IntakeLimits = {
  perPeer: 2,
  perNewPeer: 2,
  inAll: 3,
  waitingPerPeer: 4,
  timeoutMs: 1_000,
  refusedPerBurst: 2,
}

/** Offers that end when told to. */
function bench(changes: Partial<IntakeLimits> = {}) {
  const started: string[] = []
  const ends: (() => void)[] = []
  const pauses: [string, boolean][] = []
  const intake = new Intake(
    { ...limits, perNewPeer: changes.perPeer ?? limits.perPeer, ...changes },
    (peer, isPaused) => {
      pauses.push([peer, isPaused])
    },
    ({ kind }) => kind === 'refused',
  )
  const take = (peer: string, name: string): Promise<Offered | undefined> =>
    intake.take(peer, () => {
      started.push(name)
      const { promise, resolve } = Promise.withResolvers<Offered>()
      ends.push(() => {
        resolve(name.startsWith('bad') ? refused : fresh)
      })
      return promise
    })
  return { intake, take, started, ends, pauses }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets promises that are settled be seen. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('the intake', () => {
  test('starts so many offers of one peer, and so many of all', () => {
    const { take, started, intake } = bench()
    for (const name of ['a1', 'a2', 'a3']) void take('a', name)
    expect(started).toEqual(['a1', 'a2'])
    void take('b', 'b1')
    void take('b', 'b2')
    expect(started).toEqual(['a1', 'a2', 'b1'])
    expect([intake.inFlightCount, intake.waitingCount]).toEqual([3, 2])
  })

  test('judges nothing that waits behind as many refusals as silence a peer', async () => {
    const { take, started, ends, intake } = bench({ perPeer: 1 })
    const mallory = ['bad1', 'bad2', 'bad3', 'bad4'].map(async (name) => take('mallory', name))
    const honest = take('a', 'a1')
    ends[0]?.()
    await settle()
    expect(started).toEqual(['bad1', 'a1', 'bad2'])
    ends[2]?.()
    await settle()
    expect(started).toEqual(['bad1', 'a1', 'bad2'])
    expect(await Promise.all(mallory)).toEqual([refused, refused, undefined, undefined])
    ends[1]?.()
    expect(await honest).toEqual(fresh)
    expect([intake.inFlightCount, intake.waitingCount]).toEqual([0, 0])
  })

  test('lets a peer begin with few, one more for each that was no fault, and few again after one', async () => {
    const { intake, take, started, ends } = bench({ perPeer: 4, perNewPeer: 2, inAll: 9 })
    expect(intake.placesOf('a')).toBe(2)
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'bad', 'a8']) void take('a', name)
    expect(started).toEqual(['a1', 'a2'])
    ends[0]?.()
    await settle()
    expect(intake.placesOf('a')).toBe(3)
    expect(started).toEqual(['a1', 'a2', 'a3', 'a4'])
    ends[1]?.()
    ends[2]?.()
    await settle()
    expect(intake.placesOf('a')).toBe(4)
    expect(started.slice(4)).toEqual(['a5', 'a6', 'bad'])
    ends[6]?.()
    await settle()
    expect(intake.placesOf('a')).toBe(2)
    expect(started).toHaveLength(7)
  })

  test('an offer that failed shows nothing of the peer: it may have no more under way', async () => {
    const { intake } = bench({ perPeer: 4, perNewPeer: 2 })
    void intake.take('a', async () => new Promise<never>(() => {}))
    await intake.take('a', async () => Promise.reject(new Error('disk on fire')))
    expect(intake.placesOf('a')).toBe(2)
    await intake.take('a', async () => Promise.resolve(fresh))
    expect(intake.placesOf('a')).toBe(3)
  })

  test('has room for what a peer sends next when fewer wait than it may have under way', async () => {
    const { intake, take, ends } = bench({ perPeer: 2, inAll: 9 })
    const roomy: string[] = []
    const ask = (name: string): void => {
      void intake.room('a').then(() => roomy.push(name))
    }
    ask('nothing waits')
    for (const name of ['a1', 'a2', 'a3']) void take('a', name)
    ask('one waits')
    void take('a', 'a4')
    ask('two wait')
    await settle()
    expect(roomy).toEqual(['nothing waits', 'one waits'])
    ends[0]?.()
    await settle()
    expect(roomy).toEqual(['nothing waits', 'one waits', 'two wait'])
  })

  test.for(['silenced', 'closed', 'late'] as const)(
    'has room again when all that waited is dropped: %s',
    async (how) => {
      const { intake, take, ends } = bench({ perPeer: 1, refusedPerBurst: 1 })
      for (const name of ['bad1', 'bad2', 'bad3']) void take('a', name)
      let isRoomy = false
      const asked = intake.room('a').finally(() => {
        isRoomy = true
      })
      await settle()
      expect(isRoomy).toBe(false)
      if (how === 'silenced') ends[0]?.()
      else if (how === 'closed') intake.close()
      else await vi.advanceTimersByTimeAsync(limits.timeoutMs)
      await asked
    },
  )

  test('lets peers take turns, so a flood delays itself', async () => {
    const { take, started, ends } = bench({ perPeer: 3, inAll: 1 })
    for (const name of ['a1', 'a2', 'a3']) void take('a', name)
    void take('b', 'b1')
    for (let n = 0; n < 4; n++) {
      ends[n]?.()
      await settle()
    }
    expect(started.indexOf('b1')).toBeLessThan(started.indexOf('a3'))
    expect(started).toHaveLength(4)
  })

  test('pauses a peer with a long line until fewer wait than it may have under way', async () => {
    const { take, ends, pauses } = bench()
    for (let n = 0; n < 5; n++) void take('a', `a${n}`)
    expect(pauses).toEqual([])
    void take('a', 'a5')
    expect(pauses).toEqual([['a', true]])
    for (const at of [0, 1]) ends[at]?.()
    await settle()
    expect(pauses).toHaveLength(1)
    ends[2]?.()
    await settle()
    expect(pauses.slice(1)).toEqual([['a', false]])
  })

  test('pauses a peer that is asked for room when there is none, and lets it flow with room', async () => {
    const { intake, take, ends, pauses } = bench()
    for (let n = 0; n < 4; n++) void take('a', `a${n}`)
    expect(pauses).toEqual([])
    void intake.room('a')
    expect(pauses).toEqual([['a', true]])
    ends[0]?.()
    await settle()
    expect(pauses.slice(1)).toEqual([['a', false]])
  })

  test('loses nothing: every message is offered and answered', async () => {
    const { take, ends, started, intake } = bench()
    const answers = Array.from({ length: 40 }, (_, n) => take(`peer ${n % 3}`, `${n}`))
    for (let n = 0; n < 40; n++) {
      ends[n]?.()
      await settle()
    }
    expect(new Set(started).size).toBe(40)
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 40 }, () => fresh))
    expect([intake.inFlightCount, intake.waitingCount]).toEqual([0, 0])
  })

  test('answers in time, whatever the sink does; the offer keeps its place until it ends', async () => {
    const { take, intake, started, ends } = bench({ perPeer: 1 })
    const first = take('a', 'a1')
    const second = take('a', 'a2')
    await vi.advanceTimersByTimeAsync(limits.timeoutMs)
    expect(await Promise.all([first, second])).toEqual([undefined, undefined])
    expect([intake.inFlightCount, intake.waitingCount]).toEqual([1, 0])
    void take('a', 'a3')
    expect(started).toEqual(['a1'])
    ends[0]?.()
    await settle()
    expect(started).toEqual(['a1', 'a3'])
  })

  test('an offer that throws is answered too, and frees its place', async () => {
    const { intake } = bench()
    expect(await intake.take('a', () => Promise.reject(new Error('no')))).toBeUndefined()
    expect(intake.inFlightCount).toBe(0)
  })

  test('answers all that wait when it closes, and takes no more', async () => {
    const { take, intake, pauses } = bench()
    const answers = Array.from({ length: 8 }, (_, n) => take('a', `${n}`))
    intake.close()
    expect(await Promise.all(answers.slice(2))).toEqual(Array(6).fill(undefined))
    expect(pauses.at(-1)).toEqual(['a', false])
    expect(await take('a', 'late')).toBeUndefined()
  })
})
