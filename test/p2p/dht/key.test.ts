import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import { didOf } from '../../../src/identity/did.ts'
import { didOfDhtKey, didOfRow, dhtKey, rowOfDhtKey } from '../../../src/p2p/dht/key.ts'

const DID = didOf(new Uint8Array(32))
const HEX = DID.slice('did:aip:'.length)

describe('keys of the DHT', () => {
  test('go from the DID to the key to the row, and back', () => {
    const key = dhtKey(DID)
    expect(new TextDecoder().decode(key)).toBe(`/aip/${HEX}`)
    expect(didOfDhtKey(key)).toBe(DID)
    expect(didOfRow(rowOfDhtKey(key))).toBe(DID)
  })

  test.each([
    ['another namespace', `/pk//${HEX}`],
    ['the namespace of an inherited function', `/constructor/${HEX}`],
    ['the prototype', `/__proto__/${HEX}`],
    ['upper case', `/aip/${HEX.toUpperCase()}`],
    ['a digit less', `/aip/${HEX.slice(1)}`],
    ['a digit more', `/aip/${HEX}0`],
    ['more path', `/aip/../${HEX.slice(3)}`],
    ['nothing', ''],
  ])('are no other text: %s', (_, text) => {
    expect(didOfDhtKey(textBytes(text))).toBeUndefined()
    expect(didOfRow(rowOfDhtKey(textBytes(text)))).toBeUndefined()
  })

  test('are no bytes that are not text', () => {
    expect(didOfDhtKey(new Uint8Array(37).fill(0xff))).toBeUndefined()
  })

  test.each([
    '/dht/provider/abc',
    '/peers/abc',
    '/dht/record/',
    '/dht/record/not base32!',
    `${rowOfDhtKey(dhtKey(DID))}/more`,
    rowOfDhtKey(dhtKey(DID)).toUpperCase(),
  ])('are no other row: %s', (row) => {
    expect(didOfRow(row)).toBeUndefined()
  })
})
