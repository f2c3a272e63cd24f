import { describe, expect, test } from 'vitest'
import type { ReferenceObservation } from '../../../src/trust/reference/observation.ts'
import { scoresFromVerifications } from '../../../src/trust/reference/verifications.ts'
import { observed } from './world.ts'

const LENIENT = { minObservations: 1, minDays: 0 }

/** Verified as true, as false, or not at all; or whole fields. */
type Result = boolean | null | Readonly<Record<string, unknown>>

/** A day each. */
function verified(...results: readonly Result[]): readonly ReferenceObservation[] {
  return results.map((result, day) =>
    observed(
      day,
      typeof result === 'object' && result !== null ? result : { externally_verified: result },
    ),
  )
}

function calibration(...results: readonly Result[]) {
  return scoresFromVerifications(verified(...results), LENIENT).calibration
}

const after = (improved: boolean | null, received = true) => ({
  feedback_received: received,
  post_feedback_improved: improved,
})

const adaptation = (...results: readonly Result[]) =>
  scoresFromVerifications(verified(...results), LENIENT).adaptation

/** Days, and whether verified as true. */
const over = (days: readonly (readonly [number, boolean | null])[], types = ['a', 'b']) =>
  scoresFromVerifications(
    days.map(([day, result], at) =>
      observed(day, {
        externally_verified: result,
        task_type: types[at % types.length] ?? '',
      }),
    ),
    LENIENT,
  ).robustness

describe('scores from verifications', () => {
  test('P7 need ten observations over seven days', () => {
    const ten = verified(...Array.from({ length: 10 }, () => true))
    expect(scoresFromVerifications(ten)).toMatchObject({
      calibration: 1,
      observationCount: 10,
      windowDays: 9,
    })
    expect(scoresFromVerifications(ten.slice(1))).toMatchObject({
      calibration: null,
      observationCount: 9,
      windowDays: 8,
    })
    const sixDays = ten.map((one, at) =>
      at < 7 ? one : { ...one, timestamp: observed(6).timestamp },
    )
    expect(scoresFromVerifications(sixDays).calibration).toBeNull()
  })

  test('P7 the later half weighs 0.7, and of an odd number the first half is the shorter', () => {
    expect(calibration(false, false, true, true, true)).toBe(0.7)
    expect(calibration(true, true, false, false, false)).toBe(0.3)
    expect(calibration(true, false, true, false, true)).toBe(0.6167)
    expect(calibration(false, true, true, true)).toBeNull()
  })

  test('P7 what was not verified is left out, of the halves too', () => {
    expect(calibration(null, false, false, null, true, true, true, null)).toBe(0.7)
  })

  test('P7 owning up to a failure is a match', () => {
    const honest = { self_reported_success: false, externally_verified: false }
    expect(calibration(honest, honest, honest, honest, honest)).toBe(1)
  })

  test.each([
    ['MULTI_VALID', 0.5],
    ['UNDERSPECIFIED', 0.5],
    ['UNAMBIGUOUS', 0],
    [null, 0],
  ])('P7 a wrong report about a task of clarity %s counts %d', (clarity, expected) => {
    const wrong = { externally_verified: false, specification_clarity: clarity }
    expect(calibration(wrong, wrong, wrong, wrong, wrong)).toBe(expected)
  })

  test('P7 adaptation counts improvements after feedback, of at least three', () => {
    expect(adaptation(after(false), after(true), after(true))).toBe(0.7)
    expect(adaptation(after(true), after(true))).toBeNull()
    expect(adaptation(after(true), after(null), after(true), after(true, false))).toBeNull()
  })

  describe('robustness', () => {
    const WEEK = [
      [0, true],
      [1, true],
      [2, true],
    ] as const

    test('P7 is one less the weeks’ coefficient of variation', () => {
      // Rates 1 and 1/3: mean 2/3, deviation 1/3.
      expect(over([...WEEK, [7, true], [8, false], [9, false]])).toBe(0.5)
      expect(over([...WEEK, [7, true], [8, true], [9, true]])).toBe(1)
      // Rates 1 and 0: mean 1/2, deviation 1/2.
      expect(over([...WEEK, [7, false], [8, false], [9, false]])).toBe(0)
    })

    test('P7 needs two types of task', () => {
      expect(over([...WEEK, [7, true], [8, true], [9, true]], ['a'])).toBeNull()
    })

    test('P7 needs two weeks of three verified ones, and some success', () => {
      expect(over([...WEEK, [7, true], [8, true], [9, null]])).toBeNull()
      const bad = [0, 1, 2, 7, 8, 9].map((day) => [day, false] as const)
      expect(over(bad)).toBeNull()
    })

    test('P7 a week that begins with the last instant is none', () => {
      const late = [7, 7, 7].map((day) => [day, true] as const)
      expect(over([...WEEK, ...late])).toBeNull()
      expect(over([...WEEK, ...late, [8, null]])).toBe(1)
    })
  })
})
