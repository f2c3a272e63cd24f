import { describe, expect, test } from 'vitest'
import { agreement, scoresFromPromises } from '../../../src/trust/reference/promises.ts'
import { kept, observed } from './world.ts'

const under = (counts: readonly number[], load: (day: number) => string) =>
  scoresFromPromises(
    kept(...counts).map((one, day) => ({
      ...one,
      conditions: new Map([['load', load(day)]]),
    })),
  ).robustness

const conditions = (day: number) => ({ load: day < 3 ? 'low' : 'high' })

describe('agreement of promised and delivered', () => {
  test('P6 nothing promised and nothing delivered agree wholly, whatever the clarity', () => {
    expect(agreement([], [])).toBe(1)
    expect(agreement([], [], 'MULTI_VALID')).toBe(1)
    expect(agreement([], [], 'UNDERSPECIFIED')).toBe(1)
  })

  test('P6 what is common, of all that was named; duplicates are one', () => {
    expect(agreement(['a', 'b', 'b'], ['b', 'c'])).toBe(1 / 3)
    expect(agreement(['a', 'b'], ['b', 'c'], 'UNAMBIGUOUS')).toBe(1 / 3)
    expect(agreement(['A'], ['a'])).toBe(0)
  })

  test('P6 where several answers are right, another one counts half', () => {
    expect(agreement(['a', 'b'], ['b', 'c'], 'MULTI_VALID')).toBe(2 / 3)
    expect(agreement(['a'], [], 'MULTI_VALID')).toBe(0.5)
  })

  test('P6 where the task was vague, only what was promised is asked for', () => {
    expect(agreement(['a', 'b'], ['b', 'c', 'd'], 'UNDERSPECIFIED')).toBe(1 / 2)
    expect(agreement([], ['a'], 'UNDERSPECIFIED')).toBe(1)
    expect(agreement([], ['a'])).toBe(0)
  })
})

describe('scores from promises', () => {
  test('P6 of nothing there are none', () => {
    const none = { calibration: null, adaptation: null, robustness: null }
    const nothing = { ...none, observationCount: 0, windowDays: 0, chainHash: '' }
    expect(scoresFromPromises([])).toEqual(nothing)
    expect(scoresFromPromises([observed(0, { promised: ['a'] })])).toEqual(nothing)
    expect(scoresFromPromises([], { minObservations: 0, minDays: 0 })).toEqual(nothing)
  })

  test('P6 below either minimum count, days and hash are said, and no score', () => {
    expect(scoresFromPromises(kept(4, 4, 4, 4))).toMatchObject({
      calibration: null,
      observationCount: 4,
      windowDays: 3,
      chainHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect(scoresFromPromises(kept(4, 4, 4, 4, 4)).calibration).toBe(1)
    const hurried = kept(4, 4, 4, 4, 4).map((one) => ({ ...one, timestamp: observed(0).timestamp }))
    expect(scoresFromPromises(hurried)).toMatchObject({ calibration: null, windowDays: 0 })
  })

  test('P6 calibration is the mean, to four decimals', () => {
    expect(scoresFromPromises(kept(4, 3, 2, 1, 0)).calibration).toBe(0.5)
    expect(scoresFromPromises(kept(4, 4, 4, 4, 3, 3)).calibration).toBe(0.9167)
  })

  test('P6 a trend needs six; of an odd number the first half is the shorter', () => {
    expect(scoresFromPromises(kept(0, 0, 4, 4, 4)).adaptation).toBe(0.5)
    expect(scoresFromPromises(kept(2, 2, 2, 3, 3, 3)).adaptation).toBe(0.75)
    expect(scoresFromPromises(kept(2, 2, 2, 4, 2, 2, 2)).adaptation).toBe(0.625)
    expect(scoresFromPromises(kept(0, 0, 0, 4, 4, 4)).adaptation).toBe(1)
    expect(scoresFromPromises(kept(4, 4, 4, 0, 0, 0)).adaptation).toBe(0)
  })

  test('P6 under one set of conditions robustness is calibration', () => {
    const scores = scoresFromPromises(kept(4, 3, 2, 1, 0))
    expect(scores.robustness).toBe(scores.calibration)
  })

  test('P6 otherwise one less twice the deviation of the groups, each of which counts alike', () => {
    // Means 1 and 1/2: deviation 1/4.
    expect(under([4, 4, 4, 4, 2], (day) => (day < 4 ? 'low' : 'high'))).toBe(0.5)
    expect(under([4, 0, 4, 0, 4], (day) => (day % 2 === 0 ? 'low' : 'high'))).toBe(0)
    expect(under([4, 4, 4, 4, 4], (day) => String(day))).toBe(1)
  })

  test('P6 robustness does not know clarity', () => {
    const fields = { promised: ['a'], delivered: [], specification_clarity: 'MULTI_VALID' }
    const scores = scoresFromPromises(
      [0, 1, 2, 3, 4].map((day) =>
        observed(day, {
          ...fields,
          ...(day >= 3 && { delivered: ['a'] }),
          conditions: conditions(day),
        }),
      ),
    )
    // Half a point for each of three and a whole one for two; but groups of 0 and of 1.
    expect(scores).toMatchObject({ calibration: 0.7, robustness: 0 })
  })

  test('P6 observations without promise or delivery are left out, of the count too', () => {
    const some = [...kept(4, 4, 4, 4, 4), observed(20), observed(21, { promised: ['a'] })]
    expect(scoresFromPromises(some)).toEqual(scoresFromPromises(kept(4, 4, 4, 4, 4)))
  })

  test('P2 the order in which they come does not matter where their instants differ', () => {
    const some = kept(4, 3, 2, 1, 0, 4, 4)
    expect(scoresFromPromises(some.toReversed())).toEqual(scoresFromPromises(some))
  })
})
