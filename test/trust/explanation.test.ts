import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/base/units.ts'
import { divergenceOf, driftOf } from '../../src/trust/drift.ts'
import type { Recent } from '../../src/trust/drift.ts'
import type { Explanation } from '../../src/trust/explanation.ts'
import { did, NOW_MS, outcome, World } from './world.ts'

const bob = did('bob')

/** The score again, from what the explanation shows and nothing else. */
function recomputed({ social, behaviour, cap }: Explanation) {
  if (behaviour === null) return null
  const standing = social.paths.reduce((sum, { share }) => sum + share, social.otherPaths)
  const trust = (social.ceiling * standing) / (standing + social.distrust + social.halfStanding)
  const { observers, otherObservers, priorWeight, priorValue, proportions } = behaviour
  const evidence = observers.reduce((sum, { weight }) => sum + weight, otherObservers.weight)
  const component = (own: 'mean' | 'adaptation' | 'robustness', rest: number): number =>
    (observers.reduce((sum, term) => sum + term.weight * term[own], rest) +
      priorWeight * priorValue) /
    (evidence + priorWeight)
  const reliability =
    proportions.calibration * component('mean', otherObservers.sums.calibration) +
    proportions.adaptation * component('adaptation', otherObservers.sums.adaptation) +
    proportions.robustness * component('robustness', otherObservers.sums.robustness)
  return {
    score: Math.min(cap ?? 1, trust * reliability),
    assured: Math.min(cap ?? 1, trust * behaviour.lower),
    upper: Math.min(cap ?? 1, social.upper * behaviour.upper),
  }
}

function busy(friends: number): World {
  const world = new World()
  for (let at = 0; at < friends; at++) {
    world.vouch('me', `friend ${at}`, 300 + ((at * 37) % 700))
    world.vouch(`friend ${at}`, 'bob', 200 + ((at * 91) % 800))
    world.vouch(`friend ${at}`, `friend ${(at + 1) % friends}`, 500)
    world.settle(`friend ${at}`, 'bob', (at * 3) % 11, { conditions: { load: at % 2 === 0 } })
    world.settle(`friend ${at}`, 'bob', (at * 7) % 11, { conditions: { load: true } })
  }
  return world
}

const fooled = (arrows: readonly (readonly [string, string])[]): number => {
  const world = new World()
  for (const [from, to] of arrows) world.vouch(from, to)
  return world.view().explain(bob, 'general').counterfactuals.fooledNeeded
}

const socialOf = (held: number) => (0.85 * held) / (held + 0.0625)

/** Outcomes of weight 1, one every `stepMs`. */
function series(values: readonly number[], stepMs = DAY_MS): Recent {
  const all = values.map((kept, at) => ({
    kept,
    weight: 1,
    atMs: NOW_MS - (values.length - at) * stepMs,
  }))
  return {
    mean: values.reduce((sum, kept) => sum + kept, 0) / values.length,
    count: all.length,
    firstMs: all[0]?.atMs ?? 0,
    lastMs: all.at(-1)?.atMs ?? 0,
    latest: all.slice(-20),
  }
}

const repeat = (count: number, value: number) => Array.from({ length: count }, () => value)

const dropping = (late: number) =>
  driftOf(series([...repeat(20, 1), ...repeat(20, late)]))?.severity

