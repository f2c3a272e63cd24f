import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { NewRecord } from '../../../src/store/batch.ts'
import type { StoredRecord } from '../../../src/store/store.ts'
import { all, arrivalsIn, faultOf, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import {
  DURABLE,
  LAZY,
  NOW_MS,
  alice,
  bob,
  carol,
  identity,
  promise,
  revocation,
  vouch,
} from './records.ts'

function idOf({ verified }: NewRecord): string {
  return verified.id
}

/** When they were issued, counted from {@link NOW_MS}. */
async function times(records: AsyncIterable<StoredRecord>): Promise<readonly number[]> {
  return (await all(records)).map(({ record }) => record.issuedAtMs - NOW_MS)
}

describe('a store', () => {
  test('gives back what was committed, bytes and all', async () => {
    const store = await openStore(await temporaryDirectory())
    const record = vouch(alice, bob, 1)
    await store.commit({ put: [record] }, DURABLE)
    const { id, record: said, bytes } = record.verified
    expect(await store.has(id)).toBe(true)
    expect(await store.get(id)).toEqual({ id, record: said, bytes, arrival: 1, storedAtMs: NOW_MS })
    expect(await all(store.records())).toEqual([await store.get(id)])
    expect(store.damage).toEqual([])
  })

  test('holds nothing at first, and says so', async () => {
    const store = await openStore(await temporaryDirectory())
    const { id } = vouch(alice, bob, 1).verified
    expect(await store.has(id)).toBe(false)
    expect(await store.get(id)).toBeUndefined()
    expect(await store.identity(alice.did)).toBeUndefined()
    expect(await store.ownSequence('0'.repeat(64))).toBeUndefined()
    expect(await idsIn(store)).toEqual([])
  })

  test('is the same after it was closed and opened', async () => {
    const home = await temporaryDirectory()
    const [one, two] = [vouch(alice, bob, 1), promise(bob, alice, 2)]
    let storeId: string
    {
      await using store = await openStore(home)
      storeId = store.storeId
      await store.commit({ put: [one, two], identities: [identity(alice)] }, LAZY)
    }
    const store = await openStore(home)
    expect(store.storeId).toBe(storeId)
    expect(await idsIn(store)).toEqual([idOf(one), idOf(two)].toSorted())
    expect((await store.identity(alice.did))?.bytes).toEqual(identity(alice).bytes)
    expect(await store.stats()).toMatchObject({
      records: { vouch: 1, promise: 1, revocation: 0, observation: 0 },
      identities: 1,
    })
    expect(store.damage).toEqual([])
  })

  test('of its own has an id of its own', async () => {
    const one = await openStore(await temporaryDirectory())
    const two = await openStore(await temporaryDirectory())
    expect(one.storeId).toMatch(/^[0-9a-f]{32}$/)
    expect(one.storeId).not.toBe(two.storeId)
  })

  test('lists the records about and by an agent, newest first, from all lanes', async () => {
    const store = await openStore(await temporaryDirectory())
    const put = [
      vouch(alice, bob, 1, 30),
      vouch(alice, bob, 5, 90),
      vouch(alice, carol, 3, 366),
      revocation(alice, bob, 4),
      promise(alice, bob, 2),
      vouch(carol, bob, 6),
      vouch(bob, alice, 7),
    ]
    await store.commit({ put }, LAZY)
    expect(await times(store.recordsAbout(bob.did))).toEqual([6, 5, 4, 1])
    expect(await times(store.recordsBy(alice.did))).toEqual([5, 4, 3, 2, 1])
    // A promise is about its issuer, and comes once.
    expect(await times(store.recordsAbout(alice.did))).toEqual([7, 2])
    expect(await times(store.recordsOf(alice.did))).toEqual([7, 2, 5, 4, 3, 1])
  })

  test('lists more records than it fetches at a time, each once', async () => {
    const store = await openStore(await temporaryDirectory())
    const put = Array.from({ length: 150 }, (_, n) => vouch(alice, bob, n, n % 2 === 0 ? 30 : 90))
    await store.commit({ put }, LAZY)
    const newestFirst = put.map(idOf).toReversed()
    expect((await all(store.recordsBy(alice.did))).map(({ id }) => id)).toEqual(newestFirst)
    expect((await all(store.recordsAbout(bob.did))).map(({ id }) => id)).toEqual(newestFirst)
  })

  test('an evicted record is gone from every index', async () => {
    const store = await openStore(await temporaryDirectory())
    const [stays, goes] = [vouch(alice, bob, 1), vouch(alice, bob, 2)]
    await store.commit({ put: [stays, goes] }, LAZY)
    await store.commit({ evict: [idOf(goes), '0'.repeat(64)] }, LAZY)
    expect(await store.has(idOf(goes))).toBe(false)
    expect(await store.get(idOf(goes))).toBeUndefined()
    for (const list of [
      store.records(),
      store.recordsAbout(bob.did),
      store.recordsBy(alice.did),
    ] as const) {
      expect((await all(list)).map(({ id }) => id)).toEqual([idOf(stays)])
    }
    expect((await store.stats()).records.vouch).toBe(1)
  })

  test('more records leave in one batch than are read at a time, with all their index rows', async () => {
    const home = await temporaryDirectory()
    const put = Array.from({ length: 300 }, (_, n) => vouch(alice, bob, n))
    {
      await using store = await openStore(home)
      await store.commit({ put }, LAZY)
      await store.commit({ evict: put.slice(1).map(idOf) }, LAZY)
      expect(await idsIn(store)).toEqual(put.slice(0, 1).map(idOf))
    }
    // No reader would show an index row that was left behind.
    const level = new Level(join(home, 'store'))
    const letters = (await level.keys().all()).map((key) => key.slice(0, 1))
    await level.close()
    expect(letters.filter((letter) => 'iras'.includes(letter)).toSorted()).toEqual([
      'a',
      'i',
      'r',
      's',
    ])
  })

  test('what is put and evicted in one batch is not there after it', async () => {
    const store = await openStore(await temporaryDirectory())
    const [stays, goes] = [vouch(alice, bob, 1), vouch(alice, bob, 2)]
    await store.commit({ put: [stays, goes], evict: [idOf(goes)] }, LAZY)
    expect(await idsIn(store)).toEqual([idOf(stays)])
    expect((await store.stats()).records.vouch).toBe(1)
  })

  test('a record that comes again is there once, wherever it lies now', async () => {
    const store = await openStore(await temporaryDirectory())
    const record = vouch(alice, bob, 1)
    await store.commit({ put: [record, record, vouch(alice, bob, 2)] }, LAZY)
    await store.commit({ put: [{ ...record, shard: 65_535 }] }, LAZY)
    expect(await all(store.records())).toHaveLength(2)
    expect(await all(store.recordsAbout(bob.did))).toHaveLength(2)
    expect((await store.stats()).records.vouch).toBe(2)
  })

  test('batches committed at once are all there, and count from one another', async () => {
    const store = await openStore(await temporaryDirectory())
    const records = Array.from({ length: 40 }, (_, n) => vouch(alice, bob, n))
    await Promise.all(records.map((record) => store.commit({ put: [record] }, LAZY)))
    expect(await arrivalsIn(store)).toEqual(records.map((_, at) => at + 1))
  })

  test('a durable batch waits for the disk, another does not', async () => {
    const store = await openStore(await temporaryDirectory())
    // The first batch sets arrival numbers aside, and waits in any case.
    await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
    const batch = vi.spyOn(Level.prototype, 'batch')
    onTestFinished(() => batch.mockRestore())
    await store.commit({ put: [vouch(alice, bob, 2)] }, LAZY)
    await store.commit({ put: [vouch(alice, bob, 3)] }, DURABLE)
    const options: readonly (readonly unknown[])[] = batch.mock.calls
    expect(options.map((call) => call[1])).toEqual([{ sync: false }, { sync: true }])
  })

  test('an empty batch changes nothing', async () => {
    const store = await openStore(await temporaryDirectory())
    await store.commit({}, DURABLE)
    expect(await idsIn(store)).toEqual([])
  })

  test('takes nothing after it was closed, and closes once', async () => {
    const store = await openStore(await temporaryDirectory())
    const record = vouch(alice, bob, 1)
    const last = store.commit({ put: [record] }, LAZY)
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()])
    await last
    const closed = { code: 'store/closed' }
    expect(await faultOf(store.commit({ put: [record] }, LAZY))).toEqual(closed)
    expect(await faultOf(store.get(idOf(record)))).toEqual(closed)
    expect(await faultOf(all(store.records()))).toEqual(closed)
  })
})

