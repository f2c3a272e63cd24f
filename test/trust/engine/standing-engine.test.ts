import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Graph } from '../../../src/trust/graph.ts'
import { LEVEL_ONE, ONE, PROFILES } from '../../../src/trust/profile.ts'
import type { Profile, ProfileName } from '../../../src/trust/profile.ts'
import { flow } from '../../../src/trust/standing.ts'
import type { Standing } from '../../../src/trust/standing.ts'
import { INDEXED_FROM_COUNT } from '../../../src/trust/engine/head-index.ts'
import { StandingEngine } from '../../../src/trust/engine/standing-engine.ts'
import { VOUCHES_OF_AGENT_LIMIT, VouchGraph } from '../../../src/trust/engine/vouch-graph.ts'
import { VouchLedger } from '../../../src/trust/engine/vouch-ledger.ts'
import type { VouchLife } from '../../../src/trust/engine/vouch-ledger.ts'

const VIEWER = 0
const AGENTS = 14
const LONG = Number.POSITIVE_INFINITY

/** What an engine should say, kept in the plainest way. */
class Plain {
  readonly edges = new Map<string, number>()
  readonly grants = new Map<number, number>()
  readonly distrusted = new Set<number>()
  readonly supposed = new Set<number>()
  readonly blocked = new Set<number>()
  viewer = VIEWER

  standing(profile: Profile, unpruned: boolean, size: number): Standing {
    const edges = [...this.edges].map(([pair, level]) => {
      const [from = 0, to = 0] = pair.split('>').map(Number)
      return { from, to, level, vouch: pair }
    })
    const first = new Float64Array(size)
    const muted = new Uint8Array(size)
    for (const agent of [this.viewer, ...this.distrusted, ...this.supposed]) muted[agent] = 1
    for (let agent = 0; agent < size; agent++) {
      if (muted[agent] === 1 || this.blocked.has(agent)) continue
      const own = this.edges.get(`${this.viewer}>${agent}`) ?? 0
      const level = Math.max(own, this.grants.get(agent) ?? 0)
      first[agent] = Math.floor((ONE * level) / LEVEL_ONE)
    }
    const outward = edges.filter(({ from }) => from !== this.viewer)
    return flow(new Graph(size, outward), { first, muted }, profile, { unpruned })
  }
}

function expectSame(engine: StandingEngine, full: Standing, size: number): void {
  const agents = Array.from({ length: size }, (_, agent) => agent)
  expect(agents.map((agent) => engine.held(agent))).toEqual([...full.held])
  for (const [hop, arrived] of full.arrived.entries()) {
    expect(agents.map((agent) => engine.arrived(agent, hop))).toEqual([...arrived])
    expect(agents.map((agent) => engine.kept(agent, hop))).toEqual([...(full.kept[hop] ?? [])])
  }
  expect(engine.prunedCount).toBe(full.prunedCount)
  expect(engine.isSettled).toBe(true)
}

/** Who has enough for each of its vouches at some hop but the last. */
function passingOf(plain: Plain, full: Standing, profile: Profile, unpruned: boolean): number[] {
  const degrees = new Map<number, number>()
  for (const pair of plain.edges.keys()) {
    const from = Number(pair.split('>')[0])
    degrees.set(from, (degrees.get(from) ?? 0) + 1)
  }
  return [...degrees]
    .filter(([from, degree]) =>
      full.kept
        .slice(0, -1)
        .map((kept) => kept[from] ?? 0)
        .some(
          (share) => share > 0 && (unpruned || share * profile.pruneDenominator >= degree * ONE),
        ),
    )
    .map(([from]) => from)
    .toSorted((a, b) => a - b)
}

function passing(engine: StandingEngine): number[] {
  const seen: number[] = []
  engine.eachPassing((agent) => seen.push(agent))
  return seen.toSorted((a, b) => a - b)
}

type Step =
  | { readonly kind: 'put'; readonly from: number; readonly to: number; readonly level: number }
  | { readonly kind: 'remove' | 'crowd'; readonly from: number; readonly to: number }
  | { readonly kind: 'grant'; readonly to: number; readonly level: number }
  | { readonly kind: Stop; readonly to: number; readonly on: boolean }
  | { readonly kind: 'settle' | 'look'; readonly to: number }
  | { readonly kind: 'slice'; readonly work: number }

type Stop = 'distrust' | 'suppose' | 'block'

const agent = fc.integer({ min: 0, max: AGENTS - 1 })
const level = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 1000 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('put' as const), from: agent, to: agent, level }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), from: agent, to: agent }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('crowd' as const), from: agent, to: agent }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      to: agent,
      level: fc.constantFrom(0, 500, 1000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<Stop>('distrust', 'suppose', 'block'),
      to: agent,
      on: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('slice' as const),
      work: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('settle' as const, 'look' as const), to: agent }),
  },
)

