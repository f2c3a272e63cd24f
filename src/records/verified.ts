/**
 * The stages of a record: bytes, candidate, verified. The types tell them apart.
 *
 * A candidate fits its schema (R1 to R3) and says what its signature must cover. Verified is what a
 * verifier's proof made of it (R7). The key's place in the issuer's log (R8) and admission (R10) are
 * the node's to find out. Specification: docs/spec/records.md, "Rules".
 */
import { DAY_MS, MINUTE_MS } from '../base/units.ts'
import { networkMessage, networkPrefix } from '../crypto/domain.ts'
import type { SignatureCheck, SignatureProof, Signer } from '../crypto/ed25519.ts'
import { sha256Hex } from '../crypto/hash.ts'
import type { Did } from '../identity/did.ts'
import { RecordError } from './error.ts'
import type { RecordFault } from './error.ts'
import type { AipRecord, Claim, RecordId } from './record.ts'
import { laneFloorMs, laneOf } from './replica/lanes.ts'
import { LARGEST_RECORD_BYTES, decodeRecord, encodeUnsigned, withSignature } from './wire.ts'

/** How far ahead of mine another honest clock may be. */
export const CLOCK_SKEW_LIMIT_MS = 2 * MINUTE_MS
/** From issue to expiry: a leap year. */
export const LIFETIME_LIMIT_MS = 366 * DAY_MS

/** Bytes that fit their schema; nobody has looked at the signature yet. */
export class Candidate {
  readonly id: RecordId
  readonly record: AipRecord
  /** What has to hold: the key in the record signed it, on this network. */
  readonly check: SignatureCheck
  /** Private, so that no copy of a candidate passes for one. */
  readonly #bytes: Uint8Array

  private constructor(parts: Pick<Candidate, 'id' | 'record' | 'bytes' | 'check'>) {
    this.id = parts.id
    this.record = parts.record
    this.check = parts.check
    this.#bytes = parts.bytes
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /**
   * R1, R1a, R2, R3. Keeps a copy of `bytes`, which may be a window of a reader's buffer.
   *
   * @throws {RecordError} `record/too-large`, `record/unsupported`, `record/malformed` or
   *   `record/self-vouch`.
   */
  static parse(bytes: Uint8Array, context: { readonly network: string }): Candidate {
    const prefix = networkPrefix('aip:record:v1', context.network)
    const { record, signature, unsigned, message, kept } = decodeCopy(bytes, prefix)
    return new Candidate({
      // R6: the signature is no part of the id, so another signature of this body is this record.
      id: sha256Hex(unsigned),
      record,
      bytes: kept,
      check: { message, signature, publicKey: record.key },
    })
  }
}

/** A record whose signature holds. Only a proof makes one, or the store's own bytes. */
export class Verified {
  readonly id: RecordId
  readonly record: AipRecord
  /** Private, so that no copy of a verified record passes for one. */
  readonly #bytes: Uint8Array

  private constructor({ id, record, bytes }: Pick<Verified, 'id' | 'record' | 'bytes'>) {
    this.id = id
    this.record = record
    this.#bytes = bytes
  }

  /** As they were received. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** @throws {TypeError} when the proof is of another check: a broken promise of the caller. */
  static of(candidate: Candidate, proof: SignatureProof): Verified {
    // R7: the signature that holds is this record's own.
    if (proof.check !== candidate.check) throw new TypeError('the proof is of another record')
    return new Verified(candidate)
  }

  /**
   * For the store alone: bytes that it wrote after verification.
   *
   * @throws {RecordError} when they do not spell the record of `id`: the disk has changed them.
   */
  static restored(
    bytes: Uint8Array,
    id: RecordId,
    // The network is the store's own; the parameter keeps the callers of both doors alike.
    _context: { readonly network: string },
  ): Verified {
    const { record, unsigned, kept } = decodeCopy(bytes)
    if (sha256Hex(unsigned) !== id) throw new RecordError({ code: 'record/malformed', path: 's' })
    return new Verified({ id, record, bytes: kept })
  }
}

function decodeCopy(bytes: Uint8Array, prefix?: Uint8Array) {
  // A copy that is too large would be made for nothing, and `decodeRecord` refuses it first.
  const kept = bytes.length > LARGEST_RECORD_BYTES ? bytes : new Uint8Array(bytes)
  return { ...decodeRecord(kept, prefix), kept }
}

/** R4 and R5: what depends on the clock. */
export function judgeTime(record: AipRecord, nowMs: number): RecordFault | undefined {
  // R4: not from the future, give or take an honest clock.
  const aheadMs = record.issuedAtMs - nowMs
  if (aheadMs > CLOCK_SKEW_LIMIT_MS) return { code: 'record/from-future', aheadMs }
  // R5: its lane still keeps it. Whether it has expired is for the view.
  const agoMs = laneFloorMs(laneOf(record), nowMs) - record.issuedAtMs
  if (agoMs > 0) return { code: 'record/expired', agoMs }
  return judgeLifetime(record)
}

/** R5: a lifetime that some lane covers. */
export function judgeLifetime(record: AipRecord): RecordFault | undefined {
  const lifetimeMs = record.expiresAtMs - record.issuedAtMs
  return lifetimeMs > 0 && lifetimeMs <= LIFETIME_LIMIT_MS
    ? undefined
    : { code: 'record/expired', lifetimeMs }
}

/**
 * The canonical bytes of a claim, signed by the issuer's operational key for one network.
 *
 * @throws {RecordError} when the claim breaks R1 to R3, or its lifetime R5.
 */
export function signRecord(
  claim: Claim,
  signer: Signer,
  context: { readonly network: string; readonly issuer: Did },
): Uint8Array {
  const record: AipRecord = { ...claim, issuer: context.issuer, key: signer.publicKey }
  const unsigned = encodeUnsigned(record)
  const message = networkMessage('aip:record:v1', context.network, unsigned)
  const bytes = withSignature(unsigned, record.type, signer.sign(message))
  const fault = judgeLifetime(decodeRecord(bytes).record)
  if (fault !== undefined) throw new RecordError(fault)
  return bytes
}

/** The author sequence after `previous` by the same key: it grows, and roughly tells the time. */
export function nextSequence(previous: number | undefined, nowMs: number): number {
  return previous === undefined ? nowMs : Math.max(previous + 1, nowMs)
}
