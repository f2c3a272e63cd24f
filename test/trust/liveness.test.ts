import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import type { IdentityState } from '../../src/identity/state.ts'
import type { KnownIdentity, TrustContext } from '../../src/trust/context.ts'
import {
  did,
  epochOf,
  identity,
  inceptionOf,
  ISSUED_MS,
  keyOf,
  NOW_MS,
  outcome,
  World,
} from './world.ts'

/** Alice, whom I vouch for, vouches for Bob and saw him work. */
function friendly(): World {
  const world = new World()
  world.vouch('me', 'alice')
  world.settle('alice', 'bob', 10)
  return world
}

function standing(
  world: World,
  name = 'bob',
  scope = 'general',
  changes: Partial<TrustContext> = {},
) {
  return world.view(changes).score(did(name), scope).standing
}

function reasons(world: World, name = 'bob', scope = 'general') {
  const { ignored } = world.view().explain(did(name), scope)
  return ignored.map(({ kind, reason, count }) => `${kind} ${reason} ${count}`)
}

const asked = (state: IdentityState): KnownIdentity => state

function forked(): World {
  const world = friendly()
  world.vouch('alice', 'carol')
  world.identities.set(did('bob'), {
    branches: [
      { inception: inceptionOf('bob'), epochs: [epochOf('bob')] },
      {
        inception: inceptionOf('mallory'),
        epochs: [epochOf('bob', { compromised: true, reach: undefined }), epochOf('mallory')],
      },
    ],
    place: (keyHex) =>
      [epochOf('bob'), epochOf('mallory')].some((epoch) => epoch.keyHex === keyHex)
        ? { generation: 0, rotation: 0, counts: () => 'counts' }
        : undefined,
  })
  return world
}

