import { expect, test } from 'vitest'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { didOf } from '../../../src/identity/did.ts'
import { didOfIdentityValue } from '../../../src/p2p/gossip/identity-did.ts'

const key = new Uint8Array(32).fill(9)

test('a log and a proof of a fork name the DID of their first key', () => {
  const log = [{ t: 0, r: key }]
  expect(didOfIdentityValue(encodeCbor({ l: log, d: {} }))).toBe(didOf(key))
  expect(didOfIdentityValue(encodeCbor({ f: [log, log] }))).toBe(didOf(key))
})

test('anything else names nobody, and does not throw', () => {
  for (const value of [
    {},
    [],
    null,
    7,
    { l: [] },
    { l: [{}] },
    { l: { r: key } },
    { l: [{ r: key.slice(1) }] },
    { l: [{ r: 'key' }] },
    { f: [] },
  ]) {
    expect(didOfIdentityValue(encodeCbor(value))).toBeUndefined()
  }
  expect(didOfIdentityValue(Uint8Array.of(0xff))).toBeUndefined()
  expect(didOfIdentityValue(new Uint8Array(9_000))).toBeUndefined()
})
