import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { textBytes } from '../../../src/base/bytes.ts'
import type { Did } from '../../../src/identity/did.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { Scrubbing } from '../../../src/node/scrubbing.ts'
import { HeldSets } from '../../../src/node/sync/sync-sets.ts'
import { identityKey, ownSequenceKey } from '../../../src/store/keys.ts'
import { alice, bob, verified, vouchClaim } from '../../support/records.ts'
import { idsIn, Parts, temporaryHome } from './parts.ts'

const PEER = { via: 'sync', peer: 'p1' } as const
const KEY_HEX = 'ab'.repeat(32)

const records = Array.from({ length: 5 }, (_, n) =>
  verified(vouchClaim({ sequence: 1_000 + n, scope: `s${n}` })),
)
const [ONE] = records
const ids = records.map(({ id }) => id).toSorted()
const state = (signer = alice.signer) =>
  IdentityState.of(incept({ genesis: signer, verifier: nativeVerifier }).log)

/** A home with records, identities and an author sequence; closed. */
async function usedHome(): Promise<string> {
  const home = await temporaryHome()
  await using parts = await Parts.open({ home })
  await parts.writer.putIdentity(state(), PEER)
  await parts.writer.putIdentity(state(bob.signer), PEER)
  await parts.writer.put(records, PEER)
  const ownSequence = { keyHex: KEY_HEX, sequence: 7 }
  await parts.store.commit({ ownSequence }, { nowMs: 1, durable: true })
  return home
}

type Rows = Level<Uint8Array, Uint8Array>

