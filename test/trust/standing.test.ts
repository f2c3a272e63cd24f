import { describe, expect, test } from 'vitest'
import { Graph } from '../../src/trust/graph.ts'
import type { Edge } from '../../src/trust/graph.ts'
import { ONE, PROFILES } from '../../src/trust/profile.ts'
import { passesOn } from '../../src/trust/reading.ts'
import { flow, socialTrust } from '../../src/trust/standing.ts'
import type { Sources } from '../../src/trust/standing.ts'

/** `[from, to, level?]`; node 0 is the viewer. */
type Arrow = readonly [from: number, to: number, level?: number]

function graphOf(size: number, arrows: readonly Arrow[]): Graph {
  return new Graph(
    size,
    arrows.map(([from, to, level = 1000]): Edge => ({ from, to, level, vouch: `${from}-${to}` })),
  )
}

function sourcesOf(size: number, first: Readonly<Record<number, number>>): Sources {
  const levels = new Float64Array(size)
  for (const [node, level] of Object.entries(first)) levels[Number(node)] = (ONE * level) / 1000
  const muted = new Uint8Array(size)
  muted[0] = 1
  return { first: levels, muted }
}

function held(size: number, first: Readonly<Record<number, number>>, arrows: readonly Arrow[]) {
  const { held: amounts } = flow(graphOf(size, arrows), sourcesOf(size, first), PROFILES.strict)
  return [...amounts].map((amount) => amount / ONE)
}

describe('standing', () => {
  test('T6 my own vouches are not diluted, however many', () => {
    const first = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [at + 1, 1000]))
    expect(held(41, first, []).slice(1)).toEqual(Array.from({ length: 40 }, () => 1))
  })

  test('T7 a friend passes on a half, divided by at least eight', () => {
    expect(held(3, { 1: 1000 }, [[1, 2]])[2]).toBe(1 / 16)
    const eight = Array.from({ length: 8 }, (_, at): Arrow => [1, at + 2])
    expect(held(10, { 1: 1000 }, eight)[2]).toBe(1 / 16)
    const sixteen = Array.from({ length: 16 }, (_, at): Arrow => [1, at + 2])
    expect(held(18, { 1: 1000 }, sixteen)[2]).toBe(1 / 32)
  })

  test('T7 the level of a vouch scales what it carries, rounded down once', () => {
    const { held: amounts } = flow(
      graphOf(3, [[1, 2, 333]]),
      sourcesOf(3, { 1: 500 }),
      PROFILES.strict,
    )
    expect(amounts[2]).toBe(Math.floor(((ONE / 2) * 333) / 16_000))
  })

  test('T7 in profile open four fifths are passed on, divided by at least four', () => {
    const { held: amounts } = flow(graphOf(3, [[1, 2]]), sourcesOf(3, { 1: 1000 }), PROFILES.open)
    expect(amounts[2]).toBe(Math.floor(ONE / 5))
  })

  test('T8 an agent holds at most one whole, over all hops together', () => {
    const friends = Array.from({ length: 40 }, (_, at) => at + 2)
    const first = Object.fromEntries([[1, 500], ...friends.map((friend) => [friend, 1000])])
    expect(
      held(
        42,
        first as Record<number, number>,
        friends.map((f) => [f, 1]),
      )[1],
    ).toBe(1)
  })

  test('T8 standing travels four hops in strict and no further', () => {
    const chain: Arrow[] = [1, 2, 3, 4].map((node) => [node, node + 1])
    const amounts = held(6, { 1: 1000 }, chain)
    expect(amounts[4]).toBe(1 / 16 ** 3)
    expect(amounts[5]).toBe(0)
  })

  test('T6 nothing flows through me', () => {
    expect(
      held(3, { 1: 1000 }, [
        [1, 0],
        [0, 2],
      ]),
    ).toEqual([0, 1, 0])
  })

  test('T9 an agent passes on from 1/10,000 for each vouch, and not a unit below', () => {
    const edge = Math.ceil((10 * ONE) / 10_000)
    expect(passesOn(edge, 10, PROFILES.strict)).toBe(true)
    expect(passesOn(edge - 1, 10, PROFILES.strict)).toBe(false)
  })

  test('T9 what pruning dropped is known: the unpruned flow has it', () => {
    // 1 → 2 → 3 → 4: at 1/256 with 40 vouches agent 3 is below the threshold.
    const arrows: Arrow[] = [
      [1, 2],
      [2, 3],
      ...Array.from({ length: 40 }, (_, at): Arrow => [3, at + 4]),
    ]
    const graph = graphOf(44, arrows)
    const sources = sourcesOf(44, { 1: 1000 })
    const pruned = flow(graph, sources, PROFILES.strict)
    expect(pruned.held[4]).toBe(0)
    expect(pruned.prunedCount).toBe(1)
    const whole = flow(graph, sources, PROFILES.strict, { unpruned: true })
    expect(whole.held[4]).toBe(Math.floor(ONE / 256 / 80))
  })

  test('T10 direct 0.80, one friend 0.43, three friends 0.64, a stranger 0', () => {
    expect(socialTrust(1, 0, PROFILES.strict)).toBeCloseTo(0.8, 10)
    expect(socialTrust(1 / 16, 0, PROFILES.strict)).toBeCloseTo(0.425, 10)
    expect(socialTrust(3 / 16, 0, PROFILES.strict)).toBeCloseTo(0.6375, 10)
    expect(socialTrust(0, 0, PROFILES.strict)).toBe(0)
  })

  test('T11 distrust of others lowers social trust by their standing, in one hop', () => {
    expect(socialTrust(1 / 16, 1 / 16, PROFILES.strict)).toBeCloseTo(0.85 / 3, 10)
  })

  test('every product of the flow stays exact in a double', () => {
    for (const { passNumerator } of Object.values(PROFILES)) {
      expect(passNumerator * ONE * 1000).toBeLessThan(Number.MAX_SAFE_INTEGER)
    }
    expect(ONE * PROFILES.strict.pruneDenominator).toBeLessThan(Number.MAX_SAFE_INTEGER)
  })

  test('the floor of the rounded quotient is the true floor', () => {
    let state = 1
    for (let round = 0; round < 20_000; round++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      const level = 1 + (state % 1000)
      const share = ONE - (state % 100_000)
      const divisor = 5 * Math.max(4000, (state % 9_999_999) + 1)
      const exact = (4n * BigInt(share) * BigInt(level)) / BigInt(divisor)
      expect(Math.floor((4 * share * level) / divisor)).toBe(Number(exact))
    }
  })
})
