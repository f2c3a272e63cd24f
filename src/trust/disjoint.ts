/**
 * How many agents must be fooled before an agent's standing is false through and through: the number
 * of ways to it that share no agent (Menger's theorem: the size of the smallest cut).
 *
 * Counted over vouches that carry standing and lie on a way of at most `hopLimit` hops; the viewer's
 * own vouch for the agent counts as one way, with the viewer as the one to fool.
 * Specification: docs/spec/scoring.md, T25.
 */
import type { Profile } from './profile.ts'
import type { ScopeGraph } from './scope-graph.ts'
import { amountOf, passesOn } from './standing.ts'

/** More hops than any way has. */
const UNREACHED = 2 ** 30

export function disjointPathCount(scope: ScopeGraph, subject: number, profile: Profile): number {
  const { graph, sources } = scope
  const direct = (sources.first[subject] ?? 0) > 0 ? 1 : 0
  const { fromViewer, toSubject } = distances(scope, subject, profile)
  const network = new FlowNetwork(2 * graph.size + 1)
  const source = 2 * graph.size
  const before = (node: number): number => fromViewer[node] ?? UNREACHED
  const after = (node: number): number => toSubject[node] ?? UNREACHED
  const isOnWay = (node: number): boolean =>
    node !== subject && before(node) + after(node) <= profile.hopLimit
  for (let node = 0; node < graph.size; node++) {
    if (!isOnWay(node)) continue
    // Each agent once: it is fooled or it is not.
    network.connect(entry(node), exit(node))
    if ((sources.first[node] ?? 0) > 0) network.connect(source, entry(node))
    const share = strongestShare(scope, node, profile)
    if (share === 0) continue
    const end = graph.outBegin(node + 1)
    for (let at = graph.outBegin(node); at < end; at++) {
      const head = graph.heads[at] ?? 0
      if (before(node) + 1 + after(head) > profile.hopLimit) continue
      if (amountOf(graph, node, share, graph.levels[at] ?? 0, profile) === 0) continue
      if (head === subject || isOnWay(head)) network.connect(exit(node), entry(head))
    }
  }
  return direct + network.maximumFlow(source, entry(subject))
}

/** Each agent is two ends of one arc, so that it can be passed once. */
function entry(node: number): number {
  return 2 * node
}

function exit(node: number): number {
  return 2 * node + 1
}

/** The most that a node passes on at any hop, in parts of ONE: an edge carries something if it does then. */
function strongestShare({ graph, standing }: ScopeGraph, node: number, profile: Profile): number {
  let strongest = 0
  for (let hop = 0; hop < profile.hopLimit - 1; hop++) {
    strongest = Math.max(strongest, standing.kept[hop]?.[node] ?? 0)
  }
  return passesOn(graph, node, strongest, profile) ? strongest : 0
}

/** Hops from the viewer to each node, and from each node to the subject. */
function distances(
  { graph, sources }: ScopeGraph,
  subject: number,
  { hopLimit }: Profile,
): { readonly fromViewer: Int32Array; readonly toSubject: Int32Array } {
  const fromViewer = new Int32Array(graph.size).fill(UNREACHED)
  const toSubject = new Int32Array(graph.size).fill(UNREACHED)
  let front: number[] = []
  const reachFromViewer = (node: number, hops: number): void => {
    if (fromViewer[node] !== UNREACHED || sources.muted[node] === 1) return
    fromViewer[node] = hops
    front.push(node)
  }
  for (let node = 0; node < graph.size; node++) {
    if ((sources.first[node] ?? 0) > 0) reachFromViewer(node, 1)
  }
  for (let hops = 2; hops <= hopLimit; hops++) {
    const last = front
    front = []
    for (const node of last) {
      const end = graph.outBegin(node + 1)
      for (let at = graph.outBegin(node); at < end; at++) {
        reachFromViewer(graph.heads[at] ?? 0, hops)
      }
    }
  }
  toSubject[subject] = 0
  front = [subject]
  for (let hops = 1; hops <= hopLimit; hops++) {
    const last = front
    front = []
    for (const node of last) {
      for (const { from } of graph.incoming(node)) {
        if (toSubject[from] !== UNREACHED) continue
        toSubject[from] = hops
        front.push(from)
      }
    }
  }
  return { fromViewer, toSubject }
}

const NONE = -1

/**
 * Arcs of capacity one, augmented along shortest ways (Edmonds and Karp 1972). Arc `2n` and arc
 * `2n + 1` are each other's way back.
 */
class FlowNetwork {
  readonly #size: number
  readonly #heads: number[] = []
  readonly #capacities: number[] = []
  /** Of each arc the one after it from the same tail; of each tail the first. */
  readonly #nextArc: number[] = []
  readonly #firstArc: Int32Array

  constructor(size: number) {
    this.#size = size
    this.#firstArc = new Int32Array(size).fill(NONE)
  }

  connect(from: number, to: number): void {
    this.#addArc(from, to, 1)
    this.#addArc(to, from, 0)
  }

  maximumFlow(source: number, sink: number): number {
    let count = 0
    while (this.#augment(source, sink)) count++
    return count
  }

  #addArc(from: number, to: number, capacity: number): void {
    const arc = this.#heads.push(to) - 1
    this.#capacities.push(capacity)
    this.#nextArc.push(this.#firstArc[from] ?? NONE)
    this.#firstArc[from] = arc
  }

  #augment(source: number, sink: number): boolean {
    const cameBy = new Int32Array(this.#size).fill(NONE)
    const queue = [source]
    for (const node of queue) {
      if (node === sink) break
      for (let arc = this.#firstArc[node] ?? NONE; arc !== NONE; arc = this.#nextArc[arc] ?? NONE) {
        const head = this.#heads[arc] ?? NONE
        if (this.#capacities[arc] === 0 || head === source || cameBy[head] !== NONE) continue
        cameBy[head] = arc
        queue.push(head)
      }
    }
    if (cameBy[sink] === NONE) return false
    for (let node = sink; node !== source;) {
      const arc = cameBy[node] ?? NONE
      const back = arc ^ 1
      this.#capacities[arc] = 0
      this.#capacities[back] = 1
      node = this.#heads[back] ?? source
    }
    return true
  }
}
