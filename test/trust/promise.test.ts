import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { behaviourOf } from '../../src/trust/behaviour.ts'
import { Graph } from '../../src/trust/graph.ts'
import type { Edge } from '../../src/trust/graph.ts'
import { ONE, PROFILES } from '../../src/trust/profile.ts'
import type { ProfileName } from '../../src/trust/profile.ts'
import { FLOW_RULES, flow, socialTrust } from '../../src/trust/standing.ts'
import type { FlowRules } from '../../src/trust/standing.ts'
import { keptParts } from '../../src/trust/engine/word.ts'
import { weightOfDay } from '../../src/trust/summary.ts'
import { emptyTally, sumsOf, weigh, weightOf } from '../../src/trust/tally.ts'
import type { Heard } from '../../src/trust/tally.ts'
import { did, outcome, World } from './world.ts'

const TOPOLOGIES = ['clique', 'cycle', 'star', 'eights', 'fan'] as const
type Topology = (typeof TOPOLOGIES)[number]

interface Attack {
  readonly seed: number
  readonly topology: Topology
  readonly sybilCount: number
  /** k: vouches into the ring by honest agents other than the viewer. */
  readonly fooledCount: number
  /** j: the viewer's own vouches into the ring. */
  readonly ownCount: number
  readonly profile: ProfileName
}

function randomly(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function ring(
  topology: Topology,
  from: number,
  count: number,
): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = []
  const clique = (start: number, size: number): void => {
    for (let a = start; a < start + size; a++) {
      for (let b = start; b < start + size; b++) if (a !== b) pairs.push([a, b])
    }
  }
  switch (topology) {
    case 'clique':
      clique(from, Math.min(count, 60))
      break
    case 'cycle':
      for (let at = 0; at < count; at++) pairs.push([from + at, from + ((at + 1) % count)])
      break
    case 'star':
      for (let at = 1; at < count; at++) pairs.push([from, from + at], [from + at, from])
      break
    case 'eights':
      for (let at = 0; at + 8 <= count; at += 8) clique(from + at, 8)
      break
    case 'fan':
      // Everybody praises the next few, so that what enters spreads over all.
      for (let at = 0; at < count; at++) {
        for (let step = 1; step <= 5; step++)
          pairs.push([from + at, from + ((at * 5 + step) % count)])
      }
      break
  }
  return pairs
}

const HONEST_COUNT = 60

/** Node 0 is the viewer; then the honest, with a hub that most friends praise; then the ring. */
function attack(plan: Attack) {
  const random = randomly(plan.seed)
  const size = 1 + HONEST_COUNT + plan.sybilCount
  const sybil = 1 + HONEST_COUNT
  const levels = new Map<number, number>()
  const arrow = (from: number, to: number, level: number): void => {
    if (from !== to && !levels.has(from * size + to)) levels.set(from * size + to, level)
  }
  const hub = 1
  for (let at = 0; at < plan.fooledCount; at++) {
    // The hub is the first to be fooled: it has the most to give.
    const fooled = at === 0 ? hub : 1 + random(HONEST_COUNT)
    arrow(fooled, sybil + (at === 0 ? 0 : random(plan.sybilCount)), 1000)
  }
  const fooledCount = levels.size
  for (let node = 2; node <= HONEST_COUNT; node++) {
    arrow(node, hub, 1000)
    for (let more = random(6); more > 0; more--) {
      arrow(node, 1 + random(HONEST_COUNT), 1 + random(1000))
    }
  }
  for (const [from, to] of ring(plan.topology, sybil, plan.sybilCount)) arrow(from, to, 1000)
  for (let at = 0; at < 5; at++)
    arrow(sybil + random(plan.sybilCount), 1 + random(HONEST_COUNT), 1000)
  const first = new Float64Array(size)
  for (let node = 2; node <= 50; node++) first[node] = ONE
  for (let at = 0; at < plan.ownCount; at++) first[sybil + at] = ONE
  const muted = new Uint8Array(size)
  muted[0] = 1
  const edges: Edge[] = [...levels].map(([key, level]) => ({
    from: Math.floor(key / size),
    to: key % size,
    level,
    vouch: '',
  }))
  return { graph: new Graph(size, edges), sources: { first, muted }, sybil, fooledCount }
}

function ringHolds(plan: Attack, rules: FlowRules = FLOW_RULES) {
  const { graph, sources, sybil, fooledCount } = attack(plan)
  const profile = PROFILES[plan.profile]
  const { held } = flow(graph, sources, profile, { rules })
  const amounts = [...held.subarray(sybil)]
  return {
    fooledCount,
    total: amounts.reduce((sum, amount) => sum + amount, 0),
    trusted: amounts.filter((amount) => socialTrust(amount / ONE, 0, profile) >= 0.5).length,
  }
}

/** The promise, in whole numbers: Σc < (j + k·a/D0) / (1 − a). */
function keepsPromise(plan: Attack, rules?: FlowRules): boolean {
  const { total, fooledCount } = ringHolds(plan, rules)
  if (fooledCount === 0 && plan.ownCount === 0) return total === 0
  return plan.profile === 'strict'
    ? 8 * total < ONE * (16 * plan.ownCount + fooledCount)
    : total < ONE * (5 * plan.ownCount + fooledCount)
}

const plans: fc.Arbitrary<Attack> = fc
  .record({
    seed: fc.integer(),
    topology: fc.constantFrom(...TOPOLOGIES),
    sybilCount: fc.oneof(fc.integer({ min: 10, max: 300 }), fc.constantFrom(1000, 10_000)),
    fooledCount: fc.integer({ min: 0, max: 12 }),
    ownCount: fc.integer({ min: 0, max: 3 }),
    profile: fc.constantFrom<ProfileName>('strict', 'open'),
  })
  .map((plan) => plan)

