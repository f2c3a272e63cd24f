import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import { identityKey, metaKey, positionKey, recordKey } from '../../../src/store/keys.ts'
import { seal, unseal } from '../../../src/store/seal.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  all,
  arrivalsIn,
  faultOf,
  idsIn,
  openAndClose,
  openStore,
  temporaryDirectory,
} from './fixture.ts'
import { LAZY, alice, bob, carol, identity, largeObservation, vouch } from './records.ts'

const ONE = largeObservation(alice, bob, 1)
const TWO = vouch(alice, bob, 2)
const THREE = vouch(bob, carol, 3)

/** Three records and two identities, in table files: the log is turned into one by the next start. */
async function usedHome(): Promise<string> {
  const home = await temporaryDirectory()
  {
    await using store = await openStore(home)
    await store.commit({ put: [ONE, TWO, THREE] }, LAZY)
    await store.commit({ identities: [identity(alice), identity(bob)] }, LAZY)
  }
  await openAndClose(home)
  return home
}

async function filesOf(home: string, end: string): Promise<readonly string[]> {
  const names = await readdir(join(home, 'store'))
  const paths = names.filter((name) => name.endsWith(end)).map((name) => join(home, 'store', name))
  if (paths.length === 0) throw new Error(`there is no ${end} file`)
  return paths
}

/** Turns one bit of the first place on disk where these bytes stand. */
async function turnBit(home: string, bytes: Uint8Array): Promise<void> {
  for (const path of await filesOf(home, '.ldb')) {
    const file = await readFile(path)
    const at = file.indexOf(bytes)
    if (at < 0) continue
    file[at + 3] = (file[at + 3] ?? 0) ^ 0x10
    await writeFile(path, file)
    return
  }
  throw new Error('the bytes are in no table file')
}

