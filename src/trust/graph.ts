/**
 * The vouches of one scope as a graph of whole numbers: nodes are agents, edges are live vouches.
 *
 * Edges lie in one array sorted by (from, to), with a second order by (to, from), so that walking
 * forwards and backwards needs no search. Knows nothing of records or time.
 */
import type { RecordId } from '../records/record.ts'

export interface Edge {
  readonly from: number
  readonly to: number
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly vouch: RecordId
}

export class Graph {
  readonly size: number
  /** Sorted by (from, to); at most one for each pair. */
  readonly edges: readonly Edge[]
  /** Sum of the levels of what a node vouches for: W. */
  readonly outLevel: Float64Array
  readonly #outStart: Int32Array
  readonly #inStart: Int32Array
  /** Indices into `edges`, sorted by (to, from). */
  readonly #inEdges: Int32Array

  constructor(size: number, edges: readonly Edge[]) {
    this.size = size
    this.edges = edges.toSorted((a, b) => a.from - b.from || a.to - b.to)
    this.outLevel = new Float64Array(size)
    this.#outStart = new Int32Array(size + 1)
    this.#inStart = new Int32Array(size + 1)
    this.#inEdges = new Int32Array(edges.length)
    for (const { from, to, level } of this.edges) {
      this.outLevel[from] = (this.outLevel[from] ?? 0) + level
      this.#outStart[from + 1] = (this.#outStart[from + 1] ?? 0) + 1
      this.#inStart[to + 1] = (this.#inStart[to + 1] ?? 0) + 1
    }
    for (let node = 0; node < size; node++) {
      this.#outStart[node + 1] = (this.#outStart[node + 1] ?? 0) + (this.#outStart[node] ?? 0)
      this.#inStart[node + 1] = (this.#inStart[node + 1] ?? 0) + (this.#inStart[node] ?? 0)
    }
    const next = this.#inStart.slice()
    for (const [index, { to }] of this.edges.entries()) {
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

  outgoing(node: number): readonly Edge[] {
    return this.edges.slice(this.outBegin(node), this.outBegin(node + 1))
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
