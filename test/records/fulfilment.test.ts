import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fulfilment } from '../../src/records/fulfilment.ts'
import type { Clarity, Work } from '../../src/records/record.ts'
import { outcome } from '../support/records.ts'

function of(promised: Work, delivered: Work, clarity: Clarity = 0) {
  return fulfilment(outcome({ promised, delivered, clarity }))
}

const items = (...names: string[]): Work => ({ kind: 'items', items: names })
const count = (number: number): Work => ({ kind: 'count', count: number })
const time = (ms: number): Work => ({ kind: 'time', ms })
const quality = (value: number, measure = 'accuracy'): Work => ({ kind: 'quality', measure, value })
const uptime = (ppm: number): Work => ({ kind: 'uptime', ppm, overMs: 1 })

describe('fulfilment', () => {
  test.for([
    [0, 2 / 4],
    [1, (2 + 0.5 * 2) / 4],
    [2, 2 / 3],
  ] as const)('of items at clarity %d is %d', ([clarity, expected]) => {
    expect(of(items('a', 'b', 'c'), items('b', 'c', 'd'), clarity)).toBe(expected)
  })

  test('of items takes them as sets', () => {
    expect(of(items('a', 'a', 'b'), items('b', 'a', 'b'))).toBe(1)
    expect(of(items('a'), items())).toBe(0)
  })

  test('of a count or a quality is the part that was delivered, never more than 1', () => {
    expect([of(count(10), count(9)), of(count(10), count(10)), of(count(10), count(11))]).toEqual([
      0.9, 1, 1,
    ])
    expect([of(quality(800), quality(400)), of(quality(800), quality(900))]).toEqual([0.5, 1])
    expect([of(uptime(1_000), uptime(500)), of(uptime(1_000), uptime(1_000))]).toEqual([0.5, 1])
  })

  test('of a time is 1 up to the promise, and shrinks after it', () => {
    expect([of(time(100), time(0)), of(time(100), time(100)), of(time(100), time(200))]).toEqual([
      1, 1, 0.5,
    ])
  })

  test('nothing promised counts for nothing', () => {
    const nothings = [
      [items(), items()],
      [items(), items('a')],
      [count(0), count(5)],
      [time(0), time(0)],
      [quality(0), quality(0)],
      [uptime(0), uptime(1)],
    ] as const
    for (const clarity of [0, 1, 2] as const) {
      for (const [promised, delivered] of nothings) {
        expect(of(promised, delivered, clarity)).toBeUndefined()
      }
    }
  })

  test('another kind or another measure counts for nothing', () => {
    const kinds = [items('a'), count(1), time(1), quality(1), uptime(1)]
    for (const promised of kinds) {
      for (const delivered of kinds) {
        expect(of(promised, delivered) === undefined).toBe(promised.kind !== delivered.kind)
      }
    }
    expect(of(quality(1), quality(1, 'recall'))).toBeUndefined()
  })

  test('is in [0, 1] whatever was delivered', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'))
    fc.assert(
      fc.property(names, names, fc.constantFrom(0, 1, 2), (promised, delivered, clarity) => {
        const value = of(items(...promised), items(...delivered), clarity) ?? 0
        expect(value >= 0 && value <= 1).toBe(true)
      }),
    )
  })
})
