import { describe, expect, test } from 'vitest'
import type { NewRecord } from '../../../src/store/batch.ts'
import type { Inventory, Store } from '../../../src/store/store.ts'
import { all, faultOf, openStore, temporaryDirectory } from './fixture.ts'
import { DURABLE, alice, bob, carol, promise, revocation, vouch } from './records.ts'

/** Each record as "shard lane issued id". */
async function keysIn(inventory: Inventory): Promise<string[]> {
  const runs = await all(inventory.runs())
  return runs.flatMap(({ shard, lane, keys }) =>
    keys.map((key) => {
      const view = Buffer.from(key)
      expect(view).toHaveLength(40)
      return `${shard} ${lane} ${view.readBigUInt64BE(0)} ${view.toString('hex', 8)}`
    }),
  )
}

function keyOf({ verified, shard, lane }: NewRecord): string {
  return `${shard} ${lane} ${verified.record.issuedAtMs} ${verified.id}`
}

async function tallies(store: Store): Promise<Record<string, Record<string, number>>> {
  const found = await store.inventory(async (inventory) => all(inventory.issuers()))
  return Object.fromEntries(
    found.map(({ issuer, records }) => [issuer, Object.fromEntries(records)]),
  )
}

describe('the inventory of a store', () => {
  test('names every record once, by shard, lane and time, and nothing that has left', async () => {
    const store = await openStore(await temporaryDirectory())
    const gone = vouch(alice, bob, 9)
    const kept = [
      vouch(alice, bob, 3),
      vouch(bob, alice, 1, 30),
      vouch(alice, carol, 2, 366),
      revocation(alice, bob, 4),
      promise(carol, bob, 5),
    ]
    await store.commit({ put: [...kept, gone] }, DURABLE)
    await store.commit({ evict: [gone.verified.id] }, DURABLE)
    const keys = await store.inventory(keysIn)
    expect(keys.toSorted()).toEqual(kept.map(keyOf).toSorted())
    const order = keys.map((key) => key.split(' ').slice(0, 3).map(Number))
    expect(order).toEqual(order.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d))
  })

  test('counts each issuer’s records by shard', async () => {
    const store = await openStore(await temporaryDirectory())
    const records = [vouch(alice, bob, 1), vouch(alice, bob, 2), promise(alice, bob, 3)]
    await store.commit({ put: [...records, vouch(bob, alice, 4)] }, DURABLE)
    const expected: Record<string, Record<string, number>> = { [alice.did]: {}, [bob.did]: {} }
    for (const { shard } of records) {
      const of = expected[alice.did] ?? {}
      of[shard] = (of[shard] ?? 0) + 1
    }
    const ofBob = vouch(bob, alice, 4).shard
    expected[bob.did] = { [ofBob]: 1 }
    expect(await tallies(store)).toEqual(expected)
  })

  test('is of one instant, whatever is written while it is read', async () => {
    const store = await openStore(await temporaryDirectory())
    const before = vouch(alice, bob, 1)
    const after = vouch(carol, bob, 2)
    await store.commit({ put: [before] }, DURABLE)
    await store.inventory(async (inventory) => {
      await store.commit({ put: [after] }, DURABLE)
      expect(await keysIn(inventory)).toEqual([keyOf(before)])
      const issuers = await all(inventory.issuers())
      expect(issuers.map(({ issuer }) => issuer)).toEqual([alice.did])
    })
    expect(await store.inventory(keysIn)).toHaveLength(2)
  })

  test('of a closed store is a fault of the store', async () => {
    const store = await openStore(await temporaryDirectory())
    await store[Symbol.asyncDispose]()
    expect(await faultOf(store.inventory(keysIn))).toMatchObject({ code: 'store/closed' })
  })
})
