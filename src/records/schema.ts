/**
 * R2: what a record's fields are on the wire, and what they mean in words.
 *
 * Reads a decoded value field by field: exactly these fields, each of its kind, within its limit.
 * Written by hand because every record of the network passes here, on the main thread; a fault
 * carries the path of the field. Knows nothing of bytes, signatures or clocks.
 * Specification: docs/spec/records.md, "Layout".
 */
import { toHex } from '../base/bytes.ts'
import { HASH_BYTES } from '../crypto/hash.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import { DID_BYTES, didFromBytes } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'
import { RecordError } from './error.ts'
import { RECORD_TYPES } from './record.ts'
import type { AipRecord, Clarity, Outcome, RecordId, RecordType, Work } from './record.ts'
import { isReadable } from './text.ts'

export const RECORD_VERSION = 1
export const LEVEL_LIMIT = 1_000
export const STATEMENT_LIMIT_CHARS = 280
export const OUTCOME_LIMIT_COUNT = 64
export const ITEM_LIMIT_COUNT = 64
export const ITEM_LIMIT_CHARS = 128
export const MEASURE_LIMIT_CHARS = 64
export const QUALITY_LIMIT = 1_000
export const UPTIME_LIMIT_PPM = 1_000_000
export const CONDITION_LIMIT_COUNT = 16
export const CONDITION_KEY_LIMIT_CHARS = 64
export const CONDITION_VALUE_LIMIT_CHARS = 128
/** 9999-12-31T23:59:59.999Z: the last instant that RFC 3339 can write. */
export const TIME_LIMIT_MS = 253_402_300_799_999

const SCOPE = /^[a-z0-9][a-z0-9.-]{0,63}$/
const SHOWN_TYPE = /^[a-z0-9.-]{1,32}$/

type Fields = Readonly<Record<string, unknown>>
type Envelope = Pick<AipRecord, 'issuer' | 'key' | 'sequence' | 'issuedAtMs' | 'expiresAtMs'>

export function isScope(name: string): boolean {
  return SCOPE.test(name)
}

/**
 * The record that a decoded value spells, and its signature.
 *
 * @throws {RecordError} `record/unsupported`, `record/malformed` or `record/self-vouch`.
 */
export function parseFields(value: unknown): { record: AipRecord; signature: Uint8Array } {
  const fields = mapAt(value, '')
  const type = supportedType(fields)
  // R2: exactly the fields of its version and type.
  exactly(fields, 9, 0, '')
  const envelope: Envelope = {
    issuer: didAt(fields['i'], 'i'),
    key: bytesAt(fields['k'], PUBLIC_KEY_BYTES, 'k'),
    sequence: uint(fields['n'], Number.MAX_SAFE_INTEGER, 'n'),
    issuedAtMs: uint(fields['a'], TIME_LIMIT_MS, 'a'),
    expiresAtMs: uint(fields['e'], TIME_LIMIT_MS, 'e'),
  }
  const record = parseBody(type, envelope, mapAt(fields['b'], 'b'))
  return { record, signature: bytesAt(fields['s'], SIGNATURE_BYTES, 's') }
}

function supportedType(fields: Fields): RecordType {
  const { v, t } = fields
  if (typeof v !== 'number' || !Number.isSafeInteger(v) || v < 0) throw malformed('v')
  const type = RECORD_TYPES.find((known) => known === t)
  if (v === RECORD_VERSION && typeof t !== 'string') throw malformed('t')
  // R1a: a later version, or a type that came later, is no fault of who passes it on.
  if (v !== RECORD_VERSION || type === undefined) {
    const shown = typeof t === 'string' && SHOWN_TYPE.test(t) ? t : '?'
    throw new RecordError({ code: 'record/unsupported', version: String(v), type: shown })
  }
  return type
}

function parseBody(type: RecordType, envelope: Envelope, body: Fields): AipRecord {
  switch (type) {
    case 'vouch': {
      const statement = body['m']
      exactly(body, 4, countPresent(statement), 'b')
      const subject = didAt(body['d'], 'b.d')
      // R3: nobody's word about itself is a vouch.
      if (subject === envelope.issuer) throw new RecordError({ code: 'record/self-vouch' })
      return {
        type,
        ...envelope,
        subject,
        inception: bytesAt(body['h'], HASH_BYTES, 'b.h'),
        scope: scopeAt(body['c'], 'b.c'),
        level: positive(body['l'], LEVEL_LIMIT, 'b.l'),
        ...(statement !== undefined && { statement: sentenceAt(statement, 'b.m') }),
      }
    }
    case 'revocation': {
      const reason = body['m']
      exactly(body, 2, countPresent(reason), 'b')
      return {
        type,
        ...envelope,
        vouch: recordId(body['r'], 'b.r'),
        subject: didAt(body['d'], 'b.d'),
        ...(reason !== undefined && { reason: sentenceAt(reason, 'b.m') }),
      }
    }
    case 'promise': {
      const specification = body['x']
      exactly(body, 4, countPresent(specification), 'b')
      return {
        type,
        ...envelope,
        delegator: didAt(body['d'], 'b.d'),
        scope: scopeAt(body['c'], 'b.c'),
        work: workAt(body['w'], 'b.w'),
        deadlineMs: uint(body['u'], TIME_LIMIT_MS, 'b.u'),
        ...(specification !== undefined && {
          specification: bytesAt(specification, HASH_BYTES, 'b.x'),
        }),
      }
    }
    case 'observation': {
      exactly(body, 2, 0, 'b')
      const outcomes = list(body['o'], OUTCOME_LIMIT_COUNT, 'b.o')
      if (outcomes.length === 0) throw malformed('b.o')
      return {
        type,
        ...envelope,
        subject: didAt(body['d'], 'b.d'),
        outcomes: outcomes.map((each, at) => outcomeAt(mapAt(each, `b.o[${at}]`), `b.o[${at}]`)),
      }
    }
  }
}

