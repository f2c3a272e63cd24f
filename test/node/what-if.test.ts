import { describe, expect, test } from 'vitest'
import type { Did } from '../../src/identity/did.ts'
import { whatIf, WHAT_IF_AGENTS_LIMIT, type WhatIf } from '../../src/node/what-if.ts'
import type { EvidenceRecord, TrustContext } from '../../src/trust/context.ts'
import { did, World } from '../trust/world.ts'

function evidenceOf(world: World) {
  const byIssuer = Map.groupBy(world.records, ({ record }) => record.issuer)
  return {
    by: function* (issuer: Did, type?: string): Generator<EvidenceRecord> {
      for (const one of byIssuer.get(issuer) ?? []) if (one.record.type === type) yield one
    },
  }
}

/** I vouch for Alice and Carol, and both for Bob. */
function diamond(): { world: World; toAlice: string } {
  const world = new World()
  const { id } = world.vouch('me', 'alice')
  world.vouch('me', 'carol')
  world.vouch('alice', 'bob')
  world.vouch('carol', 'bob')
  return { world, toAlice: id }
}

async function ask(
  world: World,
  without: Partial<WhatIf['without']> = {},
  change: { readonly from?: string; readonly context?: Partial<TrustContext> } = {},
) {
  return whatIf(
    { evidence: evidenceOf(world), context: world.context(change.context) },
    {
      from: did(change.from ?? 'me'),
      to: did('bob'),
      scope: 'general',
      limit: 5,
      without: { records: new Set(), agents: new Set(), ...without },
    },
  )
}

describe('what if', () => {
  test('nothing is left out: the paths and the standing of the whole view', async () => {
    const { world } = diamond()
    const found = await ask(world)
    expect(found.paths).toEqual(world.view().paths(did('bob'), 'general', 5))
    expect(found.paths).toHaveLength(2)
    expect(found.standingWithout).toBe(found.standing)
    expect(found.isCut).toBe(false)
  })

  test('an agent vouched for nobody: only the other way is left', async () => {
    const { world } = diamond()
    const { paths, standing, standingWithout } = await ask(world, {
      agents: new Set([did('carol')]),
    })
    expect(paths.map(({ hops }) => hops.map((hop) => hop.did))).toEqual([
      [did('alice'), did('bob')],
    ])
    expect(standingWithout).toBeCloseTo(standing / 2, 12)
  })

  test('a vouch were not there', async () => {
    const { world, toAlice } = diamond()
    const { paths } = await ask(world, { records: new Set([toAlice]) })
    expect(paths.map(({ hops }) => hops[0]?.did)).toEqual([did('carol')])
  })

  test('everything is left out: no way, and no standing', async () => {
    const { world } = diamond()
    const found = await ask(world, { agents: new Set([did('me')]) })
    expect([found.paths, found.standingWithout]).toEqual([[], 0])
  })

  test('a pinned friend is left out like any other', async () => {
    const world = new World()
    world.vouch('alice', 'bob')
    const context = { pins: new Map([[did('alice'), { kind: 'trust' as const }]]) }
    expect((await ask(world, {}, { context })).paths).toHaveLength(1)
    expect((await ask(world, { agents: new Set([did('alice')]) }, { context })).paths).toEqual([])
  })

  test('from another place my pins do not count', async () => {
    const world = new World()
    world.vouch('alice', 'carol')
    world.vouch('carol', 'bob')
    const context = { pins: new Map([[did('carol'), { kind: 'distrust' as const }]]) }
    expect((await ask(world, {}, { from: 'alice', context })).paths).toHaveLength(1)
  })

  test('what was revoked leads nowhere', async () => {
    const world = new World()
    world.vouch('me', 'alice')
    const vouch = world.vouch('alice', 'bob')
    world.revoke(vouch, 'alice', 'bob')
    expect((await ask(world)).paths).toEqual([])
  })

  test('a crowd is cut, and it is said', async () => {
    const world = new World()
    const around = WHAT_IF_AGENTS_LIMIT - 1
    for (let at = 0; at < around; at++) world.vouch('me', `friend ${at}`)
    expect((await ask(world)).isCut).toBe(false)
    world.vouch('me', 'one too many')
    expect((await ask(world)).isCut).toBe(true)
  })
})
