import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { didBytes } from '../../src/identity/did.ts'
import { outlineOf, readOutline } from '../../src/records/outline.ts'
import type { Claim, Work } from '../../src/records/record.ts'
import {
  NOW_MS,
  alice,
  bob,
  carol,
  observationClaim,
  outcome,
  promiseClaim,
  revocationClaim,
  verified,
  vouchClaim,
} from '../support/records.ts'

const works: readonly Work[] = [
  { kind: 'items', items: ['a', 'ü', 'x'.repeat(128)] },
  { kind: 'count', count: 10 },
  { kind: 'time', ms: 86_400_000 },
  { kind: 'quality', measure: 'recall', value: 1_000 },
  { kind: 'uptime', ppm: 999_999, overMs: 60_000 },
]
const promiseId = 'ab'.repeat(32)

const claims: readonly Claim[] = [
  vouchClaim(),
  vouchClaim({ statement: 'größer als '.repeat(20), level: 1, scope: 'x' }),
  revocationClaim(),
  revocationClaim({ reason: 'no more' }),
  ...works.map((work) => promiseClaim({ work, specification: new Uint8Array(32).fill(7) })),
  observationClaim(),
  observationClaim({
    outcomes: works.map((promised, at) =>
      outcome({
        promised,
        delivered: promised,
        ...(at % 2 === 0 ? { promise: promiseId } : {}),
        ...(at % 3 === 0 ? { conditions: { size: 300, of: 'x', is: true } } : {}),
        evidence: new Uint8Array(32).fill(at),
      }),
    ),
  }),
]

describe('an outline', () => {
  test.for(claims.map((claim, at) => [`${at} ${claim.type}`, claim] as const))(
    'is the same from the bytes as from the record: %s',
    ([, claim]) => {
      const { id, record, bytes } = verified(claim, claim.type === 'promise' ? bob : alice)
      expect(readOutline(fromHex(id), bytes)).toEqual(outlineOf(id, record))
    },
  )

  test('says in whose shard the record is, and to whom a promise was made', () => {
    const { id, record } = verified(promiseClaim({ delegator: carol.did }), bob)
    expect(outlineOf(id, record)).toMatchObject({
      type: 'promise',
      issuer: didBytes(bob.did),
      subject: didBytes(bob.did),
      delegator: didBytes(carol.did),
      issuedAtMs: record.issuedAtMs,
    })
  })

  test('has the terms of a promise where an outcome settles it, and others where a word differs', () => {
    const work: Work = { kind: 'count', count: 10 }
    const promise = verified(promiseClaim({ delegator: alice.did, scope: 'review', work }), bob)
    const [terms] = outlineOf(promise.id, promise.record).terms
    const termsOf = (change: object, by = alice, subject = bob.did): string[] => {
      const words = { promised: work, ...change }
      const said = outcome({
        promise: promise.id,
        scope: 'review',
        delivered: words.promised,
        ...words,
      })
      const { id, record } = verified(observationClaim({ subject, outcomes: [said] }), by)
      return outlineOf(id, record).terms.map((one) => toHex(one))
    }
    const wanted = toHex(terms ?? new Uint8Array())
    expect(termsOf({})).toEqual([wanted])
    expect(termsOf({ promise: undefined })).toEqual([])
    for (const other of [
      termsOf({ promise: promiseId }),
      termsOf({ scope: 'reviews' }),
      termsOf({ promised: { kind: 'count', count: 11 } }),
      termsOf({ promised: { kind: 'time', ms: 10 } }),
      termsOf({}, carol),
      termsOf({}, alice, carol.did),
    ]) {
      expect(other).toHaveLength(1)
      expect(other).not.toContain(wanted)
    }
  })

  test('is of sound records alone: bytes cut short, gone on or turned are read as something or nothing', () => {
    const { id, bytes } = verified(observationClaim({ issuedAtMs: NOW_MS }))
    const idBytes = fromHex(id)
    for (let size = 0; size < bytes.length; size++) {
      expect(readOutline(idBytes, bytes.subarray(0, size))).toBeUndefined()
    }
    expect(readOutline(idBytes, Uint8Array.of(...bytes, 0))).toBeUndefined()
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const turned = Uint8Array.from(bytes)
        turned[at] = byte
        const started = performance.now()
        readOutline(idBytes, turned)
        expect(performance.now() - started).toBeLessThan(1_000)
      }),
    )
  })
})
