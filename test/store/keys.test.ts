import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes } from '../../src/base/bytes.ts'
import { didFromBytes } from '../../src/identity/did.ts'
import { FieldWriter, hexText, readU16, readU64 } from '../../src/store/fields.ts'
import {
  identityKey,
  issuerKey,
  issuerPrefix,
  metaKey,
  ownSequenceKey,
  parseIdentityKey,
  parseIssuerKey,
  parseSubjectKey,
  parseRecordKey,
  positionKey,
  rangeOf,
  recordKey,
  subjectKey,
  subjectPrefix,
} from '../../src/store/keys.ts'

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexText)
const did = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(didFromBytes)
const number = fc.oneof(
  fc.nat(300),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
)
const lane = fc.constantFrom(0, 1, 2, 3)
const place = fc.record({ shard: fc.nat(0xffff), lane, issuedAtMs: number, id })

describe('keys', () => {
  test('a record’s key says where it lies', () => {
    fc.assert(
      fc.property(place, (where) => {
        expect(parseRecordKey(recordKey(where))).toEqual(where)
      }),
    )
  })

  test('records lie by shard, lane, time of issue and id', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const order =
          a.shard - b.shard ||
          a.lane - b.lane ||
          a.issuedAtMs - b.issuedAtMs ||
          (a.id < b.id ? -1 : Number(a.id > b.id))
        expect(Math.sign(compareBytes(recordKey(a), recordKey(b)))).toBe(Math.sign(order))
      }),
    )
  })

  test('what stands in an index key is read back from it, and from no other', () => {
    fc.assert(
      fc.property(did, number, number, id, (agent, sequence, time, name) => {
        const byIssuer = issuerKey(agent, 3, sequence, name)
        const bySubject = subjectKey(agent, time, name)
        expect(parseIssuerKey(byIssuer)).toEqual({ lane: 3, id: name })
        expect(parseSubjectKey(bySubject)).toEqual({ issuedAtMs: time, id: name })
        expect(parseIssuerKey(bySubject)).toBeUndefined()
        expect(parseSubjectKey(byIssuer)).toBeUndefined()
      }),
    )
  })

  test('an identity’s key is its DID', () => {
    fc.assert(
      fc.property(did, (name) => {
        expect(parseIdentityKey(identityKey(name))).toBe(name)
      }),
    )
  })

  test('an index row lies in the range of its agent, and in no other’s', () => {
    fc.assert(
      fc.property(did, did, lane, number, id, (agent, other, in_, when, record) => {
        const byIssuer = issuerKey(agent, in_, when, record)
        const bySubject = subjectKey(agent, when, record)
        expect(isIn(rangeOf(issuerPrefix(agent, in_)), byIssuer)).toBe(true)
        expect(isIn(rangeOf(subjectPrefix(agent)), bySubject)).toBe(true)
        fc.pre(agent !== other)
        expect(isIn(rangeOf(issuerPrefix(other, in_)), byIssuer)).toBe(false)
        expect(isIn(rangeOf(subjectPrefix(other)), bySubject)).toBe(false)
      }),
    )
  })

  test('a range ends after the last key even where the prefix ends in ones', () => {
    const prefix = Uint8Array.of(0x61, 0xff)
    expect(isIn(rangeOf(prefix), Uint8Array.of(0x61, 0xff, 0xff, 0xff))).toBe(true)
    expect(isIn(rangeOf(prefix), Uint8Array.of(0x62))).toBe(false)
  })

  test('no two kinds of row share a key', () => {
    const zero = '0'.repeat(64)
    const agent = didFromBytes(new Uint8Array(16))
    const keys = [
      recordKey({ shard: 0, lane: 0, issuedAtMs: 0, id: zero }),
      positionKey(zero),
      issuerKey(agent, 0, 0, zero),
      subjectKey(agent, 0, zero),
      identityKey(agent),
      ownSequenceKey(zero),
      metaKey('tally'),
    ]
    expect(new Set(keys.map((key) => key[0])).size).toBe(keys.length)
  })

  test('keys of another length are no keys', () => {
    expect(parseRecordKey(new Uint8Array(44))).toBeUndefined()
    expect(parseIssuerKey(new Uint8Array(58))).toBeUndefined()
    expect(parseSubjectKey(new Uint8Array(57))).toBeUndefined()
    expect(parseIdentityKey(new Uint8Array(19))).toBeUndefined()
  })
})

describe('fields', () => {
  test('numbers read back as they were written, at both ends of their range', () => {
    const bytes = new FieldWriter(20).u16(0).u16(0xffff).u64(0).u64(Number.MAX_SAFE_INTEGER).done()
    expect([readU16(bytes, 0), readU16(bytes, 2)]).toEqual([0, 0xffff])
    expect([readU64(bytes, 4), readU64(bytes, 12)]).toEqual([0, Number.MAX_SAFE_INTEGER])
  })

  test('a number beyond what is safe reads as none', () => {
    expect(readU64(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0), 0)).toBeUndefined()
    expect(readU64(new Uint8Array(7), 0)).toBeUndefined()
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('%d is no field', (value) => {
    expect(() => new FieldWriter(8).u64(value)).toThrow(RangeError)
    expect(() => new FieldWriter(2).u16(value)).toThrow(RangeError)
  })

  test('a 16-bit field ends at 65,535', () => {
    expect(() => new FieldWriter(2).u16(0x1_0000)).toThrow(RangeError)
  })

  test.each(['', '00', `${'0'.repeat(63)}g`, '0'.repeat(66)])('"%s" is no id', (text) => {
    expect(() => new FieldWriter(32).id(text)).toThrow(RangeError)
  })

  test('a row that lacks a field is never used', () => {
    expect(() => new FieldWriter(3).u16(1).done()).toThrow('2 bytes were written of 3')
  })
})

function isIn(range: { readonly gte: Uint8Array; readonly lt: Uint8Array }, key: Uint8Array) {
  return compareBytes(range.gte, key) <= 0 && compareBytes(key, range.lt) < 0
}