describe('explanation', () => {
  test.each([1, 2, 5, 20, 80])(
    'T25 the score follows from it alone, with %d friends',
    (friends) => {
      const explanation = busy(friends).view().explain(bob, 'general')
      const again = recomputed(explanation)
      const { score, assured, upper } = explanation.score
      expect(again?.score).toBeCloseTo(score ?? -1, 12)
      expect(again?.assured).toBeCloseTo(assured ?? -1, 12)
      expect(again?.upper).toBeCloseTo(upper ?? -1, 12)
      expect(explanation.social.value * (explanation.behaviour?.value ?? -1)).toBe(score)
    },
  )

  test('T25 through JSON it is the same', () => {
    const explanation = busy(5).view().explain(bob, 'general')
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
  })

  test('T25 with a cap', () => {
    const pins = new Map([[bob, { kind: 'cap', cap: 0.1 } as const]])
    const explanation = busy(5).view({ pins }).explain(bob, 'general')
    expect(recomputed(explanation)?.score).toBe(explanation.score.score)
    expect(explanation.sentence).toContain('capped by your pin')
  })

  test('T25 its lists are cut at their limits and say how much was cut', () => {
    const explanation = busy(80).view().explain(bob, 'general')
    expect(explanation.social.paths).toHaveLength(3)
    expect(busy(80).view().paths(bob, 'general', 20)).toHaveLength(20)
    expect(explanation.social.otherPaths).toBeGreaterThan(0)
    expect(explanation.behaviour?.observers).toHaveLength(50)
    expect(explanation.behaviour?.otherObservers.count).toBe(30)
    expect(explanation.used).toMatchObject({ observationCount: 160 })
    expect(explanation.used.observations).toHaveLength(100)
  })

  test('T25 paths come strongest first, each vouch by its record', () => {
    const world = new World()
    const mine = world.vouch('me', 'carol')
    const hers = world.vouch('carol', 'bob')
    world.vouch('me', 'alice', 500)
    world.vouch('alice', 'bob')
    const paths = world.view().paths(bob, 'general', 1)
    expect(paths).toEqual([
      {
        share: 1 / 16,
        hops: [
          { did: did('carol'), via: 'vouch', level: 1000, vouch: mine.id },
          { did: bob, via: 'vouch', level: 1000, vouch: hers.id },
        ],
      },
    ])
  })

  test('T25 what is left out is counted by reason', () => {
    const world = new World()
    world.vouch('me', 'bob')
    for (let at = 0; at < 7; at++) world.vouch(`stranger ${at}`, 'bob')
    world.settle('stranger 0', 'bob', 10)
    const { ignored } = world.view().explain(bob, 'general')
    expect(ignored).toMatchObject([
      { kind: 'outcome', reason: 'not-reachable', count: 1 },
      { kind: 'vouch', reason: 'not-reachable', count: 7 },
    ])
    expect(ignored[1]?.ids).toHaveLength(5)
  })
})

describe('how many would have to be fooled', () => {
  test('T25 nobody, when nothing leads there', () => {
    expect(fooled([['me', 'alice']])).toBe(0)
  })

  test('T25 my own vouch is one: mine', () => {
    expect(fooled([['me', 'bob']])).toBe(1)
  })

  test('T25 two friends are two; with my own vouch, three', () => {
    const friends = [
      ['me', 'alice'],
      ['me', 'carol'],
      ['alice', 'bob'],
      ['carol', 'bob'],
    ] as const
    expect(fooled(friends)).toBe(2)
    expect(fooled([...friends, ['me', 'bob']])).toBe(3)
  })

  test('T25 many ways through one agent are one', () => {
    expect(
      fooled([
        ['me', 'alice'],
        ['me', 'carol'],
        ['me', 'dan'],
        ['alice', 'eve'],
        ['carol', 'eve'],
        ['dan', 'eve'],
        ['eve', 'bob'],
      ]),
    ).toBe(1)
  })

  test('T25 ways that cross are told apart: the greedy shortest way would find one of two', () => {
    expect(
      fooled([
        ['me', 'a'],
        ['me', 'b'],
        ['a', 'c'],
        ['a', 'd'],
        ['b', 'c'],
        ['c', 'bob'],
        ['d', 'bob'],
      ]),
    ).toBe(2)
  })

  test('T25 ways longer than standing travels do not count', () => {
    expect(
      fooled([
        ['me', 'a'],
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'bob'],
      ]),
    ).toBe(1)
    expect(
      fooled([
        ['me', 'a'],
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['d', 'bob'],
      ]),
    ).toBe(0)
  })
})

