import { describe, expect, test } from 'vitest'
import type { RuleName } from '../simulation/admission-rules.ts'
import { simulate, type Outcome } from '../simulation/run.ts'

const SEED_COUNT = 40
const TEMPTING_SEED_COUNT = 10
const TEMPTING: readonly RuleName[] = ['first come', 'dropping rate limit', 'cap across shards']

describe('what nodes hold that follow different shards and meet in pairs, many times over', () => {
  test('R10 becomes the same set, that of all records at once', () => {
    const outcomes = runs(SEED_COUNT, (seed) => simulate(seed, 'best K'))
    for (const [seed, outcome] of outcomes) {
      expect(outcome, `seed ${seed}`).toMatchObject({ disagreeing: 0, wrong: 0, sentLast: 0 })
    }
    print('best K', outcomes)
  })

  test('R10 becomes the same set while records leave and keys lose their place', () => {
    const losses = { withLeaving: true, withRobbed: true }
    const outcomes = runs(SEED_COUNT, (seed) => simulate(seed, 'best K', losses))
    for (const [seed, outcome] of outcomes) {
      expect(outcome, `seed ${seed}`).toMatchObject({ disagreeing: 0, sentLast: 0 })
    }
    print('best K, with losses', outcomes)
  })

  test('becomes the same, later, under a rate limit that only delays', () => {
    const options = { roundCount: 40 }
    const outcomes = runs(TEMPTING_SEED_COUNT, (seed) =>
      simulate(seed, 'delaying rate limit', options),
    )
    for (const [seed, outcome] of outcomes) {
      expect(outcome, `seed ${seed}`).toMatchObject({ disagreeing: 0, wrong: 0 })
    }
    print('delaying rate limit', outcomes)
  })

  test.for(TEMPTING)('never becomes the same under: %s', (rule) => {
    const outcomes = runs(TEMPTING_SEED_COUNT, (seed) => simulate(seed, rule, { roundCount: 40 }))
    for (const [seed, outcome] of outcomes) {
      expect(outcome.roundsToAgree, `seed ${seed}`).toBeUndefined()
      expect(outcome.disagreeing, `seed ${seed}`).toBeGreaterThan(0)
    }
    print(rule, outcomes)
  })
})

type Runs = readonly (readonly [seed: number, outcome: Outcome])[]

function runs(count: number, run: (seed: number) => Outcome): Runs {
  return Array.from({ length: count }, (_, at) => [at + 1, run(at + 1)])
}

/** What the numbers were, for whoever reads the run. */
function print(rule: string, outcomes: Runs): void {
  const of = (value: (outcome: Outcome) => number | undefined): string => {
    const values = outcomes.flatMap(([, outcome]) => value(outcome) ?? []).toSorted((a, b) => a - b)
    if (values.length === 0) return '–'
    return `${values[0]}–${values.at(-1)}, median ${values[values.length >> 1]}`
  }
  const exact = outcomes.filter(([, { wrong }]) => wrong === 0).length
  process.stdout.write(
    `${rule}: ${outcomes.length} seeds, ${outcomes[0]?.[1].nodes} nodes; ` +
      `records ${of(({ records }) => records)}; rounds to agree ${of((one) => one.roundsToAgree)}; ` +
      `disagreeing at the end ${of(({ disagreeing }) => disagreeing)}; ` +
      `as all at once ${exact} of ${outcomes.length}\n`,
  )
}
