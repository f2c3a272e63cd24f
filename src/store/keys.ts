/**
 * The keys of the database: a letter, a slash, then fields of fixed width, big-endian, so that the
 * order of the keys is the order of the fields. Specification: docs/spec/store.md, "Keys".
 */
import { concatBytes, textBytes } from '../base/bytes.ts'
import { DID_BYTES } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { Lane } from '../records/replica/lanes.ts'
import {
  FieldWriter,
  ID_BYTES,
  U16_BYTES,
  U64_BYTES,
  readDid,
  readId,
  readU16,
  readU64,
} from './fields.ts'

const PREFIX_BYTES = 2
const PLACE_BYTES = U16_BYTES + 1 + U64_BYTES + ID_BYTES

export const PREFIX = {
  record: textBytes('i/'),
  position: textBytes('r/'),
  issuer: textBytes('a/'),
  subject: textBytes('s/'),
  identity: textBytes('d/'),
  ownSequence: textBytes('n/'),
  meta: textBytes('m/'),
} as const

/** Where a record lies: enough to make the key of its row. */
export interface Place {
  readonly shard: number
  readonly lane: Lane
  readonly issuedAtMs: number
  readonly id: RecordId
}

export interface KeyRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

/** All keys that begin with `prefix`. */
export function rangeOf(prefix: Uint8Array): KeyRange {
  const last = prefix.length - 1
  const byte = prefix[last] ?? 0xff
  // No key is as long as this, so none that begins with the prefix comes after it.
  if (byte === 0xff) return { gte: prefix, lt: concatBytes(prefix, ALL_ONES) }
  const end = Uint8Array.from(prefix)
  end[last] = byte + 1
  return { gte: prefix, lt: end }
}

const ALL_ONES = new Uint8Array(128).fill(0xff)

export function recordKey(place: Place): Uint8Array {
  const key = new FieldWriter(PREFIX_BYTES + PLACE_BYTES).ascii('i/')
  return key.u16(place.shard).u8(place.lane).u64(place.issuedAtMs).id(place.id).done()
}

export function parseRecordKey(key: Uint8Array): Place | undefined {
  if (key.length !== PREFIX_BYTES + PLACE_BYTES) return undefined
  const lane = parseLane(key[4])
  const issuedAtMs = readU64(key, 5)
  if (lane === undefined || issuedAtMs === undefined) return undefined
  return { shard: readU16(key, PREFIX_BYTES), lane, issuedAtMs, id: readId(key, 13) }
}

export function positionKey(id: RecordId): Uint8Array {
  return new FieldWriter(PREFIX_BYTES + ID_BYTES).ascii('r/').id(id).done()
}

const LANE_OF_ISSUER_BYTES = PREFIX_BYTES + DID_BYTES + 1

/** One lane of an issuer's records. */
export function issuerPrefix(issuer: Did, lane: Lane): Uint8Array {
  return new FieldWriter(LANE_OF_ISSUER_BYTES).ascii('a/').did(issuer).u8(lane).done()
}

export function issuerKey(issuer: Did, lane: Lane, sequence: number, id: RecordId): Uint8Array {
  const key = new FieldWriter(LANE_OF_ISSUER_BYTES + U64_BYTES + ID_BYTES).ascii('a/')
  return key.did(issuer).u8(lane).u64(sequence).id(id).done()
}

/** What an issuer's key says of the record's place. */
export function parseIssuerKey(key: Uint8Array): Pick<Place, 'lane' | 'id'> | undefined {
  if (key.length !== LANE_OF_ISSUER_BYTES + U64_BYTES + ID_BYTES) return undefined
  if (!beginsWith(key, PREFIX.issuer)) return undefined
  const lane = parseLane(key[LANE_OF_ISSUER_BYTES - 1])
  return lane === undefined ? undefined : { lane, id: readId(key, key.length - ID_BYTES) }
}

/** The part of an issuer's key that orders the records of one lane: sequence, then id. */
export function issuerOrder(key: Uint8Array): Uint8Array {
  return key.subarray(LANE_OF_ISSUER_BYTES)
}

export function subjectPrefix(subject: Did): Uint8Array {
  return new FieldWriter(PREFIX_BYTES + DID_BYTES).ascii('s/').did(subject).done()
}

export function subjectKey(subject: Did, issuedAtMs: number, id: RecordId): Uint8Array {
  const key = new FieldWriter(PREFIX_BYTES + DID_BYTES + U64_BYTES + ID_BYTES).ascii('s/')
  return key.did(subject).u64(issuedAtMs).id(id).done()
}

/** What a subject's key says of the record's place. */
export function parseSubjectKey(key: Uint8Array): Pick<Place, 'issuedAtMs' | 'id'> | undefined {
  if (key.length !== PREFIX_BYTES + DID_BYTES + U64_BYTES + ID_BYTES) return undefined
  if (!beginsWith(key, PREFIX.subject)) return undefined
  const issuedAtMs = readU64(key, PREFIX_BYTES + DID_BYTES)
  if (issuedAtMs === undefined) return undefined
  return { issuedAtMs, id: readId(key, key.length - ID_BYTES) }
}

function beginsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, at) => key[at] === byte)
}

export function identityKey(did: Did): Uint8Array {
  return new FieldWriter(PREFIX_BYTES + DID_BYTES).ascii('d/').did(did).done()
}

export function parseIdentityKey(key: Uint8Array): Did | undefined {
  return key.length === PREFIX_BYTES + DID_BYTES ? readDid(key, PREFIX_BYTES) : undefined
}

/** @param keyHex  an operational public key: 64 hex digits. */
export function ownSequenceKey(keyHex: string): Uint8Array {
  return new FieldWriter(PREFIX_BYTES + ID_BYTES).ascii('n/').id(keyHex).done()
}

export function metaKey(name: 'schema' | 'store' | 'tally'): Uint8Array {
  return concatBytes(PREFIX.meta, textBytes(name))
}

export function parseLane(byte: number | undefined): Lane | undefined {
  return byte === 0 || byte === 1 || byte === 2 || byte === 3 ? byte : undefined
}
