/**
 * What stands under the keys: fixed fields, big-endian, sealed. Each row reads back as `undefined`
 * when the disk has changed it. Specification: docs/spec/store.md, "Rows".
 */
import type { Did } from '../identity/did.ts'
import { RECORD_TYPES, shardSubject } from '../records/record.ts'
import type { AipRecord, RecordId, RecordType } from '../records/record.ts'
import type { Lane } from '../records/replica/lanes.ts'
import { U16_BYTES, U64_BYTES, readU16, readU64 } from './fields.ts'
import { parseIssuerKey, parseLane, parseSubjectKey } from './keys.ts'
import type { Place } from './keys.ts'
import { sealRow, unseal, unsealedRow } from './seal.ts'

/** When a value came here. Arrival numbers grow; times are this node's clock. */
export interface Header {
  readonly arrival: number
  readonly storedAtMs: number
}

const HEADER_BYTES = 2 * U64_BYTES

/** A record, or an identity value, as it was received. */
export function sealDated(key: Uint8Array, header: Header, bytes: Uint8Array): Uint8Array {
  const row = unsealedRow(HEADER_BYTES + bytes.length)
  return sealRow(key, row.u64(header.arrival).u64(header.storedAtMs).raw(bytes))
}

export interface Dated extends Header {
  readonly bytes: Uint8Array
}

export function unsealDated(key: Uint8Array, value: Uint8Array): Dated | undefined {
  const content = unseal(key, value)
  if (content === undefined) return undefined
  const arrival = readU64(content, 0)
  const storedAtMs = readU64(content, U64_BYTES)
  if (arrival === undefined || storedAtMs === undefined) return undefined
  return { arrival, storedAtMs, bytes: plain(content.subarray(HEADER_BYTES)) }
}

/** LevelDB hands out Buffers, whose `slice` does not copy as other arrays' does. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Where a record lies and of what type it is: its other rows are told by what it says. */
export interface Position extends Place {
  readonly type: RecordType
}

/** All that a record's index rows are made of. */
export interface Entry extends Position {
  readonly sequence: number
  readonly issuer: Did
  readonly subject: Did
}

const TYPE_CODE: Readonly<Record<RecordType, number>> = {
  vouch: 0,
  revocation: 1,
  promise: 2,
  observation: 3,
}

const ISSUED_AT = 2 + U16_BYTES
const POSITION_BYTES = ISSUED_AT + U64_BYTES

export function entryOf(
  record: AipRecord,
  at: { readonly id: RecordId; readonly shard: number; readonly lane: Lane },
): Entry {
  return {
    ...at,
    type: record.type,
    issuedAtMs: record.issuedAtMs,
    sequence: record.sequence,
    issuer: record.issuer,
    subject: shardSubject(record),
  }
}

export function sealPosition(key: Uint8Array, position: Position): Uint8Array {
  const row = unsealedRow(POSITION_BYTES).u8(TYPE_CODE[position.type]).u8(position.lane)
  return sealRow(key, row.u16(position.shard).u64(position.issuedAtMs))
}

export function unsealPosition(
  key: Uint8Array,
  id: RecordId,
  value: Uint8Array,
): Position | undefined {
  const content = unseal(key, value)
  if (content?.length !== POSITION_BYTES) return undefined
  const type = RECORD_TYPES.find((name) => TYPE_CODE[name] === content[0])
  const lane = parseLane(content[1])
  const issuedAtMs = readU64(content, ISSUED_AT)
  if (type === undefined || lane === undefined || issuedAtMs === undefined) return undefined
  return { id, type, lane, shard: readU16(content, 2), issuedAtMs }
}

/** A row of the index by issuer: where the record lies; its lane and id stand in the key. */
export function sealIssuerEntry(key: Uint8Array, { shard, issuedAtMs }: Place): Uint8Array {
  return sealRow(key, unsealedRow(ISSUER_ENTRY_BYTES).u16(shard).u64(issuedAtMs))
}

/** A row of the index by subject: where the record lies; its time and id stand in the key. */
export function sealSubjectEntry(key: Uint8Array, { shard, lane }: Place): Uint8Array {
  return sealRow(key, unsealedRow(SUBJECT_ENTRY_BYTES).u16(shard).u8(lane))
}

const ISSUER_ENTRY_BYTES = U16_BYTES + U64_BYTES
const SUBJECT_ENTRY_BYTES = U16_BYTES + 1

/** The place that a row of either index names. */
export function unsealIndexEntry(key: Uint8Array, value: Uint8Array): Place | undefined {
  const content = unseal(key, value)
  if (content === undefined) return undefined
  const ofIssuer = parseIssuerKey(key)
  const ofSubject = ofIssuer === undefined ? parseSubjectKey(key) : undefined
  if (ofIssuer !== undefined && content.length === ISSUER_ENTRY_BYTES) {
    const issuedAtMs = readU64(content, U16_BYTES)
    return issuedAtMs === undefined
      ? undefined
      : { ...ofIssuer, shard: readU16(content, 0), issuedAtMs }
  }
  if (ofSubject !== undefined && content.length === SUBJECT_ENTRY_BYTES) {
    const lane = parseLane(content[U16_BYTES])
    return lane === undefined ? undefined : { ...ofSubject, shard: readU16(content, 0), lane }
  }
  return undefined
}

/** The shard of the place that a row of the index by issuer names. */
export function shardOfIssuerEntry(key: Uint8Array, value: Uint8Array): number | undefined {
  const content = unseal(key, value)
  return content?.length === ISSUER_ENTRY_BYTES ? readU16(content, 0) : undefined
}

/** A number alone: an author sequence, the schema's version. */
export function sealNumber(key: Uint8Array, value: number): Uint8Array {
  return sealRow(key, unsealedRow(U64_BYTES).u64(value))
}

export function unsealNumber(key: Uint8Array, value: Uint8Array): number | undefined {
  const content = unseal(key, value)
  return content === undefined ? undefined : readU64(content, 0)
}
