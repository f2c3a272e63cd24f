import { describe, expect, test } from 'vitest'
import { rotate } from '../../src/identity/log-change.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import type { KnownIdentity } from '../../src/trust/context.ts'
import { FIRST_BRANCH, Identities, SECOND_BRANCH } from '../../src/trust/key-standing.ts'
import { alice, hexOf, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'
import { did, epochOf, identity, inceptionOf, keyOf, World } from './world.ts'

/** Alice's log after her rotation key named a new key; what it says of her first key is the test's. */
function rotated(to: string, about: { compromised?: boolean; reach?: number }): KeyLog {
  return rotate({
    log: alice(),
    authority: keyNamed('r0.1'),
    operationalKey: publicKeyOf(to),
    verifier,
    ...about,
  }).log
}

/** The fork of the owner's word and of a thief's, with the thief's branch in the place asked for. */
function forkWithThiefAt(
  place: 0 | 1,
  owner: KeyLog,
  thief: (to: string) => KeyLog,
): IdentityState {
  for (let attempt = 0; attempt < 64; attempt++) {
    const stolen = thief(`mallory ${attempt}`)
    const state = IdentityState.ofLogs([owner, stolen])
    if (state.branches[place] === stolen) return state
  }
  throw new Error('64 attempts found no such order of hashes')
}

/** I vouch for Alice; she vouches for Bob with her first key, with that number. */
function worldOf(state: IdentityState, sequence = 1): World {
  const world = new World()
  world.vouch('me', 'alice', 1000, { subject: state.did, inception: state.branches[0].inception })
  world.vouch('alice', 'bob', 1000, {
    issuer: state.did,
    key: publicKeyOf('alice'),
    sequence,
  })
  world.identities.set(state.did, state)
  return world
}

function reasons(world: World) {
  return world
    .view()
    .explain(did('bob'), 'general')
    .ignored.map(({ reason }) => reason)
}

describe('a log that forked after its inception', () => {
  const compromised = rotated('k0.1', { compromised: true })

  test.each([0, 1] as const)(
    'T23 a thief’s branch does not make a compromised key good again, at place %i',
    (place) => {
      const state = forkWithThiefAt(place, compromised, (to) => rotated(to, {}))
      const world = worldOf(state)
      expect(world.view().score(did('bob'), 'general').standing).toBe(0)
      expect(reasons(world)).toEqual(['key-compromised'])
    },
  )

  test.each([0, 1] as const)('T23 nor does it extend the reach of a key, at place %i', (place) => {
    const state = forkWithThiefAt(place, rotated('k0.1', { reach: 7 }), (to) =>
      rotated(to, { reach: 900 }),
    )
    expect(reasons(worldOf(state, 7))).toEqual([])
    expect(reasons(worldOf(state, 8))).toEqual(['key-beyond-reach'])
  })

  test('T1 while both branches let a key count it counts', () => {
    const state = forkWithThiefAt(1, rotated('k0.1', {}), (to) => rotated(to, {}))
    const world = worldOf(state)
    expect(world.view().score(did('bob'), 'general').standing).toBe(1 / 16)
    expect(world.view().explain(state.did, 'general').isForked).toBe(true)
  })

  test('T1 a key of one branch alone is judged by that branch', () => {
    const state = forkWithThiefAt(1, compromised, (to) => rotated(to, {}))
    const world = worldOf(state)
    world.vouch('alice', 'carol', 1000, { issuer: state.did, key: publicKeyOf('k0.1') })
    expect(state.place(hexOf('k0.1'))?.counts(1)).toBe('counts')
    expect(world.view().score(did('carol'), 'general').standing).toBe(1 / 16)
  })
})

function judged(branches: KnownIdentity['branches']) {
  const known: KnownIdentity = { ...identity('bob'), branches }
  const identities = new Identities({ identityOf: () => known })
  return identities.agent(did('bob')).judgeKey(keyOf('bob'), 1)
}

describe('branches by inception', () => {
  const stained = epochOf('bob', { compromised: true, reach: undefined })

  const good = { inception: inceptionOf('bob'), epochs: [epochOf('bob')] }
  const bad = { inception: inceptionOf('bob'), epochs: [stained] }
  const other = { inception: inceptionOf('mallory'), epochs: [epochOf('bob')] }

  test.each([
    ['first', [good, bad, other]],
    ['last', [bad, good, other]],
  ])(
    'T23 branches of one inception count together, and the stricter decides; good one %s',
    (_, branches) => {
      expect(judged(branches)).toEqual({ branches: SECOND_BRANCH })
    },
  )

  test('T23 each inception speaks for itself', () => {
    expect(judged([good, other])).toEqual({ branches: FIRST_BRANCH | SECOND_BRANCH })
    expect(judged([bad, other])).toEqual({ branches: SECOND_BRANCH })
    expect(judged([good, { ...other, epochs: [stained] }])).toEqual({ branches: FIRST_BRANCH })
    expect(judged([bad, { ...other, epochs: [] }])).toEqual({ ignored: 'key-unknown' })
  })
})
