import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { portableSigner } from '../../../src/crypto/ed25519.ts'
import { keyOfPeerId, peerIdOfKey } from '../../../src/p2p/peer-id.ts'

describe('a peer id', () => {
  test('is the operational key, and gives it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const key = portableSigner(seed).publicKey
        expect(keyOfPeerId(peerIdOfKey(key))).toEqual(key)
      }),
      { numRuns: 10 },
    )
  })

  test('needs 32 bytes', () => {
    expect(() => peerIdOfKey(new Uint8Array(31))).toThrow(RangeError)
    expect(() => peerIdOfKey(new Uint8Array(33))).toThrow(RangeError)
  })

  test('of another kind, or no peer id at all, holds no key', () => {
    const id = peerIdOfKey(portableSigner(new Uint8Array(32)).publicKey)
    for (const text of [
      '',
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      id.slice(1),
      `${id}1`,
      id.replace(/.$/, '0'),
      '12D3KooW'.padEnd(52, 'z'),
    ]) {
      expect(keyOfPeerId(text)).toBeUndefined()
    }
  })
})
