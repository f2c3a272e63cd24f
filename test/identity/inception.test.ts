import { describe, expect, test } from 'vitest'
import { grindNonce, leadingZeroBits } from '../../src/identity/inception.ts'
import { COLD_ROOT } from '../../src/identity/key-place.ts'
import { alice, committed, hexOf, keyNamed, publicKeyOf } from '../support/identity.ts'

describe('I19: work', () => {
  test.each([
    [[0xff], 0],
    [[0x80], 0],
    [[0x7f], 1],
    [[0x01], 7],
    [[0x00, 0x80], 8],
    [[0x00, 0x00, 0x10], 19],
    [[0x00, 0x00], 16],
  ])('of %j is %i zero bits', (bytes, bits) => {
    expect(leadingZeroBits(Uint8Array.from(bytes))).toBe(bits)
  })

  const keys = { rotationKey: publicKeyOf('r0.1'), recoveryKey: publicKeyOf('c1') }
  const genesisKey = publicKeyOf('alice')

  test('is found by grinding, and seen in the log', () => {
    const nonce = grindNonce({ ...keys, genesisKey, workBits: 8, triesLimit: 10_000 })
    if (nonce === undefined) throw new Error('not found')
    expect(alice({ nonce }).workBits).toBeGreaterThanOrEqual(8)
  })

  test('is done by the first nonce that has as many bits as asked for', () => {
    for (const workBits of [1, 2, 3]) {
      let first = 0
      while (alice({ nonce: first }).workBits < workBits) first++
      expect(grindNonce({ ...keys, genesisKey, workBits, triesLimit: 1_000 })).toBe(first)
    }
  })

  test('is looked for in as many tries as allowed, then onwards from there', () => {
    const whole = grindNonce({ ...keys, genesisKey, workBits: 6, triesLimit: 10_000 })
    if (whole === undefined) throw new Error('not found')
    expect(grindNonce({ ...keys, genesisKey, workBits: 6, triesLimit: whole })).toBeUndefined()
    expect(grindNonce({ ...keys, genesisKey, workBits: 6, from: whole, triesLimit: 1 })).toBe(whole)
  })
})

describe('an inception', () => {
  test('publishes hashes of the next keys, never the keys', () => {
    const [entry] = alice().entries
    expect(entry?.rotationCommitment).toEqual(committed('r0.1'))
    expect(entry?.recoveryCommitment).toEqual(committed('c1'))
  })

  test('with an operational key has a cold root, and the DID of its genesis key', () => {
    const cold = alice({ operationalKey: publicKeyOf('k0.0') })
    expect(cold.hasColdRoot).toBe(true)
    expect(cold.did).toBe(alice().did)
    expect(cold.current?.key).toEqual(publicKeyOf('k0.0'))
    expect(cold.place(hexOf('k0.0'))).toBeDefined()
    expect(cold.place(hexOf('alice'))).toEqual(COLD_ROOT)
    expect(cold.place(hexOf('mallory'))).toBeUndefined()
    expect(alice().place(hexOf('mallory'))).toBeUndefined()
    expect(alice().hasColdRoot).toBe(false)
    expect(alice().current?.key).toEqual(keyNamed('alice').publicKey)
  })
})
