/**
 * The vouches of one scope as a graph of whole numbers: nodes are agents, edges are live vouches.
 *
 * Edges lie in one array sorted by (from, to), with a second order by (to, from), so that walking
 * forwards and backwards needs no search. Knows nothing of records or time.
 */
import type { Edge } from './reading.ts'

export type { Edge } from './reading.ts'

export class Graph {
  readonly size: number
  /** Sorted by (from, to); at most one for each pair. */
  readonly edges: readonly Edge[]
  /** Where each edge leads, and its level: `edges` again, close together for the walk. */
  readonly heads: Int32Array
  readonly levels: Float64Array
  /** Sum of the levels of what a node vouches for: W. */
  readonly outLevel: Float64Array
  readonly #outStart: Int32Array
  readonly #inStart: Int32Array
  /** Indices into `edges`, sorted by (to, from). */
  readonly #inEdges: Int32Array

  constructor(size: number, edges: readonly Edge[]) {
    this.size = size
    const byHead = countedInto(size, edges, ({ to }) => to)
    const byTail = countedInto(size, byHead.sorted, ({ from }) => from)
    this.edges = byTail.sorted
    this.#outStart = byTail.start
    this.#inStart = byHead.start
    this.outLevel = new Float64Array(size)
    this.heads = new Int32Array(edges.length)
    this.levels = new Float64Array(edges.length)
    this.#inEdges = new Int32Array(edges.length)
    const next = this.#inStart.slice()
    for (const [index, { from, to, level }] of this.edges.entries()) {
      this.heads[index] = to
      this.levels[index] = level
      this.outLevel[from] = (this.outLevel[from] ?? 0) + level
      const at = next[to] ?? 0
      this.#inEdges[at] = index
      next[to] = at + 1
    }
  }

  /** The first of a node's outgoing edges; they end before `outBegin(node + 1)`. */
  outBegin(node: number): number {
    return this.#outStart[node] ?? this.edges.length
  }

  outDegree(node: number): number {
    return this.outBegin(node + 1) - this.outBegin(node)
  }

  /** Sorted by `from`. */
  incoming(node: number): readonly Edge[] {
    const found: Edge[] = []
    const end = this.#inStart[node + 1] ?? 0
    for (let at = this.#inStart[node] ?? 0; at < end; at++) {
      const edge = this.edges[this.#inEdges[at] ?? -1]
      if (edge !== undefined) found.push(edge)
    }
    return found
  }
}

/** Edges by one of their ends, equal ones as they came, in one pass; `start` says where each end begins. */
function countedInto(
  size: number,
  edges: readonly Edge[],
  endOf: (edge: Edge) => number,
): { readonly sorted: readonly Edge[]; readonly start: Int32Array } {
  const start = new Int32Array(size + 1)
  for (const edge of edges) {
    const end = endOf(edge)
    start[end + 1] = (start[end + 1] ?? 0) + 1
  }
  for (let node = 0; node < size; node++) {
    start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0)
  }
  const next = start.slice()
  const sorted = edges.slice()
  for (const edge of edges) {
    const end = endOf(edge)
    const at = next[end] ?? 0
    sorted[at] = edge
    next[end] = at + 1
  }
  return { sorted, start }
}
