import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { sha256, sha256Hex } from '../../src/crypto/hash.ts'

test('SHA-256 of "abc" is the one in FIPS 180-4', () => {
  expect(sha256Hex(textBytes('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

test('SHA-256 agrees with the one of the system, over the edges of its blocks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), (bytes) => {
      expect(sha256(bytes)).toEqual(Uint8Array.from(createHash('sha256').update(bytes).digest()))
    }),
  )
})
