import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InternedTexts } from '../../../src/trust/engine/interned.ts'
import { LatestOf } from '../../../src/trust/engine/latest.ts'
import type { Timed } from '../../../src/trust/engine/latest.ts'
import { PagedRecords } from '../../../src/trust/engine/paged.ts'

describe('records in pages', () => {
  const place = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 4_000, max: 100_000 }))

  test('hold what was set, in any order, and 0 elsewhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.integer()), { maxLength: 50, size: 'max' }),
        (sets) => {
          const records = new PagedRecords(2)
          const known = new Map<number, number>()
          for (const [at, value] of sets) {
            records.setDouble(at, 0, value / 8)
            records.setInt(at, 2, value)
            records.setInt(at, 3, ~value)
            known.set(at, value)
          }
          for (let at = 0; at < 5_000; at += 97) known.set(at, known.get(at) ?? 0)
          for (const [at, value] of known) {
            const isSet = sets.some(([own]) => own === at)
            expect(records.double(at, 0)).toBe(value / 8)
            expect(records.int(at, 2)).toBe(value)
            expect(records.int(at, 3)).toBe(isSet ? ~value : 0)
          }
        },
      ),
      { numRuns: 50, seed: 1 },
    )
  })
})

describe('interned texts', () => {
  test('equal texts have one number, until nobody holds it', () => {
    const texts = new InternedTexts()
    const night = texts.take('night')
    const load = texts.take('load')
    expect(texts.take('night')).toBe(night)
    expect([texts.text(night), texts.text(load)]).toEqual(['night', 'load'])
    expect(night).toBeGreaterThan(0)
    texts.release(night)
    expect(texts.text(night)).toBe('night')
    texts.release(night)
    expect(() => texts.text(night)).toThrow(RangeError)
    expect(texts.take('rain')).toBe(night)
    expect([texts.text(night), texts.text(load)]).toEqual(['rain', 'load'])
  })
})

describe('the latest of several', () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 40 }))

  test('is the latest, after any comings and goings', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80, size: 'max' }), (changes) => {
        const latest = new LatestOf()
        const known = new Map<number, number>()
        const places = new Map<number, number>()
        const timed: Timed = {
          latestMsOf: (number) => known.get(number) ?? 0,
          placeOf: (number) => places.get(number) ?? 0,
          setPlace: (number, place) => places.set(number, place),
        }
        for (const [number, atMs] of changes) {
          if (known.has(number)) {
            latest.leave(number, timed)
            known.delete(number)
          } else {
            known.set(number, atMs)
            latest.enter(number, timed)
          }
          expect(latest.latestMs(timed)).toBe(
            known.size === 0 ? undefined : Math.max(...known.values()),
          )
        }
      }),
      { numRuns: 500, seed: 2 },
    )
  })
})
