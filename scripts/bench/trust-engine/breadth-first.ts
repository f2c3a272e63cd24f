/** The reference's path: breadth-first over live vouches, at most five hops, 0.8 for each. */
import type { VouchGraph } from '../../../src/trust/engine/vouch-graph.ts'

const HOPS_LIMIT = 5
const DECAY = 0.8

export class BreadthFirst {
  readonly #graph: VouchGraph
  /** The search in which an agent was last seen. */
  readonly #seenIn: Int32Array
  readonly #queue: Int32Array
  #search = 0

  constructor(graph: VouchGraph, agents: number) {
    this.#graph = graph
    this.#seenIn = new Int32Array(agents)
    this.#queue = new Int32Array(agents)
  }

  score(viewer: number, subject: number): number {
    if (viewer === subject) return 1
    const [graph, seenIn, queue] = [this.#graph, this.#seenIn, this.#queue]
    this.#search++
    const search = this.#search
    seenIn[viewer] = search
    queue[0] = viewer
    let [begin, end] = [0, 1]
    for (let hops = 1; hops <= HOPS_LIMIT; hops++) {
      const last = end
      for (; begin < last; begin++) {
        const from = queue[begin] ?? 0
        const degree = graph.outDegree(from)
        if (degree === 0) continue
        const { heads } = graph.page(from)
        const first = graph.begin(from)
        for (let at = first; at < first + degree; at++) {
          const head = heads[at] ?? 0
          if (seenIn[head] === search) continue
          if (head === subject) return DECAY ** hops
          seenIn[head] = search
          queue[end] = head
          end++
        }
      }
    }
    return 0
  }
}
