import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { KeyCache } from '../../src/node/verify/key-cache.ts'
import { HOSTILE_CASES } from '../crypto/hostile.ts'
import { RFC8032_CASES } from '../crypto/rfc8032.ts'

describe('the native implementation', () => {
  test.each(RFC8032_CASES)('signs and verifies RFC 8032 $name', async (vector) => {
    const { seed, ...check } = vector
    expect(nativeSigner(seed).publicKey).toEqual(check.publicKey)
    expect(nativeSigner(seed).sign(check.message)).toEqual(check.signature)
    expect(nativeVerifier.verifyNow(check)).toBe(true)
    expect(await nativeVerifier.verify(check)).toBe(true)
  })

  test('gives the answer of the rule on every hostile case, on this thread and on the pool', async () => {
    const wrong: string[] = []
    for (const { name, check, isSound } of HOSTILE_CASES) {
      if (nativeVerifier.verifyNow(check) !== isSound) wrong.push(`now: ${name}`)
      if ((await nativeVerifier.verify(check)) !== isSound) wrong.push(`pool: ${name}`)
    }
    expect(wrong).toEqual([])
  })

  test('signs byte for byte as the portable one', () => {
    fc.assert(
      fc.property(bytes32, fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        expect(nativeSigner(seed).publicKey).toEqual(portableSigner(seed).publicKey)
        expect(nativeSigner(seed).sign(message)).toEqual(portableSigner(seed).sign(message))
      }),
      { numRuns: 100 },
    )
  })

  test('agrees with the portable one on signatures with some bytes changed', async () => {
    await fc.assert(
      fc.asyncProperty(bytes32, fc.uint8Array({ maxLength: 64 }), mutation, async (seed, m, to) => {
        const signer = nativeSigner(seed)
        const whole = { signature: signer.sign(m), publicKey: signer.publicKey, message: m }
        const check = to === undefined ? whole : { ...whole, [to.part]: change(whole[to.part], to) }
        const answer = portableVerifier.verifyNow(check)
        expect(nativeVerifier.verifyNow(check)).toBe(answer)
        expect(await nativeVerifier.verify(check)).toBe(answer)
        if (to === undefined) expect(answer).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  test('reads bytes that are a view of something larger', () => {
    const signer = nativeSigner(randomSeed())
    const message = Uint8Array.of(1, 2, 3)
    const frame = Buffer.concat([Buffer.alloc(5), signer.publicKey, signer.sign(message)])
    const check = { message, publicKey: frame.subarray(5, 37), signature: frame.subarray(37) }
    expect(nativeVerifier.verifyNow(check)).toBe(true)
    expect(portableVerifier.verifyNow(check)).toBe(true)
  })

  test('refuses a seed of another length', () => {
    expect(() => nativeSigner(new Uint8Array(31))).toThrow(RangeError)
    expect(() => nativeSigner(new Uint8Array(33))).toThrow(RangeError)
  })

  test('draws a new seed each time', () => {
    expect(randomSeed()).toHaveLength(32)
    expect(randomSeed()).not.toEqual(randomSeed())
  })
})

describe('the key cache', () => {
  test('never holds more than its limit', () => {
    const cache = new KeyCache(8)
    for (let count = 0; count < 50; count++) {
      const { name, key } = cache.find(nativeSigner(randomSeed()).publicKey)
      cache.keep(name, key)
      cache.keep(name, key)
      expect(cache.size).toBeLessThanOrEqual(8)
    }
    expect(cache.size).toBeGreaterThan(3)
  })

  test('gives the same key object again, and keeps what is in use', () => {
    const cache = new KeyCache(8)
    const publicKey = nativeSigner(randomSeed()).publicKey
    const first = cache.find(publicKey)
    for (let count = 0; count < 50; count++) {
      cache.keep(first.name, first.key)
      const other = cache.find(nativeSigner(randomSeed()).publicKey)
      cache.keep(other.name, other.key)
      expect(cache.find(publicKey).key).toBe(first.key)
    }
  })

  test('keeps nothing of a key that only was asked for', () => {
    const cache = new KeyCache(8)
    cache.find(nativeSigner(randomSeed()).publicKey)
    expect(cache.size).toBe(0)
  })
})

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

interface Mutation {
  readonly part: 'signature' | 'publicKey' | 'message'
  readonly at: number
  readonly xor: number
}

const mutation: fc.Arbitrary<Mutation | undefined> = fc.option(
  fc.record({
    part: fc.constantFrom('signature', 'publicKey', 'message'),
    at: fc.nat(63),
    xor: fc.integer({ min: 1, max: 255 }),
  }),
  { nil: undefined, freq: 8 },
)

function change(bytes: Uint8Array, { at, xor }: Mutation): Uint8Array {
  const changed = Uint8Array.from(bytes)
  if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ xor
  return changed
}
