import { expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { homeOfSchema2 } from './earlier-home.ts'
import { all, idsIn, openStore } from './fixture.ts'
import { DURABLE, NOW_MS, alice, bob, carol, identity, vouch } from './records.ts'

test('a store that commit bbd056a wrote opens without a step, answers, and takes more', async () => {
  const store = await openStore(await homeOfSchema2())
  expect(store.damage).toEqual([])
  expect(await idsIn(store)).toHaveLength(12)
  expect((await store.stats()).records).toMatchObject({ vouch: 8, revocation: 1, promise: 3 })
  const { id, record } = vouch(alice, bob, 3).verified
  expect((await store.get(id))?.record).toEqual(record)
  expect((await store.identity(bob.did))?.bytes).toEqual(identity(bob, 2).bytes)
  expect(await all(store.recordsBy(carol.did))).toHaveLength(3)
  expect(await all(store.recordsAbout(bob.did))).toHaveLength(6)
  expect(await store.ownSequence(toHex(alice.signer.publicKey))).toBe(NOW_MS + 12)
  expect(await store.pins.get(bob.did)).toMatchObject({ kind: 'trust', petname: 'Bob' })
  for (const table of [store.forgotten, store.privateObservations, store.peers, store.notes]) {
    expect(await table.list()).toHaveLength(1)
  }
  await store.commit({ put: [vouch(carol, alice, 50)] }, DURABLE)
  expect(await idsIn(store)).toHaveLength(13)
})