/** Some vouches for strangers far away, so that an agent has too little for each of them. */
const CROWD = 400

/** 300 agents, in another order each round. */
/** So many vouches of one agent that they are indexed. */
const MANY = INDEXED_FROM_COUNT + 100

function order(round: number, at: number): number {
  return 2 + ((at * 37 + round) % MANY)
}

describe('the standing engine', () => {
  test('T6-T9 any history of changes leaves the state of the full computation, bit for bit', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.constantFrom<ProfileName>('strict', 'open'),
        fc.boolean(),
        (steps, name, unpruned) => {
          const graph = new VouchGraph()
          const engine = new StandingEngine(graph, VIEWER, PROFILES[name], { unpruned })
          const plain = new Plain()
          let size = AGENTS
          const put = (from: number, to: number, own: number): void => {
            graph.put(from, to, { level: own, vouch: 1, endMs: LONG })
            plain.edges.set(`${from}>${to}`, own)
          }
          // A core in which standing reaches all four hops.
          for (let at = 0; at < 5; at++) put(at, at + 1, 1000)
          for (const one of steps) {
            switch (one.kind) {
              case 'put':
                put(one.from, one.to, one.level)
                break
              case 'remove':
                expect(graph.remove(one.from, one.to)).toBe(
                  plain.edges.delete(`${one.from}>${one.to}`),
                )
                break
              case 'crowd':
                for (let at = 0; at < CROWD; at++) put(one.from, AGENTS + at, 1000)
                size = AGENTS + CROWD
                break
              case 'grant':
                engine.setFirstHop(one.to, one.level)
                plain.grants.set(one.to, one.level)
                break
              case 'distrust':
                engine.setDistrust(one.to, one.on)
                if (one.on) plain.distrusted.add(one.to)
                else plain.distrusted.delete(one.to)
                break
              case 'suppose':
                engine.supposeDistrust(one.to, one.on)
                if (one.on) plain.supposed.add(one.to)
                else plain.supposed.delete(one.to)
                break
              case 'block':
                engine.block(one.to, one.on)
                if (one.on) plain.blocked.add(one.to)
                else plain.blocked.delete(one.to)
                break
              case 'settle':
                expect(engine.settle()).toBe(true)
                break
              case 'slice':
                expect(engine.settle(one.work)).toBe(engine.isSettled)
                break
              case 'look':
                // Somebody else's view of the same graph, from nothing.
                engine.viewFrom(one.to)
                plain.viewer = one.to
                plain.grants.clear()
                plain.distrusted.clear()
                plain.supposed.clear()
                plain.blocked.clear()
                break
            }
          }
          const full = plain.standing(PROFILES[name], unpruned, size)
          expectSame(engine, full, size)
          expect(passing(engine)).toEqual(passingOf(plain, full, PROFILES[name], unpruned))
        },
      ),
      { numRuns: 300, seed: 20_261_201 },
    )
  })

  test('one view after another over the same graph, each from nothing', () => {
    const graph = new VouchGraph()
    const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
    const plain = new Plain()
    for (let from = 0; from < AGENTS; from++) {
      for (const to of [(from + 1) % AGENTS, (from * 5 + 2) % AGENTS]) {
        graph.put(from, to, { level: 1000, vouch: 1, endMs: LONG })
        plain.edges.set(`${from}>${to}`, 1000)
      }
    }
    for (let at = 0; at < 3 * AGENTS; at++) {
      plain.viewer = (at * 3) % AGENTS
      engine.viewFrom(plain.viewer)
      if (at % 3 === 0) engine.settle()
      if (at % 4 === 0) engine.takeChanged(() => undefined)
      if (at % 3 !== 1) expectSame(engine, plain.standing(PROFILES.strict, false, AGENTS), AGENTS)
    }
  })

  test('T25 what if: a friend taken away and given back leaves every bit as it was', () => {
    const pins = fc.array(fc.tuple(agent, fc.constantFrom('distrust', 'grant', 'none')), {
      maxLength: 4,
    })
    const edges = fc.array(fc.tuple(agent, agent, level), {
      minLength: 5,
      maxLength: 50,
      size: 'max',
    })
    fc.assert(
      fc.property(edges, pins, agent, fc.boolean(), (vouches, pinned, friend, alsoMuted) => {
        const graph = new VouchGraph()
        const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
        const plain = new Plain()
        for (const [from, to, own] of [...vouches, [VIEWER, friend, 900] as const]) {
          graph.put(from, to, { level: own, vouch: 1, endMs: LONG })
          plain.edges.set(`${from}>${to}`, own)
        }
        for (const [pin, kind] of pinned) {
          if (kind === 'distrust') {
            engine.setDistrust(pin, true)
            plain.distrusted.add(pin)
          } else if (kind === 'grant') {
            engine.setFirstHop(pin, 700)
            plain.grants.set(pin, 700)
          }
        }
        const before = plain.standing(PROFILES.strict, false, AGENTS)
        expectSame(engine, before, AGENTS)
        engine.block(friend, true)
        plain.blocked.add(friend)
        if (alsoMuted) {
          engine.supposeDistrust(friend, true)
          plain.supposed.add(friend)
        }
        expectSame(engine, plain.standing(PROFILES.strict, false, AGENTS), AGENTS)
        engine.supposeDistrust(friend, false)
        engine.block(friend, false)
        expectSame(engine, before, AGENTS)
      }),
      { numRuns: 300, seed: 25 },
    )
  })

  test('slices stop at their limit, one agent at a time, and come to the same end', () => {
    const graph = new VouchGraph()
    const plain = new Plain()
    for (let from = 0; from < 200; from++) {
      for (let at = 1; at <= 5; at++) {
        const to = (from * 7 + at * 31) % 200
        graph.put(from, to, { level: 1000, vouch: 1, endMs: LONG })
        plain.edges.set(`${from}>${to}`, 1000)
      }
    }
    const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
    let slices = 0
    while (!engine.isSettled) {
      const before = engine.workCount
      const isDone = engine.settle(20)
      expect(isDone).toBe(engine.isSettled)
      // The last agent looked at may go beyond, by its five vouches.
      expect(engine.workCount - before).toBeLessThanOrEqual(25)
      if (!isDone) expect(engine.workCount - before).toBeGreaterThanOrEqual(20)
      slices++
    }
    expect(slices).toBeGreaterThan(5)
    expectSame(engine, plain.standing(PROFILES.strict, false, 200), 200)
  })

  test('a view is told from one half a million views ago', () => {
    const graph = new VouchGraph()
    const engine = new StandingEngine(graph, 1, PROFILES.strict)
    graph.put(1, 2, { level: 1000, vouch: 1, endMs: LONG })
    engine.settle()
    // So many stamps there are; the view after them has the first one's.
    for (let view = 0; view < 2 ** 19 - 1; view++) engine.viewFrom(0)
    expect([engine.held(2), engine.arrived(2, 0), engine.kept(2, 0)]).toEqual([0, 0, 0])
    const told = new Map<number, number>()
    engine.takeChanged((node, held) => {
      told.set(node, held)
    })
    expect(told.get(2)).toBe(0)
    engine.viewFrom(1)
    expect(engine.held(2)).toBe(ONE)
  })

  test('whoever learns of changes learns of every one, and once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(agent, agent, level), { maxLength: 60, size: 'max' }),
        (edges) => {
          const graph = new VouchGraph()
          const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
          const known = new Map<number, number>()
          for (const [at, [from, to, own]] of edges.entries()) {
            graph.put(from, to, { level: own, vouch: at, endMs: LONG })
            if (own % 5 === 0) engine.viewFrom(to)
            if (own % 4 === 0) engine.settle(own % 7)
            if (at % 3 !== 0) continue
            const told: number[] = []
            engine.takeChanged((node, held) => {
              told.push(node)
              known.set(node, held)
            })
            expect(new Set(told).size).toBe(told.length)
          }
          engine.takeChanged((node, held) => {
            known.set(node, held)
          })
          for (let node = 0; node < AGENTS; node++) {
            expect(known.get(node) ?? 0).toBe(engine.held(node))
          }
        },
      ),
      { numRuns: 200, seed: 7 },
    )
  })

  test('an agent with so many vouches that they are indexed finds, loses and regains each of them', () => {
    const graph = new VouchGraph()
    const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
    const plain = new Plain()
    const put = (from: number, to: number): void => {
      graph.put(from, to, { level: 700, vouch: to, endMs: LONG })
      plain.edges.set(`${from}>${to}`, 700)
    }
    put(VIEWER, 1)
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < MANY; at++) put(1, order(round, at))
      for (let at = 0; at < MANY; at += 2) {
        expect(graph.remove(1, order(round + 1, at))).toBe(true)
        plain.edges.delete(`1>${order(round + 1, at)}`)
      }
      for (let to = 2; to < MANY + 2; to++) {
        expect(graph.level(1, to)).toBe(plain.edges.get(`1>${to}`) ?? 0)
      }
    }
    expect(graph.edgeCount).toBe(plain.edges.size)
    expectSame(engine, plain.standing(PROFILES.strict, false, MANY + 2), MANY + 2)
  })
})

