import { describe, expect, it } from 'vitest'
import { byOrder, isSeenSince, type ListedAgent } from '../../src/api/handlers/agent-order.ts'

function listed(
  letter: string,
  of: {
    readonly name?: string
    readonly score?: number
    readonly confidence?: number
    readonly outcomes?: number
    readonly lastAt?: string
  },
): ListedAgent {
  const { name = null, score = null, confidence = 0, outcomes = 0, lastAt = null } = of
  return {
    did: `did:aip:${letter.repeat(32)}`,
    name,
    score: { score, confidence, evidence: { outcomes, lastAt } } as ListedAgent['score'],
  }
}

const a = listed('a', { score: 0.2, confidence: 0.9, outcomes: 3, lastAt: '2026-01-02T00:00:00Z' })
const b = listed('b', { name: 'Zoe', score: 0.7, confidence: 0.1, outcomes: 9 })
const c = listed('c', { name: 'adam', outcomes: 5, lastAt: '2026-01-03T00:00:00Z' })
const d = listed('d', { score: 0.2, confidence: 0.5, outcomes: 1 })

describe('agents in a list', () => {
  it.each([
    ['score', 'badc'],
    ['confidence', 'adbc'],
    ['outcomes', 'bcad'],
    ['seen', 'cabd'],
    ['name', 'cbad'],
  ] as const)('by %s: the known before the unknown, equal ones by DID', (order, wanted) => {
    const sorted = [d, c, b, a].toSorted(byOrder(order))
    expect(sorted.map(({ did }) => did.at(-1)).join('')).toBe(wanted)
  })

  it('are seen since a time when their last outcome is of then or later', () => {
    expect(isSeenSince(a.score, '2026-01-02T00:00:00Z')).toBe(true)
    expect(isSeenSince(a.score, '2026-01-02T00:00:01Z')).toBe(false)
    expect(isSeenSince(b.score, '2020-01-01T00:00:00Z')).toBe(false)
  })
})
