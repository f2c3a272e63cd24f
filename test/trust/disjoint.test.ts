import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { disjointPathCount } from '../../src/trust/disjoint.ts'
import { Identities } from '../../src/trust/key-standing.ts'
import { PROFILES } from '../../src/trust/profile.ts'
import { Roster } from '../../src/trust/roster.ts'
import { ScopeGraph } from '../../src/trust/scope-graph.ts'
import { sift } from '../../src/trust/sift.ts'
import { did, World } from './world.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'bob']

/** The fewest agents without whom no way of at most four hops leads to Bob, by trying all. */
function smallestCut(arrows: readonly (readonly [string, string])[]): number {
  const direct = arrows.some(([from, to]) => from === 'me' && to === 'bob') ? 1 : 0
  const others = NAMES.slice(0, -1)
  const sizes = Array.from({ length: 2 ** others.length }, (_, choice) => {
    const cut = new Set(others.filter((_name, at) => (choice & (1 << at)) !== 0))
    return isReached(arrows, cut) ? others.length : cut.size
  })
  return direct + Math.min(...sizes)
}

function isReached(arrows: readonly (readonly [string, string])[], cut: Set<string>): boolean {
  const passable = arrows.filter(
    ([from, to]) => !cut.has(from) && !cut.has(to) && !(from === 'me' && to === 'bob'),
  )
  let front = new Set(['me'])
  for (let hop = 0; hop < PROFILES.strict.hopLimit; hop++) {
    front = new Set(passable.filter(([from]) => front.has(from)).map(([, to]) => to))
    if (front.has('bob')) return true
  }
  return false
}

function count(world: World): number {
  const context = world.know('me').context()
  const identities = new Identities(context)
  const { vouches, mentioned } = sift(world.records, context, identities)
  const roster = new Roster([...mentioned, identities.agent(context.viewer)], identities)
  const profile = PROFILES.strict
  const scope = new ScopeGraph('general', vouches, { roster, profile, context })
  const node = scope.nodeOf(did('bob'))
  return node === undefined ? 0 : disjointPathCount(scope, node, profile)
}

const anyArrows = fc
  .uniqueArray(fc.tuple(fc.constantFrom('me', ...NAMES), fc.constantFrom(...NAMES)), {
    selector: (pair) => pair.join(' '),
    maxLength: 14,
  })
  .map((arrows) => arrows.filter(([from, to]) => from !== to && from !== 'bob'))

describe('disjoint ways', () => {
  test('T25 there are as many as agents must be fooled, where no way is longer than three', () => {
    fc.assert(
      fc.property(anyArrows, (arrows) => {
        // Of longer ways Menger's theorem speaks no more: two may need one agent at different hops.
        const layers: Readonly<Record<string, number>> = {
          me: 0,
          a: 1,
          b: 1,
          c: 1,
          d: 2,
          e: 2,
          bob: 3,
        }
        const forward = arrows.filter(([from, to]) => (layers[from] ?? 0) < (layers[to] ?? 0))
        const world = new World()
        for (const [from, to] of forward) world.vouch(from, to)
        expect(count(world)).toBe(smallestCut(forward))
      }),
      { numRuns: 300 },
    )
  })

  test('T9 an agent that passes nothing on is no way, and hides no other', () => {
    const world = new World()
    for (const name of ['one', 'two', 'three', 'four']) {
      world.vouch('me', name)
      world.vouch(name, 'bob')
      // A thousandth, divided among eleven: too thin.
      world.vouch('me', `thin ${name}`, 1)
      world.vouch(`thin ${name}`, 'bob')
      for (let at = 0; at < 10; at++) world.vouch(`thin ${name}`, `stranger ${at}`)
    }
    expect(count(world)).toBe(4)
  })
})
