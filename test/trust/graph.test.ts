import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Graph } from '../../src/trust/graph.ts'
import type { Edge } from '../../src/trust/graph.ts'

const SIZE = 6

const anyEdges = fc.uniqueArray(
  fc.record({
    from: fc.nat(SIZE - 1),
    to: fc.nat(SIZE - 1),
    level: fc.integer({ min: 1, max: 1000 }),
    vouch: fc.constant('v'),
  }),
  { selector: ({ from, to }) => from * SIZE + to },
)

function sorted(edges: readonly Edge[]): readonly Edge[] {
  return edges.toSorted((a, b) => a.from - b.from || a.to - b.to)
}

describe('the graph of one scope', () => {
  test('holds every edge once, by (from, to), whatever order they come in', () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const graph = new Graph(SIZE, edges)
        expect(graph.edges).toEqual(sorted(edges))
        expect([...graph.heads]).toEqual(graph.edges.map(({ to }) => to))
        expect([...graph.levels]).toEqual(graph.edges.map(({ level }) => level))
      }),
    )
  })

  test('finds what leaves and what enters a node, in the order of the other end', () => {
    fc.assert(
      fc.property(anyEdges, fc.nat(SIZE - 1), (edges, node) => {
        const graph = new Graph(SIZE, edges)
        const leaving = sorted(edges.filter(({ from }) => from === node))
        expect(graph.edges.slice(graph.outBegin(node), graph.outBegin(node + 1))).toEqual(leaving)
        expect(graph.outDegree(node)).toBe(leaving.length)
        expect(graph.outLevel[node]).toBe(leaving.reduce((sum, { level }) => sum + level, 0))
        expect(graph.incoming(node)).toEqual(sorted(edges.filter(({ to }) => to === node)))
      }),
    )
  })
})
