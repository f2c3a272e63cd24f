import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/base/units.ts'
import { freshness, HALF_LIFE_DAYS } from '../../src/trust/freshness.ts'
import { ONE } from '../../src/trust/profile.ts'

describe('freshness', () => {
  test('T15 is exactly the floor of 2^30 · 2^(-days/90), for each day of a half-life', () => {
    for (let day = 0; day < HALF_LIFE_DAYS; day++) {
      const got = BigInt(freshness(day * DAY_MS))
      // got ≤ 2^(30 − day/90) < got + 1, raised to the 90th power.
      const target = 2n ** BigInt(30 * HALF_LIFE_DAYS - day)
      expect(got ** 90n <= target && (got + 1n) ** 90n > target, `day ${day}`).toBe(true)
    }
  })

  test('T15 halves at each half-life, and is nothing after 31 of them', () => {
    expect(freshness(0)).toBe(ONE)
    expect(freshness(90 * DAY_MS)).toBe(ONE / 2)
    expect(freshness(180 * DAY_MS)).toBe(ONE / 4)
    expect(freshness(30 * 90 * DAY_MS)).toBe(1)
    expect(freshness(31 * 90 * DAY_MS)).toBe(0)
  })

  test('T15 counts age in whole days', () => {
    expect(freshness(DAY_MS - 1)).toBe(ONE)
    expect(freshness(DAY_MS)).toBeLessThan(ONE)
  })

  test('T15 takes a clock that is a little behind as now', () => {
    expect(freshness(-60_000)).toBe(ONE)
  })

  test('refuses an age that is no whole number of milliseconds', () => {
    expect(() => freshness(0.5)).toThrow(RangeError)
    expect(() => freshness(Number.NaN)).toThrow(RangeError)
  })
})
