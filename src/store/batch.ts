/**
 * What one batch comes to in rows: the records with their indexes, what leaves and the
 * count, so that all of it is on disk or none. Specification: docs/spec/store.md, "Batches".
 */
import { equalBytes } from '../base/bytes.ts'
import type { Did } from '../identity/did.ts'
import type { IdentityState } from '../identity/state.ts'
import { RECORD_TYPES } from '../records/record.ts'
import type { RecordId, RecordType } from '../records/record.ts'
import type { Lane } from '../records/replica/lanes.ts'
import type { Verified } from '../records/verified.ts'
import { decodeRecord } from '../records/wire.ts'
import type { DamageList } from './damage.ts'
import type { Database, Operation } from './database.ts'
import { storeErrorOf } from './error.ts'
import { hexText } from './fields.ts'
import {
  identityKey,
  issuerKey,
  metaKey,
  ownSequenceKey,
  positionKey,
  recordKey,
  subjectKey,
} from './keys.ts'
import {
  entryOf,
  sealDated,
  sealIssuerEntry,
  sealNumber,
  sealPosition,
  sealSubjectEntry,
  unsealDated,
  unsealNumber,
  unsealPosition,
} from './rows.ts'
import type { Entry, Position } from './rows.ts'
import { ARRIVALS_RESERVED, sealTally } from './tally.ts'
import type { Tally } from './tally.ts'

export interface NewRecord {
  readonly verified: Verified
  readonly shard: number
  readonly lane: Lane
}

/** Changes to what travels. What is put and evicted in one batch is not there after it. */
export interface SharedChanges {
  readonly put?: readonly NewRecord[]
  readonly evict?: readonly RecordId[]
  /** Take the place of what is stored of the same DIDs: the caller has joined them. */
  readonly identities?: readonly IdentityState[]
  readonly dropIdentities?: readonly Did[]
  /** The highest author sequence that a key has used; a lower one than is stored changes nothing. */
  readonly ownSequence?: { readonly keyHex: string; readonly sequence: number }
}

export interface BatchPlan {
  readonly operations: readonly Operation[]
  readonly tally: Tally
  /** The batch sets arrival numbers aside, which must be on disk before any of them is shown. */
  readonly mustSync: boolean
  /** Keys of rows that are written anew or gone: no damage any more. */
  readonly rewritten: readonly Uint8Array[]
}

/** @throws {StoreError} when what is stored cannot be read; {RangeError} for numbers that are none. */
export async function planBatch(
  changes: SharedChanges,
  at: { readonly database: Database; readonly tally: Tally; readonly nowMs: number },
  damage: DamageList,
): Promise<BatchPlan> {
  const evicted = new Set(changes.evict)
  const fresh = new Map<RecordId, NewRecord>()
  for (const record of changes.put ?? []) {
    if (!evicted.has(record.verified.id)) fresh.set(record.verified.id, record)
  }
  const dropped = new Set(changes.dropIdentities)
  const states = new Map(changes.identities?.map((state) => [state.did, state]))
  const stored = await readStored(at.database, {
    ids: [...fresh.keys(), ...evicted],
    dids: [...states.keys(), ...dropped],
    keyHex: changes.ownSequence?.keyHex,
  })
  for (const key of stored.broken) {
    damage.add({ what: 'index', key, reason: 'the seal is broken' })
  }
  const plan = new Plan(at.tally, at.nowMs)
  for (const id of evicted) plan.evict(stored.positions.get(id))
  for (const did of dropped) plan.dropIdentity(did, stored.identities.get(did))
  for (const state of states.values()) plan.putIdentity(state, stored.identities.get(state.did))
  for (const record of fresh.values()) plan.put(record, stored.positions.get(record.verified.id))
  if (changes.ownSequence !== undefined) plan.raise(changes.ownSequence, stored.sequence)
  return plan.finished()
}

/** The rows by which a record is found, beside its own. */
export function indexRowsOf(
  entry: Entry,
): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[] {
  const { id, issuer, lane, sequence, subject, issuedAtMs } = entry
  const byId = positionKey(id)
  const byIssuer = issuerKey(issuer, lane, sequence, id)
  const bySubject = subjectKey(subject, issuedAtMs, id)
  return [
    { key: byId, value: sealPosition(byId, entry) },
    { key: byIssuer, value: sealIssuerEntry(byIssuer, entry) },
    { key: bySubject, value: sealSubjectEntry(bySubject, entry) },
  ]
}

class Plan {
  readonly #operations: Operation[] = []
  readonly #rewritten: Uint8Array[] = []
  readonly #before: Tally
  readonly #nowMs: number
  readonly #counts: Record<RecordType, number>
  #identities: number
  #nextArrival: number

  constructor(tally: Tally, nowMs: number) {
    this.#before = tally
    this.#nowMs = nowMs
    this.#counts = { ...tally.records }
    this.#identities = tally.identities
    this.#nextArrival = tally.nextArrival
  }

  evict(before: StoredPosition | undefined): void {
    if (before === undefined) return
    this.#forget(before)
    this.#counts[before.type]--
    // If it was damaged, it is so no more.
    this.#rewritten.push(recordKey(before))
  }

  /** Of a record that is stored already all rows are renewed. */
  put({ verified, shard, lane }: NewRecord, before: StoredPosition | undefined): void {
    const { id, record, bytes } = verified
    if (before === undefined) this.#counts[record.type]++
    else this.#forget(before)
    const arrival = this.#nextArrival++
    const entry = entryOf(record, { id, shard, lane })
    const key = recordKey(entry)
    this.#put(key, sealDated(key, { arrival, storedAtMs: this.#nowMs }, bytes))
    this.#rewritten.push(key)
    for (const row of indexRowsOf(entry)) this.#put(row.key, row.value)
  }

