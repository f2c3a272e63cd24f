import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import {
  isStrict,
  portableSigner,
  portableVerifier,
  SignatureProof,
} from '../../src/crypto/ed25519.ts'
import type { SignatureCheck } from '../../src/crypto/ed25519.ts'
import {
  bytesOf,
  HOSTILE_CASES,
  integerOf,
  SMALL_ORDER_ENCODINGS,
  UNREDUCED_ENCODINGS,
} from './hostile.ts'
import { RFC8032_CASES } from './rfc8032.ts'

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const FIELD = 2n ** 255n - 19n

const message = textBytes('a message')
const signer = portableSigner(bytesOf(1n))
const sound: SignatureCheck = {
  message,
  publicKey: signer.publicKey,
  signature: signer.sign(message),
}

function response(value: bigint): SignatureCheck {
  const signature = Uint8Array.from(sound.signature)
  signature.set(bytesOf(value), 32)
  return { ...sound, signature }
}

describe('the pre-check', () => {
  test('accepts S = L - 1 and refuses S = L', () => {
    expect(isStrict(response(ORDER - 1n))).toBe(true)
    expect(isStrict(response(ORDER))).toBe(false)
    expect(isStrict(response(ORDER + 1n))).toBe(false)
    expect(isStrict(response(0n))).toBe(true)
  })

  test('compares S from its most significant byte', () => {
    expect(isStrict(response((ORDER >> 8n) << 8n))).toBe(true)
    expect(isStrict(response(ORDER + (1n << 248n)))).toBe(false)
    expect(isStrict(response((1n << 252n) - 1n))).toBe(true)
  })

  test('knows fourteen encodings of small order, all different, and refuses each as A and as R', () => {
    expect(new Set(SMALL_ORDER_ENCODINGS.map(integerOf)).size).toBe(14)
    for (const encoding of SMALL_ORDER_ENCODINGS) {
      expect(isStrict({ ...sound, publicKey: encoding })).toBe(false)
      const signature = Uint8Array.from(sound.signature)
      signature.set(encoding)
      expect(isStrict({ ...sound, signature })).toBe(false)
    }
  })

  test('refuses every y that is not below p, and accepts the ones just below that are in use', () => {
    for (const publicKey of UNREDUCED_ENCODINGS) {
      expect(isStrict({ ...sound, publicKey })).toBe(false)
    }
    expect(isStrict({ ...sound, publicKey: bytesOf(FIELD - 2n) })).toBe(true)
    expect(isStrict({ ...sound, publicKey: bytesOf(FIELD - 1n) })).toBe(false) // order 2
    expect(isStrict({ ...sound, publicKey: bytesOf(2n) })).toBe(true)
  })

  test('looks at neighbours of small-order points without mistaking them', () => {
    for (const encoding of SMALL_ORDER_ENCODINGS.slice(0, 8)) {
      const y = integerOf(encoding) & (2n ** 255n - 1n)
      const isRefused = [0n, 1n, FIELD - 1n].includes(y + 1n)
      expect(isStrict({ ...sound, publicKey: bytesOf(y + 1n) })).toBe(!isRefused && y + 1n < FIELD)
    }
  })
})

describe('the portable implementation', () => {
  test.each(RFC8032_CASES)('signs and verifies RFC 8032 $name', (vector) => {
    const { seed, ...check } = vector
    expect(portableSigner(seed).publicKey).toEqual(check.publicKey)
    expect(portableSigner(seed).sign(check.message)).toEqual(check.signature)
    expect(portableVerifier.verifyNow(check)).toBe(true)
  })

  test('gives the answer of the rule on every hostile case', async () => {
    const wrong: string[] = []
    for (const { name, check, isSound } of HOSTILE_CASES) {
      if (portableVerifier.verifyNow(check) !== isSound) wrong.push(name)
    }
    expect(wrong).toEqual([])
    const some = HOSTILE_CASES.filter((_, at) => at % 10 === 0)
    for (const { check, isSound } of some) {
      expect(await portableVerifier.verify(check)).toBe(isSound)
    }
  })

  test('is held against cases on both sides of every edge', () => {
    expect(HOSTILE_CASES.filter(({ isSound }) => isSound).length).toBeGreaterThan(10)
    expect(HOSTILE_CASES.filter(({ isSound }) => !isSound).length).toBeGreaterThan(250)
  })

  test('accepts no single flipped bit of signature, key or message', () => {
    const parts = ['signature', 'publicKey', 'message'] as const
    const bit = fc
      .constantFrom(...parts)
      .chain((part) => fc.tuple(fc.constant(part), fc.nat(sound[part].length * 8 - 1)))
    fc.assert(
      fc.property(bit, ([part, at]) => {
        const bytes = Uint8Array.from(sound[part])
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7))
        expect(portableVerifier.verifyNow({ ...sound, [part]: bytes })).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test('refuses a seed of another length', () => {
    expect(() => portableSigner(new Uint8Array(31))).toThrow(RangeError)
    expect(() => portableSigner(new Uint8Array(33))).toThrow(RangeError)
  })

  test('keeps a copy of its seed', () => {
    const seed = bytesOf(9n)
    const careful = portableSigner(seed)
    const before = careful.sign(message)
    seed.fill(0)
    expect(careful.sign(message)).toEqual(before)
  })
})

describe('a proof of a signature', () => {
  const broken = { ...sound, message: textBytes('another message') }

  test('exists for a sound signature, and names the check it is for', async () => {
    expect(SignatureProof.now(sound, portableVerifier)?.check).toBe(sound)
    expect((await SignatureProof.of(sound, portableVerifier))?.check).toBe(sound)
  })

  test('does not exist for a broken one', async () => {
    expect(SignatureProof.now(broken, portableVerifier)).toBeUndefined()
    expect(await SignatureProof.of(broken, portableVerifier)).toBeUndefined()
  })

  test('does not exist for an edge case, even where the verifier would accept it', async () => {
    const gullible = { verifyNow: () => true, verify: () => Promise.resolve(true) }
    const edge = response(ORDER)
    expect(SignatureProof.now(edge, gullible)).toBeUndefined()
    expect(await SignatureProof.of(edge, gullible)).toBeUndefined()
  })

  test('cannot be made by hand', () => {
    // @ts-expect-error the constructor is private
    expect(new SignatureProof(sound)).toBeDefined()
    // @ts-expect-error the type remembers that only a verifier makes one
    const forged: SignatureProof = { check: sound }
    expect(forged).toBeDefined()
  })
})
