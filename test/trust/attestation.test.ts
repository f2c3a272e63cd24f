import { describe, expect, test } from 'vitest'
import { HOUR_MS, DAY_MS } from '../../src/base/units.ts'
import type { Outcome, Undertaking } from '../../src/records/record.ts'
import { did, epochOf, identity, NOW_MS, outcome, World } from './world.ts'

/** Bob promised Alice ten reviews; what Alice wrote about it is the test's. */
function settled(
  delivered: number,
  changes: Partial<Outcome> = {},
  promised: Partial<Undertaking> = {},
) {
  const world = new World()
  world.vouch('me', 'alice')
  world.vouch('me', 'bob')
  const promise = world.promise('bob', 'alice', promised)
  world.observe('alice', 'bob', [outcome(delivered, { promise: promise.id, ...changes })])
  return { world, promise }
}

function observers(world: World, scope = 'general') {
  return world.view().explain(did('bob'), scope).behaviour?.observers ?? []
}

const attestedCount = (world: World) => observers(world)[0]?.attested

describe('attestation', () => {
  test('T12 an outcome of a promise by the subject to the observer is attested, and weighs whole', () => {
    const { world } = settled(10)
    expect(observers(world)).toMatchObject([{ attested: 1, weight: 1, mean: 1 }])
  })

  test('T16 one that settles no promise weighs a quarter', () => {
    const { world } = settled(10, { promise: 'f'.repeat(64) })
    expect(observers(world)).toMatchObject([{ attested: 0, weight: 1 / 4 }])
  })

  test('T12 not when another promised it', () => {
    const { world } = settled(10)
    const foreign = world.promise('carol', 'alice')
    world.records.splice(0, world.records.length)
    world.vouch('me', 'alice')
    world.add(foreign)
    world.observe('alice', 'bob', [outcome(10, { promise: foreign.id })])
    expect(attestedCount(world)).toBe(0)
  })

  test('T12 not when it was promised to another', () => {
    expect(attestedCount(settled(10, {}, { delegator: did('carol') }).world)).toBe(0)
  })

  test('T12 not for another scope', () => {
    expect(attestedCount(settled(10, { scope: 'translation' }).world)).toBe(0)
  })

  test.each<[string, Partial<Undertaking>]>([
    ['another amount', { work: { kind: 'count', count: 9 } }],
    ['another kind of work', { work: { kind: 'time', ms: 10 } }],
  ])('T12 not for %s', (_, promised) => {
    expect(attestedCount(settled(10, {}, promised).world)).toBe(0)
  })

  test('T12 a promise issued at the moment of the outcome is in time, one a millisecond later is not', () => {
    const seenAtMs = NOW_MS - HOUR_MS
    expect(attestedCount(settled(10, {}, { issuedAtMs: seenAtMs }).world)).toBe(1)
    expect(attestedCount(settled(10, {}, { issuedAtMs: seenAtMs + 1 }).world)).toBe(0)
  })

  test('T12 a promise is broken at its deadline, not before; kept it may be early', () => {
    const deadlineMs = NOW_MS - HOUR_MS
    expect(attestedCount(settled(5, {}, { deadlineMs }).world)).toBe(1)
    expect(attestedCount(settled(5, {}, { deadlineMs: deadlineMs + 1 }).world)).toBe(0)
    expect(attestedCount(settled(10, {}, { deadlineMs: deadlineMs + 1 }).world)).toBe(1)
  })

  test('T12 neither expiry nor a compromised key undoes what was promised', () => {
    const { world } = settled(10, {}, { expiresAtMs: NOW_MS - DAY_MS })
    const lost = epochOf('bob', { compromised: true, reach: 0 })
    world.identities.set(did('bob'), identity('bob', [lost]))
    expect(attestedCount(world)).toBe(1)
  })

  test('T12 a promise by a key that never was the subject’s attests nothing', () => {
    expect(attestedCount(settled(10, {}, { key: epochOf('mallory').key }).world)).toBe(0)
  })

  test('T12 a promise that arrives later upgrades the outcome', () => {
    const { world, promise } = settled(10)
    const at = world.records.findIndex(({ id }) => id === promise.id)
    const [late] = world.records.splice(at, 1)
    expect(attestedCount(world)).toBe(0)
    if (late !== undefined) world.records.push(late)
    expect(attestedCount(world)).toBe(1)
  })

  test('T13 of several outcomes of one promise the latest counts, the others nothing', () => {
    const { world, promise } = settled(4)
    world.observe('alice', 'bob', [
      outcome(8, { promise: promise.id, observedAtMs: NOW_MS - HOUR_MS + 1 }),
      outcome(1, { promise: promise.id, observedAtMs: NOW_MS - HOUR_MS - 1 }),
    ])
    expect(observers(world)).toMatchObject([{ outcomes: 1, mean: 0.8 }])
    const { ignored } = world.view().explain(did('bob'), 'general')
    expect(ignored).toMatchObject([{ kind: 'outcome', reason: 'superseded', count: 2 }])
  })

  test('T14 an empty promise counts for nothing, however well it was kept', () => {
    const world = new World()
    world.vouch('me', 'alice')
    world.vouch('me', 'bob')
    const empty = { kind: 'count', count: 0 } as const
    world.observe('alice', 'bob', [outcome(10, { promised: empty })])
    const score = world.view().score(did('bob'), 'general')
    expect(score).toMatchObject({ state: 'unknown', score: null, evidence: { outcomes: 0 } })
    expect(world.view().explain(did('bob'), 'general').ignored).toMatchObject([
      { reason: 'empty-promise', count: 1 },
    ])
  })

  test('T17 what an agent says of itself weighs nothing', () => {
    const world = new World()
    world.vouch('me', 'bob')
    world.observe(
      'bob',
      'bob',
      Array.from({ length: 60 }, () => outcome(10)),
    )
    expect(world.view().score(did('bob'), 'general')).toMatchObject({
      state: 'unknown',
      score: null,
      evidence: { weight: 0, outcomes: 0 },
    })
    expect(world.view().explain(did('bob'), 'general').honesty.claims).toBe(60)
  })

  test('T17 a claim that differs from the delegator’s word is reported', () => {
    const { world, promise } = settled(4)
    world.observe('bob', 'bob', [outcome(10, { promise: promise.id })])
    expect(world.view().explain(did('bob'), 'general').honesty).toMatchObject({
      claims: 1,
      compared: 1,
      differing: 1,
      examples: [{ promise: promise.id, claimed: 1, observed: 0.4, observer: did('alice') }],
    })
  })

  test('a scope’s behaviour counts the outcomes of that scope; general counts all', () => {
    const world = new World()
    world.vouch('me', 'alice')
    world.vouch('me', 'bob')
    world.observe('alice', 'bob', [outcome(10), outcome(2, { scope: 'translation' })])
    expect(observers(world)).toMatchObject([{ outcomes: 2 }])
    expect(observers(world, 'review')).toMatchObject([{ outcomes: 1, mean: 1 }])
    expect(observers(world, 'translation')).toMatchObject([{ outcomes: 1, mean: 0.2 }])
  })
})
