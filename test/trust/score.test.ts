import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/base/units.ts'
import { wilson } from '../../src/trust/behaviour.ts'
import { keptParts } from '../../src/trust/engine/word.ts'
import { measure } from '../../src/trust/measure.ts'
import { ONE, paramsHash, PROFILES } from '../../src/trust/profile.ts'
import { Roster } from '../../src/trust/roster.ts'
import { Identities } from '../../src/trust/key-standing.ts'
import { ScopeGraph } from '../../src/trust/scope-graph.ts'
import { sift } from '../../src/trust/sift.ts'
import { weightOfDay } from '../../src/trust/summary.ts'
import { isOverQuota, weightOf } from '../../src/trust/tally.ts'
import { did, NOW_MS, outcome, World } from './world.ts'

/** The figure of the interfaces' example: Alice and Carol lead to Bob. */
function example(): World {
  const world = new World()
  world.vouch('me', 'alice', 800)
  world.vouch('me', 'carol', 1000)
  world.vouch('alice', 'bob', 800)
  world.vouch('carol', 'bob', 1000)
  return world
}

const bob = did('bob')

const series = (delivered: readonly number[]) => {
  const world = example()
  delivered.forEach((amount, at) => {
    world.settle('me', 'bob', amount, { observedAtMs: NOW_MS - HOUR_MS + at })
  })
  return world.view().score(bob, 'general').components?.adaptation ?? 0
}

const with2 = (conditions: readonly (Record<string, string | number | boolean> | undefined)[]) => {
  const world = example()
  conditions.forEach((own, at) => {
    world.settle('me', 'bob', at % 2 === 0 ? 10 : 6, own === undefined ? {} : { conditions: own })
  })
  return world.view().score(bob, 'general').components?.robustness ?? 0
}

const shown = (own: number, weight: number) => (own * weight + 1 / 128) / (weight + 1 / 64)

const named = (...names: readonly string[]) => names.map(did).toSorted()

/** What so many new outcomes by one observer weigh. */
function weightOfNew(count: number, standing: number, isCapped: boolean): number {
  const todayWeight = weightOfDay(NOW_MS)
  const fresh = BigInt(count) * todayWeight
  const said = { count, attested: count, latestMs: NOW_MS, fresh, weight: 4n * fresh }
  const components = { mean: 0, adaptation: 0, robustness: 0 }
  return weightOf({ ...said, ...components, standing, isCapped }, todayWeight, PROFILES.strict)
}

function isOver(count: number): boolean {
  const todayWeight = weightOfDay(NOW_MS)
  return isOverQuota(BigInt(count) * todayWeight, todayWeight, PROFILES.strict)
}