function outcomeAt(fields: Fields, path: string): Outcome {
  const { p: promise, q: conditions, x: evidence } = fields
  exactly(fields, 5, countPresent(promise, conditions, evidence), path)
  const promised = workAt(fields['w'], `${path}.w`)
  const delivered = workAt(fields['y'], `${path}.y`)
  if (promised.kind !== delivered.kind) throw malformed(`${path}.y.k`)
  return {
    ...(promise !== undefined && { promise: recordId(promise, `${path}.p`) }),
    scope: scopeAt(fields['c'], `${path}.c`),
    promised,
    delivered,
    ...(conditions !== undefined && { conditions: conditionsOf(conditions, `${path}.q`) }),
    clarity: clarityAt(fields['g'], `${path}.g`),
    observedAtMs: uint(fields['a'], TIME_LIMIT_MS, `${path}.a`),
    ...(evidence !== undefined && { evidence: bytesAt(evidence, HASH_BYTES, `${path}.x`) }),
  }
}

function workAt(value: unknown, path: string): Work {
  const fields = mapAt(value, path)
  const kind = fields['k']
  const amount = fields['v']
  switch (kind) {
    case 'items': {
      exactly(fields, 2, 0, path)
      const items = list(amount, ITEM_LIMIT_COUNT, `${path}.v`)
      return {
        kind,
        items: items.map((item, at) => readable(item, ITEM_LIMIT_CHARS, `${path}.v[${at}]`)),
      }
    }
    case 'count':
      exactly(fields, 2, 0, path)
      return { kind, count: uint(amount, Number.MAX_SAFE_INTEGER, `${path}.v`) }
    case 'time':
      exactly(fields, 2, 0, path)
      return { kind, ms: uint(amount, Number.MAX_SAFE_INTEGER, `${path}.v`) }
    case 'quality': {
      exactly(fields, 3, 0, path)
      const measure = readable(fields['m'], MEASURE_LIMIT_CHARS, `${path}.m`)
      if (measure === '') throw malformed(`${path}.m`)
      return { kind, measure, value: uint(amount, QUALITY_LIMIT, `${path}.v`) }
    }
    case 'uptime': {
      exactly(fields, 3, 0, path)
      const overMs = uint(fields['ms'], Number.MAX_SAFE_INTEGER, `${path}.ms`)
      return { kind, ppm: uint(amount, UPTIME_LIMIT_PPM, `${path}.v`), overMs }
    }
    default:
      throw malformed(`${path}.k`)
  }
}

type Conditions = NonNullable<Outcome['conditions']>

function conditionsOf(value: unknown, path: string): Conditions {
  const entries = Object.entries(mapAt(value, path))
  if (entries.length > CONDITION_LIMIT_COUNT) throw malformed(path)
  return Object.fromEntries(
    entries.map(([name, each]) => {
      // A name that changes the prototype of whatever it is assigned to is nobody's condition.
      const isName = name !== '' && name !== '__proto__'
      if (!isName || !isReadable(name, CONDITION_KEY_LIMIT_CHARS)) throw malformed(path)
      return [name, conditionAt(each, `${path}.${name}`)]
    }),
  )
}

function conditionAt(value: unknown, path: string): string | number | boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return readable(value, CONDITION_VALUE_LIMIT_CHARS, path)
}

function clarityAt(value: unknown, path: string): Clarity {
  if (value !== 0 && value !== 1 && value !== 2) throw malformed(path)
  return value
}

function sentenceAt(value: unknown, path: string): string {
  const said = readable(value, STATEMENT_LIMIT_CHARS, path)
  if (said === '') throw malformed(path)
  return said
}

function readable(value: unknown, limitChars: number, path: string): string {
  if (typeof value !== 'string' || !isReadable(value, limitChars)) throw malformed(path)
  return value
}

function scopeAt(value: unknown, path: string): string {
  if (typeof value !== 'string' || !SCOPE.test(value)) throw malformed(path)
  return value
}

function uint(value: unknown, limit: number, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > limit) {
    throw malformed(path)
  }
  return value
}

function positive(value: unknown, limit: number, path: string): number {
  const number = uint(value, limit, path)
  if (number === 0) throw malformed(path)
  return number
}

function bytesAt(value: unknown, lengthBytes: number, path: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== lengthBytes) throw malformed(path)
  return value
}

function didAt(value: unknown, path: string): Did {
  return didFromBytes(bytesAt(value, DID_BYTES, path))
}

function recordId(value: unknown, path: string): RecordId {
  return toHex(bytesAt(value, HASH_BYTES, path))
}

function list(value: unknown, limitCount: number, path: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > limitCount) throw malformed(path)
  return value
}

function isMap(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

function mapAt(value: unknown, path: string): Fields {
  if (!isMap(value)) throw malformed(path)
  return value
}

/** Each required field is read by its parser; what is counted here is that there is nothing else. */
function exactly(fields: Fields, requiredCount: number, optionalCount: number, path: string): void {
  if (Object.keys(fields).length !== requiredCount + optionalCount) throw malformed(path)
}

function countPresent(...optional: readonly unknown[]): number {
  return optional.reduce<number>((count, each) => (each === undefined ? count : count + 1), 0)
}

function malformed(path: string): RecordError {
  return new RecordError({ code: 'record/malformed', path })
}