describe('what is live', () => {
  test('an IdentityState is all that a view asks of an identity', () => {
    expect(asked).toBeTypeOf('function')
  })

  test('T1 a vouch counts when its key is its issuer’s', () => {
    const world = friendly()
    world.vouch('alice', 'bob')
    expect(standing(world)).toBe(1 / 16)
  })

  test('T1 nothing counts by an issuer whose key log is not held', () => {
    const world = friendly()
    world.vouch('alice', 'bob')
    world.identities.delete(did('alice'))
    expect(standing(world)).toBe(0)
    expect(reasons(world)).toContain('vouch identity-unknown 1')
    expect(reasons(world)).toContain('outcome identity-unknown 1')
  })

  test('T1 nor by a key that is not in the log', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 1000, { key: keyOf('mallory') })
    expect(standing(world)).toBe(0)
    expect(reasons(world)).toContain('vouch key-unknown 1')
  })

  test('T1 of a retired key what lies within its reach counts, and not one number more', () => {
    const world = friendly()
    world.identities.set(
      did('alice'),
      identity('alice', [epochOf('alice', { compromised: false, reach: 500 })]),
    )
    world.vouch('alice', 'bob', 1000, { sequence: 500 })
    world.vouch('alice', 'carol', 1000, { sequence: 501 })
    expect(standing(world)).toBe(1 / 16)
    expect(standing(world, 'carol')).toBe(0)
    expect(reasons(world, 'carol')).toEqual(['vouch key-beyond-reach 1'])
  })

  test('T1 of a compromised key nothing counts, its revocations neither', () => {
    const world = friendly()
    const vouch = world.vouch('alice', 'bob')
    world.revoke(vouch, 'alice', 'bob', { key: keyOf('stolen') })
    const own = epochOf('alice')
    const stolen = epochOf('stolen', { compromised: true, reach: undefined })
    world.identities.set(did('alice'), identity('alice', [own, stolen]))
    world.vouch('alice', 'carol', 1000, { key: keyOf('stolen') })
    expect(standing(world)).toBe(1 / 16)
    expect(reasons(world, 'carol')).toEqual(['vouch key-compromised 1'])
  })

  test('T1 a cold root vouches for nobody', () => {
    const world = friendly()
    world.vouch('alice', 'bob')
    const plain = identity('alice')
    world.identities.set(did('alice'), {
      ...plain,
      place: () => ({ generation: 0, rotation: 0, counts: () => 'cold-root' }),
    })
    expect(reasons(world)).toContain('vouch key-cold-root 1')
  })

  test('T2 a vouch counts until the millisecond before its expiry', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 1000, { expiresAtMs: NOW_MS + 1 })
    world.vouch('alice', 'carol', 1000, { expiresAtMs: NOW_MS })
    expect(standing(world)).toBe(1 / 16)
    expect(standing(world, 'carol')).toBe(0)
    expect(reasons(world, 'carol')).toEqual(['vouch expired 1'])
  })

  test('T2 a record two minutes ahead counts, one a millisecond later does not', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 1000, { issuedAtMs: NOW_MS + 2 * MINUTE_MS })
    world.vouch('alice', 'carol', 1000, { issuedAtMs: NOW_MS + 2 * MINUTE_MS + 1 })
    expect(standing(world)).toBe(1 / 16)
    expect(reasons(world, 'carol')).toEqual(['vouch from-future 1'])
  })

  test('T2 an expired observation weighs nothing', () => {
    const world = new World()
    world.vouch('me', 'bob')
    world.observe('me', 'bob', [outcome(10)], { expiresAtMs: NOW_MS })
    expect(world.view().score(did('bob'), 'general').evidence.outcomes).toBe(0)
    expect(reasons(world)).toEqual(['outcome expired 1'])
  })

  test('T3 a revocation hides the vouch, whichever came first, and however often it is sent', () => {
    const world = friendly()
    const vouch = world.vouch('alice', 'bob')
    world.revoke(vouch, 'alice', 'bob')
    world.records.push(...world.records)
    expect(standing(world)).toBe(0)
    world.records.reverse()
    expect(standing(world)).toBe(0)
    expect(reasons(world)).toContain('vouch revoked 1')
  })

  test('T3 an expired revocation still hides', () => {
    const world = friendly()
    world.revoke(world.vouch('alice', 'bob'), 'alice', 'bob', { expiresAtMs: NOW_MS - DAY_MS })
    expect(standing(world)).toBe(0)
  })

  test('T3 nobody else takes a vouch back, nor the issuer about another subject', () => {
    const world = friendly()
    const vouch = world.vouch('alice', 'bob')
    world.revoke(vouch, 'mallory', 'bob')
    world.revoke(vouch, 'alice', 'carol')
    expect(standing(world)).toBe(1 / 16)
  })

  test('T4 a vouch for another inception is a vouch for somebody else', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 1000, { inception: inceptionOf('mallory') })
    expect(standing(world)).toBe(0)
    expect(reasons(world)).toContain('vouch other-inception 1')
  })

  test('T4 a vouch for a subject whose log is not held waits for the log', () => {
    const world = friendly()
    world.vouch('alice', 'bob')
    world.identities.delete(did('bob'))
    expect(standing(world)).toBe(0)
    expect(reasons(world)).toContain('vouch subject-unknown 1')
  })

  test('T5 of two live vouches of one pair and scope the later counts; of one moment the higher id', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 400, { issuedAtMs: ISSUED_MS + 1 })
    world.vouch('alice', 'bob', 1000)
    expect(standing(world)).toBeCloseTo(0.4 / 16, 8)
    expect(reasons(world)).toContain('vouch superseded 1')
    const even = friendly()
    const [one, two] = [even.vouch('alice', 'bob', 400), even.vouch('alice', 'bob', 1000)]
    expect(standing(even)).toBeCloseTo((one.id > two.id ? 0.4 : 1) / 16, 8)
  })

  test('T5 when the later one is revoked the earlier counts again', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 400)
    const later = world.vouch('alice', 'bob', 1000, { issuedAtMs: ISSUED_MS + 1 })
    world.revoke(later, 'alice', 'bob')
    expect(standing(world)).toBeCloseTo(0.4 / 16, 8)
  })

  test('T5 a vouch serves its scope; general serves every scope; the scope’s own goes first', () => {
    const world = friendly()
    world.vouch('alice', 'bob', 1000, { scope: 'review' })
    world.vouch('alice', 'carol', 1000)
    world.vouch('alice', 'carol', 300, { scope: 'review' })
    expect(standing(world, 'bob', 'review')).toBe(1 / 16)
    expect(standing(world, 'bob', 'general')).toBe(0)
    expect(standing(world, 'bob', 'translation')).toBe(0)
    expect(standing(world, 'carol', 'translation')).toBe(1 / 16)
    expect(standing(world, 'carol', 'review')).toBeCloseTo(0.3 / 16, 8)
    expect(reasons(world, 'bob', 'translation')).toContain('vouch other-scope 1')
  })

  test('T6 introducers and trust pins let standing in beside my vouches', () => {
    const world = new World().know('alice', 'bob')
    expect(world.view().hasView).toBe(false)
    const introduced = { introducers: [{ did: did('alice'), level: 500 }] }
    expect(world.view(introduced).hasView).toBe(true)
    expect(standing(world, 'alice', 'general', introduced)).toBe(0.5)
    const pinned = { pins: new Map([[did('bob'), { kind: 'trust' } as const]]) }
    expect(world.view(pinned).hasView).toBe(true)
    expect(standing(world, 'bob', 'general', pinned)).toBe(1)
    expect(world.view(pinned).paths(did('bob'), 'general', 3)[0]?.hops[0]?.via).toBe('pin')
  })

  test('T11 nothing flows through an agent that I distrust', () => {
    const world = friendly()
    world.vouch('alice', 'bob')
    const pins = new Map([[did('alice'), { kind: 'distrust' } as const]])
    expect(standing(world, 'bob', 'general', { pins })).toBe(0)
    const { ignored } = world.view({ pins }).explain(did('bob'), 'general')
    expect(ignored.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
      'outcome distrusted',
      'vouch distrusted',
    ])
  })

  test('T24 two records with one number flag that key, show the two smallest ids, and both count', () => {
    const world = friendly()
    const twice = [
      world.vouch('alice', 'bob', 1000, { sequence: 77 }),
      world.vouch('alice', 'carol', 1000, { sequence: 77 }),
      world.vouch('alice', 'dan', 1000, { sequence: 77 }),
    ]
    expect(standing(world)).toBe(1 / 16)
    const { equivocations } = world.view().explain(did('bob'), 'general')
    const ids = twice
      .map(({ id }) => id)
      .toSorted()
      .slice(0, 2)
    expect(equivocations).toEqual([
      { did: did('alice'), keyHex: toHex(keyOf('alice')), sequence: 77, ids },
    ])
  })
})

