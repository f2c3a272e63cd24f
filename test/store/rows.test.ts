import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didFromBytes } from '../../src/identity/did.ts'
import { RECORD_TYPES } from '../../src/records/record.ts'
import { hexText } from '../../src/store/fields.ts'
import {
  issuerKey,
  metaKey,
  ownSequenceKey,
  positionKey,
  recordKey,
  subjectKey,
} from '../../src/store/keys.ts'
import {
  sealDated,
  sealIssuerEntry,
  sealNumber,
  sealPosition,
  sealSubjectEntry,
  unsealDated,
  unsealIndexEntry,
  unsealNumber,
  unsealPosition,
} from '../../src/store/rows.ts'
import { seal, unseal } from '../../src/store/seal.ts'
import { sealTally, unsealTally } from '../../src/store/tally.ts'

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexText)
const did = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(didFromBytes)
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const lane = fc.constantFrom(0, 1, 2, 3)
const place = fc.record({ shard: fc.nat(0xffff), lane, issuedAtMs: number, id })
const position = fc
  .record({
    type: fc.constantFrom(...RECORD_TYPES),
    sequence: number,
    issuer: did,
    subject: did,
  })
  .chain((rest) => place.map((where) => ({ ...where, ...rest })))
const bytes = fc.uint8Array({ maxLength: 200 })

const KEY = ownSequenceKey('1'.repeat(64))

describe('rows', () => {
  test('read back as they were written', () => {
    fc.assert(
      fc.property(position, bytes, number, number, (at, content, arrival, value) => {
        const key = recordKey(at)
        const header = { arrival, storedAtMs: value }
        const dated = unsealDated(key, sealDated(key, header, content))
        expect(dated).toMatchObject(header)
        expect(hexText(dated?.bytes ?? new Uint8Array())).toBe(hexText(content))

        const { shard, lane: in_, issuedAtMs } = at
        const where = { shard, lane: in_, issuedAtMs, id: at.id }
        const byId = positionKey(at.id)
        expect(unsealPosition(byId, at.id, sealPosition(byId, at))).toEqual({
          ...where,
          type: at.type,
        })
        const byIssuer = issuerKey(at.issuer, in_, at.sequence, at.id)
        expect(unsealIndexEntry(byIssuer, sealIssuerEntry(byIssuer, at))).toEqual(where)

        const bySubject = subjectKey(at.subject, issuedAtMs, at.id)
        expect(unsealIndexEntry(bySubject, sealSubjectEntry(bySubject, at))).toEqual(where)

        const meta = metaKey('tally')
        expect(unsealNumber(meta, sealNumber(meta, value))).toBe(value)
        const records = { vouch: value, revocation: 1, promise: 2, observation: at.sequence }
        const tally = { nextArrival: arrival, ceiling: value, identities: 3, records }
        expect(unsealTally(meta, sealTally(meta, tally))).toEqual(tally)
      }),
    )
  })

  test('no turned bit, in the row or in its key, goes unseen', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), (key, content, at) => {
        const row = seal(key, content)
        const bit = at % ((key.length + row.length) * 8)
        const whole = Uint8Array.from([...key, ...row])
        whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const [otherKey, otherRow] = [whole.subarray(0, key.length), whole.subarray(key.length)]
        expect(unseal(otherKey, otherRow)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  test('a row under another’s key is not taken for that one’s', () => {
    const value = sealNumber(KEY, 7)
    expect(unsealNumber(KEY, value)).toBe(7)
    expect(unsealNumber(ownSequenceKey('2'.repeat(64)), value)).toBeUndefined()
  })

  test('a row that is cut is none', () => {
    const key = KEY
    const byIssuer = issuerKey(didFromBytes(new Uint8Array(16)), 0, 0, '0'.repeat(64))
    const bySubject = subjectKey(didFromBytes(new Uint8Array(16)), 0, '0'.repeat(64))
    expect(unseal(key, new Uint8Array(3))).toBeUndefined()
    expect(unsealNumber(key, seal(key, new Uint8Array(7)))).toBeUndefined()
    expect(unsealPosition(key, '0'.repeat(64), seal(key, new Uint8Array(11)))).toBeUndefined()
    expect(unsealIndexEntry(byIssuer, seal(byIssuer, new Uint8Array(9)))).toBeUndefined()
    expect(unsealIndexEntry(bySubject, seal(bySubject, new Uint8Array(2)))).toBeUndefined()
    expect(unsealIndexEntry(key, seal(key, new Uint8Array(10)))).toBeUndefined()
    expect(unsealTally(key, seal(key, new Uint8Array(48)))).toBeUndefined()
    expect(unsealDated(key, seal(key, new Uint8Array(15)))).toBeUndefined()
  })
})
