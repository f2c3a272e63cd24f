import { describe, expect, test } from 'vitest'
import type { RuleName } from './admission-rules.ts'
import { simulate } from './run.ts'

const ROUNDS_TO_AGREE_LIMIT = 8
const TEMPTING: readonly RuleName[] = ['first come', 'dropping rate limit', 'cap across shards']

/** 24 nodes, 10 % loss. Many more seeds: test/long/admission.test.ts. */
describe('what nodes hold that follow different shards and meet in pairs', () => {
  test.for([1, 2])('R10 becomes the same set, that of all records at once (seed %i)', (seed) => {
    const outcome = simulate(seed, 'best K')
    expect(outcome).toMatchObject({ disagreeing: 0, wrong: 0, sentLast: 0 })
    expect(outcome.roundsToAgree).toBeLessThanOrEqual(ROUNDS_TO_AGREE_LIMIT)
  })

  test('R10 becomes the same set while records leave and a key loses its place', () => {
    const outcome = simulate(3, 'best K', { withLeaving: true, withRobbed: true })
    expect(outcome).toMatchObject({ disagreeing: 0, sentLast: 0 })
    expect(outcome.roundsToAgree).toBeLessThanOrEqual(ROUNDS_TO_AGREE_LIMIT)
  })

  test.for(TEMPTING)('never becomes the same under: %s', (rule) => {
    const outcome = simulate(1, rule)
    expect(outcome.roundsToAgree).toBeUndefined()
    expect(outcome.disagreeing).toBeGreaterThan(0)
  })
})
