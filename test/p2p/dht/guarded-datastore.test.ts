import { NotFoundError } from '@libp2p/interface'
import { Record as Libp2pRecord } from '@libp2p/kad-dht'
import { Key, type Datastore, type Pair, type Query } from 'interface-datastore'
import { describe, expect, test } from 'vitest'
import { equalBytes } from '../../../src/base/bytes.ts'
import { HOUR_MS } from '../../../src/base/units.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import type { Did } from '../../../src/identity/did.ts'
import type { IdentityState } from '../../../src/identity/state.ts'
import { DhtError } from '../../../src/p2p/dht/error.ts'
import { GuardedDatastore } from '../../../src/p2p/dht/guarded-datastore.ts'
import { dhtKey, rowOfDhtKey } from '../../../src/p2p/dht/key.ts'
import { Rows } from '../../../src/p2p/dht/rows.ts'
import { IdentityValues } from '../../../src/p2p/dht/values.ts'
import { CONTEXT, grownAgent } from '../../support/dht-identity.ts'

const NOW_MS = Date.UTC(2026, 0, 1)

/** The part of a datastore that the guard asks for, in a map. */
class MapDatastore {
  readonly rows = new Map<string, Uint8Array>()

  put(key: Key, value: Uint8Array): Promise<Key> {
    this.rows.set(key.toString(), value)
    return Promise.resolve(key)
  }

  get(key: Key): Promise<Uint8Array> {
    const value = this.rows.get(key.toString())
    return value === undefined
      ? Promise.reject(new NotFoundError('no row'))
      : Promise.resolve(value)
  }

  delete(key: Key): Promise<void> {
    this.rows.delete(key.toString())
    return Promise.resolve()
  }

  async *query({ prefix }: Query): AsyncGenerator<Pair> {
    for (const [row, value] of this.rows) {
      if (prefix === undefined || row.startsWith(prefix)) yield { key: new Key(row, false), value }
    }
  }
}

function guarded(options: { rowsLimit?: number; floor?: IdentityState } = {}) {
  const inner = new MapDatastore()
  const clock = { nowMs: NOW_MS }
  const guard = new GuardedDatastore({
    inner: inner as unknown as Datastore,
    values: new IdentityValues(CONTEXT),
    rows: new Rows(Uint8Array.of(1), options.rowsLimit),
    floor: (did) => Promise.resolve(options.floor?.did === did ? options.floor : undefined),
    clock: () => clock.nowMs,
  })
  return { guard, inner, clock }
}

const rowKey = (did: Did): Key => new Key(rowOfDhtKey(dhtKey(did)), false)

function record(state: IdentityState, options: { did?: Did; atMs?: number } = {}): Uint8Array {
  const { did = state.did, atMs = NOW_MS } = options
  return new Libp2pRecord(dhtKey(did), state.bytes, new Date(atMs)).serialize()
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof DhtError) return error.fault.code
    throw error
  }
  return 'nothing thrown'
}

const agent = grownAgent()
const { did, older, newer, rotated, otherRotated } = agent
const put = (guard: GuardedDatastore, state: IdentityState): Promise<string> =>
  codeOf(guard.put(rowKey(did), record(state)))

async function held(guard: GuardedDatastore): Promise<Uint8Array> {
  return Libp2pRecord.deserialize(await guard.get(rowKey(did))).value
}

