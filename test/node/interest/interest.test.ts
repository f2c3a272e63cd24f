import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { didFromBytes, type Did } from '../../../src/identity/did.ts'
import { LEAVING_BATCH_LIMIT } from '../../../src/node/interest/borrowed.ts'
import type { Replication } from '../../../src/node/interest/choice.ts'
import { Interest, SCOUTED_LIMIT, SETTLING_MS } from '../../../src/node/interest/interest.ts'
import type { RecordId } from '../../../src/records/record.ts'
import { bob, carol, verified, vouchClaim } from '../../support/records.ts'

const START_MS = 1_790_000_000_000

/** In shard `shard` of 256. */
function agentIn(shard: number, number = 0): Did {
  const bytes = new Uint8Array(16).fill(number)
  bytes[0] = shard
  return didFromBytes(bytes)
}

const own = agentIn(9)

function world(replication: Replication, shardsLimit = 200) {
  const clock = { nowMs: START_MS }
  const near: Did[] = []
  const scouted: Did[] = []
  const silent = new Set<Did>()
  const held = new Map<number, RecordId[]>()
  const forgotten: (readonly RecordId[])[] = []
  const { record } = verified(vouchClaim({ subject: carol.did }), bob)
  const interest = new Interest(
    {
      own,
      clock: () => clock.nowMs,
      log: silentLogger,
      near: async () => [...near],
      scout: async (did) => {
        scouted.push(did)
        return silent.size === 0 || !silent.has(did)
      },
      holdings: {
        heldShards: () => held.keys(),
        idsIn: (shard) => held.get(shard) ?? [],
        get: () => record,
      },
      forget: async (ids) => forgotten.push(ids),
    },
    { replication, shardBits: 8, shardsLimit },
  )
  onTestFinished(async () => interest[Symbol.asyncDispose]())
  return { interest, clock, near, scouted, silent, held, forgotten }
}

describe('what a node follows', () => {
  test('all: every shard, whatever is asked about', async () => {
    const { interest } = world('all')
    expect(interest.shards()).toHaveLength(256)
    expect([interest.follows(0), interest.follows(255)]).toEqual([true, true])
    expect(interest.isSettled(agentIn(77))).toBe(true)
  })

  test('none: the shard of its own agent, whatever is asked about', async () => {
    const { interest, near } = world('none')
    near.push(agentIn(5))
    interest.asked(agentIn(4))
    expect(interest.shards()).toEqual([9])
    expect([interest.follows(9), interest.follows(4)]).toEqual([true, false])
  })

  test('interest: the shards of agents near and asked about, told of when they are others', async () => {
    const { interest, near } = world('interest')
    const told: (readonly number[])[] = []
    const stop = interest.onChange((shards) => told.push(shards))
    near.push(agentIn(5))
    interest.asked(agentIn(4))
    await interest.refresh()
    expect(interest.shards()).toEqual([4, 5, 9])
    await interest.refresh()
    expect(told).toEqual([[4, 5, 9]])
    stop()
    near.push(agentIn(6))
    await interest.refresh()
    expect(interest.shards()).toEqual([4, 5, 6, 9])
    expect(told).toHaveLength(1)
  })

  test('interest: no more shards than the limit', async () => {
    const { interest, near } = world('interest', 3)
    near.push(...[1, 2, 3, 4].map((shard) => agentIn(shard)))
    await interest.refresh()
    expect(interest.shards()).toEqual([1, 2, 9])
  })

  test('interest: a shard is followed for a day after its agents stopped to matter', async () => {
    const { interest, near, clock } = world('interest')
    near.push(agentIn(5))
    await interest.refresh()
    near.length = 0
    clock.nowMs += DAY_MS - 1
    await interest.refresh()
    expect(interest.follows(5)).toBe(true)
    clock.nowMs += 1
    await interest.refresh()
    expect(interest.follows(5)).toBe(false)
  })

  test('a shard is taken for whole when it has been followed for some minutes', async () => {
    const { interest, near, clock } = world('interest')
    near.push(agentIn(5))
    await interest.refresh()
    clock.nowMs += SETTLING_MS - 1
    expect(interest.isSettled(agentIn(5))).toBe(false)
    clock.nowMs += 1
    expect(interest.isSettled(agentIn(5))).toBe(true)
    expect(interest.isSettled(agentIn(6))).toBe(false)
  })
})

describe('agents that stand well', () => {
  test('are asked of peers once an hour, so many at a time, strongest first', async () => {
    const { interest, near, scouted, clock } = world('interest')
    near.push(...Array.from({ length: SCOUTED_LIMIT + 1 }, (_, at) => agentIn(at)))
    await interest.refresh()
    expect(scouted).toEqual(near.slice(0, SCOUTED_LIMIT))
    await interest.refresh()
    expect(scouted).toEqual(near)
    clock.nowMs += HOUR_MS - 1
    await interest.refresh()
    expect(scouted).toHaveLength(SCOUTED_LIMIT + 1)
    clock.nowMs += 1
    await interest.refresh()
    expect(scouted).toHaveLength(2 * SCOUTED_LIMIT + 1)
  })
})

describe('agents that stand well and that nobody answers for', () => {
  test('are asked again at the next choice, and keep the others waiting meanwhile', async () => {
    const { interest, near, scouted, silent } = world('interest')
    near.push(...Array.from({ length: 6 }, (_, at) => agentIn(at)))
    for (const did of near.slice(0, 4)) silent.add(did)
    await interest.refresh()
    expect(scouted).toEqual(near.slice(0, 4))
    silent.clear()
    await interest.refresh()
    expect(scouted.slice(4)).toEqual(near)
  })
})

test('what is borrowed no longer leaves in bounded batches, and what is followed stays', async () => {
  const { interest, held, forgotten, clock } = world('none')
  const ids = Array.from({ length: LEAVING_BATCH_LIMIT + 1 }, (_, at) => `id ${at}`)
  held.set(4, ids)
  held.set(9, ['followed'])
  expect(await interest.sweep()).toBe(0)
  clock.nowMs += DAY_MS
  expect(await interest.sweep()).toBe(ids.length)
  expect(forgotten).toEqual([ids.slice(0, LEAVING_BATCH_LIMIT), ids.slice(LEAVING_BATCH_LIMIT)])
})
