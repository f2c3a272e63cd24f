/**
 * What is stored, told by keys alone: fast enough to be read whole at every start, since no record is
 * decoded for it. Specification: docs/spec/store.md, "Reading".
 */
import { equalBytes } from '../base/bytes.ts'
import { DID_BYTES } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'
import type { Lane } from '../records/replica/lanes.ts'
import type { Database } from './database.ts'
import { storeErrorOf } from './error.ts'
import { readDid } from './fields.ts'
import { PREFIX, parseLane, rangeOf } from './keys.ts'
import { shardOfIssuerEntry } from './rows.ts'

/** Keys of one lane of one shard that follow each other, in ascending order. */
export interface KeyRun {
  readonly shard: number
  readonly lane: Lane
  /** Each issue time in ms (8 bytes, big-endian), then the record's id (32 bytes). */
  readonly keys: readonly Uint8Array[]
}

/** How many records an agent has issued, by shard. */
export interface IssuerTally {
  readonly issuer: Did
  readonly records: ReadonlyMap<number, number>
}

/** What is stored at one instant. */
export interface Inventory {
  /** Ascending by shard, lane and key. */
  runs(): AsyncGenerator<KeyRun, void, undefined>
  /** Each issuer once. */
  issuers(): AsyncGenerator<IssuerTally, void, undefined>
}

const ROWS_AT_A_TIME = 2_048
/** In a record's key: after the prefix come shard, lane, then what orders the lane. */
const SHARD_AT = PREFIX.record.length
const LANE_AT = SHARD_AT + 2
const ORDER_AT = LANE_AT + 1
const ORDER_BYTES = 40
const ISSUER_AT = PREFIX.issuer.length

/**
 * Has `read` look at what is stored now, whatever is written meanwhile.
 *
 * @throws {StoreError} when a part of the database cannot be read.
 */
export async function withInventory<T>(
  database: Database,
  read: (inventory: Inventory) => Promise<T>,
): Promise<T> {
  const snapshot = orStoreError(database, () => database.level.snapshot())
  try {
    return await read({
      runs: () => runsIn(database, snapshot),
      issuers: () => issuersIn(database, snapshot),
    })
  } finally {
    await snapshot.close()
  }
}

type Snapshot = ReturnType<Database['level']['snapshot']>

function orStoreError<T>({ path }: Database, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

async function nextOf<T>(
  { path }: Database,
  rows: { nextv(size: number): Promise<T[]> },
): Promise<T[]> {
  try {
    return await rows.nextv(ROWS_AT_A_TIME)
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

async function* runsIn(
  database: Database,
  snapshot: Snapshot,
): AsyncGenerator<KeyRun, void, undefined> {
  const range = { ...rangeOf(PREFIX.record), snapshot }
  const rows = orStoreError(database, () => database.level.keys(range))
  try {
    for (;;) {
      const keys = await nextOf(database, rows)
      if (keys.length === 0) return
      yield* runsOf(keys)
    }
  } finally {
    await rows.close()
  }
}

function* runsOf(rows: readonly Uint8Array[]): Generator<KeyRun, void, undefined> {
  let from = 0
  for (let at = 1; at <= rows.length; at++) {
    const first = rows[from]
    const row = rows[at]
    if (first === undefined || (row !== undefined && isSamePart(row, first))) continue
    const lane = parseLane(first[LANE_AT])
    const keys = rows
      .slice(from, at)
      .filter((key) => key.length === ORDER_AT + ORDER_BYTES)
      .map((key) => key.subarray(ORDER_AT))
    from = at
    if (lane !== undefined) yield { shard: shardIn(first), lane, keys }
  }
}

function isSamePart(a: Uint8Array, b: Uint8Array): boolean {
  return a[LANE_AT] === b[LANE_AT] && shardIn(a) === shardIn(b)
}

function shardIn(key: Uint8Array): number {
  return ((key[SHARD_AT] ?? 0) << 8) | (key[SHARD_AT + 1] ?? 0)
}

async function* issuersIn(
  database: Database,
  snapshot: Snapshot,
): AsyncGenerator<IssuerTally, void, undefined> {
  const range = { ...rangeOf(PREFIX.issuer), snapshot }
  const rows = orStoreError(database, () => database.level.iterator(range))
  let issuer: Uint8Array | undefined
  let records = new Map<number, number>()
  try {
    for (;;) {
      const entries = await nextOf(database, rows)
      if (entries.length === 0) break
      for (const [key, value] of entries) {
        const shard = shardOfIssuerEntry(key, value)
        if (shard === undefined) continue
        const present = key.subarray(ISSUER_AT, ISSUER_AT + DID_BYTES)
        if (issuer === undefined || !equalBytes(present, issuer)) {
          if (issuer !== undefined) yield { issuer: readDid(issuer, 0), records }
          issuer = present
          records = new Map()
        }
        records.set(shard, (records.get(shard) ?? 0) + 1)
      }
    }
    if (issuer !== undefined) yield { issuer: readDid(issuer, 0), records }
  } finally {
    await rows.close()
  }
}
