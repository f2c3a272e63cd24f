import { describe, expect, test } from 'vitest'
import {
  compareTimestamps,
  daysBetween,
  parseTimestamp,
} from '../../../src/trust/reference/timestamp.ts'

const days = (earlier: string, later: string): number =>
  daysBetween(parseTimestamp(earlier), parseTimestamp(later))

const order = (a: string, b: string): number =>
  Math.sign(compareTimestamps(parseTimestamp(a), parseTimestamp(b)))

describe('timestamps', () => {
  test.each([
    ['2026-03-01T12:30:05', '2026-03-01T12:30:05'],
    ['2026-03-01 12:30', '2026-03-01T12:30:00'],
    ['2026-03-01', '2026-03-01T00:00:00'],
    ['20260301T123005', '2026-03-01T12:30:05'],
    ['2026-03-01T12:30:05Z', '2026-03-01T12:30:05+00:00'],
    ['2026-03-01T12:30:05-00:00', '2026-03-01T12:30:05+00:00'],
    ['2026-03-01T12:30:05+0530', '2026-03-01T12:30:05+05:30'],
    ['2026-03-01T12:30:05-03', '2026-03-01T12:30:05-03:00'],
    ['2026-03-01T12:30:05+01:00:30', '2026-03-01T12:30:05+01:00:30'],
    ['2026-03-01T12:30:05.25', '2026-03-01T12:30:05.250000'],
    ['2026-03-01T12:30:05.000000', '2026-03-01T12:30:05'],
    ['2026-03-01T12:30:05.1234569Z', '2026-03-01T12:30:05.123456+00:00'],
    ['2024-02-29T00:00:00', '2024-02-29T00:00:00'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00'],
  ])('P2 %s is printed %s', (text, isoformat) => {
    expect(parseTimestamp(text).isoformat).toBe(isoformat)
  })

  test.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-00-01',
    '2026-02-29',
    '2026-04-31',
    '2026-03-01T24:00:00',
    '2026-03-01T00:60:00',
    '2026-03-01T00:00:60',
    '2026-03-01T00:00:00+24:00',
    '0000-01-01',
    '2026-3-1',
    '2026-03-01T00:00:00 ',
  ])('P2 "%s" is none', (text) => {
    expect(() => parseTimestamp(text)).toThrow(/is no date and time/)
  })

  test('P2 instants are compared across offsets, to the microsecond', () => {
    expect(order('2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00Z')).toBe(0)
    expect(order('2026-03-01T12:00:00-01:00', '2026-03-01T12:00:00Z')).toBe(1)
    expect(order('2026-03-01T12:00:00.000001', '2026-03-01T12:00:00')).toBe(1)
    expect(order('1969-12-31T23:59:59.999999', '1970-01-01T00:00:00')).toBe(-1)
  })

  test('P2 whole days only, to the microsecond', () => {
    expect(days('2026-03-01T00:00:00', '2026-03-04T00:00:00')).toBe(3)
    expect(days('2026-03-01T00:00:00.000001', '2026-03-04T00:00:00')).toBe(2)
    expect(days('2026-03-01T00:00:00', '2026-03-03T23:59:59.999999')).toBe(2)
    expect(days('2026-03-01T23:00:00-02:00', '2026-03-05T01:00:00Z')).toBe(3)
    expect(days('0001-01-01', '1970-01-01')).toBe(719_162)
    expect(days('1970-01-01', '2026-11-23')).toBe(Date.UTC(2026, 10, 23) / 86_400_000)
  })
})
