/**
 * The datastore that kad-dht is given: it holds identities, each only ever replaced by a better one.
 *
 * kad-dht runs its validator on a put and nothing against what is stored, so any peer could roll
 * back a key log by sending an older one; it stores provider records of anybody; and it counts
 * nothing. This store is the place where all of that is refused. It also joins what it reads with
 * what the node itself knows of the DID, so that a peer is never told less than the node knows.
 * Specification: docs/spec/dht.md.
 */
import { NotFoundError } from '@libp2p/interface'
import { Record as Libp2pRecord } from '@libp2p/kad-dht'
import { Key, type Datastore, type Pair, type Query } from 'interface-datastore'
import { equalBytes } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { HOUR_MS, KIB_BYTES } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { VALUE_LIMIT_BYTES } from '../../identity/limits.ts'
import type { IdentityState } from '../../identity/state.ts'
import { DhtError } from './error.ts'
import { RECORD_ROW_PREFIX, dhtKey, didOfRow, rowOfDhtKey } from './key.ts'
import type { Rows } from './rows.ts'
import type { IdentityValues } from './values.ts'

/** A value, its key, the time, and the protobuf around them. */
const DHT_ROW_LIMIT_BYTES = VALUE_LIMIT_BYTES + KIB_BYTES
/** After this a value is gone unless somebody puts it again. kad-dht's own figure. */
const DHT_VALUE_AGE_LIMIT_MS = 48 * HOUR_MS

export interface GuardOptions {
  readonly inner: Datastore
  readonly values: IdentityValues
  readonly rows: Rows
  /** What the node itself holds of a DID, whatever the DHT says. */
  readonly floor: (did: Did) => Promise<IdentityState | undefined>
  readonly clock: Clock
}

interface Row {
  readonly state: IdentityState
  readonly receivedAtMs: number
}

export class GuardedDatastore {
  readonly #options: GuardOptions
  /** One change of a row at a time: compare and write belong together. */
  readonly #changing = new Map<Did, Promise<unknown>>()
  #opening: Promise<void> | undefined

  constructor(options: GuardOptions) {
    this.#options = options
  }

  async has(key: Key): Promise<boolean> {
    const did = didOfRow(key.toString())
    return did !== undefined && (await this.best(did)) !== undefined
  }

  /**
   * kad-dht's put. A value that says the same or better is stored, one that shows a fork is stored
   * as the proof of it, one that is worse is refused.
   *
   * @throws {DhtError}
   */
  async put(key: Key, bytes: Uint8Array): Promise<Key> {
    await this.#opened()
    const did = didOfRow(key.toString())
    if (did === undefined) throw new DhtError({ code: 'p2p/dht-key-refused' })
    const { state } = this.#parse(did, bytes)
    await this.#inTurn(did, async () => {
      const [stored, floor] = await Promise.all([this.#stored(did), this.#options.floor(did)])
      const held = joined(stored?.state, floor)
      const better = joined(held, state) ?? state
      const isWorse = held !== undefined && equalBytes(better.bytes, held.bytes)
      if (isWorse && !equalBytes(state.bytes, held.bytes)) {
        throw new DhtError({ code: 'p2p/dht-value-stale', did })
      }
      await this.#write(did, better)
    })
    return key
  }

