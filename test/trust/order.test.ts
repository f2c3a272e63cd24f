import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../src/base/units.ts'
import { View } from '../../src/trust/view.ts'
import { did, NOW_MS, outcome, World } from './world.ts'

const NAMES = ['me', 'alice', 'bob', 'carol', 'dan', 'eve', 'frank'] as const

type Event =
  | {
      readonly kind: 'vouch'
      readonly from: number
      readonly to: number
      readonly level: number
      readonly scope: string
      readonly agoMs: number
    }
  | { readonly kind: 'revoke'; readonly which: number }
  | {
      readonly kind: 'settle' | 'observe'
      readonly from: number
      readonly to: number
      readonly delivered: number
      readonly agoMs: number
      readonly load: boolean
    }

const agent = fc.nat(NAMES.length - 1)
const agoMs = fc.integer({ min: 0, max: 400 }).map((hours) => hours * HOUR_MS)
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('vouch' as const),
    from: agent,
    to: agent,
    level: fc.integer({ min: 1, max: 1000 }),
    scope: fc.constantFrom('general', 'review'),
    agoMs,
  }),
  fc.record({ kind: fc.constant('revoke' as const), which: fc.nat() }),
  fc.record({
    kind: fc.constantFrom('settle' as const, 'observe' as const),
    from: agent,
    to: agent,
    delivered: fc.integer({ min: 0, max: 12 }),
    agoMs,
    load: fc.boolean(),
  }),
)

function history(events: readonly Event[]): World {
  const world = new World().know(...NAMES)
  const name = (at: number) => NAMES[at] ?? 'me'
  const vouches: { readonly id: string; readonly from: string; readonly to: string }[] = []
  for (const one of events) {
    if (one.kind === 'revoke') {
      const vouch = vouches[one.which % Math.max(1, vouches.length)]
      if (vouch !== undefined) world.revoke(vouch, vouch.from, vouch.to)
      continue
    }
    const [from, to] = [name(one.from), name(one.to)]
    if (one.kind === 'vouch') {
      if (from === to) continue
      const issuedAtMs = NOW_MS - one.agoMs
      const { id } = world.vouch(from, to, one.level, { scope: one.scope, issuedAtMs })
      vouches.push({ id, from, to })
      continue
    }
    const changes = { observedAtMs: NOW_MS - one.agoMs, conditions: { load: one.load } }
    if (one.kind === 'settle') world.settle(from, to, one.delivered, changes)
    else world.observe(from, to, [outcome(one.delivered, changes)])
  }
  return world
}

function answers(world: World, records: World['records']): string {
  const view = View.of(records, world.context({ introducers: [{ did: did('alice'), level: 700 }] }))
  return JSON.stringify(
    ['general', 'review'].flatMap((scope) =>
      view.agents(scope).map((one) => [view.score(one, scope), view.explain(one, scope)]),
    ),
  )
}

describe('order of arrival', () => {
  test('T26 changes no bit of any score or explanation: 500 histories, each shuffled and with copies', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 5, maxLength: 40, size: 'max' }).chain((events) => {
          const world = history(events)
          const doubled = [...world.records, ...world.records.slice(0, 5)]
          return fc.record({
            world: fc.constant(world),
            shuffled: fc.shuffledSubarray(doubled, { minLength: doubled.length }),
          })
        }),
        ({ world, shuffled }) => answers(world, shuffled) === answers(world, world.records),
      ),
      { numRuns: 500, seed: 26 },
    )
  })

  test('T27 the digest names the set of records: order and copies do not matter, one record does', () => {
    const world = history([
      { kind: 'vouch', from: 0, to: 1, level: 500, scope: 'general', agoMs: 0 },
      { kind: 'observe', from: 1, to: 2, delivered: 5, agoMs: 0, load: true },
    ])
    const digest = world.view().digest
    expect(View.of([...world.records, ...world.records].toReversed(), world.context()).digest).toBe(
      digest,
    )
    expect(View.of(world.records.slice(1), world.context()).digest).not.toBe(digest)
  })
})
