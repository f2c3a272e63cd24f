/**
 * What stands under the keys: fixed fields, big-endian, sealed. Each row reads back as `undefined`
 * when the disk has changed it. Specification: docs/spec/store.md, "Rows".
 */
import { DID_BYTES } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'
import { RECORD_TYPES, shardSubject } from '../records/record.ts'
import type { AipRecord, RecordId, RecordType } from '../records/record.ts'
import type { Lane } from '../records/replica/lanes.ts'
import { ID_BYTES, U64_BYTES, readDid, readId, readU16, readU64 } from './fields.ts'
import { parseLane } from './keys.ts'
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

/** All that is needed to find a record's other rows, so that it can go without being read. */
export interface Position extends Place {
  readonly type: RecordType
  readonly sequence: number
  readonly arrival: number
  readonly issuer: Did
  readonly subject: Did
}

const TYPE_CODE: Readonly<Record<RecordType, number>> = {
  vouch: 0,
  revocation: 1,
  promise: 2,
  observation: 3,
}

const ISSUER_AT = 28
const SUBJECT_AT = ISSUER_AT + DID_BYTES
const POSITION_BYTES = SUBJECT_AT + DID_BYTES

export function positionOf(
  record: AipRecord,
  at: {
    readonly id: RecordId
    readonly shard: number
    readonly lane: Lane
    readonly arrival: number
  },
): Position {
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
  row.u16(position.shard).u64(position.issuedAtMs).u64(position.sequence).u64(position.arrival)
  return sealRow(key, row.did(position.issuer).did(position.subject))
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
  const issuedAtMs = readU64(content, 4)
  const sequence = readU64(content, 12)
  const arrival = readU64(content, 20)
  if (
    type === undefined ||
    lane === undefined ||
    issuedAtMs === undefined ||
    sequence === undefined ||
    arrival === undefined
  ) {
    return undefined
  }
  const issuer = readDid(content, ISSUER_AT)
  const subject = readDid(content, SUBJECT_AT)
  const shard = readU16(content, 2)
  return { id, type, lane, shard, issuedAtMs, sequence, arrival, issuer, subject }
}

const INDEX_ENTRY_BYTES = 11

/** A row of the indexes by issuer and by subject: where the record lies. */
export function sealIndexEntry(key: Uint8Array, { shard, lane, issuedAtMs }: Place): Uint8Array {
  return sealRow(key, unsealedRow(INDEX_ENTRY_BYTES).u16(shard).u8(lane).u64(issuedAtMs))
}

/** The place that an index row names; the id is the last part of its key. */
export function unsealIndexEntry(key: Uint8Array, value: Uint8Array): Place | undefined {
  const content = unseal(key, value)
  if (content?.length !== INDEX_ENTRY_BYTES) return undefined
  return placeIn(content, 0, readId(key, key.length - ID_BYTES))
}

/** The shard of the place that an index row names. */
export function shardOfIndexEntry(key: Uint8Array, value: Uint8Array): number | undefined {
  const content = unseal(key, value)
  return content?.length === INDEX_ENTRY_BYTES ? readU16(content, 0) : undefined
}

function placeIn(content: Uint8Array, at: number, id: RecordId): Place | undefined {
  const lane = parseLane(content[at + 2])
  const issuedAtMs = readU64(content, at + 3)
  if (lane === undefined || issuedAtMs === undefined) return undefined
  return { shard: readU16(content, at), lane, issuedAtMs, id }
}

/** What arrived: a record at a place, or an agent's identity. */
export type Arrived =
  | { readonly kind: 'record'; readonly place: Place }
  | { readonly kind: 'identity'; readonly did: Did }

const KIND_CODE: Readonly<Record<Arrived['kind'], number>> = { record: 0, identity: 1 }
const ARRIVED_RECORD_BYTES = 1 + INDEX_ENTRY_BYTES + ID_BYTES
const ARRIVED_IDENTITY_BYTES = 1 + DID_BYTES

export function sealArrived(key: Uint8Array, arrived: Arrived): Uint8Array {
  const kind = KIND_CODE[arrived.kind]
  if (arrived.kind === 'identity') {
    return sealRow(key, unsealedRow(ARRIVED_IDENTITY_BYTES).u8(kind).did(arrived.did))
  }
  const { shard, lane, issuedAtMs, id } = arrived.place
  const row = unsealedRow(ARRIVED_RECORD_BYTES).u8(kind)
  return sealRow(key, row.u16(shard).u8(lane).u64(issuedAtMs).id(id))
}

export function unsealArrived(key: Uint8Array, value: Uint8Array): Arrived | undefined {
  const content = unseal(key, value)
  if (content === undefined) return undefined
  if (content[0] === KIND_CODE.identity && content.length === ARRIVED_IDENTITY_BYTES) {
    return { kind: 'identity', did: readDid(content, 1) }
  }
  if (content[0] !== KIND_CODE.record || content.length !== ARRIVED_RECORD_BYTES) return undefined
  const place = placeIn(content, 1, readId(content, 1 + INDEX_ENTRY_BYTES))
  return place === undefined ? undefined : { kind: 'record', place }
}

/** A number alone: an author sequence, the schema's version. */
export function sealNumber(key: Uint8Array, value: number): Uint8Array {
  return sealRow(key, unsealedRow(U64_BYTES).u64(value))
}

export function unsealNumber(key: Uint8Array, value: Uint8Array): number | undefined {
  const content = unseal(key, value)
  return content === undefined ? undefined : readU64(content, 0)
}
