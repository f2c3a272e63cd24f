import { assert as hold, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/base/units.ts'
import {
  COMPONENT_DAYS_LIMIT,
  OUTCOMES_LOOKED_AT_LIMIT,
  sampledDays,
} from '../../src/trust/history-components.ts'
import { did, NOW_MS, outcome, World } from './world.ts'

const bob = did('bob')

/** Bob works for Alice on ten days, worse from day to day. */
function fading(): World {
  const world = new World()
  world.vouch('me', 'alice')
  world.vouch('me', 'bob')
  for (let ago = 9; ago >= 0; ago--) {
    world.observe('alice', 'bob', [outcome(ago, { observedAtMs: NOW_MS - ago * DAY_MS - 1 })])
  }
  return world
}

describe('the components of a day', () => {
  test('are those of the score on the last day', () => {
    const world = fading()
    for (let more = 0; more < 70; more++) world.observe('me', 'bob', [outcome(more % 11)])
    const view = world.view()
    const { points } = view.history(bob, 'general')
    expect(points.at(-1)?.components).toEqual(view.score(bob, 'general').components)
  })

  test('are those of a view that holds nothing later', () => {
    const { points } = fading().view().history(bob, 'general')
    expect(points).toHaveLength(10)
    for (const [at, { components }] of points.entries()) {
      const world = fading()
      world.records.splice(2 + at + 1)
      expect(components).toEqual(world.view().score(bob, 'general').components)
    }
  })

  test('fall with the work', () => {
    const { points } = fading().view().history(bob, 'general')
    const calibrations = points.map(({ components }) => components?.calibration ?? 0)
    expect(calibrations).toEqual(calibrations.toSorted((a, b) => b - a))
  })
})

test('the sampled days are in bounds, evenly spread, and have the last one', () => {
  hold(
    property(
      integer({ min: 1, max: 400 }),
      integer({ min: 1, max: 1_000_000 }),
      (count, outcomes) => {
        const days = Array.from({ length: count }, (_, at) => at)
        const sampled = [...sampledDays(days, outcomes)]
        expect(sampled.at(-1)).toBe(count - 1)
        expect(sampled.length).toBeLessThanOrEqual(COMPONENT_DAYS_LIMIT)
        expect(sampled.length === 1 || sampled.length * outcomes <= OUTCOMES_LOOKED_AT_LIMIT).toBe(
          true,
        )
        const steps = sampled.slice(1).map((day, at) => day - (sampled[at] ?? 0))
        if (steps.length > 0) expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1)
      },
    ),
  )
})
