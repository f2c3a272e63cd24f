import { cp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { toHex } from '../../../src/base/bytes.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { ownSequenceKey, PREFIX, rangeOf } from '../../../src/store/keys.ts'
import { MIGRATION_STEPS } from '../../../src/store/migrations.ts'
import { repairStore, type RepairProgress } from '../../../src/store/repair.ts'
import { recordsIn } from '../../../src/store/files.ts'
import { liveFiles } from '../../../src/store/manifest.ts'
import { readDescription } from '../../../src/store/store-file.ts'
import { Store } from '../../../src/store/store.ts'
import { DAMAGE_CASES } from './damage-cases.ts'
import { all, faultOf, idsIn, openAndClose, openStore, temporaryDirectory } from './fixture.ts'
import {
  DURABLE,
  NETWORK,
  agent,
  alice,
  bob,
  identity,
  largeObservation,
  vouch,
} from './records.ts'

const COUNT = 60
const KEY_HEX = toHex(alice.signer.publicKey)
const PIN = { did: bob.did, kind: 'trust', petname: 'Bob' } as const
const OBSERVATIONS = Array.from({ length: 12 }, (_, n) => largeObservation(alice, bob, n))
const VOUCHES = Array.from({ length: COUNT }, (_, n) => vouch(alice, agent(10 + n), n))
const WRITTEN = [...OBSERVATIONS, ...VOUCHES]

const how = {
  network: NETWORK,
  log: silentLogger,
  verifier: nativeVerifier,
  clock: Date.now,
  steps: MIGRATION_STEPS,
}

/** Observations, identities and local rows in tables; the vouches in the log; never closed in order. */
async function usedHome(): Promise<string> {
  const first = await temporaryDirectory()
  {
    await using store = await openStore(first)
    await store.commit({ identities: [identity(alice), identity(bob)] }, DURABLE)
    await store.commit({ put: OBSERVATIONS }, DURABLE)
    await store.commit(
      {
        ownSequence: { keyHex: KEY_HEX, sequence: 7 },
        pins: { put: [PIN] },
      },
      DURABLE,
    )
  }
  const home = await temporaryDirectory()
  await using store = await openStore(first)
  for (const record of VOUCHES) await store.commit({ put: [record] }, DURABLE)
  await cp(first, home, { recursive: true, filter: (path) => !path.endsWith('run') })
  return home
}

/** After no orderly end it looks like the end of any log. */
const UNSEEN = 'the log is cut in half'

describe('a store of which', () => {
  test.each(DAMAGE_CASES)(
    '%s: is found to be, and a repair saves the rest',
    async (name, damage) => {
      const home = await usedHome()
      await damage(home)
      const known = new Map(WRITTEN.map(({ verified }) => [verified.id, verified.bytes]))
      let isFound = true
      try {
        await using store = await Store.open(home, how)
        for (const { id, bytes } of await all(store.records())) expect(bytes).toEqual(known.get(id))
        isFound = store.damage.length > 0 || name === UNSEEN
      } catch (error) {
        expect(error).toMatchObject({ fault: { code: /^store\/(corrupt|half-written)$/ } })
      }
      expect(isFound).toBe(true)

      await using store = await Store.open(home, { ...how, repair: 'now' })
      const ids = await idsIn(store)
      expect(ids.every((id) => known.has(id))).toBe(true)
      expect(store.damage).toEqual([])
      expect((await store.stats()).records).toMatchObject({
        vouch: (await all(store.recordsBy(alice.did))).filter(
          ({ record }) => record.type === 'vouch',
        ).length,
      })
      expect(await all(store.recordsBy(alice.did))).toHaveLength(ids.length)
      // What is put again is stored again, however it was lost.
      await store.commit({ put: WRITTEN }, DURABLE)
      expect(await idsIn(store)).toHaveLength(WRITTEN.length)
      await store.commit({ put: [vouch(bob, alice, 1)] }, DURABLE)
    },
  )
})

test('a database says which tables and logs it consists of', async () => {
  const home = await usedHome()
  const directory = join(home, 'store')
  const manifest = (await readFile(join(directory, 'CURRENT'), 'latin1')).trimEnd()
  const live = liveFiles(recordsIn(await readFile(join(directory, manifest))))
  const names = await readdir(directory)
  const tables = names.filter((name) => name.endsWith('.ldb'))
  expect(tables.length).toBeGreaterThan(0)
  expect([...(live?.tables.keys() ?? [])].toSorted((a, b) => a - b)).toEqual(
    tables.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b),
  )
  for (const name of tables) {
    const { size } = await stat(join(directory, name))
    expect(live?.tables.get(Number.parseInt(name, 10))).toBe(size)
  }
  const logs = names
    .filter((name) => name.endsWith('.log'))
    .map((name) => Number.parseInt(name, 10))
  expect(live?.firstLog).toBe(Math.min(...logs))
})

