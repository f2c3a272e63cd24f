import { expect, describe, test } from 'vitest'
import { LAB_SCENARIOS } from '../../src/api/operations/lab.ts'
import { LAB_SIZE_LIMIT, playScenario, SCENARIOS } from '../../src/lab/scenarios.ts'
import { Stage } from '../../src/lab/stage.ts'

describe('each attack', () => {
  test.each(SCENARIOS)('%s: what is promised of the scores holds', (name) => {
    const report = playScenario(name, 300)
    expect(report.checks.filter(({ holds }) => !holds)).toEqual([])
    expect(report.checks.length).toBeGreaterThan(0)
    expect(report.steps.length).toBeGreaterThan(1)
    for (const { readings } of report.steps) {
      for (const { score, assured, reference } of readings) {
        for (const value of [score ?? 0, assured ?? 0, reference]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1)
        }
        expect(assured ?? 0).toBeLessThanOrEqual(score ?? 0)
      }
    }
  })

  test.each(SCENARIOS)('%s: is the same again', (name) => {
    expect(playScenario(name, 50)).toEqual(playScenario(name, 50))
  })

  test('is the one that the interface names', () => {
    expect([...LAB_SCENARIOS]).toEqual([...SCENARIOS])
  })

  test('has a size from 1 to the limit', () => {
    expect(() => playScenario('drift', 0)).toThrow(RangeError)
    expect(() => playScenario('drift', LAB_SIZE_LIMIT + 1)).toThrow(RangeError)
    expect(() => playScenario('sybil', 1)).not.toThrow()
  })
})

test('ten thousand puppets move nothing that is honest, where the reference gives 0.64', () => {
  const { checks, steps } = playScenario('sybil', LAB_SIZE_LIMIT)
  expect(checks.filter(({ holds }) => !holds)).toEqual([])
  expect(steps.at(-1)?.readings[0]).toMatchObject({ agent: 'goldie', reference: 0.64 })
})

describe('the stage', () => {
  test('scores behaviour: an agent that fails is below one that does not', () => {
    const stage = new Stage()
    for (const name of ['good', 'bad']) stage.vouch('me', name)
    for (let day = 1; day <= 10; day++) {
      stage.settle('me', 'good', 10, day)
      stage.settle('me', 'bad', 1, day)
    }
    const seen = stage.view(11)
    expect(seen.score('good').score ?? 0).toBeGreaterThan(seen.score('bad').score ?? 1)
    expect(seen.reference('good')).toBe(seen.reference('bad'))
  })

  test('what was taken back leads nowhere, for us and for the reference', () => {
    const stage = new Stage()
    const vouch = stage.vouch('me', 'bob')
    stage.settle('me', 'bob', 10, 1)
    stage.revoke('me', vouch, 2)
    expect([stage.view(1).reference('bob'), stage.view(3).reference('bob')]).toEqual([0.8, 0])
    expect(stage.view(3).standing('bob')).toBe(0)
  })
})
