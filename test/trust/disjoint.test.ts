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

/** Vouches lead to a higher layer: two can meet in `c` and part again. */
const LAYERS: Readonly<Record<string, number>> = { me: 0, a: 1, b: 1, c: 2, d: 3, e: 3, bob: 4 }

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
  return node === undefined ? 0 : disjointPathCount(scope, node)
}

const anyArrows = fc
  .uniqueArray(fc.tuple(fc.constantFrom('me', ...NAMES), fc.constantFrom(...NAMES)), {
    selector: (pair) => pair.join(' '),
    maxLength: 14,
  })
  .map((arrows) => arrows.filter(([from, to]) => from !== to && from !== 'bob'))

describe('disjoint ways', () => {
  test('T25 there are as many as agents must be fooled, where no way is longer than four', () => {
    fc.assert(
      fc.property(anyArrows, (arrows) => {
        // Where longer ways are left out, Menger's theorem no longer holds.
        const forward = arrows.filter(([from, to]) => (LAYERS[from] ?? 0) < (LAYERS[to] ?? 0))
        const world = new World()
        for (const [from, to] of forward) world.vouch(from, to)
        expect(count(world)).toBe(smallestCut(forward))
      }),
      { numRuns: 300 },
    )
  })

  test('T25 two ways through one agent are one', () => {
    const world = new World()
    const hourglass = ['me a', 'me b', 'a c', 'b c', 'c d', 'c e', 'd bob', 'e bob']
    for (const arrow of hourglass) {
      const [from = '', to = ''] = arrow.split(' ')
      world.vouch(from, to)
    }
    expect(count(world)).toBe(1)
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
