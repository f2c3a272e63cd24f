/**
 * Reads the whole database, a slice at a time, and says what the disk has changed.
 *
 * Index rows are looked at before the records, so that one that is swept is made anew when its record
 * comes by. Nothing is written here. Specification: docs/spec/store.md, "Scrub".
 */
import { concatBytes, equalBytes, textBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { decodeCbor } from '../crypto/cbor.ts'
import type { Did } from '../identity/did.ts'
import { IdentityState } from '../identity/state.ts'
import type { RecordId } from '../records/record.ts'
import { Verified } from '../records/verified.ts'
import { indexRowsOf } from './batch.ts'
import type { Damage, DamageList } from './damage.ts'
import type { Database, Operation } from './database.ts'
import { storeErrorOf } from './error.ts'
import { ID_BYTES, hexText, readId } from './fields.ts'
import { PREFIX, parseIdentityKey, parseRecordKey, rangeOf, recordKey, type Place } from './keys.ts'
import { FORGOTTEN, NOTES, PEERS, PINS, PRIVATE_OBSERVATIONS } from './local-state.ts'
import type { TableShape } from './local-table.ts'
import type { ReaderContext } from './reader.ts'
import {
  entryOf,
  type Dated,
  unsealDated,
  unsealIndexEntry,
  unsealNumber,
  unsealPosition,
} from './rows.ts'
import { rowsIn, type Row } from './scan.ts'
import { unseal } from './seal.ts'

export type Finding =
  /** It cannot be read any more: to be let go, and fetched again. */
  | { readonly what: 'record'; readonly id: RecordId }
  | { readonly what: 'identity'; readonly did: Did }
  | { readonly what: 'number'; readonly keyHex: string }

/** What can be put right without anybody's knowing. */
interface Remedy {
  /** Rows that say nothing or belong to nothing, as they were found. */
  readonly sweep: readonly Row[]
  /** Keys of records whose index rows are to be made anew. */
  readonly renew: readonly Uint8Array[]
}

export interface Slice extends Remedy {
  readonly rows: number
  readonly findings: readonly Finding[]
  /** Where to go on; absent at the end. */
  readonly next?: Uint8Array
}

type RowShape = Pick<TableShape<unknown>, 'prefix' | 'rowLimitBytes' | 'parse'>
/** Rows that come again by themselves. */
const LIGHT_TABLES: readonly RowShape[] = [PEERS]
const DEAR_TABLES: readonly RowShape[] = [PINS, FORGOTTEN, PRIVATE_OBSERVATIONS, NOTES]

const STEPS: readonly { readonly prefix: Uint8Array; readonly judge: Judge }[] = [
  { prefix: textBytes('a/'), judge: judgeEntries },
  { prefix: textBytes('s/'), judge: judgeEntries },
  { prefix: PREFIX.position, judge: judgePositions },
  { prefix: PREFIX.record, judge: judgeRecords },
  { prefix: PREFIX.identity, judge: judgeIdentities },
  { prefix: PREFIX.ownSequence, judge: judgeNumbers },
  ...LIGHT_TABLES.map((shape) => ({ prefix: textBytes(shape.prefix), judge: tableJudge(shape) })),
  ...DEAR_TABLES.map((shape) => ({ prefix: textBytes(shape.prefix), judge: tableJudge(shape) })),
]

type Judge = (rows: readonly Row[], scene: Scene) => Promise<void> | void

interface Scene {
  readonly database: Database
  readonly context: ReaderContext
  readonly damage: DamageList
  readonly sweep: Row[]
  readonly renew: Uint8Array[]
  readonly findings: Finding[]
}

/**
 * The next rows after a place, at most `limit` of one kind.
 *
 * @param after  `next` of the slice before; a byte for the step, then a key. Left out: the beginning.
 */
export async function scrubSlice(
  database: Database,
  asked: { readonly after: Uint8Array | undefined; readonly limit: number },
  context: ReaderContext,
  damage: DamageList,
): Promise<Slice> {
  const at = asked.after?.[0] ?? 0
  const step = STEPS[at]
  const scene: Scene = { database, context, damage, sweep: [], renew: [], findings: [] }
  if (step === undefined) return { ...scene, rows: 0 }
  const range = rangeOf(step.prefix)
  const key = asked.after?.subarray(1)
  const isInside = key !== undefined && key.length > 0
  const from = isInside ? { gt: key, lt: range.lt } : range
  const rows: Row[] = []
  for await (const row of rowsIn(database, from, { limit: asked.limit })) rows.push(row)
  await step.judge(rows, scene)
  const last = rows.at(-1)
  const { sweep, renew, findings } = scene
  const slice = { rows: rows.length, sweep, renew, findings }
  if (last !== undefined && rows.length >= asked.limit) {
    return { ...slice, next: concatBytes(Uint8Array.of(at), last[0]) }
  }
  return at + 1 < STEPS.length ? { ...slice, next: Uint8Array.of(at + 1) } : slice
}

/**
 * What puts a slice right, as things are now: what has been written since it was read stays. Only in
 * turn with the batches.
 */
export async function remedyOf(
  { sweep, renew }: Remedy,
  database: Database,
  context: ReaderContext,
): Promise<readonly Operation[]> {
  const operations: Operation[] = []
  const swept = await valuesOf(
    database,
    sweep.map(([key]) => key),
  )
  for (const [at, [key, seen]] of sweep.entries()) {
    const value = swept[at]
    if (value !== undefined && equalBytes(value, seen)) operations.push({ type: 'del', key })
  }
  const records = await valuesOf(database, renew)
  for (const [at, key] of renew.entries()) {
    const value = records[at]
    const sound = value === undefined ? undefined : restored([key, value], context)
    if (sound === undefined || 'reason' in sound) continue
    for (const row of sound.index) operations.push({ type: 'put', ...row })
  }
  return operations
}

/** Index rows that are unreadable, or lead nowhere. */
async function judgeEntries(rows: readonly Row[], scene: Scene): Promise<void> {
  const places = rows.map(([key, value]) => unsealIndexEntry(key, value))
  const held = await areHeld(places, scene.database)
  for (const [at, row] of rows.entries()) {
    if (places[at] === undefined) note(scene, 'index', row, UNSEALED)
    // Either the record was evicted this moment, or its position says that it is lost.
    if (places[at] === undefined || held[at] !== true) scene.sweep.push(row)
  }
}

async function judgePositions(rows: readonly Row[], scene: Scene): Promise<void> {
  const places = rows.map(([key, value]) =>
    key.length === PREFIX.position.length + ID_BYTES
      ? unsealPosition(key, readId(key, PREFIX.position.length), value)
      : undefined,
  )
  const held = await areHeld(places, scene.database)
  for (const [at, row] of rows.entries()) {
    const place = places[at]
    if (place === undefined) {
      note(scene, 'index', row, UNSEALED)
      scene.sweep.push(row)
    } else if (held[at] !== true && (await isThere(row[0], scene.database))) {
      scene.damage.add({
        what: 'record',
        key: hexText(recordKey(place)),
        reason: 'the row is gone',
      })
      scene.findings.push({ what: 'record', id: place.id })
    }
  }
}

async function judgeRecords(rows: readonly Row[], scene: Scene): Promise<void> {
  const sound: { readonly row: Row; readonly index: readonly IndexRow[] }[] = []
  for (const row of rows) {
    const judged = restored(row, scene.context)
    if (!('reason' in judged)) {
      sound.push({ row, index: judged.index })
      continue
    }
    note(scene, 'record', row, judged.reason)
    scene.sweep.push(row)
    const id = parseRecordKey(row[0])?.id
    if (id !== undefined) scene.findings.push({ what: 'record', id })
  }
  const keys = sound.flatMap(({ index }) => index.map(({ key }) => key))
  const values = await valuesOf(scene.database, keys)
  let at = 0
  for (const { row, index } of sound) {
    const isWhole = index.every(({ value }) => {
      const found = values[at++]
      return found !== undefined && equalBytes(found, value)
    })
    if (!isWhole) scene.renew.push(row[0])
  }
}

function judgeIdentities(rows: readonly Row[], scene: Scene): void {
  for (const row of rows) {
    const [key, value] = row
    const did = parseIdentityKey(key)
    const reason = faultOfIdentity(unsealDated(key, value), did, scene.context)
    if (reason === undefined) continue
    note(scene, 'identity', row, reason)
    scene.sweep.push(row)
    if (did !== undefined) scene.findings.push({ what: 'identity', did })
  }
}

function faultOfIdentity(
  dated: Dated | undefined,
  did: Did | undefined,
  context: ReaderContext,
): string | undefined {
  if (dated === undefined) return UNSEALED
  try {
    return IdentityState.parse(dated.bytes, context).did === did
      ? undefined
      : 'it belongs to another DID'
  } catch (error) {
    return asError(error).message
  }
}

function judgeNumbers(rows: readonly Row[], scene: Scene): void {
  for (const row of rows) {
    const [key, value] = row
    if (unsealNumber(key, value) !== undefined) continue
    note(scene, 'index', row, UNSEALED)
    const keyHex = hexText(key.subarray(PREFIX.ownSequence.length))
    scene.findings.push({ what: 'number', keyHex })
  }
}

function tableJudge(shape: RowShape): Judge {
  return (rows, scene) => {
    for (const row of rows) {
      const [key, value] = row
      const content = unseal(key, value)
      let reason: string | undefined = UNSEALED
      try {
        if (content !== undefined) {
          shape.parse(decodeCbor(content, shape.rowLimitBytes))
          reason = undefined
        }
      } catch (error) {
        reason = asError(error).message
      }
      if (reason === undefined) continue
      note(scene, 'table', row, reason)
      // What its owner wrote stays as it is: there may be somebody who can read it.
      if (LIGHT_TABLES.includes(shape)) scene.sweep.push(row)
    }
  }
}

const UNSEALED = 'the seal is broken'

function note(scene: Scene, what: Damage['what'], [key]: Row, reason: string): void {
  scene.damage.add({ what, key: hexText(key), reason })
}

interface IndexRow {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The index rows that belong to a record's row, or why it is none. */
function restored(
  [key, value]: Row,
  context: ReaderContext,
): { readonly index: readonly IndexRow[] } | { readonly reason: string } {
  const place = parseRecordKey(key)
  const dated = unsealDated(key, value)
  if (place === undefined || dated === undefined) return { reason: UNSEALED }
  try {
    const { record } = Verified.restored(dated.bytes, place.id, context)
    return { index: indexRowsOf(entryOf(record, place)) }
  } catch (error) {
    return { reason: asError(error).message }
  }
}

/** Whether there is a record's row at each place. */
async function areHeld(
  places: readonly (Place | undefined)[],
  database: Database,
): Promise<readonly boolean[]> {
  const known = places.flatMap((place) => place ?? [])
  const values = await valuesOf(database, known.map(recordKey))
  let at = 0
  return places.map((place) => place !== undefined && values[at++] !== undefined)
}

async function isThere(key: Uint8Array, database: Database): Promise<boolean> {
  const [value] = await valuesOf(database, [key])
  return value !== undefined
}

async function valuesOf(
  database: Database,
  keys: readonly Uint8Array[],
): Promise<readonly (Uint8Array | undefined)[]> {
  if (keys.length === 0) return []
  const { level, path } = database
  if (database.reopening !== undefined) await database.reopening
  try {
    return await level.getMany([...keys])
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}