describe('score', () => {
  test('the example: 0.0400 + 0.0625, social 0.528', () => {
    const world = example()
    const score = world.view().score(bob, 'general')
    const shares = world
      .view()
      .paths(bob, 'general', 5)
      .map(({ share }) => share)
    expect(shares).toHaveLength(2)
    expect(shares[0]).toBe(0.0625)
    expect(shares[1]).toBeCloseTo(0.04, 8)
    expect(score.standing).toBeCloseTo(0.1025, 8)
    expect(score.social).toBeCloseTo(0.528, 3)
  })

  test('the example: 0.528 × 0.794 = 0.419, assured 0.216, upper 0.519, confidence 0.427', () => {
    const world = example()
    const context = world.know('me').context()
    const identities = new Identities(context)
    const { vouches } = sift(world.records, context, identities)
    const mentioned = [did('me'), did('alice'), did('carol'), bob, did('dan')]
    const roster = new Roster(
      mentioned.map((one) => identities.agent(one)),
      identities,
    )
    const profile = PROFILES.strict
    const scope = new ScopeGraph('general', vouches, { roster, profile, context })
    // One observer of weight 3.2 whose own components are those that give 0.860, 0.710 and 0.740.
    const prior = 1 / 64
    const own = (target: number): number => (target * (3.2 + prior) - prior / 2) / 3.2
    const todayWeight = weightOfDay(NOW_MS)
    const said = {
      count: 41,
      attested: 41,
      latestMs: NOW_MS,
      fresh: (32n * todayWeight) / 10n,
      weight: (4n * 32n * todayWeight) / 10n,
      mean: keptParts(own(0.86)),
      adaptation: keptParts(own(0.71)),
      robustness: keptParts(own(0.74)),
    }
    const measured = measure(
      {
        subject: bob,
        viewer: did('me'),
        pin: undefined,
        profile,
        todayWeight,
        testimonies: new Map([[did('me'), [said]]]),
      },
      scope,
    )
    expect(measured.state).toBe('known')
    expect(measured.behaviour?.reliability).toBeCloseTo(0.794, 6)
    expect(measured.score).toBeCloseTo(0.419, 3)
    expect(measured.assured).toBeCloseTo(0.216, 3)
    expect(measured.upper).toBeCloseTo(0.519, 3)
    const { lo = 0, hi = 0 } = measured.behaviour?.interval ?? {}
    expect(1 - (hi - lo)).toBeCloseTo(0.427, 3)
  })

  test('T21 known from a weight of 1, thin below', () => {
    const world = example()
    for (let at = 0; at < 3; at++) world.observe('me', 'bob', [outcome(10)])
    expect(world.view().score(bob, 'general')).toMatchObject({
      state: 'thin',
      evidence: { weight: 0.75 },
    })
    world.observe('me', 'bob', [outcome(10)])
    expect(world.view().score(bob, 'general')).toMatchObject({
      state: 'known',
      evidence: { weight: 1, outcomes: 4, observers: 1 },
    })
  })

  test('T21 reachable without evidence is unknown, with nulls and never 0', () => {
    expect(example().view().score(bob, 'general')).toMatchObject({
      state: 'unknown',
      score: null,
      assured: null,
      upper: null,
      confidence: null,
      reliability: null,
      components: null,
      evidence: { weight: 0, lastAt: null },
    })
  })

  test('T21 unreachable with evidence is unknown too', () => {
    const world = new World()
    world.vouch('me', 'alice')
    world.settle('alice', 'bob', 10)
    const score = world.view().score(bob, 'general')
    expect(score).toMatchObject({
      state: 'unknown',
      score: null,
      assured: null,
      standing: 0,
      social: 0,
    })
    expect(score.reliability).not.toBeNull()
  })

  test('T21 without vouches of mine there is no view, and the answer says what to do', () => {
    const world = new World()
    world.vouch('alice', 'bob')
    const view = world.view()
    expect(view.hasView).toBe(false)
    expect(view.score(bob, 'general')).toMatchObject({ state: 'unknown', score: null })
    expect(view.score(bob, 'general').reason).toBe(
      'No view yet: vouch for somebody, or set trust.introducers.',
    )
  })

  test('T11 my distrust makes it 0, whatever others say', () => {
    const world = example()
    world.settle('alice', 'bob', 10)
    const pins = new Map([[bob, { kind: 'distrust' } as const]])
    expect(world.view({ pins }).score(bob, 'general')).toMatchObject({
      state: 'distrusted',
      score: 0,
      assured: 0,
      upper: 0,
      social: 0,
      pin: { kind: 'distrust' },
    })
  })

  test('T20 a cap is applied last, to score, assured and upper alike', () => {
    const world = example()
    world.settle('alice', 'bob', 10)
    const free = world.view().score(bob, 'general')
    const pins = new Map([[bob, { kind: 'cap', cap: 0.2 } as const]])
    const capped = world.view({ pins }).score(bob, 'general')
    expect(capped.score).toBe(0.2)
    expect(capped.upper).toBe(0.2)
    expect(capped.assured).toBe(Math.min(0.2, free.assured ?? 1))
    expect(capped.reliability).toBe(free.reliability)
  })

  test('T20 assured ≤ score ≤ upper', () => {
    const world = example()
    for (let at = 0; at < 6; at++) world.settle('alice', 'bob', at + 3)
    const { assured, score, upper } = world.view().score(bob, 'general')
    expect(assured ?? 1).toBeLessThan(score ?? 0)
    expect(score ?? 1).toBeLessThan(upper ?? 0)
  })

  test('T16 an observer counts like four fresh outcomes at most; mine have no cap', () => {
    expect([isOver(3), isOver(4), isOver(5)]).toEqual([false, false, true])
    expect(weightOfNew(20, ONE, true)).toBe(4)
    expect(weightOfNew(4, ONE, false)).toBe(4)
    expect(weightOfNew(3, ONE, false)).toBe(3)
    expect(weightOfNew(20, ONE / 2, true)).toBe(2)
    // The viewer's own are never capped.
    expect(weightOfNew(20, ONE, false)).toBe(20)
    const world = example()
    for (let at = 0; at < 5; at++) {
      world.settle('me', 'bob', 10)
      world.settle('alice', 'bob', 10)
    }
    const { observers = [] } = world.view().explain(bob, 'general').behaviour ?? {}
    const weights = new Map(observers.map(({ observer, weight }) => [observer, weight]))
    expect(weights.get(did('me'))).toBe(5)
    expect(weights.get(did('alice'))).toBeCloseTo(
      4 * world.view().score(did('alice'), 'general').standing,
      9,
    )
  })

  test('T18 calibration leans to 0.5 by a weight of 1/64', () => {
    const world = example()
    world.settle('me', 'bob', 10)
    expect(world.view().score(bob, 'general').components?.calibration).toBe(
      (1 + 1 / 128) / (1 + 1 / 64),
    )
  })

  test('T18 adaptation rises when late is better than early, for the same observer', () => {
    expect(series([5, 5, 10, 10])).toBeGreaterThan(0.9)
    expect(series([10, 10, 5, 5])).toBeLessThan(0.1)
    expect(series([8, 8, 8, 8])).toBe(0.5)
    expect(series([10])).toBe(0.5)
  })

  test('T18 robustness is 1 − 2·sd of the condition groups; of one group its mean', () => {
    expect(with2([{ load: 'low' }, { load: 'high' }])).toBeCloseTo(shown(0.6, 2), 12)
    expect(
      with2([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toBeCloseTo(shown(0.8, 2), 12)
    expect(with2([{}, undefined])).toBeCloseTo(shown(0.8, 2), 12)
    expect(with2([{ a: 1 }, { a: '1' }])).toBeCloseTo(shown(0.6, 2), 12)
    expect(with2([{ a: 1 }, { a: true }])).toBeCloseTo(shown(0.6, 2), 12)
  })

  test('T19 Wilson’s interval: 3.2 observations with a mean of 0.8618', () => {
    const { lo, hi } = wilson(0.86176, 3.2, PROFILES.strict)
    expect(lo).toBeCloseTo(0.40955, 4)
    expect(hi).toBeCloseTo(0.98247, 4)
    expect(wilson(1, 1e9, PROFILES.strict).lo).toBeGreaterThan(0.999)
    expect(wilson(0, 0.001, PROFILES.strict).lo).toBe(0)
  })

  test('T15 old outcomes weigh less', () => {
    const world = example()
    world.settle('me', 'bob', 10, { observedAtMs: NOW_MS - HOUR_MS })
    const fresh = world.view().score(bob, 'general').evidence.weight
    const later = world.view({ nowMs: NOW_MS + 79 * DAY_MS }).score(bob, 'general').evidence.weight
    expect(later).toBeLessThan(0.6 * fresh)
  })

  test('private outcomes of mine count for me', () => {
    const world = example().know('bob')
    const privateOutcomes = [{ id: 'note-1', subject: bob, outcomes: [outcome(10), outcome(9)] }]
    expect(world.view({ privateOutcomes }).score(bob, 'general')).toMatchObject({
      state: 'thin',
      evidence: { weight: 0.5, outcomes: 2, observers: 1 },
    })
  })

  test('T27 the parameters’ hash differs between profiles and moves with every number', () => {
    const hashes = new Set([paramsHash(PROFILES.strict), paramsHash(PROFILES.open)])
    for (const [name, value] of Object.entries(PROFILES.strict)) {
      if (typeof value === 'number')
        hashes.add(paramsHash({ ...PROFILES.strict, [name]: value + 1 }))
    }
    const numbers = Object.values(PROFILES.strict).filter((value) => typeof value === 'number')
    expect(hashes.size).toBe(2 + numbers.length)
  })

  test('the viewer has no score of its own', () => {
    expect(example().view().score(did('me'), 'general')).toMatchObject({
      state: 'unknown',
      score: null,
    })
  })

  test('a stranger’s name is answered, not refused', () => {
    expect(example().view().score(did('nobody'), 'general')).toMatchObject({
      state: 'unknown',
      standing: 0,
    })
    expect(example().view().explain(did('nobody'), 'general').counterfactuals.fooledNeeded).toBe(0)
  })

  test('agents lists everybody that the scope mentions, the viewer left out', () => {
    const world = example()
    world.observe('alice', 'zoe', [outcome(3, { scope: 'translation' })])
    expect(world.view().agents('review')).toEqual(named('alice', 'bob', 'carol'))
    expect(world.view().agents('translation')).toEqual(named('alice', 'bob', 'carol', 'zoe'))
    expect(world.view().agents('general')).toEqual(named('alice', 'bob', 'carol', 'zoe'))
  })
})
