import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { concatBytes, textBytes } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  base58Text,
  base64urlText,
  bytesOfBase58,
  bytesOfBase64url,
  cidText,
  hashOfCid,
  keyOfMultikey,
  multikeyText,
} from '../../src/crypto/multibase.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

describe('the CID of a record', () => {
  const hash = sha256(textBytes('a record'))
  const text = cidText(hash)

  test('is 59 characters that begin with bafyrei, and gives the hash back', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        expect(cidText(bytes)).toMatch(/^bafyrei[a-z2-7]{52}$/)
        expect(hashOfCid(cidText(bytes))).toEqual(bytes)
      }),
    )
  })

  test('is the one that the library of the format makes', async () => {
    const { CID } = await import('multiformats/cid')
    const digest = await import('multiformats/hashes/digest')
    expect(CID.create(1, 0x71, digest.create(0x12, hash)).toString()).toBe(text)
  })

  test.each([
    ['nothing', ''],
    ['upper case', text.toUpperCase()],
    ['no multibase prefix', text.slice(1)],
    ['one character less', text.slice(0, -1)],
    ['one character more', `${text}a`],
    ['a space before', ` ${text}`],
    ['a line break after', `${text}\n`],
    ['padding', `${text}=`],
    ['a path after', `${text}/a`],
    ['another codec: raw', base32.encode(concatBytes(Uint8Array.of(1, 0x55, 0x12, 32), hash))],
    ['another hash: sha2-512', base32.encode(concatBytes(Uint8Array.of(1, 0x71, 0x13, 32), hash))],
    ['another length', base32.encode(concatBytes(Uint8Array.of(1, 0x71, 0x12, 31), hash))],
    ['base58', base58btc.encode(concatBytes(Uint8Array.of(1, 0x71, 0x12, 32), hash))],
    ['version 0', base58btc.encode(concatBytes(Uint8Array.of(0x12, 32), hash)).slice(1)],
  ])('is refused: %s', (_, other) => {
    expect(hashOfCid(other)).toBeUndefined()
  })

  test('has no second spelling: every change of one character is another hash or none', () => {
    const seen = new Set<string>()
    for (let at = 0; at < text.length; at++) {
      for (const letter of BASE32) {
        const other = text.slice(0, at) + letter + text.slice(at + 1)
        const read = hashOfCid(other)
        if (read !== undefined) {
          expect(cidText(read)).toBe(other)
          seen.add(other)
        }
      }
    }
    // The last of 58 characters carries three bits of the hash; its other two must be zero.
    expect([...BASE32].filter((letter) => seen.has(text.slice(0, -1) + letter))).toHaveLength(8)
  })
})

describe('a key as Multikey', () => {
  const key = sha256(textBytes('a key'))
  const text = multikeyText(key)

  test('is z6Mk and 44 characters, and gives the key back', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        expect(multikeyText(bytes)).toMatch(/^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/)
        expect(keyOfMultikey(multikeyText(bytes))).toEqual(bytes)
      }),
    )
  })

  test('is the one in the did:key specification', () => {
    // W3C CCG did:key, Ed25519 test vector 0.
    const known = 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    const read = keyOfMultikey(known)
    expect(read).toHaveLength(32)
    expect(multikeyText(read ?? new Uint8Array())).toBe(known)
  })

  test.each([
    ['nothing', ''],
    ['no multibase prefix', text.slice(1)],
    ['one character less', text.slice(0, -1)],
    ['one character more', `${text}1`],
    ['a line break after', `${text}\n`],
    ['a letter that base58 has not', `${text.slice(0, -1)}0`],
    ['a leading zero byte', `z1${text.slice(1)}`],
    ['another multicodec: x25519', base58btc.encode(concatBytes(Uint8Array.of(0xec, 1), key))],
    ['another multicodec: secp256k1', base58btc.encode(concatBytes(Uint8Array.of(0xe7, 1), key))],
    ['33 bytes', base58btc.encode(concatBytes(Uint8Array.of(0xed, 1), key, Uint8Array.of(0)))],
    ['31 bytes', base58btc.encode(concatBytes(Uint8Array.of(0xed, 1), key.subarray(1)))],
    ['base32', base32.encode(concatBytes(Uint8Array.of(0xed, 1), key))],
    ['the largest text of the form', `z6Mk${'z'.repeat(44)}`],
  ])('is refused: %s', (_, other) => {
    expect(keyOfMultikey(other)).toBeUndefined()
  })

  test('has no second spelling', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...BASE58), { minLength: 44, maxLength: 44 }),
        (tail) => {
          const made = `z6Mk${tail.join('')}`
          const read = keyOfMultikey(made)
          if (read !== undefined) expect(multikeyText(read)).toBe(made)
        },
      ),
    )
  })
})

describe('bytes in multibase', () => {
  test('come back from base58 and from base64url', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (bytes) => {
        expect(bytesOfBase58(base58Text(bytes))).toEqual(bytes)
        expect(bytesOfBase64url(base64urlText(bytes))).toEqual(bytes)
        expect(base64urlText(bytes)).toBe(`u${Buffer.from(bytes).toString('base64url')}`)
      }),
    )
  })

  test.each(['', 'z', 'z0', 'u1', `z${'1'.repeat(129)}`, 'z1 ', 'z1\n'])(
    '%j is no base58 of ours',
    (text) => {
      expect(bytesOfBase58(text)).toBeUndefined()
    },
  )

  test.each(['', 'z1', 'uA', 'uAB', 'uAAA=', 'uAA+A', 'uAAAA\n'])(
    '%j is no base64url of ours',
    (text) => {
      expect(bytesOfBase64url(text)).toBeUndefined()
    },
  )
})