describe('identities', () => {
  test('the stored state is replaced', async () => {
    const store = await openStore(await temporaryDirectory())
    const [first, second] = [identity(alice, 1), identity(alice, 2)]
    await store.commit({ identities: [first, identity(bob)] }, LAZY)
    await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
    await store.commit({ identities: [second] }, LAZY)
    expect((await store.identity(alice.did))?.document?.sequence).toBe(2)
    expect((await all(store.identities())).map(({ did }) => did).toSorted()).toEqual(
      [alice.did, bob.did].toSorted(),
    )
    expect((await store.identity(alice.did))?.bytes).toEqual(second.bytes)
    expect((await store.stats()).identities).toBe(2)
  })

  test('the same state again counts once', async () => {
    const store = await openStore(await temporaryDirectory())
    await store.commit({ identities: [identity(alice)] }, LAZY)
    await store.commit({ identities: [identity(alice)] }, LAZY)
    expect((await store.stats()).identities).toBe(1)
  })
})

describe('arrival numbers', () => {
  test('go on after an orderly end', async () => {
    const home = await temporaryDirectory()
    {
      await using store = await openStore(home)
      await store.commit({ put: [vouch(alice, bob, 1), vouch(alice, bob, 2)] }, LAZY)
    }
    const store = await openStore(home)
    await store.commit({ put: [vouch(alice, bob, 3)] }, LAZY)
    expect(await arrivalsIn(store)).toEqual([1, 2, 3])
  })
})

describe('author sequences', () => {
  const KEY = 'ab'.repeat(32)

  test('are kept for each key, and never fall', async () => {
    const home = await temporaryDirectory()
    {
      await using store = await openStore(home)
      await store.commit({ ownSequence: { keyHex: KEY, sequence: 7 } }, DURABLE)
      await store.commit({ ownSequence: { keyHex: KEY, sequence: 6 } }, DURABLE)
      await store.commit({ ownSequence: { keyHex: 'cd'.repeat(32), sequence: 1 } }, DURABLE)
      expect(await store.ownSequence(KEY)).toBe(7)
    }
    const store = await openStore(home)
    await store.commit({ ownSequence: { keyHex: KEY, sequence: 8 } }, DURABLE)
    expect(await store.ownSequence(KEY)).toBe(8)
    expect(await store.ownSequence('cd'.repeat(32))).toBe(1)
  })

  test('that are no numbers are the caller’s mistake, and change nothing', async () => {
    const store = await openStore(await temporaryDirectory())
    const put = [vouch(alice, bob, 1)]
    const batch = { put, ownSequence: { keyHex: KEY, sequence: -1 } }
    await expect(store.commit(batch, LAZY)).rejects.toThrow(RangeError)
    expect(await idsIn(store)).toEqual([])
    await store.commit({ put }, LAZY)
    expect(store.failed).toBeUndefined()
  })
})
