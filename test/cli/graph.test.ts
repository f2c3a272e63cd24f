import { expect, test } from 'vitest'
import { dotLines } from '../../src/cli/commands/graph.ts'

const ME = `did:aip:${'0'.repeat(32)}`
const BOB = `did:aip:${'b'.repeat(32)}`

test('a label in DOT has name and score on two lines, and no name ends its quotes', () => {
  const node = { isMe: false, hop: 1, state: 'known', score: 0.5, assured: 0.25 } as const
  const lines = dotLines({
    viewer: ME,
    scope: 'general',
    asOf: '2026-01-31T12:00:00Z',
    nodes: [{ ...node, did: BOB, name: 'a "b" \\' }],
    edges: [],
    left: { nodes: 0, edges: 0 },
  })
  expect(lines).toContain(String.raw`  "${BOB}" [label="a \"b\" \\\n0.50"];`)
})
