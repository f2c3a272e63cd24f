import { chmod, chown, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { metaKey } from '../../../src/store/keys.ts'
import { sealNumber } from '../../../src/store/rows.ts'
import { descriptionText, readDescription } from '../../../src/store/store-file.ts'
import type { Description } from '../../../src/store/store-file.ts'
import { ARRIVALS_RESERVED } from '../../../src/store/tally.ts'
import {
  all,
  arrivalsIn,
  faultOf,
  idsIn,
  openAndClose,
  openStore,
  temporaryDirectory,
} from './fixture.ts'
import { LAZY, NOW_MS, alice, bob, identity, vouch } from './records.ts'

/** A home whose store holds one vouch and one identity, closed in order. */
async function usedHome(): Promise<string> {
  const home = await temporaryDirectory()
  await using store = await openStore(home, { clock: () => NOW_MS })
  await store.commit({ put: [vouch(alice, bob, 1)], identities: [identity(alice)] }, LAZY)
  return home
}

async function described(home: string): Promise<Description> {
  const description = await readDescription(join(home, 'store.json'))
  if (description === undefined) throw new Error('the home has a store.json')
  return description
}

async function redescribe(home: string, changes: Partial<Description>): Promise<void> {
  const text = descriptionText({ ...(await described(home)), ...changes })
  await writeFile(join(home, 'store.json'), text)
}

async function onLevel(
  path: string,
  work: (level: Level<Uint8Array, Uint8Array>) => Promise<void>,
): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await level.open()
  await work(level)
  await level.close()
}

describe('opening', () => {
  test('a home says what its store is, for its owner alone', async () => {
    const home = await usedHome()
    expect(await described(home)).toMatchObject({
      generation: 1,
      network: 'test',
      schema: 2,
      created: new Date(NOW_MS).toISOString(),
      arrivals: 3,
    })
    expect((await readdir(home)).toSorted()).toEqual(['run', 'store', 'store.json'])
  })

  test('a store that is open is locked, and says by whom', async () => {
    const home = await temporaryDirectory()
    await openStore(home)
    expect(await faultOf(openStore(home))).toEqual({
      code: 'store/locked',
      path: join(home, 'run', 'lock'),
      pid: process.pid,
    })
  })

  test('LevelDB’s own lock holds where the file is lost', async () => {
    const home = await temporaryDirectory()
    const store = await openStore(home)
    await rm(join(home, 'run', 'lock'))
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/locked' })
    await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
  })

  test('the lock file may be elsewhere', async () => {
    const home = await temporaryDirectory()
    const lockFile = join(await temporaryDirectory(), 'lock')
    await openStore(home, { lockFile })
    expect(JSON.parse(await readFile(lockFile, 'utf8'))).toMatchObject({ pid: process.pid })
  })

  test('a store that could not be opened is left unlocked', async () => {
    const home = await usedHome()
    await faultOf(openStore(home, { network: 'other' }))
    await openStore(home)
  })

  test('a store of another network is refused', async () => {
    const home = await usedHome()
    const fault = { code: 'store/other-network', found: 'test', wanted: 'other' }
    expect(await faultOf(openStore(home, { network: 'other' }))).toEqual(fault)
  })

  test('a schema of a later version is refused, in the file and in the database', async () => {
    const newer = { code: 'store/newer', found: 3, known: 2 }
    const byFile = await usedHome()
    await redescribe(byFile, { schema: 3 })
    expect(await faultOf(openStore(byFile))).toEqual(newer)

    const byDatabase = await usedHome()
    await onLevel(join(byDatabase, 'store'), async (level) => {
      await level.put(metaKey('schema'), sealNumber(metaKey('schema'), 3))
    })
    expect(await faultOf(openStore(byDatabase))).toEqual(newer)
  })

  test('a directory that cannot be made is told', async () => {
    const home = await temporaryDirectory()
    await writeFile(join(home, 'file'), '')
    const fault = await faultOf(openStore(join(home, 'file', 'home')))
    expect(fault).toMatchObject({ code: 'store/not-writable' })
  })

  test('a home that cannot be written is told', async () => {
    const home = await temporaryDirectory()
    await chmod(home, 0o500)
    const isRoot = process.getuid?.() === 0
    // Root may write anywhere, so it steps down for this.
    if (isRoot) {
      await chown(home, NOBODY, NOBODY)
      process.seteuid?.(NOBODY)
    }
    const fault = await faultOf(openStore(home)).finally(() => {
      if (isRoot) process.seteuid?.(0)
    })
    expect(fault).toMatchObject({ code: 'store/not-writable' })
  })
})

