/**
 * Reads what is stored. What the disk has changed is reported and left out, or refused where it was
 * asked for by name: it is never handed on. Specification: docs/spec/store.md, "Reading".
 */
import { compareBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import type { Did } from '../identity/did.ts'
import { IdentityState } from '../identity/state.ts'
import { outlineOf, readOutline } from '../records/outline.ts'
import { shardSubject } from '../records/record.ts'
import type { AipRecord, RecordId } from '../records/record.ts'
import { LANES } from '../records/replica/lanes.ts'
import type { Outlined } from '../records/replica/replica.ts'
import { Verified } from '../records/verified.ts'
import type { DamageList } from './damage.ts'
import type { Database } from './database.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { ID_BYTES, hexText } from './fields.ts'
import {
  PREFIX,
  identityKey,
  issuerOrder,
  issuerPrefix,
  ownSequenceKey,
  parseIdentityKey,
  parseRecordKey,
  positionKey,
  rangeOf,
  recordKey,
  subjectPrefix,
} from './keys.ts'
import type { Place } from './keys.ts'
import { unsealDated, unsealIndexEntry, unsealNumber, unsealPosition } from './rows.ts'
import { rowsIn, slicesIn } from './scan.ts'
import type { Row } from './scan.ts'

export interface StoredRecord {
  readonly id: RecordId
  readonly record: AipRecord
  readonly bytes: Uint8Array
  readonly arrival: number
  readonly storedAtMs: number
}

export interface IdentityBytes {
  readonly did: Did
  readonly bytes: Uint8Array
}

/** Records fetched for an index in one call. */
const FETCH_AT_A_TIME = 64
const UNSEALED = 'the seal is broken'

export interface ReaderContext {
  readonly network: string
  readonly verifier: Verifier
}

/** For bytes whose signatures have been checked before. */
const ALREADY_VERIFIED: Verifier = {
  verifyNow: () => true,
  verify: async () => true,
}

const never = (): boolean => false

export class Reader {
  readonly #database: Database
  readonly #damage: DamageList
  readonly #context: ReaderContext

  constructor(database: Database, damage: DamageList, context: ReaderContext) {
    this.#database = database
    this.#damage = damage
    this.#context = context
  }

  async has(id: RecordId): Promise<boolean> {
    return (await this.#value(positionKey(id))) !== undefined
  }

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  async get(id: RecordId): Promise<StoredRecord | undefined> {
    const byId = positionKey(id)
    const found = await this.#value(byId)
    if (found === undefined) return undefined
    const place = unsealPosition(byId, id, found)
    if (place === undefined) return this.#corrupt('index', byId, UNSEALED)
    const key = recordKey(place)
    const value = await this.#value(key)
    // It may have left between the two reads.
    if (value === undefined && !(await this.has(id))) return undefined
    if (value === undefined) return this.#corrupt('record', key, 'the row is gone')
    const restored = this.#restore(key, value)
    return typeof restored === 'string' ? this.#corrupt('record', key, restored) : restored
  }

  /** Every record, shard by shard, lane by lane, oldest first. `onRow` sees damaged ones too. */
  async *records(onRow?: () => void): AsyncGenerator<StoredRecord, void, undefined> {
    for await (const row of rowsIn(this.#database, rangeOf(PREFIX.record))) {
      onRow?.()
      const record = this.#sound(row)
      if (record !== undefined) yield record
    }
  }

  /** The outline of every record, in the same order and some hundred at a time; nothing is decoded. */
  async *outlines(onRow: () => void): AsyncGenerator<readonly Outlined[], void, undefined> {
    for await (const rows of slicesIn(this.#database, rangeOf(PREFIX.record))) {
      const outlined: Outlined[] = []
      for (const row of rows) {
        onRow()
        const one = this.#outlined(row)
        if (one !== undefined) outlined.push(one)
      }
      yield outlined
    }
  }

  /** At once: everything else waits for the disk. `undefined` when it is gone or damaged. */
  recordAt(place: Place): AipRecord | undefined {
    const key = recordKey(place)
    const value = this.#valueNow('record', key)
    return value === undefined ? undefined : this.#sound([key, value])?.record
  }

  /**
   * At once, as {@link recordAt}.
   *
   * @param isVerified  whether the signatures in these very bytes have been checked before: then they
   *   are not checked again
   */
  identityAt(did: Did, isVerified: (bytes: Uint8Array) => boolean): IdentityState | undefined {
    const key = identityKey(did)
    const value = this.#valueNow('identity', key)
    if (value === undefined) return undefined
    const state = this.#state(key, value, isVerified)
    if (typeof state !== 'string') return state
    this.#damage.add({ what: 'identity', key: hexText(key), reason: state })
    return undefined
  }

  /** The bytes of every identity as they were sealed; what they say is for whoever parses them. */
  async *identityBytes(): AsyncGenerator<readonly IdentityBytes[], void, undefined> {
    for await (const rows of slicesIn(this.#database, rangeOf(PREFIX.identity))) {
      const found: IdentityBytes[] = []
      for (const [key, value] of rows) {
        const did = parseIdentityKey(key)
        const dated = unsealDated(key, value)
        if (did !== undefined && dated !== undefined) found.push({ did, bytes: dated.bytes })
        else this.#damage.add({ what: 'identity', key: hexText(key), reason: UNSEALED })
      }
      yield found
    }
  }

  /** Newest first by issue. */
  async *recordsAbout(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    yield* this.#fetch(this.#places(subjectPrefix(did)))
  }

  /** Newest first by author sequence. */
  async *recordsBy(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    yield* this.#fetch(this.#placesBy(did))
  }

  /** Records about a DID, then the others by it. */
  async *recordsOf(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    yield* this.recordsAbout(did)
    for await (const stored of this.recordsBy(did)) {
      if (shardSubject(stored.record) !== did) yield stored
    }
  }

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  async identity(did: Did): Promise<IdentityState | undefined> {
    const key = identityKey(did)
    const value = await this.#value(key)
    if (value === undefined) return undefined
    const state = this.#state(key, value)
    return typeof state === 'string' ? this.#corrupt('identity', key, state) : state
  }

  async *identities(): AsyncGenerator<IdentityState, void, undefined> {
    for await (const [key, value] of rowsIn(this.#database, rangeOf(PREFIX.identity))) {
      const state = this.#state(key, value)
      if (typeof state !== 'string') yield state
      else this.#damage.add({ what: 'identity', key: hexText(key), reason: state })
    }
  }

  /** @throws {StoreError} `store/corrupt`: a number that may have been used must not be guessed. */
  async ownSequence(keyHex: string): Promise<number | undefined> {
    const key = ownSequenceKey(keyHex)
    const value = await this.#value(key)
    if (value === undefined) return undefined
    return unsealNumber(key, value) ?? this.#corrupt('index', key, UNSEALED)
  }

  async #value(key: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#database.reopening !== undefined) await this.#database.reopening
    try {
      return await this.#database.level.get(key)
    } catch (error) {
      throw storeErrorOf(error, this.#database.path)
    }
  }

  async #values(keys: Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (this.#database.reopening !== undefined) await this.#database.reopening
    try {
      return await this.#database.level.getMany(keys)
    } catch (error) {
      throw storeErrorOf(error, this.#database.path)
    }
  }

  /** The record of a row, or why there is none. */
  #restore(key: Uint8Array, value: Uint8Array): StoredRecord | string {
    const place = parseRecordKey(key)
    const dated = unsealDated(key, value)
    if (place === undefined || dated === undefined) return UNSEALED
    try {
      const { id, record, bytes } = Verified.restored(dated.bytes, place.id, this.#context)
      return { id, record, bytes, arrival: dated.arrival, storedAtMs: dated.storedAtMs }
    } catch (error) {
      return asError(error).message
    }
  }

  /** What stands under a key; damage is reported, and a closed database holds nothing any more. */
  #valueNow(what: 'record' | 'identity', key: Uint8Array): Uint8Array | undefined {
    const { level } = this.#database
    if (level.status !== 'open') return undefined
    try {
      return level.getSync(key)
    } catch (error) {
      this.#damage.add({ what, key: hexText(key), reason: asError(error).message })
      return undefined
    }
  }

  /** What the seal vouches for is read as it lies there; decoding it tells what is wrong with the rest. */
  #outlined(row: Row): Outlined | undefined {
    const [key, value] = row
    const place = parseRecordKey(key)
    const dated = unsealDated(key, value)
    if (place !== undefined && dated !== undefined) {
      const outline = readOutline(key.subarray(key.length - ID_BYTES), dated.bytes)
      if (outline !== undefined) return { id: place.id, outline }
    }
    const sound = this.#sound(row)
    return sound && { id: sound.id, outline: outlineOf(sound.id, sound.record) }
  }

  #sound([key, value]: Row): StoredRecord | undefined {
    const restored = this.#restore(key, value)
    if (typeof restored !== 'string') return restored
    this.#damage.add({ what: 'record', key: hexText(key), reason: restored })
    return undefined
  }

  #state(
    key: Uint8Array,
    value: Uint8Array,
    isVerified: (bytes: Uint8Array) => boolean = never,
  ): IdentityState | string {
    const dated = unsealDated(key, value)
    if (dated === undefined) return UNSEALED
    const context = isVerified(dated.bytes)
      ? { ...this.#context, verifier: ALREADY_VERIFIED }
      : this.#context
    try {
      const state = IdentityState.parse(dated.bytes, context)
      return state.did === parseIdentityKey(key) ? state : 'it belongs to another DID'
    } catch (error) {
      return asError(error).message
    }
  }

  async *#places(prefix: Uint8Array): AsyncGenerator<Place, void, undefined> {
    for await (const [key, value] of rowsIn(this.#database, rangeOf(prefix), { reverse: true })) {
      const place = this.#indexed(key, value)
      if (place !== undefined) yield place
    }
  }

  /** The lanes of one issuer, each in order, as one. */
  async *#placesBy(did: Did): AsyncGenerator<Place, void, undefined> {
    const lanes = LANES.map((lane) =>
      rowsIn(this.#database, rangeOf(issuerPrefix(did, lane)), { reverse: true }),
    )
    try {
      const heads = await Promise.all(lanes.map((lane) => next(lane)))
      for (;;) {
        const at = latest(heads)
        const row = heads[at]
        const lane = lanes[at]
        if (row === undefined || lane === undefined) return
        const place = this.#indexed(...row)
        if (place !== undefined) yield place
        heads[at] = await next(lane)
      }
    } finally {
      await Promise.all(lanes.map((lane) => lane.return()))
    }
  }

  #indexed(key: Uint8Array, value: Uint8Array): Place | undefined {
    const place = unsealIndexEntry(key, value)
    if (place === undefined)
      this.#damage.add({ what: 'index', key: hexText(key), reason: UNSEALED })
    return place
  }

  async *#fetch(places: AsyncIterable<Place>): AsyncGenerator<StoredRecord, void, undefined> {
    let wanted: Place[] = []
    for await (const place of places) {
      wanted.push(place)
      if (wanted.length < FETCH_AT_A_TIME) continue
      yield* await this.#fetched(wanted)
      wanted = []
    }
    if (wanted.length > 0) yield* await this.#fetched(wanted)
  }

  async #fetched(places: readonly Place[]): Promise<readonly StoredRecord[]> {
    return (await this.recordsAt(places)).filter((record) => record !== undefined)
  }

  /** One for each place; `undefined` for what is not there or damaged, which is reported. */
  async recordsAt(places: readonly Place[]): Promise<readonly (StoredRecord | undefined)[]> {
    const keys = places.map(recordKey)
    const values = await this.#values(keys)
    const records: (StoredRecord | undefined)[] = []
    for (const [at, key] of keys.entries()) {
      const value = values[at]
      const id = places[at]?.id
      records.push(value === undefined ? undefined : this.#sound([key, value]))
      if (value === undefined && id !== undefined && (await this.has(id))) {
        this.#damage.add({ what: 'record', key: hexText(key), reason: 'the row is gone' })
      }
    }
    return records
  }

  #corrupt(what: 'record' | 'identity' | 'index', key: Uint8Array, reason: string): never {
    const name = hexText(key)
    this.#damage.add({ what, key: name, reason })
    const { path } = this.#database
    throw new StoreError({ code: 'store/corrupt', path, reason: `${what} ${name}: ${reason}` })
  }
}

async function next(rows: AsyncGenerator<Row, void, undefined>): Promise<Row | undefined> {
  const step = await rows.next()
  return step.done === true ? undefined : step.value
}

/** Which of the rows has the highest sequence, then id; -1 when none is left. */
function latest(heads: readonly (Row | undefined)[]): number {
  let best = -1
  let bestOrder: Uint8Array | undefined
  for (const [at, row] of heads.entries()) {
    if (row === undefined) continue
    const order = issuerOrder(row[0])
    if (bestOrder !== undefined && compareBytes(order, bestOrder) <= 0) continue
    best = at
    bestOrder = order
  }
  return best
}