test('a table that LevelDB was making when it was killed is no part of the store', async () => {
  const home = await usedHome()
  await writeFile(join(home, 'store', '999999.ldb'), 'half of a')
  await using store = await Store.open(home, how)
  expect(await idsIn(store)).toEqual(WRITTEN.map(({ verified }) => verified.id).toSorted())
  expect(store.repaired).toBeUndefined()
  expect(store.damage).toEqual([])
})

/** So many that the places of records by id fill blocks of their own. */
const MANY = Array.from({ length: 600 }, (_, n) => vouch(alice, bob, n))

/** A copy of a home in whose table a block of records' places, and no other row, cannot be read. */
async function homeWithoutPlaces(whole: string): Promise<string> {
  for (let share = 0.95; share > 0.5; share -= 0.03) {
    const home = await temporaryDirectory()
    await cp(whole, home, { recursive: true })
    const [name = ''] = (await readdir(join(home, 'store'))).filter((one) => one.endsWith('.ldb'))
    const path = join(home, 'store', name)
    const bytes = await readFile(path)
    const from = Math.floor(bytes.length * share)
    for (let n = from; n < from + 64; n++) bytes[n] = (bytes[n] ?? 0) ^ 0x55
    await writeFile(path, bytes)
    const database: Level<Uint8Array, Uint8Array> = new Level(join(home, 'store'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    const isHit = await database
      .iterator(rangeOf(PREFIX.position))
      .all()
      .then(
        () => false,
        () => true,
      )
    await database.close()
    if (isHit) return home
  }
  throw new Error('no block of places was found')
}

describe('a repair', () => {
  test('of a whole store keeps everything', async () => {
    const home = await usedHome()
    await using store = await openStore(home, { repair: 'now' })
    expect(await idsIn(store)).toEqual(WRITTEN.map(({ verified }) => verified.id).toSorted())
    expect((await store.identity(alice.did))?.bytes).toEqual(identity(alice).bytes)
    expect(await store.ownSequence(KEY_HEX)).toBe(7)
    expect(await store.pins.list()).toEqual([PIN])
    expect(store.repaired).toMatchObject({
      generation: 2,
      kept: join(home, 'store'),
      records: WRITTEN.length,
      identities: 2,
      lost: 0,
    })
  })

  test('is another store to peers, and names itself in store.json', async () => {
    const home = await usedHome()
    const before = await readDescription(join(home, 'store.json'))
    {
      await using store = await openStore(home, { repair: 'now' })
      expect(store.storeId).not.toBe(before?.storeId)
    }
    const after = await readDescription(join(home, 'store.json'))
    expect(after).toMatchObject({ generation: 2, created: before?.created })
    expect(JSON.parse(await readFile(join(home, 'store.json'), 'utf8'))).toMatchObject({
      format: 2,
    })
    await using store = await openStore(home)
    expect(await idsIn(store)).toHaveLength(WRITTEN.length)
  })

  test('keeps the damaged generation until the next, and nothing else', async () => {
    const home = await usedHome()
    const directories = async (): Promise<readonly string[]> =>
      (await readdir(home)).filter((name) => name.startsWith('store')).toSorted()
    await repairStore(home, how)
    expect(await directories()).toEqual(['store', 'store-2', 'store.json'])
    await repairStore(home, how)
    expect(await directories()).toEqual(['store-2', 'store-3', 'store.json'])
  })

  test('that is cut short at any step is begun again', async () => {
    const steps: RepairProgress['step'][] = ['copy', 'repair', 'move']
    const home = await usedHome()
    for (const at of steps) {
      const cut = repairStore(home, {
        ...how,
        onProgress: ({ step }) => {
          if (step === at) throw new Error('cut short')
        },
      })
      await expect(cut).rejects.toThrow('cut short')
      expect((await readDescription(join(home, 'store.json')))?.generation).toBe(1)
    }
    // One that was cut between its last two steps leaves a whole directory that nothing names.
    await cp(join(home, 'store'), join(home, 'store-2'), { recursive: true })
    expect(await repairStore(home, how)).toMatchObject({ generation: 2, records: WRITTEN.length })
  })

  test('takes an author sequence that cannot be read from the records', async () => {
    const home = await temporaryDirectory()
    {
      await using store = await openStore(home)
      const ownSequence = { keyHex: KEY_HEX, sequence: 7 }
      await store.commit({ put: VOUCHES, ownSequence }, DURABLE)
    }
    const level = new Level<Uint8Array, Uint8Array>(join(home, 'store'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    await level.put(ownSequenceKey(KEY_HEX), new Uint8Array(12))
    await level.close()
    await using store = await openStore(home, { repair: 'now' })
    const sequences = VOUCHES.map(({ verified }) => verified.record.sequence)
    expect(await store.ownSequence(KEY_HEX)).toBe(Math.max(...sequences))
  })

  test('of a store of another network is refused, and nothing is changed', async () => {
    const home = await usedHome()
    const fault = await faultOf(repairStore(home, { ...how, network: 'other' }))
    expect(fault).toEqual({ code: 'store/other-network', found: NETWORK, wanted: 'other' })
    await rm(join(home, 'store.json'))
    const again = await faultOf(repairStore(home, { ...how, network: 'other' }))
    expect(again).toEqual({ code: 'store/other-network', found: NETWORK, wanted: 'other' })
    expect((await readdir(home)).filter((name) => name.startsWith('store'))).toContain('store')
  })

  test('happens by itself when the store does not open, and not otherwise', async () => {
    const home = await usedHome()
    {
      await using store = await openStore(home, { repair: 'if-damaged' })
      expect(store.repaired).toBeUndefined()
    }
    await rm(join(home, 'store', 'CURRENT'))
    await using store = await openStore(home, { repair: 'if-damaged' })
    expect(store.repaired).toMatchObject({ records: WRITTEN.length })
  })

  test('happens when any block of a table cannot be read, though the records can', async () => {
    const whole = await temporaryDirectory()
    {
      await using store = await openStore(whole)
      await store.commit({ put: MANY }, DURABLE)
    }
    await openAndClose(whole)
    const home = await homeWithoutPlaces(whole)
    {
      await using store = await openStore(home)
      expect(await idsIn(store)).toHaveLength(MANY.length)
      expect(await faultOf(store.commit({ put: MANY }, DURABLE))).toMatchObject({
        code: 'store/corrupt',
      })
      expect(store.needsRepair).toBe(true)
    }
    expect(await readdir(home)).toContain('store.repair')
    await using store = await openStore(home, { repair: 'if-damaged' })
    expect(store.repaired).toMatchObject({ records: MANY.length })
    expect(await readdir(home)).not.toContain('store.repair')
    await store.commit({ put: MANY }, DURABLE)
  })

  test('does not happen by itself where the operator has mixed two stores', async () => {
    const [home, other] = [await usedHome(), await usedHome()]
    await cp(join(other, 'store.json'), join(home, 'store.json'))
    await using third = await openStore(await temporaryDirectory())
    const described = await readDescription(join(home, 'store.json'))
    await writeFile(
      join(home, 'store.json'),
      JSON.stringify({ format: 1, ...described, storeId: third.storeId, generation: undefined }),
    )
    const fault = await faultOf(openStore(home, { repair: 'if-damaged' }))
    expect(fault).toMatchObject({ code: 'store/corrupt', isMixed: true })
  })
})