  putIdentity({ did, bytes }: IdentityState, before: StoredIdentity | undefined): void {
    if (before?.bytes !== undefined && equalBytes(before.bytes, bytes)) return
    if (before === undefined) this.#identities++
    const arrival = this.#nextArrival++
    const key = identityKey(did)
    this.#put(key, sealDated(key, { arrival, storedAtMs: this.#nowMs }, bytes))
    this.#rewritten.push(key)
  }

  dropIdentity(did: Did, before: StoredIdentity | undefined): void {
    if (before === undefined) return
    this.#identities--
    const key = identityKey(did)
    this.#delete(key)
    this.#rewritten.push(key)
  }

  raise(to: { readonly keyHex: string; readonly sequence: number }, stored?: number): void {
    if (stored !== undefined && stored >= to.sequence) return
    const key = ownSequenceKey(to.keyHex)
    this.#put(key, sealNumber(key, to.sequence))
  }

  finished(): BatchPlan {
    const { ceiling } = this.#before
    const mustSync = this.#nextArrival > ceiling
    const tally: Tally = {
      nextArrival: this.#nextArrival,
      ceiling: mustSync ? this.#nextArrival + ARRIVALS_RESERVED : ceiling,
      identities: this.#identities,
      records: this.#counts,
    }
    if (!isSame(tally, this.#before)) {
      const key = metaKey('tally')
      this.#put(key, sealTally(key, tally))
    }
    return { operations: this.#operations, tally, mustSync, rewritten: this.#rewritten }
  }

  /** Index rows of a record that the disk has changed stay, and lead nowhere; the scrub sweeps them. */
  #forget(before: StoredPosition): void {
    this.#delete(recordKey(before))
    this.#delete(positionKey(before.id))
    if (before.entry === undefined) return
    const { id, issuer, lane, sequence, subject, issuedAtMs } = before.entry
    this.#delete(issuerKey(issuer, lane, sequence, id))
    this.#delete(subjectKey(subject, issuedAtMs, id))
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#operations.push({ type: 'put', key, value })
  }

  #delete(key: Uint8Array): void {
    this.#operations.push({ type: 'del', key })
  }
}

function isSame(a: Tally, b: Tally): boolean {
  return (
    a.nextArrival === b.nextArrival &&
    a.ceiling === b.ceiling &&
    a.identities === b.identities &&
    RECORD_TYPES.every((type) => a.records[type] === b.records[type])
  )
}

/** `entry` is missing when the record's row is damaged. */
interface StoredPosition extends Position {
  readonly entry?: Entry
}

/** `bytes` are missing when the row is damaged. */
interface StoredIdentity {
  readonly bytes?: Uint8Array
}

interface Stored {
  readonly positions: ReadonlyMap<RecordId, StoredPosition>
  readonly identities: ReadonlyMap<Did, StoredIdentity>
  readonly sequence?: number
  /** Keys of rows whose seal is broken, in hex. */
  readonly broken: readonly string[]
}

/** Records that are read and decoded at a time: others have a turn in between, as many may leave at once. */
const RECORDS_AT_A_TIME = 256

/** All that a batch has to know of what is stored: in one call, and some more for records that are there. */
async function readStored(
  { level, path }: Database,
  of: {
    readonly ids: readonly RecordId[]
    readonly dids: readonly Did[]
    readonly keyHex: string | undefined
  },
): Promise<Stored> {
  const positions: Position[] = []
  const identities = new Map<Did, StoredIdentity>()
  const broken: string[] = []
  const keys = [
    ...of.ids.map(positionKey),
    ...of.dids.map(identityKey),
    ...(of.keyHex === undefined ? [] : [ownSequenceKey(of.keyHex)]),
  ]
  const read = async (wanted: Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> => {
    try {
      return wanted.length === 0 ? [] : await level.getMany(wanted)
    } catch (error) {
      throw storeErrorOf(error, path)
    }
  }
  const values = await read(keys)
  let sequence: number | undefined
  for (const [at, key] of keys.entries()) {
    const value = values[at]
    if (value === undefined) continue
    const id = of.ids[at]
    const did = of.dids[at - of.ids.length]
    let isWhole: boolean
    if (id !== undefined) {
      const position = unsealPosition(key, id, value)
      if (position !== undefined) positions.push(position)
      isWhole = position !== undefined
    } else if (did !== undefined) {
      const dated = unsealDated(key, value)
      identities.set(did, dated ?? {})
      isWhole = dated !== undefined
    } else {
      sequence = unsealNumber(key, value)
      isWhole = sequence !== undefined
    }
    if (!isWhole) broken.push(hexText(key))
  }
  const placed = new Map<RecordId, StoredPosition>()
  for (let from = 0; from < positions.length; from += RECORDS_AT_A_TIME) {
    const some = positions.slice(from, from + RECORDS_AT_A_TIME)
    const rows = await read(some.map(recordKey))
    for (const [at, position] of some.entries()) {
      const entry = entryIn(position, rows[at])
      placed.set(position.id, entry === undefined ? position : { ...position, entry })
    }
  }
  return {
    positions: placed,
    identities,
    broken,
    ...(sequence !== undefined && { sequence }),
  }
}

/** What a record's row says of its index rows; `undefined` when it is gone or damaged. */
function entryIn(position: Position, value: Uint8Array | undefined): Entry | undefined {
  const dated = value === undefined ? undefined : unsealDated(recordKey(position), value)
  if (dated === undefined) return undefined
  try {
    return entryOf(decodeRecord(dated.bytes).record, position)
  } catch {
    return undefined
  }
}
