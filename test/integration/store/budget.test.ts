import { expect, test } from 'vitest'
import { MIB_BYTES } from '../../../src/base/units.ts'
import { eventually } from '../../support/mesh.ts'
import { openStore, temporaryDirectory } from './fixture.ts'
import { DURABLE, LAZY, alice, bob, largeObservation } from './records.ts'

const LIMIT_BYTES = 2 * MIB_BYTES

test('a store says when it has reached its limit on disk, and when there is room again', async () => {
  const home = await temporaryDirectory()
  const store = await openStore(home, { limitBytes: LIMIT_BYTES })
  const turns: boolean[] = []
  store.onTurn(() => turns.push(store.isTight))
  const records = Array.from({ length: 500 }, (_, n) => n)
  let written = 0
  const ids: string[] = []
  for (const n of records) {
    if (store.isTight) break
    const record = largeObservation(alice, bob, n)
    await store.commit({ put: [record] }, LAZY)
    ids.push(record.verified.id)
    written += record.verified.bytes.length
  }
  expect(written).toBeLessThan(LIMIT_BYTES)
  expect(written).toBeGreaterThan(LIMIT_BYTES / 2)
  // It only says so; what its owner writes has room.
  await store.commit({ put: [largeObservation(bob, alice, 1)] }, DURABLE)
  expect((await store.stats()).bytesOnDisk).toBeLessThan(LIMIT_BYTES * 1.5)

  await store.commit({ evict: ids }, DURABLE)
  await store[Symbol.asyncDispose]()
  const again = await openStore(home, { limitBytes: LIMIT_BYTES })
  await eventually('there is room', () => !again.isTight)
  expect(turns[0]).toBe(true)
})

test('a store without a limit is never tight', async () => {
  const store = await openStore(await temporaryDirectory())
  await store.commit({ put: [largeObservation(alice, bob, 1)] }, LAZY)
  expect([store.isTight, store.limitBytes]).toEqual([false, undefined])
})
