import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fixed2, round4 } from '../../../src/trust/reference/round.ts'

describe('rounding', () => {
  test.each([
    [1 / 32, 0.0312],
    [3 / 32, 0.0938],
    [5 / 32, 0.1562],
    [7 / 32, 0.2188],
    [1 + 1 / 32, 1.0312],
    [-1 / 32, -0.0312],
    [-3 / 32, -0.0938],
  ])('P1 the tie %d goes to its even neighbour', (value, expected) => {
    expect(round4(value)).toBe(expected)
  })

  test('P1 what only looks like a tie is judged by its exact value', () => {
    // 0.00005 lies a little above the half, 0.00015 a little below.
    expect(round4(0.000_05)).toBe(0.0001)
    expect(round4(0.000_15)).toBe(0.0001)
    expect(round4(1 / 3)).toBe(0.3333)
    expect(round4(2 / 3)).toBe(0.6667)
    expect(round4(1)).toBe(1)
  })

  test.each([
    [0.125, '0.12'],
    [0.375, '0.38'],
    [0.625, '0.62'],
    [-0.125, '-0.12'],
    [0.805, '0.81'],
    [0.3, '0.30'],
  ])('P1 %d has two decimals in the sentences: %s', (value, expected) => {
    expect(fixed2(value)).toBe(expected)
  })

  test('P1 no rounding moves a number by more than a half of its last digit', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
        expect(Math.abs(round4(value) - value)).toBeLessThanOrEqual(0.000_05 + 1e-16)
      }),
    )
  })
})
