/**
 * The one signature rule, "AIP-strict", and what computes it.
 *
 * All nodes must agree on validity, and Ed25519 libraries do not: they differ on small-order keys,
 * non-canonical encodings and the cofactor, and change their minds between releases. So the edge
 * cases are decided here, by {@link isStrict}, before any library sees the bytes:
 *
 * - the signature is 64 bytes and the key 32; S < L;
 * - A and R are canonical (y < p) and not of small order;
 * - then `[S]B = R + [k]A` without the cofactor, k reduced modulo L.
 *
 * This file holds the portable implementation; the node injects a native one behind the same door.
 * Specification: docs/spec/records.md, "The signature rule".
 */
import * as ed from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes } from '../base/bytes.ts'

export const PUBLIC_KEY_BYTES = 32
export const SEED_BYTES = 32
export const SIGNATURE_BYTES = 64

ed.hashes.sha512 = sha512

export interface SignatureCheck {
  /** What was signed, domain tag included. */
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly publicKey: Uint8Array
}

/** Computes the rule. Both forms give the same answer for the same bytes, on every runtime. */
export interface Verifier {
  /** At once, on this thread: for the few signatures of a key log. */
  verifyNow(check: SignatureCheck): boolean
  /**
   * Perhaps on another thread: for records, which come in thousands.
   *
   * @param isUrgent  does not wait behind those that are not
   */
  verify(check: SignatureCheck, isUrgent?: boolean): Promise<boolean>
}

/** Signs with one key. Callers pass messages made by `domain.ts` or `eddsa-jcs.ts`, never raw bytes. */
export interface Signer {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** What only a {@link Verifier} can make: that one signature satisfied the rule. */
export class SignatureProof {
  readonly #check: SignatureCheck

  private constructor(check: SignatureCheck) {
    this.#check = check
  }

  /** What was verified: the very object that was handed in. */
  get check(): SignatureCheck {
    return this.#check
  }

  static now(check: SignatureCheck, verifier: Verifier): SignatureProof | undefined {
    return isStrict(check) && verifier.verifyNow(check) ? new SignatureProof(check) : undefined
  }

  static async of(
    check: SignatureCheck,
    verifier: Verifier,
    isUrgent = false,
  ): Promise<SignatureProof | undefined> {
    if (!isStrict(check)) return undefined
    return (await verifier.verify(check, isUrgent)) ? new SignatureProof(check) : undefined
  }
}

/** L = 2^252 + 27742317777372353535851937790883648493, little-endian: the order of the base point. */
const ORDER_LE = littleEndian(ed.Point.CURVE().n)
/** p = 2^255 - 19, little-endian. */
const FIELD_LE = littleEndian(ed.Point.CURVE().p)

/** The y-coordinates of the eight points of small order, little-endian. Orders 4, 1, 2, 8, 8. */
const SMALL_ORDER_LE: readonly Uint8Array[] = [
  littleEndian(0n),
  littleEndian(1n),
  littleEndian(ed.Point.CURVE().p - 1n),
  littleEndian(0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n),
  littleEndian(0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n),
]

/** The part of the rule that is decided before any curve arithmetic. */
export function isStrict({ signature, publicKey }: SignatureCheck): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    publicKey.length === PUBLIC_KEY_BYTES &&
    isBelow(signature, 32, ORDER_LE, 0xff) &&
    isUsualPoint(publicKey) &&
    isUsualPoint(signature)
  )
}

/** Whether the first 32 bytes are a canonical y that belongs to no point of small order. */
export function isUsualPoint(bytes: Uint8Array): boolean {
  if (!isBelow(bytes, 0, FIELD_LE, 0x7f)) return false
  return !SMALL_ORDER_LE.some((y) => isSameY(bytes, y))
}

/** Whether 32 little-endian bytes from `offset`, the top one masked, are below `limit`. */
function isBelow(bytes: Uint8Array, offset: number, limit: Uint8Array, topMask: number): boolean {
  for (let at = 31; at >= 0; at--) {
    const byte = (bytes[offset + at] ?? 0) & (at === 31 ? topMask : 0xff)
    const bound = limit[at] ?? 0
    if (byte !== bound) return byte < bound
  }
  return false
}

function isSameY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let at = 0; at < 31; at++) if (bytes[at] !== y[at]) return false
  return ((bytes[31] ?? 0) & 0x7f) === y[31]
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let at = 0, rest = value; at < 32; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return bytes
}

function integer(bytes: Uint8Array): bigint {
  let value = 0n
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0)
  return value
}

function times(point: ed.Point, scalar: bigint): ed.Point {
  return scalar === 0n ? ed.Point.ZERO : point.multiply(scalar, false)
}

/** `[S]B = R + [k]A`, on points, without the cofactor. */
function satisfiesEquation({ message, signature, publicKey }: SignatureCheck): boolean {
  const encodedR = signature.subarray(0, 32)
  let keyPoint: ed.Point
  try {
    keyPoint = ed.Point.fromBytes(publicKey)
  } catch {
    return false // not on the curve: no key at all
  }
  const challenge = integer(sha512(concatBytes(encodedR, publicKey, message))) % ed.Point.CURVE().n
  const point = times(ed.Point.BASE, integer(signature.subarray(32))).add(
    times(keyPoint, challenge).negate(),
  )
  return equalBytes(point.toBytes(), encodedR)
}

/** The rule in plain JavaScript: for browsers, offline checks, and as a second opinion in tests. */
export const portableVerifier: Verifier = {
  verifyNow: (check) => isStrict(check) && satisfiesEquation(check),
  verify: (check) => Promise.resolve(isStrict(check) && satisfiesEquation(check)),
}

/** Signs as RFC 8032 section 5.1.6 says, in plain JavaScript. `seed` is 32 secret bytes. */
export function portableSigner(seed: Uint8Array): Signer {
  const secret = Uint8Array.from(seed)
  return {
    publicKey: ed.getPublicKey(secret),
    sign: (message) => ed.sign(message, secret),
  }
}