describe('two inceptions of one name', () => {
  /** Bob's genesis key was stolen: Mallory made a second inception with it, and a key of her own. */

  test('T23 with no vouch the name stays unsettled, and unknown', () => {
    const score = forked().view().score(did('bob'), 'general')
    expect(score.state).toBe('unknown')
    expect(score.reason).toContain('Two key logs')
  })

  test('T23 the branch that my friends’ vouches name is the real one', () => {
    const world = forked()
    world.vouch('alice', 'bob')
    world.vouch('carol', 'bob', 1000, { inception: inceptionOf('mallory') })
    const score = world.view().score(did('bob'), 'general')
    expect(score.state).toBe('known')
    expect(score.standing).toBe(1 / 16)
    expect(world.view().explain(did('bob'), 'general').isForked).toBe(true)
  })

  test('T23 the thief’s branch speaks with no standing, the owner’s with all of it', () => {
    const world = forked()
    world.vouch('alice', 'bob')
    world.vouch('bob', 'dan')
    world.vouch('bob', 'eve', 1000, { key: keyOf('mallory') })
    expect(standing(world, 'dan')).toBe(1 / 256)
    expect(standing(world, 'eve')).toBe(0)
  })

  test('T23 a pin names no inception and settles nothing', () => {
    const pins = new Map([[did('bob'), { kind: 'trust' } as const]])
    expect(standing(forked(), 'bob', 'general', { pins })).toBe(0)
  })
})

function counted(world: World): number {
  return world.view().score(did('bob'), 'review').evidence.outcomes
}

/** Alice saw Bob work, at these times from now. */
function seenAhead(...aheadMs: readonly number[]): World {
  const world = new World()
  world.vouch('me', 'alice')
  const outcomes = aheadMs.map((ms) => outcome(10, { observedAtMs: NOW_MS + ms }))
  world.observe('alice', 'bob', outcomes)
  return world
}

describe('an outcome that lies ahead', () => {
  test('T2 counts two minutes ahead, and not a millisecond later', () => {
    expect(counted(seenAhead(2 * MINUTE_MS))).toBe(1)
    expect(counted(seenAhead(2 * MINUTE_MS + 1))).toBe(0)
  })

  test('T2 is left out alone: the others of its observation count, and each is named', () => {
    const ahead = 2 * MINUTE_MS + 1
    const world = seenAhead(0, ahead, ahead)
    expect(counted(world)).toBe(1)
    expect(reasons(world, 'bob', 'review')).toEqual(['outcome from-future 2'])
  })
})
