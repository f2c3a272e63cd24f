/**
 * Records as bytes: canonical DAG-CBOR with one-letter fields, the signature outside the id.
 *
 * Canonical map order puts the signature before `t` and `v`, so both ends of a record are known by
 * its type: what is signed is the record's own bytes with the signature cut out, and the type is
 * read from the last bytes, before anything is decoded. Knows nothing of clocks or networks.
 * Specification: docs/spec/records.md, "Layout".
 */
import { concatBytes, fromHex, toHex } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { KIB_BYTES } from '../base/units.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import { SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import { cidText, hashOfCid } from '../crypto/multibase.ts'
import { didBytes } from '../identity/did.ts'
import { RecordError } from './error.ts'
import { RECORD_TYPES } from './record.ts'
import type { AipRecord, Outcome, RecordId, RecordType, Work } from './record.ts'
import { RECORD_VERSION, parseFields } from './schema.ts'

/** Whole records, signature included. */
export const RECORD_LIMIT_BYTES: Readonly<Record<RecordType, number>> = {
  vouch: 1 * KIB_BYTES,
  revocation: 1 * KIB_BYTES,
  promise: 4 * KIB_BYTES,
  observation: 16 * KIB_BYTES,
}

/** No record of any type is longer. */
export const LARGEST_RECORD_BYTES = Math.max(...Object.values(RECORD_LIMIT_BYTES))

export interface DecodedRecord {
  readonly record: AipRecord
  readonly signature: Uint8Array
  /** The canonical bytes without the signature: what is hashed. A window of `message`. */
  readonly unsigned: Uint8Array
  /** `prefix ‖ unsigned`: what is signed, where `prefix` is that of the network. */
  readonly message: Uint8Array
}

const NO_PREFIX = new Uint8Array()

/**
 * R1, R1a, R2 and R3, in that order.
 *
 * @throws {RecordError}
 */
export function decodeRecord(bytes: Uint8Array, prefix: Uint8Array = NO_PREFIX): DecodedRecord {
  const announced = announcedType(bytes)
  // R1: the size comes before the decoder, which works for whoever sends it bytes.
  const limitBytes = announced === undefined ? LARGEST_RECORD_BYTES : RECORD_LIMIT_BYTES[announced]
  if (bytes.length > limitBytes) {
    throw new RecordError({ code: 'record/too-large', bytes: bytes.length, limitBytes })
  }
  let value: unknown
  try {
    value = decodeCbor(bytes, limitBytes)
  } catch (cause) {
    throw new RecordError({ code: 'record/malformed', path: '' }, { cause: asError(cause) })
  }
  const { record, signature } = parseFields(value)
  const message = withoutSignature(bytes, record.type, prefix)
  return { record, signature, unsigned: message.subarray(prefix.length), message }
}

/** `61 74 <type> 61 76 01`: the last two fields, `t` and `v`, of a canonical record. */
const TAIL = {
  vouch: tail('vouch'),
  revocation: tail('revocation'),
  promise: tail('promise'),
  observation: tail('observation'),
} as const satisfies Record<RecordType, Uint8Array>

/** `61 73 58 40`, then the 64 bytes: the field `s`, just before the tail. */
const SIGNATURE_HEAD = Uint8Array.of(0x61, 0x73, 0x58, SIGNATURE_BYTES)
const SIGNATURE_FIELD_BYTES = SIGNATURE_HEAD.length + SIGNATURE_BYTES

/** Headers of a map of nine and of eight fields. */
const SIGNED_MAP = 0xa9
const UNSIGNED_MAP = 0xa8

function tail(type: RecordType): Uint8Array {
  return concatBytes(
    Uint8Array.of(0x61, 0x74),
    encodeCbor(type),
    Uint8Array.of(0x61, 0x76),
    encodeCbor(RECORD_VERSION),
  )
}

function announcedType(bytes: Uint8Array): RecordType | undefined {
  for (const type of RECORD_TYPES) if (endsWith(bytes, TAIL[type])) return type
  return undefined
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  // Of shorter bytes the first are undefined, which no byte of `end` is.
  const from = bytes.length - end.length
  for (let at = end.length - 1; at >= 0; at--) if (bytes[from + at] !== end[at]) return false
  return true
}

/** `prefix`, then the record without its signature. Of canonical bytes only. */
function withoutSignature(bytes: Uint8Array, type: RecordType, prefix: Uint8Array): Uint8Array {
  const tailBytes = TAIL[type]
  const before = bytes.length - tailBytes.length - SIGNATURE_FIELD_BYTES
  const message = new Uint8Array(prefix.length + before + tailBytes.length)
  message.set(prefix)
  message.set(bytes.subarray(0, before), prefix.length)
  message.set(tailBytes, prefix.length + before)
  message[prefix.length] = UNSIGNED_MAP
  return message
}