describe('if one friend is wrong', () => {
  test('T25 the least and the greatest score with one first-hop agent left out', () => {
    const world = new World()
    world.vouch('me', 'alice', 800)
    world.vouch('me', 'carol')
    world.vouch('alice', 'bob', 800)
    world.vouch('carol', 'bob')
    for (let at = 0; at < 4; at++) world.observe('me', 'bob', [outcome(9)])
    const { score, counterfactuals } = world.view().explain(bob, 'general')
    const wrong = counterfactuals.ifOneFriendIsWrong
    expect(wrong?.least.without).toBe(did('carol'))
    expect(wrong?.greatest.without).toBe(did('alice'))
    // The example's proportions: 0.0400 or 0.0625 of standing instead of 0.1025.
    expect(wrong?.least.score).toBeCloseTo(socialOf(0.04) * (score.reliability ?? 0), 8)
    expect(wrong?.greatest.score).toBeCloseTo(socialOf(0.0625) * (score.reliability ?? 0), 8)
  })

  test('T25 without the only friend nothing is known', () => {
    const world = new World()
    world.vouch('me', 'alice')
    world.vouch('alice', 'bob')
    world.settle('alice', 'bob', 10)
    const { counterfactuals } = world.view().explain(bob, 'general')
    expect(counterfactuals.ifOneFriendIsWrong?.least).toEqual({
      without: did('alice'),
      score: null,
    })
  })

  test('T25 a friend who was wrong has no voice either: the score may rise', () => {
    const world = new World()
    world.vouch('me', 'bob')
    world.vouch('me', 'mallory')
    world.settle('mallory', 'bob', 0)
    for (let at = 0; at < 4; at++) world.observe('me', 'bob', [outcome(10)])
    const { score, counterfactuals } = world.view().explain(bob, 'general')
    const without = counterfactuals.ifOneFriendIsWrong?.greatest
    expect(without?.without).toBe(did('mallory'))
    expect(without?.score).toBeGreaterThan(score.score ?? 1)
  })
})

describe('drift and divergence', () => {
  test('T22 says which way', () => {
    expect(driftOf(series([...repeat(20, 1), ...repeat(20, 0.2)]))).toMatchObject({
      direction: 'down',
      severity: 'critical',
      windowCount: 20,
    })
    expect(driftOf(series([...repeat(20, 0.2), ...repeat(20, 1)]))).toMatchObject({
      direction: 'up',
      severity: 'critical',
    })
    expect(driftOf(series(repeat(40, 0.5)))).toMatchObject({ direction: 'level', severity: 'none' })
  })

  test('T22 warns from 0.15 and is critical from 0.30', () => {
    expect(dropping(0.72)).toBe('none')
    expect(dropping(0.7)).toBe('warning')
    expect(dropping(0.42)).toBe('warning')
    expect(dropping(0.4)).toBe('critical')
  })

  test('T22 says nothing of fewer than 5 outcomes or less than 3 days', () => {
    expect(driftOf(series(repeat(4, 1)))).toBeUndefined()
    expect(driftOf(series(repeat(5, 1)))).toBeDefined()
    expect(driftOf(series(repeat(4, 1).concat(1), (3 * DAY_MS) / 4))).toBeDefined()
    expect(driftOf(series(repeat(5, 1), (3 * DAY_MS) / 4 - 1))).toBeUndefined()
  })

  test('T22 an agent that degrades is shown to, in the explanation', () => {
    const world = new World()
    world.vouch('me', 'bob')
    for (let at = 0; at < 40; at++) {
      world.observe('me', 'bob', [
        outcome(at < 20 ? 10 : 2, { observedAtMs: NOW_MS - (41 - at) * DAY_MS }),
      ])
    }
    const { drift, sentence } = world.view().explain(bob, 'general')
    expect(drift).toMatchObject({ direction: 'down', severity: 'critical' })
    expect(sentence).toContain('worse than before')
  })

  test('T22 divergence: social trust ahead by more than 0.3, more than 0.5', () => {
    expect(divergenceOf(0.75, 0.5)).toBeUndefined()
    expect(divergenceOf(0.8, 0.49)).toBe('medium')
    expect(divergenceOf(0.75, 0.25)).toBe('medium')
    expect(divergenceOf(0.8, 0.29)).toBe('high')
    expect(divergenceOf(0.2, 0.9)).toBeUndefined()
  })
})
