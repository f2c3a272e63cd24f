import { describe, expect, test } from 'vitest'
import { explanationView, pathView, scoreView } from '../../src/api/trust-views.ts'
import { Explanation, Score } from '../../src/api/views.ts'
import { View } from '../../src/trust/view.ts'
import { alice, bob, NOW_MS } from '../support/records.ts'

const FOLLOWED = {
  followed: true,
  peersAsked: 0,
  peersAnswered: 0,
  peersAgreed: 0,
  askedAtMs: undefined,
}

function emptyView(): View {
  return View.of([], {
    viewer: alice.did,
    nowMs: NOW_MS,
    profile: 'strict',
    identityOf: () => undefined,
    pins: new Map(),
    introducers: [],
    privateOutcomes: [],
  })
}

describe('trust as the interface shows it', () => {
  test('a score and an explanation of a stranger fit the contract', () => {
    const view = emptyView()
    expect(() =>
      Score.parse(
        scoreView(view.score(bob.did, 'general'), { from: 'view', completeness: FOLLOWED }),
      ),
    ).not.toThrow()
    const explanation = Explanation.parse(
      explanationView(view.explain(bob.did, 'general'), FOLLOWED),
    )
    expect(explanation.score.state).toBe('unknown')
    expect(explanation.score.score).toBeNull()
  })

  test('a path has its levels as fractions and its vouches as CIDs', () => {
    const vouch = 'ab'.repeat(32)
    const path = pathView({ share: 0.5, hops: [{ did: bob.did, via: 'vouch', level: 800, vouch }] })
    expect(path.hops[0]).toMatchObject({ level: 0.8 })
    expect(path.hops[0]?.vouch).toMatch(/^bafyrei[a-z2-7]{52}$/)
    const pinned = pathView({ share: 0.5, hops: [{ did: bob.did, via: 'pin', level: 1000 }] })
    expect(pinned.hops[0]).toEqual({ did: bob.did, via: 'pin', level: 1, vouch: null })
  })
})
