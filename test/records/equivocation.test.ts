import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { findEquivocations } from '../../src/records/equivocation.ts'
import { alice, bob, carol, verified, revocationClaim } from '../support/records.ts'

/** Two to three records each of one number, by several keys, and one alone. */
const twice = [bob, alice, carol].flatMap((agent) =>
  [10, 9, 100].flatMap((sequence) =>
    Array.from({ length: sequence === 9 ? 3 : 2 }, (_, at) =>
      verified(revocationClaim({ sequence, reason: `${at}` }), agent),
    ),
  ),
)
const alone = verified(revocationClaim({ sequence: 11 }), alice)
const records = [...twice, alone]

test('all are found, in the order of issuer, key and number, by the two smallest ids', () => {
  const expected = [alice, bob, carol]
    .toSorted((a, b) => (a.did < b.did ? -1 : 1))
    .flatMap(({ did, signer }) =>
      [9, 10, 100].map((sequence) => ({
        issuer: did,
        keyHex: toHex(signer.publicKey),
        sequence,
        proof: twice
          .filter(({ record }) => record.issuer === did && record.sequence === sequence)
          .map(({ id }) => id)
          .toSorted()
          .slice(0, 2),
      })),
    )
  expect(findEquivocations(records)).toEqual(expected)
})

test('neither order nor repetition of the records changes what is found', () => {
  const found = findEquivocations(records)
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length }),
      (some) => {
        expect(findEquivocations(some)).toEqual(found)
      },
    ),
    { numRuns: 50 },
  )
})

test('one number of two keys, or one record twice, is none', () => {
  const sequence = 5
  const one = verified(revocationClaim({ sequence }), alice)
  expect(findEquivocations([one, one, verified(revocationClaim({ sequence }), bob)])).toEqual([])
})