/** Changes rows behind the store's back. */
async function onLevel(
  home: string,
  work: (level: Level<Uint8Array, Uint8Array>) => Promise<void>,
): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(join(home, 'store'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await level.open()
  await work(level)
  await level.close()
}

async function assertUnserved(store: Store, id: string): Promise<void> {
  expect(await faultOf(store.get(id))).toMatchObject({ code: 'store/corrupt' })
  const others = [ONE, TWO, THREE]
    .map(({ verified }) => verified.id)
    .filter((other) => other !== id)
  expect(await idsIn(store)).toEqual(others.toSorted())
  const listed = [
    ...(await all(store.recordsAbout(bob.did))),
    ...(await all(store.recordsBy(alice.did))),
  ]
  expect(listed.map((record) => record.id)).not.toContain(id)
  expect(store.damage).toHaveLength(1)
  expect(store.damage[0]).toMatchObject({ what: 'record' })
}

describe('a turned bit', () => {
  test('in a record is found on every way of reading, and mended by the record itself', async () => {
    const home = await usedHome()
    const evidence =
      ONE.verified.record.type === 'observation'
        ? ONE.verified.record.outcomes[9]?.evidence
        : undefined
    await turnBit(home, evidence ?? new Uint8Array())
    const store = await openStore(home)
    await assertUnserved(store, ONE.verified.id)
    await store.commit({ put: [ONE] }, LAZY)
    expect((await store.get(ONE.verified.id))?.bytes).toEqual(ONE.verified.bytes)
    expect(await idsIn(store)).toHaveLength(3)
    expect(store.damage).toEqual([])
  })

  test('in a signature is found, although the id does not cover it', async () => {
    const home = await usedHome()
    const { bytes, id } = ONE.verified
    // The signature is the last field but two.
    await turnBit(home, bytes.subarray(-60, -40))
    await assertUnserved(await openStore(home), id)
  })

  test('in an identity is found, and mended by the identity itself', async () => {
    const home = await usedHome()
    const key = identityKey(alice.did)
    await onLevel(home, async (level) => {
      const value = Uint8Array.from(await level.get(key))
      value[40] = (value[40] ?? 0) ^ 1
      await level.put(key, value)
    })
    const store = await openStore(home)
    expect(await faultOf(store.identity(alice.did))).toMatchObject({ code: 'store/corrupt' })
    expect((await all(store.identities())).map(({ did }) => did)).toEqual([bob.did])
    expect(store.damage).toHaveLength(1)
    await store.commit({ identities: [identity(alice)] }, LAZY)
    expect((await store.identity(alice.did))?.bytes).toEqual(identity(alice).bytes)
    expect(await all(store.identities())).toHaveLength(2)
    expect(store.damage).toEqual([])
    expect((await store.stats()).identities).toBe(2)
  })

  test('in an author sequence is refused: the number must not be guessed', async () => {
    const home = await temporaryDirectory()
    const keyHex = 'ab'.repeat(32)
    {
      await using store = await openStore(home)
      await store.commit({ ownSequence: { keyHex, sequence: 7 } }, LAZY)
    }
    await onLevel(home, async (level) => {
      await level.put(
        Buffer.concat([textBytes('n/'), Buffer.from(keyHex, 'hex')]),
        new Uint8Array(12),
      )
    })
    const store = await openStore(home)
    expect(await faultOf(store.ownSequence(keyHex))).toMatchObject({ code: 'store/corrupt' })
  })
})

describe('rows that do not fit together', () => {
  test('a record whose row is gone is damage, told by its lists and by the count', async () => {
    const home = await usedHome()
    const { id, record } = TWO.verified
    const { shard, lane } = TWO
    await onLevel(home, async (level) => {
      await level.del(recordKey({ shard, lane, issuedAtMs: record.issuedAtMs, id }))
    })
    const store = await openStore(home)
    expect(await all(store.recordsAbout(bob.did))).toHaveLength(1)
    expect(store.damage).toHaveLength(1)
    expect(await faultOf(store.get(id))).toMatchObject({ code: 'store/corrupt' })
    expect(await idsIn(store)).toHaveLength(2)
    expect(store.damage.map(({ what }) => what)).toEqual(['record', 'count'])
  })

  test('a sealed record under another’s id is not that one', async () => {
    const home = await usedHome()
    const { id, record, bytes } = TWO.verified
    const { shard, lane } = TWO
    const key = recordKey({ shard, lane, issuedAtMs: record.issuedAtMs, id })
    await onLevel(home, async (level) => {
      const header = unseal(key, await level.get(key))?.subarray(0, 16) ?? new Uint8Array()
      const other = vouch(alice, bob, 9).verified.bytes
      expect(other).not.toEqual(bytes)
      await level.put(key, seal(key, Buffer.concat([header, other])))
    })
    const store = await openStore(home)
    expect(await faultOf(store.get(id))).toMatchObject({ code: 'store/corrupt' })
    expect(await idsIn(store)).toHaveLength(2)
  })

  test('a sealed identity under another’s DID is not that one', async () => {
    const home = await usedHome()
    const key = identityKey(alice.did)
    await onLevel(home, async (level) => {
      const header = unseal(key, await level.get(key))?.subarray(0, 16) ?? new Uint8Array()
      await level.put(key, seal(key, Buffer.concat([header, identity(bob).bytes])))
    })
    const store = await openStore(home)
    expect(await faultOf(store.identity(alice.did))).toMatchObject({ code: 'store/corrupt' })
    expect((await all(store.identities())).map(({ did }) => did)).toEqual([bob.did])
  })

  test('a place that cannot be read is damage, and the record’s return mends it', async () => {
    const home = await usedHome()
    const { id } = TWO.verified
    await onLevel(home, async (level) => {
      await level.put(positionKey(id), new Uint8Array(64))
    })
    const store = await openStore(home)
    expect(await faultOf(store.get(id))).toMatchObject({ code: 'store/corrupt' })
    await store.commit({ put: [TWO] }, LAZY)
    expect((await store.get(id))?.bytes).toEqual(TWO.verified.bytes)
    expect(await idsIn(store)).toHaveLength(3)
  })
})

describe('a database that lost a part', () => {
  test.each([
    ['CURRENT', async (home: string) => rm(join(home, 'store', 'CURRENT'))],
    ['what CURRENT says', async (home: string) => truncate(join(home, 'store', 'CURRENT'))],
    [
      'its manifest',
      async (home: string) => {
        const names = await readdir(join(home, 'store'))
        for (const name of names) {
          if (name.startsWith('MANIFEST')) await rm(join(home, 'store', name))
        }
      },
    ],
    [
      'a table',
      async (home: string) => {
        for (const path of await filesOf(home, '.ldb')) await rm(path)
      },
    ],
    [
      'half a table',
      async (home: string) => {
        for (const path of await filesOf(home, '.ldb')) {
          await truncate(path, (await readFile(path)).length >> 1)
        }
      },
    ],
  ])('%s: is not opened, and nothing is deleted', async (_, damage) => {
    const home = await usedHome()
    await damage(home)
    const before = await tablesIn(home)
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/corrupt' })
    expect(await tablesIn(home)).toEqual(expect.arrayContaining([...before]))
  })

  test('CURRENT, and store.json too: is not taken for a new one', async () => {
    const home = await usedHome()
    await rm(join(home, 'store', 'CURRENT'))
    await rm(join(home, 'store.json'))
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/corrupt' })
    expect((await tablesIn(home)).length).toBeGreaterThan(0)
  })

  test('its count: is not opened', async () => {
    const home = await usedHome()
    await onLevel(home, (level) => level.del(metaKey('tally')))
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/corrupt' })
  })

  test('what it says of itself: is not opened', async () => {
    const home = await usedHome()
    await onLevel(home, (level) => level.put(metaKey('store'), new Uint8Array(9)))
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/corrupt' })
  })

  test('the log of its last writes: says how much is gone, and gives no number twice', async () => {
    const home = await usedHome()
    {
      await using store = await openStore(home)
      await store.commit({ put: [vouch(carol, bob, 4), vouch(carol, bob, 5)] }, LAZY)
    }
    for (const path of await filesOf(home, '.log')) await truncate(path)
    const store = await openStore(home)
    expect(store.damage).toEqual([
      {
        what: 'count',
        key: 'arrivals',
        reason: 'the last 2 arrivals before the last orderly end are gone',
      },
    ])
    expect(await idsIn(store)).toHaveLength(3)
    await store.commit({ put: [vouch(carol, bob, 6)] }, LAZY)
    expect((await arrivalsIn(store)).at(-1)).toBe(8)
  })
})

async function tablesIn(home: string): Promise<readonly string[]> {
  const names = await readdir(join(home, 'store'))
  return names.filter((name) => name.endsWith('.ldb')).toSorted()
}
