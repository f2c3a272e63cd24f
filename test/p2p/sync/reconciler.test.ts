import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { textBytes, toHex } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { floorKey, recordKey } from '../../../src/records/replica/key-tree.ts'
import { reconciled, Sets } from './drive.ts'

/** Few times and ids, so that keys lie close together and far apart. */
const key = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 2 ** 40 })),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([issuedAtMs, which]) => recordKey(issuedAtMs, sha256(textBytes(`${issuedAtMs} ${which}`))))
const keys = fc.array(key, { maxLength: 300, size: 'max' })

describe('a session', () => {
  test('leaves both sides with all keys at or above the later floor', () => {
    fc.assert(
      fc.property(
        keys,
        keys,
        keys,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (shared, one, other, floorOne, floorOther) => {
          const dialler = new Sets([0], { 1: floorOne }).with([...shared, ...one])
          const responder = new Sets([0], { 1: floorOther }).with([...shared, ...other])
          const floor = toHex(floorKey(Math.max(floorOne, floorOther)))
          const isAbove = (hex: string): boolean => hex >= floor
          const union = [...new Set([...dialler.keys(), ...responder.keys()])].filter(isAbove)
          const sides = reconciled(dialler, responder)
          for (const { end, sets } of [sides.dialler, sides.responder]) {
            expect(end).toEqual({ kind: 'finished', isComplete: true })
            expect(sets.keys().filter(isAbove)).toEqual(union.toSorted())
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