const NOBODY = 65_534

describe('a beginning that was cut short', () => {
  test('before LevelDB had anything is begun again', async () => {
    const home = await temporaryDirectory()
    await mkdir(join(home, 'store'))
    await writeFile(join(home, 'store', 'LOG'), 'a line')
    await writeFile(join(home, 'store', 'MANIFEST-000001'), '')
    const store = await openStore(home)
    await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
  })

  test('before the database said what it is is begun again', async () => {
    const home = await temporaryDirectory()
    await mkdir(home, { recursive: true })
    await onLevel(join(home, 'store'), () => Promise.resolve())
    await openStore(home)
  })

  test('before store.json was there is finished', async () => {
    const home = await temporaryDirectory()
    await openAndClose(home)
    await rm(join(home, 'store.json'))
    const store = await openStore(home)
    expect((await described(home)).storeId).toBe(store.storeId)
  })
})

describe('a half of a store', () => {
  test('that is only store.json is not taken for a new one', async () => {
    const home = await usedHome()
    await rm(join(home, 'store'), { recursive: true })
    const before = await readFile(join(home, 'store.json'), 'utf8')
    expect(await faultOf(openStore(home))).toMatchObject({
      code: 'store/half-written',
      missing: 'database',
    })
    expect(await readFile(join(home, 'store.json'), 'utf8')).toBe(before)
    expect(await readdir(home)).not.toContain('store')
  })

  test('that is only the database says what the file said, and opens with that', async () => {
    const home = await usedHome()
    const lost = await described(home)
    await rm(join(home, 'store.json'))
    const fault = await faultOf(openStore(home))
    expect(fault).toEqual({
      code: 'store/half-written',
      path: join(home, 'store.json'),
      missing: 'store.json',
      line: descriptionText(lost),
    })
    if ('line' in fault) await writeFile(join(home, 'store.json'), String(fault.line))
    expect(await idsIn(await openStore(home))).toHaveLength(1)
  })

  test('beside another store’s half is refused', async () => {
    const home = await usedHome()
    await redescribe(home, { storeId: 'f'.repeat(32) })
    expect(await faultOf(openStore(home))).toMatchObject({ code: 'store/corrupt' })
  })
})

describe('after no orderly end', () => {
  test('no arrival number is given twice', async () => {
    const home = await temporaryDirectory()
    const copy = await temporaryDirectory()
    const store = await openStore(home)
    await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
    // What a power cut may leave: less than was there.
    await cp(home, copy, { recursive: true })
    await store.commit({ put: [vouch(alice, bob, 2)] }, LAZY)
    const last = (await arrivalsIn(store)).at(-1)

    const survivor = await openStore(copy, { lockFile: join(copy, 'another-lock') })
    expect(survivor.storeId).toBe(store.storeId)
    await survivor.commit({ put: [vouch(alice, bob, 3)] }, LAZY)
    const arrivals = await arrivalsIn(survivor)
    expect(arrivals).toEqual([1, 2 + ARRIVALS_RESERVED])
    expect(arrivals[1]).toBeGreaterThan(last ?? Infinity)
    expect(survivor.damage).toEqual([])
    expect(await all(survivor.records())).toHaveLength(2)
  })
})
