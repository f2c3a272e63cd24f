import { describe, expect, test } from 'vitest'
import { agoText, parseDuration, parseWhen } from '../../src/cli/time.ts'
import { NOW, NOW_MS } from '../api/memory-node.ts'

describe('durations', () => {
  test.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['90d', 7_776_000_000],
    ['1w', 604_800_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', '90', 'd', '-1d', '1.5h', '1 d', '1y', '1d2h', '9999999999d', 'toString'])(
    '"%s" is none',
    (text) => {
      expect(() => parseDuration(text)).toThrow('is no duration')
    },
  )
})

describe('times', () => {
  test('a duration counts from now', () => {
    expect(parseWhen('0s', NOW_MS)).toBe(NOW)
  })

  test('RFC 3339 with any offset becomes UTC', () => {
    expect(parseWhen('2027-01-31T12:00:00+02:00', NOW_MS)).toBe('2027-01-31T10:00:00.000Z')
  })

  test.each(['2027-01-31', '2027-01-31T12:00:00', '2027-13-01T00:00:00Z', '2027'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseWhen(text, NOW_MS)).toThrow(/is no (?:time|duration)/)
    },
  )

  test.each([
    [0, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [172_800_000, '2 days ago'],
    [-5_000, 'just now'],
  ])('%i ms before now is "%s"', (agoMs, text) => {
    expect(agoText(new Date(NOW_MS - agoMs).toISOString(), NOW_MS)).toBe(text)
  })
})
