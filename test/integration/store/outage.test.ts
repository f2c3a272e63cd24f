import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { MIB_BYTES } from '../../../src/base/units.ts'
import type { Store } from '../../../src/store/store.ts'
import { Key } from 'interface-datastore'
import { eventually } from '../../support/mesh.ts'
import { faultOf, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import { DURABLE, alice, bob, vouch } from './records.ts'

const BALLAST_BYTES = 1 * MIB_BYTES

/** A disk that is full when it is told to be, as LevelDB says it. */
function disk() {
  const state = { isFull: false, freeBytes: 512 * MIB_BYTES }
  // oxlint-disable-next-line typescript/unbound-method -- called on the database that it came from
  const batch = Level.prototype.batch as (...given: unknown[]) => Promise<void>
  const spy = vi.spyOn(Level.prototype, 'batch').mockImplementation(async function (
    this: unknown,
    ...given: unknown[]
  ) {
    if (!state.isFull) return batch.apply(this, given)
    const error = new Error('IO error: /s/000004.log: No space left on device')
    throw Object.assign(error, { code: 'LEVEL_IO_ERROR' })
  } as never)
  onTestFinished(() => spy.mockRestore())
  const room = {
    ballastBytes: BALLAST_BYTES,
    lookIntervalMs: 5,
    roomAt: async () => ({ freeBytes: state.freeBytes, totalBytes: 1024 * MIB_BYTES }),
  }
  return { state, room }
}

async function until(store: Store, takesWrites: boolean): Promise<void> {
  await eventually('the store turned', () => (store.failed === undefined) === takesWrites)
}

describe('a full disk', () => {
  test('stops writes and not reads, and ends by itself when there is room again', async () => {
    const { state, room } = disk()
    const home = await temporaryDirectory()
    const store = await openStore(home, { room })
    const turns: boolean[] = []
    store.onTurn(() => turns.push(store.failed === undefined))
    const rows = store.libp2pDatastore()
    await rows.put(new Key('/a'), new Uint8Array([1]))
    const [one, two, three] = [vouch(alice, bob, 1), vouch(alice, bob, 2), vouch(alice, bob, 3)]
    await store.commit({ put: [one] }, DURABLE)

    Object.assign(state, { isFull: true, freeBytes: 0 })
    for (const record of [two, three]) {
      const fault = await faultOf(store.commit({ put: [record] }, DURABLE))
      expect(fault).toMatchObject({ code: 'store/disk-full' })
    }
    expect(await idsIn(store)).toEqual([one.verified.id])

    Object.assign(state, { isFull: false, freeBytes: 128 * MIB_BYTES - 1 })
    expect(store.failed?.fault.code).toBe('store/disk-full')
    state.freeBytes++
    await until(store, true)
    await store.commit({ put: [two] }, DURABLE)
    expect(await idsIn(store)).toEqual([one.verified.id, two.verified.id].toSorted())
    expect(await rows.get(new Key('/a'))).toEqual(Buffer.from([1]))
    expect(turns).toEqual([false, true])
    expect(store.damage).toEqual([])
  })

  test('gives the ballast up, and takes it again afterwards', async () => {
    const { state, room } = disk()
    const home = await temporaryDirectory()
    const sizeOf = async (): Promise<number> =>
      stat(join(home, 'store.ballast')).then(
        ({ size }) => size,
        () => 0,
      )
    const isThere = async (): Promise<boolean> => (await sizeOf()) === BALLAST_BYTES
    const store = await openStore(home, { room })
    await eventually('ballast', isThere)
    Object.assign(state, { isFull: true, freeBytes: 0 })
    await faultOf(store.commit({ put: [vouch(alice, bob, 1)] }, DURABLE))
    await eventually('no ballast', async () => (await sizeOf()) === 0)
    Object.assign(state, { isFull: false, freeBytes: 512 * MIB_BYTES })
    await until(store, true)
    await eventually('ballast again', isThere)
  })

  test('takes no ballast where that would be most of the room', async () => {
    const { state, room } = disk()
    state.freeBytes = 7 * MIB_BYTES
    const home = await temporaryDirectory()
    await using store = await openStore(home, { room })
    await store[Symbol.asyncDispose]()
    await expect(stat(join(home, 'store.ballast'))).rejects.toThrow('ENOENT')
  })

  test('that lasts until the end loses nothing that was acknowledged', async () => {
    const { state, room } = disk()
    const home = await temporaryDirectory()
    const one = vouch(alice, bob, 1)
    {
      await using store = await openStore(home, { room })
      await store.commit({ put: [one] }, DURABLE)
      Object.assign(state, { isFull: true, freeBytes: 0 })
      await faultOf(store.commit({ put: [vouch(alice, bob, 2)] }, DURABLE))
    }
    state.isFull = false
    expect(await idsIn(await openStore(home, { room }))).toEqual([one.verified.id])
  })
})
