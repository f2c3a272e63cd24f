import { describe, expect, test } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { sha256Hex } from '../../src/crypto/hash.ts'
import { didBytes, didFromBytes, didKeyOf, didOf, isDid, parseDid } from '../../src/identity/did.ts'
import { IdentityError } from '../../src/identity/error.ts'
import { publicKeyOf } from '../support/identity.ts'

const SOUND = 'did:aip:0123456789abcdef0123456789abcdef'

describe('I1: a DID', () => {
  test('is the first half of the hash of its genesis key', () => {
    const key = publicKeyOf('alice')
    expect(didOf(key)).toBe(`did:aip:${sha256Hex(key).slice(0, 32)}`)
  })

  test('travels as 16 bytes and comes back the same', () => {
    expect(didFromBytes(didBytes(parseDid(SOUND)))).toBe(SOUND)
    expect(() => didFromBytes(new Uint8Array(15))).toThrow(RangeError)
    expect(() => didFromBytes(new Uint8Array(17))).toThrow(RangeError)
  })

  test.each([
    ['upper case', SOUND.toUpperCase()],
    ['an upper-case digit', SOUND.replace('a', 'A')],
    ['a digit too few', SOUND.slice(0, -1)],
    ['a digit too many', `${SOUND}0`],
    ['a letter that is no digit', SOUND.replace('f', 'g')],
    ['the base58 form of another project', 'did:aip:5Hd3vQmQYfVYwHc7Kn2vX1'],
    ['the owner-and-slug form of another project', 'did:aip:acme:agent:1'],
    ['another method', SOUND.replace('aip', 'key')],
    ['a DID URL', `${SOUND}#k0.0`],
    ['a line break behind it', `${SOUND}\n`],
    ['a space before it', ` ${SOUND}`],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(isDid(text)).toBe(false)
    expect(() => parseDid(text)).toThrow(IdentityError)
  })

  test('has a did:key alias that spells the genesis key', () => {
    // Source: W3C CCG did:key, section "Test Vectors", Ed25519; the key in hex by base58 decoding.
    const key = fromHex('2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6')
    expect(didKeyOf(key)).toBe('did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK')
  })
})