  /** kad-dht's get: the stored value joined with what the node knows. */
  async get(key: Key): Promise<Uint8Array> {
    await this.#opened()
    const did = didOfRow(key.toString())
    if (did === undefined) throw new NotFoundError('no such row')
    const [stored, floor] = await Promise.all([this.#stored(did), this.#options.floor(did)])
    const best = joined(stored?.state, floor)
    if (best === undefined) throw new NotFoundError('no value for this DID')
    const isStored = stored !== undefined && equalBytes(best.bytes, stored.state.bytes)
    const isKnown = floor !== undefined && equalBytes(best.bytes, floor.bytes)
    // What the node itself holds does not age; what it only keeps for others does.
    const receivedAtMs = isStored && !isKnown ? stored.receivedAtMs : this.#options.clock()
    return encodeRow(did, { state: best, receivedAtMs })
  }

  async delete(key: Key): Promise<void> {
    await this.#opened()
    const did = didOfRow(key.toString())
    if (did !== undefined) await this.#inTurn(did, () => this.#remove(did))
  }

  /** kad-dht asks for provider rows only; there are none. */
  async *query(query: Query): AsyncGenerator<Pair> {
    await this.#opened()
    if (query.prefix?.startsWith(RECORD_ROW_PREFIX) === true) {
      yield* this.#options.inner.query(query)
    }
  }

  /** The best that this node knows of a DID: its own view joined with the row. */
  async best(did: Did): Promise<IdentityState | undefined> {
    await this.#opened()
    const [stored, floor] = await Promise.all([this.#stored(did), this.#options.floor(did)])
    return joined(stored?.state, floor)
  }

  /** Removes what nobody has put again in time. kad-dht does so only for rows that are asked for. */
  async sweep(): Promise<number> {
    await this.#opened()
    const outdated: Did[] = []
    for await (const { key, value } of this.#options.inner.query({ prefix: RECORD_ROW_PREFIX })) {
      const did = didOfRow(key.toString())
      if (did !== undefined && !this.#isCurrent(did, value)) outdated.push(did)
    }
    for (const did of outdated) await this.#inTurn(did, () => this.#remove(did))
    return outdated.length
  }

  #opened(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Counts the rows of an earlier run, and removes those that are none. */
  async #open(): Promise<void> {
    const { inner, rows } = this.#options
    const foreign: Key[] = []
    for await (const { key, value } of inner.query({ prefix: '/dht/' })) {
      const did = didOfRow(key.toString())
      if (did === undefined || !this.#isCurrent(did, value)) foreign.push(key)
      else if (rows.size >= rows.limit) foreign.push(key)
      else rows.add(did)
    }
    for (const key of foreign) await inner.delete(key)
  }

  #isCurrent(did: Did, bytes: Uint8Array): boolean {
    try {
      const { receivedAtMs } = decodeRow(did, bytes)
      return this.#options.clock() - receivedAtMs <= DHT_VALUE_AGE_LIMIT_MS
    } catch {
      return false // damaged: as good as gone
    }
  }

  async #stored(did: Did): Promise<Row | undefined> {
    let bytes: Uint8Array
    try {
      bytes = await this.#options.inner.get(rowKey(did))
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundError') return undefined
      throw error
    }
    try {
      return this.#parse(did, bytes)
    } catch (error) {
      if (error instanceof DhtError) return undefined // damaged on disk: as good as gone
      throw error
    }
  }

  #parse(did: Did, bytes: Uint8Array): Row {
    const { value, receivedAtMs } = decodeRow(did, bytes)
    return { state: this.#options.values.parse(did, value), receivedAtMs }
  }

  async #write(did: Did, state: IdentityState): Promise<void> {
    const { inner, rows, clock } = this.#options
    const room = rows.roomFor(did)
    if (room === 'full') throw new DhtError({ code: 'p2p/dht-full', limitRows: rows.limit })
    // Nothing is awaited between the look for room and its taking: others look for it too.
    const leaves = room === 'free' ? undefined : this.#remove(room.evict)
    rows.add(did)
    const comes = inner.put(rowKey(did), encodeRow(did, { state, receivedAtMs: clock() }))
    await Promise.all([leaves, comes])
  }

  async #remove(did: Did): Promise<void> {
    this.#options.rows.remove(did)
    await this.#options.inner.delete(rowKey(did))
  }

  async #inTurn<T>(did: Did, work: () => Promise<T>): Promise<T> {
    const before = this.#changing.get(did)
    const turn = (before ?? Promise.resolve()).then(work, work)
    this.#changing.set(did, turn)
    try {
      return await turn
    } finally {
      if (this.#changing.get(did) === turn) this.#changing.delete(did)
    }
  }
}

function joined(
  a: IdentityState | undefined,
  b: IdentityState | undefined,
): IdentityState | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.join(b)
}

function rowKey(did: Did): Key {
  return new Key(rowOfDhtKey(dhtKey(did)), false)
}

function encodeRow(did: Did, { state, receivedAtMs }: Row): Uint8Array {
  return new Libp2pRecord(dhtKey(did), state.bytes, new Date(receivedAtMs)).serialize()
}

/** @throws {DhtError} when the bytes are not a record filed under that DID. */
function decodeRow(
  did: Did,
  bytes: Uint8Array,
): { readonly value: Uint8Array; readonly receivedAtMs: number } {
  if (bytes.length > DHT_ROW_LIMIT_BYTES) {
    const fault = { bytes: bytes.length, limitBytes: DHT_ROW_LIMIT_BYTES }
    throw new DhtError({ code: 'p2p/dht-value-too-large', ...fault })
  }
  let record: Libp2pRecord
  try {
    record = Libp2pRecord.deserialize(bytes)
  } catch (cause) {
    const reason = 'It is not a record of the DHT.'
    throw new DhtError({ code: 'p2p/dht-value-invalid', reason }, { cause })
  }
  const receivedAtMs = record.timeReceived.getTime()
  if (!equalBytes(record.key, dhtKey(did)) || Number.isNaN(receivedAtMs)) {
    throw new DhtError({ code: 'p2p/dht-value-invalid', reason: 'It is filed under another key.' })
  }
  return { value: record.value, receivedAtMs }
}