describe('the guarded datastore', () => {
  test('replaces a value by a better one and refuses a worse one', async () => {
    const { guard } = guarded()
    const steps = [older, newer, older, rotated, newer]
    const codes: string[] = []
    for (const state of steps) codes.push(await put(guard, state))
    const [taken, stale] = ['nothing thrown', 'p2p/dht-value-stale']
    expect(codes).toEqual([taken, taken, stale, taken, stale])
    expect(await held(guard)).toEqual(rotated.bytes)
  })

  test('refuses what is worse than the node itself holds, with no row there', async () => {
    const { guard, inner } = guarded({ floor: newer })
    expect(await put(guard, older)).toBe('p2p/dht-value-stale')
    expect(inner.rows.size).toBe(0)
    expect(await put(guard, newer)).toBe('nothing thrown')
  })

  test('stores the proof of a fork, whichever branch came first', async () => {
    const both = rotated.join(otherRotated)
    expect(both.isForked).toBe(true)
    for (const order of [
      [rotated, otherRotated],
      [otherRotated, rotated],
    ]) {
      const { guard } = guarded()
      for (const state of order) expect(await put(guard, state)).toBe('nothing thrown')
      expect(await held(guard)).toEqual(both.bytes)
      expect(await put(guard, rotated)).toBe('p2p/dht-value-stale')
    }
  })

  test('two puts at once end with the better value', async () => {
    const { guard } = guarded()
    await Promise.all([put(guard, newer), put(guard, older), put(guard, rotated)])
    expect(await held(guard)).toEqual(rotated.bytes)
  })

  test('an equal value puts off its expiry', async () => {
    const { guard, clock } = guarded()
    await put(guard, newer)
    clock.nowMs += 40 * HOUR_MS
    expect(await put(guard, newer)).toBe('nothing thrown')
    const { timeReceived } = Libp2pRecord.deserialize(await guard.get(rowKey(did)))
    expect(timeReceived.getTime()).toBe(clock.nowMs)
  })

  test('serves what the node itself holds when that is better, or all there is', async () => {
    const none = guarded({ floor: newer })
    expect(await held(none.guard)).toEqual(newer.bytes)
    const floor = { state: older }
    const inner = new MapDatastore()
    const guard = new GuardedDatastore({
      inner: inner as unknown as Datastore,
      values: new IdentityValues(CONTEXT),
      rows: new Rows(Uint8Array.of(1)),
      floor: () => Promise.resolve(floor.state),
      clock: () => NOW_MS,
    })
    await put(guard, newer)
    floor.state = rotated
    expect(await held(guard)).toEqual(rotated.bytes)
  })

  test('refuses provider rows, other namespaces and other stores’ rows', async () => {
    const { guard, inner } = guarded()
    const rows = [
      '/dht/provider/abc/def',
      '/peers/abc',
      rowOfDhtKey(new TextEncoder().encode(`/__proto__/${did.slice(8)}`)),
      rowOfDhtKey(new TextEncoder().encode(`/constructor/${did.slice(8)}`)),
      rowOfDhtKey(new TextEncoder().encode(`/pk/${did.slice(8)}`)),
    ]
    for (const row of rows) {
      expect(await codeOf(guard.put(new Key(row, false), record(newer)))).toBe(
        'p2p/dht-key-refused',
      )
      await expect(guard.get(new Key(row, false))).rejects.toMatchObject({ name: 'NotFoundError' })
    }
    expect(inner.rows.size).toBe(0)
  })

  test('refuses garbage, another DID’s value and another network’s document', async () => {
    const { guard } = guarded()
    const stranger = grownAgent()
    const broken = newer.bytes.with(newer.bytes.length - 1, (newer.bytes.at(-1) ?? 0) ^ 1)
    const values: Uint8Array[] = [
      Uint8Array.of(1, 2, 3),
      record(stranger.newer, { did }),
      record(newer, { did: stranger.did }),
      new Libp2pRecord(dhtKey(did), new Uint8Array(), new Date(NOW_MS)).serialize(),
      new Libp2pRecord(dhtKey(did), broken, new Date(NOW_MS)).serialize(),
    ]
    for (const value of values) {
      expect(await codeOf(guard.put(rowKey(did), value))).toBe('p2p/dht-value-invalid')
    }
    const elsewhere = new IdentityValues({ network: 'other', verifier: nativeVerifier })
    expect(() => elsewhere.parse(did, newer.bytes)).toThrow(DhtError)
    expect(elsewhere.parse(did, rotated.bytes).did).toBe(did)
  })

  test('refuses a value of more than the limit, by its size alone', async () => {
    const { guard } = guarded()
    for (const size of [8 * 1_024 + 1, 9 * 1_024 + 1]) {
      const huge = new Libp2pRecord(dhtKey(did), new Uint8Array(size), new Date(NOW_MS))
      expect(await codeOf(guard.put(rowKey(did), huge.serialize()))).toBe('p2p/dht-value-too-large')
    }
  })

  test('holds no more rows than its limit', async () => {
    const { guard, inner } = guarded({ rowsLimit: 3 })
    let full = 0
    for (let at = 0; at < 12; at++) {
      const { newer: state } = grownAgent()
      if ((await codeOf(guard.put(rowKey(state.did), record(state)))) === 'p2p/dht-full') full++
      expect(inner.rows.size).toBeLessThanOrEqual(3)
    }
    expect(inner.rows.size).toBe(3)
    expect(full).toBeGreaterThan(0)
  })

  test('holds no more rows than its limit when many are put at once', async () => {
    const { guard, inner } = guarded({ rowsLimit: 3 })
    const agents = Array.from({ length: 40 }, () => grownAgent())
    await Promise.all(
      agents.map(async ({ did: other, newer: state }) =>
        codeOf(guard.put(rowKey(other), record(state))),
      ),
    )
    expect(inner.rows.size).toBe(3)
  })

  test('finds the rows of an earlier run, and drops those that are not its own or too old', async () => {
    const { guard, inner } = guarded({ rowsLimit: 10 })
    const [current, outdated] = [grownAgent().newer, grownAgent().newer]
    const anHourLate = NOW_MS - 49 * HOUR_MS
    inner.rows.set(rowKey(current.did).toString(), record(current))
    inner.rows.set(rowKey(outdated.did).toString(), record(outdated, { atMs: anHourLate }))
    inner.rows.set('/dht/provider/abc/def', Uint8Array.of(1))
    inner.rows.set('/dht/record/junk', Uint8Array.of(1))
    inner.rows.set('/peers/abc', Uint8Array.of(1))
    expect(await guard.best(current.did)).toBeDefined()
    expect([...inner.rows.keys()]).toEqual([rowKey(current.did).toString(), '/peers/abc'])
  })

  test('sweeps what nobody has put again for 48 hours, to the millisecond', async () => {
    const { guard, inner, clock } = guarded()
    await put(guard, newer)
    clock.nowMs += 48 * HOUR_MS
    expect(await guard.sweep()).toBe(0)
    clock.nowMs++
    expect(await guard.sweep()).toBe(1)
    expect(inner.rows.size).toBe(0)
  })

  test('a row that was damaged on disk is not served, and is replaced by a good value', async () => {
    const { guard, inner } = guarded()
    await put(guard, newer)
    const row = rowKey(did).toString()
    const bytes = inner.rows.get(row) ?? new Uint8Array()
    inner.rows.set(row, bytes.with(100, (bytes[100] ?? 0) ^ 1))
    await expect(guard.get(rowKey(did))).rejects.toMatchObject({ name: 'NotFoundError' })
    expect(await put(guard, older)).toBe('nothing thrown')
    expect(equalBytes(await held(guard), older.bytes)).toBe(true)
  })
})
