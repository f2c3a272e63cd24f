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
import { carried } from './standing.ts'

interface Arc {
  readonly to: number
  capacity: number
  readonly back: Arc | undefined
}

const UNREACHED = Number.POSITIVE_INFINITY

export function disjointPathCount(scope: ScopeGraph, subject: number, profile: Profile): number {
  const { graph, sources } = scope
  const direct = (sources.first[subject] ?? 0) > 0 ? 1 : 0
  const near = distances(scope, subject, profile)
  const network = new FlowNetwork(2 * graph.size + 1)
  const source = 2 * graph.size
  const isOnWay = (node: number): boolean =>
    node !== subject &&
    (near.fromViewer[node] ?? UNREACHED) + (near.toSubject[node] ?? UNREACHED) <= profile.hopLimit
  for (let node = 0; node < graph.size; node++) {
    if (!isOnWay(node)) continue
    // Each agent once: it is fooled or it is not.
    network.connect(entry(node), exit(node))
    if ((sources.first[node] ?? 0) > 0) network.connect(source, entry(node))
    for (const edge of graph.outgoing(node)) {
      const hops = (near.fromViewer[node] ?? UNREACHED) + 1 + (near.toSubject[edge.to] ?? UNREACHED)
      if (hops > profile.hopLimit || !carriesAnything(scope, edge, profile)) continue
      if (edge.to === subject || isOnWay(edge.to)) network.connect(exit(node), entry(edge.to))
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

function carriesAnything(
  scope: ScopeGraph,
  edge: ScopeGraph['graph']['edges'][number],
  profile: Profile,
): boolean {
  for (let hop = 0; hop < profile.hopLimit - 1; hop++) {
    if (carried(scope.graph, scope.standing, edge, hop, profile) > 0) return true
  }
  return false
}

/** Hops from the viewer to each node, and from each node to the subject. */
function distances(
  scope: ScopeGraph,
  subject: number,
  profile: Profile,
): { fromViewer: Float64Array; toSubject: Float64Array } {
  const { graph, sources } = scope
  const fromViewer = new Float64Array(graph.size).fill(UNREACHED)
  const toSubject = new Float64Array(graph.size).fill(UNREACHED)
  let front: number[] = []
  for (let node = 0; node < graph.size; node++) if ((sources.first[node] ?? 0) > 0) front.push(node)
  for (let hops = 1; hops <= profile.hopLimit && front.length > 0; hops++) {
    const fresh = front.filter(
      (node) => fromViewer[node] === UNREACHED && sources.muted[node] === 0,
    )
    for (const node of fresh) fromViewer[node] = hops
    front = fresh.flatMap((node) => graph.outgoing(node).map(({ to }) => to))
  }
  front = [subject]
  for (let hops = 0; hops <= profile.hopLimit && front.length > 0; hops++) {
    const fresh = front.filter((node) => toSubject[node] === UNREACHED)
    for (const node of fresh) toSubject[node] = hops
    front = fresh.flatMap((node) => graph.incoming(node).map(({ from }) => from))
  }
  return { fromViewer, toSubject }
}

/** Arcs of capacity one; augmented along shortest ways (Edmonds and Karp 1972). */
class FlowNetwork {
  readonly #arcs: (Arc[] | undefined)[]

  constructor(size: number) {
    this.#arcs = Array.from({ length: size })
  }

  connect(from: number, to: number): void {
    const forward: { to: number; capacity: number; back: Arc | undefined } = {
      to,
      capacity: 1,
      back: undefined,
    }
    const backward: Arc = { to: from, capacity: 0, back: forward }
    forward.back = backward
    ;(this.#arcs[from] ??= []).push(forward)
    ;(this.#arcs[to] ??= []).push(backward)
  }

  maximumFlow(source: number, sink: number): number {
    let count = 0
    while (this.#augment(source, sink)) count++
    return count
  }

  #augment(source: number, sink: number): boolean {
    const cameBy = new Map<number, Arc | undefined>([[source, undefined]])
    const queue = [source]
    for (const node of queue) {
      if (node === sink) break
      for (const arc of this.#arcs[node] ?? []) {
        if (arc.capacity === 0 || cameBy.has(arc.to)) continue
        cameBy.set(arc.to, arc)
        queue.push(arc.to)
      }
    }
    let arc = cameBy.get(sink)
    if (arc === undefined) return false
    while (arc !== undefined) {
      arc.capacity--
      const back: Arc | undefined = arc.back
      if (back === undefined) throw new Error('an arc without its way back')
      back.capacity++
      arc = cameBy.get(back.to)
    }
    return true
  }
}
