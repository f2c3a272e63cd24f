/**
 * Signatures on which Ed25519 libraries disagree, made here by arithmetic on points: each with the
 * answer of the one rule. Every implementation of the rule is held against all of them.
 */
import * as ed from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, textBytes, toHex } from '../../src/base/bytes.ts'
import { portableSigner } from '../../src/crypto/ed25519.ts'
import type { SignatureCheck } from '../../src/crypto/ed25519.ts'

export interface HostileCase {
  readonly name: string
  readonly check: SignatureCheck
  readonly isSound: boolean
}

const { n: ORDER, p: FIELD } = ed.Point.CURVE()
const SIGN_BIT = 1n << 255n

/** 32 bytes, little-endian. */
export function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn))
}

/** Little-endian. */
export function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`)
}

/** A point of order 8. */
const TORSION = ed.Point.fromBytes(
  bytesOf(0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n),
)

function torsion(times: number): ed.Point {
  return times === 0 ? ed.Point.ZERO : TORSION.multiply(BigInt(times), false)
}

/** All encodings of the eight points of small order: 8 canonical ones and 6 that are not. */
export const SMALL_ORDER_ENCODINGS: readonly Uint8Array[] = [
  ...Array.from({ length: 8 }, (_, times) => torsion(times).toBytes()),
  // x = 0 with the sign bit set, or y + p, or both.
  ...[1n + SIGN_BIT, FIELD - 1n + SIGN_BIT, FIELD, FIELD + SIGN_BIT, FIELD + 1n].map(bytesOf),
  bytesOf(FIELD + 1n + SIGN_BIT),
]

/** All 38 strings whose y is not below p: p to 2^255 - 1, with either sign bit. */
export const UNREDUCED_ENCODINGS: readonly Uint8Array[] = Array.from({ length: 19 }, (_, above) => [
  bytesOf(FIELD + BigInt(above)),
  bytesOf(FIELD + BigInt(above) + SIGN_BIT),
]).flat()

/** A key and a nonce with known discrete logarithms, so that a test can forge as it likes. */
const SECRET = 0x1234567890abcdefn
const NONCE = 0xfedcba0987654321n
const KEY_POINT = ed.Point.BASE.multiply(SECRET, false)
const NONCE_POINT = ed.Point.BASE.multiply(NONCE, false)

function challenge(encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return integerOf(sha512(concatBytes(encodedR, publicKey, message))) % ORDER
}

/** Signs with the secret scalar for any spelling of A and R: the equation holds up to torsion. */
function signedAs(encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array) {
  const k = challenge(encodedR, publicKey, message)
  const response = (NONCE + k * SECRET) % ORDER
  return { k, check: { message, publicKey, signature: concatBytes(encodedR, bytesOf(response)) } }
}

const SOUND = signedAs(NONCE_POINT.toBytes(), KEY_POINT.toBytes(), textBytes('sound')).check

function withSignature(change: (signature: Uint8Array) => Uint8Array): SignatureCheck {
  return { ...SOUND, signature: change(Uint8Array.from(SOUND.signature)) }
}

function withResponse(change: (response: bigint) => bigint): SignatureCheck {
  return withSignature((signature) =>
    concatBytes(signature.subarray(0, 32), bytesOf(change(integerOf(signature.subarray(32))))),
  )
}

/** The first point above `from` whose y is on no point of the curve. */
function offCurve(from: bigint): Uint8Array {
  for (let y = from; ; y++) {
    try {
      ed.Point.fromBytes(bytesOf(y))
    } catch {
      return bytesOf(y)
    }
  }
}

function refused(name: string, check: SignatureCheck): HostileCase {
  return { name, check, isSound: false }
}

/** With a key or a nonce of small order, everything that the equation can be made to accept. */
function smallOrderCases(): HostileCase[] {
  const message = textBytes('small order')
  return SMALL_ORDER_ENCODINGS.flatMap((encoding) => {
    const name = toHex(encoding)
    const asKey = signedAs(NONCE_POINT.toBytes(), encoding, message).check
    const asBoth = concatBytes(encoding, bytesOf(0n))
    return [
      refused(`A of small order ${name}`, asKey),
      refused(`A of small order ${name}, S for [S]B = R`, {
        ...asKey,
        signature: concatBytes(NONCE_POINT.toBytes(), bytesOf(NONCE)),
      }),
      refused(`R of small order ${name}`, signedAs(encoding, KEY_POINT.toBytes(), message).check),
      refused(`R of small order ${name}, S = kA`, {
        message,
        publicKey: KEY_POINT.toBytes(),
        signature: concatBytes(
          encoding,
          bytesOf((challenge(encoding, KEY_POINT.toBytes(), message) * SECRET) % ORDER),
        ),
      }),
      refused(`A and R of small order ${name}, S = 0`, {
        message,
        publicKey: encoding,
        signature: asBoth,
      }),
    ]
  })
}

function unreducedCases(): HostileCase[] {
  const message = textBytes('unreduced')
  return UNREDUCED_ENCODINGS.flatMap((encoding) => [
    refused(
      `A not reduced ${toHex(encoding)}`,
      signedAs(NONCE_POINT.toBytes(), encoding, message).check,
    ),
    refused(
      `R not reduced ${toHex(encoding)}`,
      signedAs(encoding, KEY_POINT.toBytes(), message).check,
    ),
  ])
}

function scalarCases(): HostileCase[] {
  return [
    refused(
      'S = 0',
      withResponse(() => 0n),
    ),
    refused(
      'S = L - 1',
      withResponse(() => ORDER - 1n),
    ),
    refused(
      'S = L',
      withResponse(() => ORDER),
    ),
    ...Array.from({ length: 14 }, (_, more) =>
      refused(
        `S + ${more + 1} L`,
        withResponse((response) => response + BigInt(more + 1) * ORDER),
      ),
    ),
    refused(
      'S with its top bit set',
      withResponse((response) => response + SIGN_BIT),
    ),
    refused(
      'S = 2^256 - 1',
      withResponse(() => 2n * SIGN_BIT - 1n),
    ),
    refused(
      '-S',
      withResponse((response) => ORDER - response),
    ),
  ]
}

function oneMore(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes, Uint8Array.of(0))
}

function lengthCases(): HostileCase[] {
  return [
    refused(
      'no signature',
      withSignature(() => new Uint8Array()),
    ),
    refused(
      '63 bytes',
      withSignature((signature) => signature.subarray(0, 63)),
    ),
    refused('65 bytes', withSignature(oneMore)),
    refused('no key', { ...SOUND, publicKey: new Uint8Array() }),
    refused('a key of 31 bytes', { ...SOUND, publicKey: SOUND.publicKey.subarray(0, 31) }),
    refused('a key of 33 bytes', { ...SOUND, publicKey: oneMore(SOUND.publicKey) }),
  ]
}

/**
 * A, R or both with a component of order 8. The rule refuses none of them for that; it asks whether
 * the equation without the cofactor holds, which it does when the components cancel.
 */
function mixedOrderCases(): HostileCase[] {
  const cases: HostileCase[] = []
  for (let trial = 0; trial < 24; trial++) {
    const message = textBytes(`mixed order ${trial}`)
    const inKey = (trial % 7) + 1
    for (let inNonce = 0; inNonce < 8; inNonce++) {
      const publicKey = KEY_POINT.add(torsion(inKey)).toBytes()
      const encodedR = NONCE_POINT.add(torsion(inNonce)).toBytes()
      const { k, check } = signedAs(encodedR, publicKey, message)
      const isSound = (BigInt(inNonce) + k * BigInt(inKey)) % 8n === 0n
      cases.push({ name: `A + ${inKey}T, R + ${inNonce}T, trial ${trial}`, check, isSound })
    }
  }
  for (let inNonce = 1; inNonce < 8; inNonce++) {
    const encodedR = NONCE_POINT.add(torsion(inNonce)).toBytes()
    const { check } = signedAs(encodedR, KEY_POINT.toBytes(), textBytes('only R is mixed'))
    cases.push(refused(`R + ${inNonce}T`, check))
  }
  return cases
}

function otherCases(): HostileCase[] {
  const honest = portableSigner(bytesOf(7n))
  const message = textBytes('honest')
  return [
    { name: 'sound, by arithmetic', check: SOUND, isSound: true },
    {
      name: 'sound, by the signer',
      check: { message, publicKey: honest.publicKey, signature: honest.sign(message) },
      isSound: true,
    },
    refused('another message', { ...SOUND, message: textBytes('Sound') }),
    refused('another key', { ...SOUND, publicKey: honest.publicKey }),
    refused('A on no curve', { ...SOUND, publicKey: offCurve(2n) }),
    refused(
      'R on no curve',
      withSignature((s) => concatBytes(offCurve(99n), s.subarray(32))),
    ),
    refused('-A', { ...SOUND, publicKey: KEY_POINT.negate().toBytes() }),
    refused(
      '-R',
      withSignature((s) => concatBytes(NONCE_POINT.negate().toBytes(), s.subarray(32))),
    ),
    refused('all zero', {
      message,
      publicKey: new Uint8Array(32),
      signature: new Uint8Array(64),
    }),
  ]
}

export const HOSTILE_CASES: readonly HostileCase[] = [
  ...otherCases(),
  ...lengthCases(),
  ...scalarCases(),
  ...smallOrderCases(),
  ...unreducedCases(),
  ...mixedOrderCases(),
]