const RUNS = { numRuns: 150, seed: 20_261_123 }

const TODAY_WEIGHT = weightOfDay(Date.UTC(2026, 10, 25))

/** An observer that says as much as four new outcomes, and counts for the weight it is given. */
const asHeard = (own: {
  weight: number
  mean: number
  adaptation: number
  robustness: number
}): Heard => ({
  count: 4,
  attested: 4,
  latestMs: 0,
  fresh: 4n * TODAY_WEIGHT,
  weight: 16n * TODAY_WEIGHT,
  mean: keptParts(own.mean),
  adaptation: keptParts(own.adaptation),
  robustness: keptParts(own.robustness),
  standing: Math.max(1, Math.floor((own.weight / 4) * ONE)),
  isCapped: false,
})

function behaviourBy(heard: readonly Heard[]) {
  const profile = PROFILES.strict
  const tally = emptyTally()
  for (const one of heard) weigh(one, tally, { sign: 1, profile })
  return behaviourOf(sumsOf(tally, 0, { todayWeight: TODAY_WEIGHT, profile }), profile)
}

describe('the promise about a ring of invented agents', () => {
  test('(i) what a ring holds is bounded by who was fooled: every size, every topology', () => {
    fc.assert(
      fc.property(plans, (plan) => keepsPromise(plan)),
      RUNS,
    )
  })

  test('(i) at most 1.4 k members [open 11.2 k] reach a social trust of 0.5', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { trusted, fooledCount } = ringHolds({ ...plan, ownCount: 0 })
        return trusted <= (plan.profile === 'strict' ? 1.4 : 11.2) * fooledCount
      }),
      RUNS,
    )
  })

  test.each(TOPOLOGIES)('(ii) a %s of 10,000 holds no more than one of 100 may', (topology) => {
    for (const profile of ['strict', 'open'] as const) {
      const plan = { seed: 7, topology, fooledCount: 3, ownCount: 0, profile }
      const small = { ...plan, sybilCount: 100 }
      const large = { ...plan, sybilCount: 10_000 }
      expect(keepsPromise(small)).toBe(true)
      expect(keepsPromise(large)).toBe(true)
      const bound = ringHolds(small).fooledCount * (profile === 'strict' ? 1 / 8 : 1)
      expect(ringHolds(large).total / ONE).toBeLessThan(bound)
    }
  })

  const mutations: Readonly<Record<string, FlowRules>> = {
    'no floor under the divisor': { ...FLOW_RULES, divisor: () => 1000 },
    'the root of standing as the voice': {
      ...FLOW_RULES,
      voice: (held) => Math.sqrt(held / ONE) * ONE,
    },
    'no saturation': { ...FLOW_RULES, room: () => Number.POSITIVE_INFINITY },
  }
  test.each(Object.keys(mutations))('(iii) %s breaks it', (name) => {
    const rules = mutations[name]
    expect(() =>
      fc.assert(
        fc.property(plans, (plan) => keepsPromise(plan, rules)),
        RUNS,
      ),
    ).toThrow(/Property failed/)
  })
})

describe('the promise about reliability', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  const term = fc.record({
    weight: fc.double({ min: 1e-6, max: 4, noNaN: true }),
    mean: unit,
    adaptation: unit,
    robustness: unit,
  })

  test('strangers of weight x move it by at most x / (x + E + N0)', () => {
    fc.assert(
      fc.property(
        fc.array(term, { minLength: 1, maxLength: 8 }),
        fc.array(term, { minLength: 1, maxLength: 8 }),
        (honest, sybils) => {
          const before = behaviourBy(honest.map(asHeard))
          const after = behaviourBy([...honest, ...sybils].map(asHeard))
          const x = sybils
            .map(asHeard)
            .reduce((sum, one) => sum + weightOf(one, TODAY_WEIGHT, PROFILES.strict), 0)
          const evidence = before?.weight ?? 0
          const shift = Math.abs((after?.reliability ?? 0) - (before?.reliability ?? 0))
          expect(shift).toBeLessThanOrEqual(x / (x + evidence + 1 / 64) + 1e-12)
        },
      ),
      { numRuns: 500, seed: 11 },
    )
  })

  test('a ring behind one fooled friend weighs at most half an outcome, however much it talks', () => {
    for (const sybilCount of [1, 10, 100]) {
      const world = new World()
      world.vouch('me', 'alice')
      world.vouch('alice', 'bob')
      for (let at = 0; at < 8; at++) world.settle('alice', 'bob', 10)
      world.vouch('alice', 'sybil 0')
      for (let at = 0; at < sybilCount; at++) {
        world.vouch(`sybil ${at}`, `sybil ${(at + 1) % (sybilCount + 1)}`)
      }
      const silent = world.view().score(did('bob'), 'general')
      for (let at = 0; at < sybilCount; at++) {
        world.observe(
          `sybil ${at}`,
          'bob',
          Array.from({ length: 20 }, () => outcome(0)),
        )
      }
      const loud = world.view().score(did('bob'), 'general')
      const x = loud.evidence.weight - silent.evidence.weight
      expect(x).toBeGreaterThan(0)
      expect(x).toBeLessThanOrEqual(0.5)
      const shift = Math.abs((loud.reliability ?? 0) - (silent.reliability ?? 0))
      expect(shift).toBeLessThanOrEqual(x / (x + silent.evidence.weight + 1 / 64) + 1e-12)
    }
  })
})