/** Changes the database behind the node's back. */
async function behind(home: string, change: (rows: Rows) => Promise<void>): Promise<void> {
  const level: Rows = new Level(join(home, 'store'), { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  await change(level)
  await level.close()
}

/** Turns a bit in the value of the first row whose key begins so and holds `part`. */
async function turn(level: Rows, prefix: string, part = ''): Promise<Uint8Array> {
  for await (const [key, value] of level.iterator({ gte: textBytes(prefix) })) {
    if (!Buffer.from(key).includes(Buffer.from(part, 'hex'))) continue
    const changed = Uint8Array.from(value)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    await level.put(key, changed)
    return key
  }
  throw new Error('there is no such row')
}

async function scrubbed(parts: Parts) {
  const wanted: Did[] = []
  const warnings: string[] = []
  const scrubbing = new Scrubbing({
    store: parts.store,
    writer: parts.writer,
    identities: parts.identities,
    author: { keyHex: KEY_HEX, sequence: 11 },
    clock: () => parts.time.nowMs,
    log: silentLogger,
    want: (did) => wanted.push(did),
    warn: (message) => warnings.push(message),
  })
  while (!(await scrubbing.slice())) continue
  return { wanted, warnings }
}

describe('looking through the store', () => {
  test('finds nothing where nothing is, and changes nothing', async () => {
    const parts = await Parts.open({ home: await usedHome() })
    expect(await scrubbed(parts)).toEqual({ wanted: [], warnings: [] })
  })

  test('a record that was changed leaves disk, index and view, and is taken when it comes again', async () => {
    const home = await usedHome()
    const parts = await Parts.open({ home })
    await parts[Symbol.asyncDispose]()
    if (ONE === undefined) throw new Error()
    // While the node runs: the view has it, and the disk does not.
    await behind(home, async (level) => void (await turn(level, 'i/', ONE.id)))
    const again = await Parts.open({ home })
    expect((await scrubbed(again)).warnings).toHaveLength(1)
    expect(await again.writer.holds(ONE.id)).toBe(false)
    expect(await again.store.has(ONE.id)).toBe(false)
    expect(again.store.damage).toEqual([])
    expect((await again.store.stats()).records.vouch).toBe(4)
    expect(await again.offer(ONE.bytes)).toEqual({ kind: 'taken', fresh: true })
    expect(await idsIn(again.store)).toEqual(ids)
    expect((await again.store.stats()).records.vouch).toBe(5)
  })

  test('a record that was changed is in no set that peers are told of, before anybody looked', async () => {
    const home = await usedHome()
    if (ONE === undefined) throw new Error()
    await behind(home, async (level) => void (await turn(level, 'i/', ONE.id)))
    const { store, evidence, identities, time } = await Parts.open({ home })
    const sets = new HeldSets({
      store,
      isHeld: (id) => evidence.hasBytes(id),
      identityOf: (did) => identities.get(did),
      shardBits: 0,
      shards: () => [0],
      clock: () => time.nowMs,
      log: silentLogger,
    })
    await sets.read()
    const sizes = ([0, 1, 2, 3] as const).map((lane) => sets.tree(0, lane)?.size ?? 0)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(ids.length - 1)
  })

  test('a record that is lost while the node runs is not held any more', async () => {
    const parts = await Parts.open({ home: await usedHome() })
    if (ONE === undefined) throw new Error()
    const { store } = parts
    const level = (
      store as unknown as { libp2pDatastore: () => { db: { db: Rows } } }
    ).libp2pDatastore().db.db
    for await (const key of level.keys({ gte: textBytes('i/'), lt: textBytes('i0') })) {
      if (Buffer.from(key).includes(Buffer.from(ONE.id, 'hex'))) await level.del(key)
    }
    expect(await parts.writer.holds(ONE.id)).toBe(true)
    await scrubbed(parts)
    expect(await parts.writer.holds(ONE.id)).toBe(false)
    expect(parts.evidence.get(ONE.id)).toBeUndefined()
    expect(await parts.offer(ONE.bytes)).toEqual({ kind: 'taken', fresh: true })
  })

  test.each(['r/', 'a/', 's/'])('an index row %s that was changed is made anew', async (prefix) => {
    const home = await usedHome()
    let key: Uint8Array = new Uint8Array()
    await behind(home, async (level) => {
      key = await turn(level, prefix)
    })
    const parts = await Parts.open({ home })
    await scrubbed(parts)
    expect(parts.store.damage).toEqual([])
    for (const { id } of records) expect((await parts.store.get(id))?.id).toBe(id)
    const by: string[] = []
    for await (const { id } of parts.store.recordsBy(alice.did)) by.push(id)
    expect(by.toSorted()).toEqual(ids)
    const about: string[] = []
    for await (const { id } of parts.store.recordsAbout(bob.did)) about.push(id)
    expect(about.toSorted()).toEqual(ids)
    expect(key.length).toBeGreaterThan(2)
  })

  test('an index row that leads nowhere goes', async () => {
    const home = await usedHome()
    await behind(home, async (level) => {
      for (const prefix of ['i/', 'r/']) {
        for await (const key of level.keys({
          gte: textBytes(prefix),
          lt: textBytes(`${prefix[0]}0`),
        })) {
          await level.del(key)
        }
      }
    })
    const parts = await Parts.open({ home })
    await scrubbed(parts)
    await parts[Symbol.asyncDispose]()
    await behind(home, async (level) => {
      const left = await level.keys({ gte: textBytes('a/'), lt: textBytes('a0') }).all()
      expect(left).toEqual([])
    })
  })

  test('an identity in memory is written back; another is asked for', async () => {
    const home = await usedHome()
    const parts = await Parts.open({ home })
    await parts[Symbol.asyncDispose]()
    await behind(home, async (level) => {
      const key = identityKey(alice.did)
      await level.put(key, new Uint8Array(30))
    })
    const without = await Parts.open({ home })
    expect((await scrubbed(without)).wanted).toEqual([alice.did])
    expect(await without.store.identity(alice.did)).toBeUndefined()
    expect((await without.store.stats()).identities).toBe(1)
    await without[Symbol.asyncDispose]()

    await behind(home, async (level) => level.put(identityKey(bob.did), new Uint8Array(30)))
    const withIt = await Parts.open({ home })
    withIt.identities.set(state(bob.signer))
    expect((await scrubbed(withIt)).wanted).toEqual([])
    expect((await withIt.store.identity(bob.did))?.did).toBe(bob.did)
    expect((await withIt.store.stats()).identities).toBe(1)
  })

  test('the author sequence of the present key is written back', async () => {
    const home = await usedHome()
    await behind(home, async (level) => level.put(ownSequenceKey(KEY_HEX), new Uint8Array(12)))
    const parts = await Parts.open({ home })
    await scrubbed(parts)
    expect(await parts.store.ownSequence(KEY_HEX)).toBe(11)
  })
})