interface Told extends VouchLife {
  /** Greater goes before. */
  readonly rank: number
}

function rankOf(vouch: number): number {
  return (vouch * 17) % 41
}

describe('the ledger of vouches', () => {
  const lives = fc.array(
    fc.record({
      vouch: fc.integer({ min: 0, max: 40 }),
      begin: fc.integer({ min: 0, max: 60 }),
      lasts: fc.integer({ min: 0, max: 60 }),
      level,
      kind: fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'remove' as const),
      passes: fc.integer({ min: 0, max: 6 }),
    }),
    { minLength: 1, maxLength: 80, size: 'max' },
  )

  test('T2, T3, T5 what counts is what a fresh look at all vouches says, after any history', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        const known = new Map<number, Told>()
        const graph = new VouchGraph()
        const ledger = new VouchLedger(graph, (a, b) => rankOf(a) > rankOf(b), 0)
        const engine = new StandingEngine(graph, VIEWER, PROFILES.strict)
        let nowMs = 0
        for (const { vouch, begin, lasts, level: own, kind, passes } of steps) {
          // Each number is one vouch, whose parties never change; few pairs, so that they compete.
          const life = {
            vouch,
            from: vouch % 4,
            to: 1 + (vouch % 3),
            level: 1 + ((own + vouch) % 1000),
            beginMs: begin,
            endMs: begin + lasts,
          }
          if (kind === 'put') {
            ledger.put(life)
            known.set(vouch, { ...life, rank: rankOf(vouch) })
          } else {
            ledger.remove(life)
            known.delete(vouch)
          }
          nowMs += passes
          while (!ledger.advance(nowMs, 3));
          expect(ledger.nextMs).toBeGreaterThan(nowMs)
        }
        const plain = new Plain()
        const ranks = new Map<string, number>()
        for (const { from, to, rank, level: own, beginMs, endMs } of known.values()) {
          const pair = `${from}>${to}`
          if (beginMs > nowMs || endMs <= nowMs || rank < (ranks.get(pair) ?? -1)) continue
          ranks.set(pair, rank)
          plain.edges.set(pair, own)
        }
        const counting: [string, number][] = []
        for (let from = 0; from < 4; from++) {
          for (let to = 0; to < 4; to++) {
            const own = graph.level(from, to)
            if (own > 0) counting.push([`${from}>${to}`, own])
          }
        }
        expect(new Map(counting)).toEqual(plain.edges)
        expectSame(engine, plain.standing(PROFILES.strict, false, 5), 5)
      }),
      { numRuns: 300, seed: 20_261_202 },
    )
  })

  test('T2 a vouch counts from its first millisecond to the one before its end', () => {
    const graph = new VouchGraph()
    const ledger = new VouchLedger(graph, (a, b) => a > b, 0)
    ledger.put({ vouch: 1, from: 1, to: 2, level: 600, beginMs: 100, endMs: 200 })
    const seen = [99, 100, 199, 200].map((nowMs) => {
      ledger.advance(nowMs)
      return graph.level(1, 2)
    })
    expect(seen).toEqual([0, 600, 600, 0])
    expect(() => ledger.advance(199)).toThrow(RangeError)
  })

  test('T5 a vouch taken back gives way to none whose time is over', () => {
    const graph = new VouchGraph()
    const ledger = new VouchLedger(graph, (a, b) => a > b, 0)
    const latest = { vouch: 3, from: 1, to: 2, level: 800, beginMs: 0, endMs: 900 }
    ledger.put({ vouch: 1, from: 1, to: 2, level: 400, beginMs: 0, endMs: 900 })
    ledger.put({ vouch: 2, from: 1, to: 2, level: 600, beginMs: 0, endMs: 50 })
    ledger.put(latest)
    ledger.advance(50)
    ledger.remove(latest)
    expect(graph.level(1, 2)).toBe(400)
  })

  test('an agent vouches for 2^20 others and not for one more', () => {
    const graph = new VouchGraph()
    const terms = { level: 1000, vouch: 1, endMs: LONG }
    graph.reserveVouches(0, VOUCHES_OF_AGENT_LIMIT)
    for (let to = 1; to <= VOUCHES_OF_AGENT_LIMIT; to++) graph.put(0, to, terms)
    expect(() => graph.put(0, VOUCHES_OF_AGENT_LIMIT + 1, terms)).toThrow(RangeError)
    expect(graph.outLevel(0)).toBe(VOUCHES_OF_AGENT_LIMIT * 1000)
  })

  test('T5 the vouch before takes over when the latest one is revoked, and gives way when it is not', () => {
    const graph = new VouchGraph()
    const ledger = new VouchLedger(graph, (a, b) => a > b, 0)
    const old = { vouch: 1, from: 1, to: 2, level: 400, beginMs: 0, endMs: 900 }
    const latest = { vouch: 2, from: 1, to: 2, level: 800, beginMs: 0, endMs: 900 }
    ledger.put(latest)
    ledger.put(old)
    expect(graph.level(1, 2)).toBe(800)
    ledger.put({ ...latest, endMs: 0 })
    expect(graph.level(1, 2)).toBe(400)
    ledger.put(latest)
    expect(graph.level(1, 2)).toBe(800)
  })
})
