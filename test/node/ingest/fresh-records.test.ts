import { expect, test } from 'vitest'
import { FRESH_LIMIT, FRESH_MS, FreshRecords } from '../../../src/node/ingest/fresh-records.ts'

test('a record is fresh once, and for so long', () => {
  let nowMs = 1_000
  const fresh = new FreshRecords(() => nowMs)
  fresh.note('a')
  fresh.note('b')
  expect(fresh.take('a')).toBe(true)
  expect(fresh.take('a')).toBe(false)
  expect(fresh.take('never seen')).toBe(false)
  nowMs += FRESH_MS
  fresh.note('c')
  expect(fresh.take('b')).toBe(true)
  nowMs += FRESH_MS + 1
  expect(fresh.take('c')).toBe(false)
})

test('no more than the limit are kept, and at least the newest half of it', () => {
  const fresh = new FreshRecords(() => 0)
  for (let at = 0; at < 3 * FRESH_LIMIT; at++) {
    fresh.note(`${at}`)
    if (at % 1_000 === 0) expect(fresh.size).toBeLessThanOrEqual(FRESH_LIMIT)
  }
  expect(fresh.size).toBeLessThanOrEqual(FRESH_LIMIT)
  for (let at = 3 * FRESH_LIMIT - FRESH_LIMIT / 2; at < 3 * FRESH_LIMIT; at++) {
    if (!fresh.take(`${at}`)) expect.fail(`${at} is forgotten`)
  }
})
