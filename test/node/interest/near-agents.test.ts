import { describe, expect, test } from 'vitest'
import type { Did } from '../../../src/identity/did.ts'
import { nearAgents } from '../../../src/node/interest/near-agents.ts'
import { Evidence } from '../../../src/node/evidence.ts'
import { agent, verified, vouchClaim } from '../../support/records.ts'

const me = agent('me')
const one = agent('one')
const two = agent('two')
const three = agent('three')
const pinned = agent('pinned')

function evidenceOf(...vouches: readonly (readonly [typeof me, Did, string?])[]): Evidence {
  const evidence = new Evidence()
  for (const [issuer, subject, scope = 'general'] of vouches) {
    const { id, record } = verified(vouchClaim({ subject, scope }), issuer)
    evidence.add(id, record)
  }
  return evidence
}

/** Standing by scope and agent. */
function depsOf(evidence: Evidence, standings: Readonly<Record<string, readonly [Did, number][]>>) {
  const looked: Did[] = []
  return {
    looked,
    evidence,
    horizonHops: 2,
    starts: (): Iterable<Did> => [],
    scores: async (subjects: Iterable<Did>, scope: string) => {
      const asked = [...subjects]
      looked.push(...asked)
      const known = new Map(standings[scope])
      return asked.map((subject) => ({ subject, standing: known.get(subject) ?? 0 }))
    },
  }
}

describe('agents that stand well', () => {
  const chain = evidenceOf([me, one.did], [one, two.did], [two, three.did])

  test('are those with standing, strongest first', async () => {
    const deps = depsOf(chain, {
      general: [
        [one.did, 0.2],
        [two.did, 0.4],
      ],
    })
    expect(await nearAgents(me.did, deps)).toEqual([two.did, one.did])
  })

  test('are looked for as far as standing flows, and no farther', async () => {
    const deps = depsOf(chain, {})
    await nearAgents(me.did, deps)
    expect(deps.looked).toEqual([one.did, two.did])
    const farther = { ...depsOf(chain, {}), horizonHops: 3 }
    await nearAgents(me.did, farther)
    expect(farther.looked).toEqual([one.did, two.did, three.did])
  })

  test('are looked for from introducers and pins too', async () => {
    const deps = {
      ...depsOf(evidenceOf([pinned, three.did]), {
        general: [
          [three.did, 0.1],
          [pinned.did, 0.3],
        ],
      }),
      starts: () => [pinned.did],
    }
    expect(await nearAgents(me.did, deps)).toEqual([pinned.did, three.did])
  })

  test('are as near as in the nearest scope in which this agent vouches', async () => {
    const evidence = evidenceOf([me, one.did, 'review'], [me, two.did])
    const deps = depsOf(evidence, {
      general: [[two.did, 0.2]],
      review: [
        [one.did, 0.3],
        [two.did, 0.1],
      ],
      cooking: [[three.did, 1]],
    })
    expect(await nearAgents(me.did, deps)).toEqual([one.did, two.did])
  })
})
