import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { DAY_MS, MINUTE_MS } from '../../../src/base/units.ts'
import { didFromBytes, type Did } from '../../../src/identity/did.ts'
import {
  FIRST_GAP_MS,
  LONGEST_GAP_MS,
  LOOKED_FOR_LIMIT,
  OwnElsewhere,
  SAID_AGAIN_LIMIT,
} from '../../../src/node/interest/own-elsewhere.ts'
import type { RecordId } from '../../../src/records/record.ts'

const agent = (number: number): Did => didFromBytes(new Uint8Array(16).fill(number))
const recordId = (number: number): RecordId => number.toString(16).padStart(64, '0')

function world(limitCount?: number) {
  const clock = { nowMs: 1_790_000_000_000 }
  const said: RecordId[] = []
  const reached: Did[] = []
  const followed = new Set<Did>()
  const gone = new Set<RecordId>()
  const peers = { count: 1 }
  const failing = new Set<RecordId>()
  const elsewhere = new OwnElsewhere(
    {
      clock: () => clock.nowMs,
      log: silentLogger,
      follows: (subject) => followed.has(subject),
      stands: (id) => !gone.has(id),
      say: async (id) => {
        if (failing.has(id)) throw new Error('the disk is away')
        said.push(id)
        return peers.count
      },
      reach: async (subject) => reached.push(subject),
    },
    { lookIntervalMs: 2 ** 31 - 1, ...(limitCount === undefined ? {} : { limitCount }) },
  )
  onTestFinished(async () => elsewhere[Symbol.asyncDispose]())
  const lookAfter = async (ms: number): Promise<readonly RecordId[]> => {
    clock.nowMs += ms
    said.length = 0
    await elsewhere.look()
    return [...said]
  }
  return { elsewhere, lookAfter, reached, followed, gone, peers, failing }
}

describe('what this agent said in shards that its node does not follow', () => {
  test('is said again after the first gap and not before, then at gaps that grow up to a day', async () => {
    const { elsewhere, lookAfter } = world()
    elsewhere.add(recordId(1), agent(1))
    expect(await lookAfter(FIRST_GAP_MS - 1)).toEqual([])
    expect(await lookAfter(1)).toEqual([recordId(1)])

    const gaps: number[] = []
    for (let times = 0, sinceMs = 0; times < 7; sinceMs += MINUTE_MS) {
      const [id] = await lookAfter(MINUTE_MS)
      if (id === undefined) continue
      gaps.push(sinceMs + MINUTE_MS)
      sinceMs = -MINUTE_MS
      times++
    }
    expect(gaps[0]).toBe(FIRST_GAP_MS)
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect(gaps.slice(-2)).toEqual([LONGEST_GAP_MS, LONGEST_GAP_MS])
    expect(LONGEST_GAP_MS).toBe(DAY_MS)
  })

  test('is said at the next look when nobody was there to hear it, who is looked for meanwhile', async () => {
    const { elsewhere, lookAfter, reached, peers } = world()
    for (const number of [1, 2, 3]) elsewhere.add(recordId(number), agent(number))
    peers.count = 0
    expect(await lookAfter(FIRST_GAP_MS)).toHaveLength(3)
    expect(reached).toEqual([agent(1), agent(2)])
    expect(reached).toHaveLength(LOOKED_FOR_LIMIT)
    peers.count = 1
    expect(await lookAfter(1)).toHaveLength(3)
    expect(await lookAfter(1)).toEqual([])
  })

  test('is left to reconciliation when the shard is followed, at once or later', async () => {
    const { elsewhere, lookAfter, followed } = world()
    followed.add(agent(1))
    elsewhere.add(recordId(1), agent(1))
    expect(elsewhere.count).toBe(0)
    elsewhere.add(recordId(2), agent(2))
    followed.add(agent(2))
    expect(await lookAfter(FIRST_GAP_MS)).toEqual([])
    expect(elsewhere.count).toBe(0)
  })

  test('is forgotten when it stands no more', async () => {
    const { elsewhere, lookAfter, gone } = world()
    elsewhere.add(recordId(1), agent(1))
    gone.add(recordId(1))
    expect(await lookAfter(FIRST_GAP_MS)).toEqual([])
    expect(elsewhere.count).toBe(0)
  })

  test('is no more than so many at a look, the longest due first, each once', async () => {
    const { elsewhere, lookAfter } = world()
    for (let number = 0; number <= SAID_AGAIN_LIMIT; number++) {
      elsewhere.add(recordId(number), agent(1))
      elsewhere.add(recordId(number), agent(1))
    }
    const first = await lookAfter(FIRST_GAP_MS)
    expect(first).toHaveLength(SAID_AGAIN_LIMIT)
    expect(first[0]).toBe(recordId(0))
    expect(await lookAfter(0)).toEqual([recordId(SAID_AGAIN_LIMIT)])
  })

  test('does not keep others waiting when nobody hears it', async () => {
    const { elsewhere, lookAfter, peers } = world()
    for (let number = 0; number < SAID_AGAIN_LIMIT; number++) {
      elsewhere.add(recordId(number), agent(1))
    }
    await lookAfter(1)
    elsewhere.add(recordId(SAID_AGAIN_LIMIT), agent(2))
    peers.count = 0
    expect(await lookAfter(FIRST_GAP_MS + 1)).toHaveLength(SAID_AGAIN_LIMIT)
    expect((await lookAfter(MINUTE_MS))[0]).toBe(recordId(SAID_AGAIN_LIMIT))
  })

  test('is remembered up to a number; what was said first is forgotten first', async () => {
    const { elsewhere, lookAfter } = world(2)
    for (const number of [1, 2]) elsewhere.add(recordId(number), agent(number))
    expect(elsewhere.count).toBe(2)
    elsewhere.add(recordId(3), agent(3))
    expect(elsewhere.count).toBe(2)
    expect(await lookAfter(FIRST_GAP_MS)).toEqual([recordId(2), recordId(3)])
  })

  test('goes on with the others when one cannot be sent', async () => {
    const { elsewhere, lookAfter, failing } = world()
    for (const number of [1, 2]) elsewhere.add(recordId(number), agent(number))
    failing.add(recordId(1))
    expect(await lookAfter(FIRST_GAP_MS)).toEqual([recordId(2)])
    failing.clear()
    expect(await lookAfter(MINUTE_MS)).toEqual([recordId(1)])
  })
})
