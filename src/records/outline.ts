/**
 * A record's outline: what admission and look-ups go by, without the rest of what it says.
 *
 * It is read from the record's own bytes, field by field in their canonical order, which costs a tenth
 * of decoding them. That is for bytes that this node has verified and sealed; bytes from others are
 * decoded, and their outline is taken from the record. Specification: docs/spec/records.md, "Layout".
 */
import { concatBytes, fromHex } from '../base/bytes.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import { HASH_BYTES } from '../crypto/hash.ts'
import { DID_BYTES, didBytes } from '../identity/did.ts'
import { ARRAY, CborCursor, LostWay, MAP } from './cbor-cursor.ts'
import { RECORD_TYPES, shardSubject } from './record.ts'
import type { AipRecord, RecordId, RecordType, Work } from './record.ts'
import { RECORD_VERSION } from './schema.ts'
import { encodeWork } from './wire.ts'

export interface Outline {
  readonly type: RecordType
  /** The 16 bytes of its DID, as those of the others. */
  readonly issuer: Uint8Array
  readonly key: Uint8Array
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly sequence: number
  /** In whose shard it travels: of a promise its issuer. */
  readonly subject: Uint8Array
  /** To whom a promise is made. */
  readonly delegator: Uint8Array | undefined
  /** Promise: its own. Observation: of the promises that its outcomes name. */
  readonly terms: readonly Terms[]
}

/** Equal bytes for a promise and an outcome that settles it, and for nothing else. */
export type Terms = Uint8Array

/** @param id  of the record. */
export function outlineOf(id: RecordId, record: AipRecord): Outline {
  const { type, key, issuedAtMs, expiresAtMs, sequence } = record
  const issuer = didBytes(record.issuer)
  const subject = type === 'promise' ? issuer : didBytes(shardSubject(record))
  const times = { issuedAtMs, expiresAtMs, sequence }
  const envelope = { type, issuer, key, ...times, subject, delegator: undefined }
  if (type === 'promise') {
    const delegator = didBytes(record.delegator)
    const own = spelled(record.scope, record.work)
    return { ...envelope, delegator, terms: [concatBytes(fromHex(id), issuer, delegator, ...own)] }
  }
  if (type !== 'observation') return { ...envelope, terms: NO_TERMS }
  const terms: Terms[] = []
  for (const { promise, scope, promised } of record.outcomes) {
    if (promise === undefined) continue
    terms.push(concatBytes(fromHex(promise), subject, issuer, ...spelled(scope, promised)))
  }
  return { ...envelope, terms }
}

const NO_TERMS: readonly Terms[] = []

function spelled(scope: string, work: Work): readonly [Uint8Array, Uint8Array] {
  return [encodeCbor(scope), encodeWork(work)]
}

/**
 * The outline of canonical bytes that fit their schema; `undefined` where the reader loses its way, which
 * says that they are something else.
 */
export function readOutline(id: Uint8Array, bytes: Uint8Array): Outline | undefined {
  try {
    return outlineIn(id, new CborCursor(bytes))
  } catch (error) {
    if (error instanceof LostWay) return undefined
    throw error
  }
}

const SIGNED_MAP = 0xa9

function outlineIn(id: Uint8Array, cursor: CborCursor): Outline {
  cursor.expect(SIGNED_MAP)
  const issuedAtMs = cursor.field('a').uint()
  const body = bodyIn(cursor.field('b'))
  const expiresAtMs = cursor.field('e').uint()
  const issuer = cursor.field('i').bytes(DID_BYTES)
  const key = cursor.field('k').bytes(PUBLIC_KEY_BYTES)
  const sequence = cursor.field('n').uint()
  cursor.field('s').bytes(SIGNATURE_BYTES)
  const name = cursor.field('t').text()
  const type = RECORD_TYPES.find((one) => one === name)
  cursor.field('v').expect(RECORD_VERSION)
  const { party, scope, work, outcomesAt } = body
  if (type === undefined || party === undefined || !cursor.isAtEnd) throw new LostWay()
  const envelope = { type, issuer, key, issuedAtMs, expiresAtMs, sequence }
  if (type === 'promise') {
    const terms = [concatBytes(id, issuer, party, scope, work)]
    return { ...envelope, subject: issuer, delegator: party, terms }
  }
  const terms =
    outcomesAt === undefined ? NO_TERMS : settledIn(cursor.from(outcomesAt), party, issuer)
  return { ...envelope, subject: party, delegator: undefined, terms }
}

interface Body {
  readonly party: Uint8Array | undefined
  /** As they are spelled. */
  readonly scope: Uint8Array
  readonly work: Uint8Array
  readonly outcomesAt: number | undefined
}

const NOTHING: Uint8Array = new Uint8Array()

function bodyIn(cursor: CborCursor): Body {
  let party: Uint8Array | undefined
  let scope = NOTHING
  let work = NOTHING
  let outcomesAt: number | undefined
  for (let left = cursor.count(MAP); left > 0; left--) {
    const letter = cursor.letter()
    if (letter === 'd') party = cursor.bytes(DID_BYTES)
    else if (letter === 'c') scope = cursor.item()
    else if (letter === 'w') work = cursor.item()
    else {
      if (letter === 'o') outcomesAt = cursor.position
      cursor.skip()
    }
  }
  return { party, scope, work, outcomesAt }
}

function settledIn(
  cursor: CborCursor,
  subject: Uint8Array,
  observer: Uint8Array,
): readonly Terms[] {
  const terms: Terms[] = []
  for (let outcomes = cursor.count(ARRAY); outcomes > 0; outcomes--) {
    let promise: Uint8Array | undefined
    let scope = NOTHING
    let work = NOTHING
    for (let left = cursor.count(MAP); left > 0; left--) {
      const letter = cursor.letter()
      if (letter === 'p') promise = cursor.bytes(HASH_BYTES)
      else if (letter === 'c') scope = cursor.item()
      else if (letter === 'w') work = cursor.item()
      else cursor.skip()
    }
    if (promise !== undefined) terms.push(concatBytes(promise, subject, observer, scope, work))
  }
  return terms
}