/** The signed record of unsigned canonical bytes. */
export function withSignature(
  unsigned: Uint8Array,
  type: RecordType,
  signature: Uint8Array,
): Uint8Array {
  const before = unsigned.length - TAIL[type].length
  const bytes = concatBytes(
    unsigned.subarray(0, before),
    SIGNATURE_HEAD,
    signature,
    unsigned.subarray(before),
  )
  bytes[0] = SIGNED_MAP
  return bytes
}

/**
 * The canonical bytes of a record without its signature. Whether they fit the schema is for
 * {@link decodeRecord} to say.
 *
 * @throws {RecordError} `record/malformed` for what cannot be spelled at all.
 */
export function encodeUnsigned(record: AipRecord): Uint8Array {
  const fields = {
    v: RECORD_VERSION,
    t: record.type,
    i: didBytes(record.issuer),
    k: record.key,
    n: record.sequence,
    a: record.issuedAtMs,
    e: record.expiresAtMs,
    b: bodyFields(record),
  }
  try {
    return encodeCbor(fields)
  } catch (cause) {
    throw new RecordError({ code: 'record/malformed', path: 'b' }, { cause: asError(cause) })
  }
}

function bodyFields(record: AipRecord): object {
  switch (record.type) {
    case 'vouch':
      return {
        d: didBytes(record.subject),
        h: record.inception,
        c: record.scope,
        l: record.level,
        ...(record.statement !== undefined && { m: spelled(record.statement, 'b.m') }),
      }
    case 'revocation':
      return {
        r: idBytes(record.vouch, 'b.r'),
        d: didBytes(record.subject),
        ...(record.reason !== undefined && { m: spelled(record.reason, 'b.m') }),
      }
    case 'promise':
      return {
        d: didBytes(record.delegator),
        c: record.scope,
        w: workFields(record.work, 'b.w'),
        u: record.deadlineMs,
        ...(record.specification !== undefined && { x: record.specification }),
      }
    case 'observation':
      return {
        d: didBytes(record.subject),
        o: record.outcomes.map((outcome, at) => outcomeFields(outcome, `b.o[${at}]`)),
      }
  }
}

function outcomeFields(outcome: Outcome, path: string): object {
  return {
    ...(outcome.promise !== undefined && { p: idBytes(outcome.promise, `${path}.p`) }),
    c: outcome.scope,
    w: workFields(outcome.promised, `${path}.w`),
    y: workFields(outcome.delivered, `${path}.y`),
    ...(outcome.conditions !== undefined && { q: conditionFields(outcome.conditions, path) }),
    g: outcome.clarity,
    a: outcome.observedAtMs,
    ...(outcome.evidence !== undefined && { x: outcome.evidence }),
  }
}

function conditionFields(conditions: NonNullable<Outcome['conditions']>, path: string): object {
  return Object.fromEntries(
    Object.entries(conditions).map(([name, value]) => [
      spelled(name, `${path}.q`),
      typeof value === 'string' ? spelled(value, `${path}.q.${name}`) : value,
    ]),
  )
}

function workFields(work: Work, path: string): object {
  switch (work.kind) {
    case 'items':
      return { k: work.kind, v: work.items.map((item, at) => spelled(item, `${path}.v[${at}]`)) }
    case 'count':
      return { k: work.kind, v: work.count }
    case 'time':
      return { k: work.kind, v: work.ms }
    case 'quality':
      return { k: work.kind, m: spelled(work.measure, `${path}.m`), v: work.value }
    case 'uptime':
      return { k: work.kind, v: work.ppm, ms: work.overMs }
  }
}

/** Canonical bytes of a work: equal bytes, equal work. */
export function encodeWork(work: Work): Uint8Array {
  return encodeCbor(workFields(work, 'w'))
}

/** UTF-8 has no spelling for half a surrogate pair, and must not replace it silently. */
function spelled(text: string, path: string): string {
  if (!text.isWellFormed()) throw new RecordError({ code: 'record/malformed', path })
  return text
}

const RECORD_ID = /^[0-9a-f]{64}$/

function idBytes(id: RecordId, path: string): Uint8Array {
  if (!RECORD_ID.test(id)) throw new RecordError({ code: 'record/malformed', path })
  return fromHex(id)
}

/** The id as people see it: a CIDv1, `bafyrei…`. */
export function recordIdText(id: RecordId): string {
  return cidText(fromHex(id))
}

/** The id in a CIDv1 text or in 64 lower-case hex digits; `undefined` for any other text. */
export function parseRecordId(text: string): RecordId | undefined {
  if (RECORD_ID.test(text)) return text
  const hash = hashOfCid(text)
  return hash === undefined ? undefined : toHex(hash)
}
