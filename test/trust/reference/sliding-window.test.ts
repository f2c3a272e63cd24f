import { describe, expect, test } from 'vitest'
import { PROMISE_MINIMA, scoresFromPromises } from '../../../src/trust/reference/promises.ts'
import {
  confidenceOf,
  SLIDING_DEFAULTS,
  slidingScores,
} from '../../../src/trust/reference/sliding-window.ts'
import { scoresFromVerifications } from '../../../src/trust/reference/verifications.ts'
import { kept, observed } from './world.ts'

const ten = (late: number) => [...kept(4, 4, 4, 4, 4, ...Array.from({ length: 5 }, () => late))]

const alerts = (all: number, recent: number) => {
  const days = Array.from({ length: 20 }, (_, at) => (at < 15 ? all : recent))
  const items = Array.from({ length: 100 }, (_, at) => `${at}`)
  return slidingScores(
    days.map((count, day) => observed(day, { promised: items, delivered: items.slice(0, count) })),
    { ...SLIDING_DEFAULTS, window: 5 },
  ).driftAlerts.filter(({ dimension }) => dimension === 'calibration')
}

describe('the sliding window', () => {
  test('P8 of nothing there is nothing', () => {
    expect(slidingScores([])).toMatchObject({
      windowSize: 0,
      confidence: 0,
      driftAlerts: [],
      windowed: { observationCount: 0 },
    })
  })

  test('P8 the window is content with what it holds, and needs no days', () => {
    const one = slidingScores(kept(2))
    expect(one).toMatchObject({
      cumulative: { calibration: null, observationCount: 1 },
      windowed: { calibration: 0.5 },
      windowSize: 1,
      confidence: 0.015,
    })
  })

  test('P8 the window is the last ones in time, chosen before any are left out', () => {
    const some = [...kept(4, 4, 4, 4, 4, 0), observed(6), observed(7)]
    const { windowed, windowSize } = slidingScores(some, { ...SLIDING_DEFAULTS, window: 3 })
    expect(windowSize).toBe(3)
    // Three were asked for and one of them has a promise: too few.
    expect(windowed).toMatchObject({ observationCount: 1, calibration: null })
  })

  test('P8 cumulative and windowed are the scores of their observations', () => {
    const some = kept(4, 3, 2, 1, 0, 4, 4, 2)
    const found = slidingScores(some, { ...SLIDING_DEFAULTS, window: 5 })
    expect(found.cumulative).toEqual(scoresFromPromises(some))
    const lenient = { ...PROMISE_MINIMA, minDays: 0 }
    expect(found.windowed).toEqual(scoresFromPromises(some.slice(-5), lenient))
  })

  test('P8 a fall of 0.30 is critical, of 0.15 a warning, with the sign of a fall', () => {
    const found = slidingScores(ten(0), { ...SLIDING_DEFAULTS, window: 5 })
    expect(found.driftAlerts).toContainEqual({
      dimension: 'calibration',
      cumulativeScore: 0.5,
      windowedScore: 0,
      delta: 0.5,
      severity: 'critical',
      windowSize: 5,
      message:
        'calibration dropped from 0.50 (cumulative) to 0.00 (recent 5 obs) — delta 0.50 exceeds critical threshold',
    })
    expect(
      slidingScores(ten(2), { ...SLIDING_DEFAULTS, window: 5 }).driftAlerts.find(
        ({ dimension }) => dimension === 'calibration',
      ),
    ).toMatchObject({
      delta: 0.25,
      severity: 'warning',
      message: 'calibration shifted from 0.75 to 0.50 (recent 5 obs) — monitoring',
    })
    const better = slidingScores(kept(0, 0, 0, 0, 0, 4, 4, 4, 4, 4), {
      ...SLIDING_DEFAULTS,
      window: 5,
    })
    expect(better.driftAlerts[0]).toMatchObject({ delta: -0.5, severity: 'critical' })
  })

  test('P8 the difference is taken as doubles are', () => {
    // 0.85 − 0.7 is a little more than 0.15; 0.95 − 0.8 is a little less.
    expect(alerts(90, 70)).toMatchObject([
      { cumulativeScore: 0.85, windowedScore: 0.7, delta: 0.15 },
    ])
    expect(alerts(100, 80)).toEqual([])
  })

  test('P8 from verifications it is the same with the other scores', () => {
    const some = Array.from({ length: 8 }, (_, day) =>
      observed(day, { externally_verified: day < 4 }),
    )
    const found = slidingScores(some, { ...SLIDING_DEFAULTS, from: 'verifications', window: 5 })
    expect(found.cumulative).toEqual(scoresFromVerifications(some, PROMISE_MINIMA))
    expect(found).toMatchObject({
      cumulative: { calibration: 0.3 },
      windowed: { calibration: 0.15 },
    })
  })
})

describe('confidence', () => {
  test.each([
    [0, 90, 0],
    [1, 0, 0.015],
    [10, 14, 0.3],
    [9, 14, 0.27],
    [30, 14, 0.7],
    [29, 14, 0.68],
    [50, 14, 0.95],
    [1000, 1000, 0.95],
    [50, 7, 0.7125],
    [50, 13, 0.9161],
    [50, -1, 0.475],
  ])('P9 of %d observations over %d days is %d', (count, days, expected) => {
    expect(confidenceOf(count, days)).toBe(expected)
  })
})
