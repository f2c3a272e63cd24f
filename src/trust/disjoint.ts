/**
 * How many agents must be fooled before an agent's standing is false through and through: the number
 * of ways to it that share no agent (Menger's theorem: the size of the smallest cut).
 *
 * Counted over vouches that carry standing and lie on a way of at most `hopLimit` such vouches; the
 * viewer's own vouch for the agent counts as one way, with the viewer as the one to fool.
 * Specification: docs/spec/scoring.md, T25.
 */
import type { Edge, ScopeReading } from './reading.ts'

export function disjointPathCount(reading: ScopeReading, subject: number): number {
  const { hopLimit } = reading.profile
  const back = backwards(reading, subject)
  const entered = reading.firstHopNodes().filter((node) => reading.kept(node, 0) > 0)
  const before = forwards(
    entered.filter((node) => node !== subject && back.hops.has(node)),
    back.edges,
    hopLimit,
  )
  const network = new FlowNetwork()
  const isOnWay = (node: number): boolean =>
    node !== subject && hopsOf(before, node) + hopsOf(back.hops, node) <= hopLimit
  for (const node of before.keys()) {
    // Each agent once: it is fooled or it is not.
    if (isOnWay(node)) network.connect(entry(node), exit(node))
  }
  for (const node of entered) if (isOnWay(node)) network.connect(SOURCE, entry(node))
  for (const { from, to } of back.edges) {
    if (!isOnWay(from) || (to !== subject && !isOnWay(to))) continue
    if (hopsOf(before, from) + 1 + hopsOf(back.hops, to) > hopLimit) continue
    network.connect(exit(from), entry(to))
  }
  const direct = entered.includes(subject) ? 1 : 0
  return direct + network.maximumFlow(SOURCE, entry(subject))
}

const SOURCE = -1

/** Each agent is two ends of one arc, so that it can be passed once. */
function entry(node: number): number {
  return 2 * node
}

function exit(node: number): number {
  return 2 * node + 1
}

function hopsOf(hops: ReadonlyMap<number, number>, node: number): number {
  return hops.get(node) ?? Number.POSITIVE_INFINITY
}

/** Everybody from whom standing may come to the subject, with the vouches by which it does. */
function backwards(
  reading: ScopeReading,
  subject: number,
): { readonly hops: ReadonlyMap<number, number>; readonly edges: readonly Edge[] } {
  const hops = new Map([[subject, 0]])
  const edges: Edge[] = []
  let front = [subject]
  for (let count = 1; count <= reading.profile.hopLimit; count++) {
    const last = front
    front = []
    for (const node of last) {
      for (const edge of reading.carryingInto(node)) {
        edges.push(edge)
        if (hops.has(edge.from)) continue
        hops.set(edge.from, count)
        front.push(edge.from)
      }
    }
  }
  return { hops, edges }
}

/** Hops from the viewer to each agent, the viewer's own vouch included. */
function forwards(
  entered: readonly number[],
  edges: readonly Edge[],
  hopLimit: number,
): ReadonlyMap<number, number> {
  const leaving = Map.groupBy(edges, ({ from }) => from)
  const hops = new Map(entered.map((node) => [node, 1]))
  let front = entered
  for (let count = 2; count <= hopLimit; count++) {
    const last = front
    const next: number[] = []
    for (const node of last) {
      for (const { to } of leaving.get(node) ?? []) {
        if (hops.has(to)) continue
        hops.set(to, count)
        next.push(to)
      }
    }
    front = next
  }
  return hops
}

const NONE = -1

/**
 * Arcs of capacity one, augmented along shortest ways (Edmonds and Karp 1972). Arc `2n` and arc
 * `2n + 1` are each other's way back.
 */
class FlowNetwork {
  /** Ends by their own small numbers. */
  readonly #ends = new Map<number, number>()
  readonly #heads: number[] = []
  readonly #capacities: number[] = []
  /** Of each arc the one after it from the same tail; of each tail the first. */
  readonly #nextArc: number[] = []
  readonly #firstArc: number[] = []

  connect(from: number, to: number): void {
    this.#addArc(this.#endOf(from), this.#endOf(to), 1)
    this.#addArc(this.#endOf(to), this.#endOf(from), 0)
  }

  maximumFlow(source: number, sink: number): number {
    let count = 0
    while (this.#augment(this.#endOf(source), this.#endOf(sink))) count++
    return count
  }

  #endOf(name: number): number {
    let end = this.#ends.get(name)
    if (end === undefined) {
      end = this.#firstArc.push(NONE) - 1
      this.#ends.set(name, end)
    }
    return end
  }

  #addArc(from: number, to: number, capacity: number): void {
    const arc = this.#heads.push(to) - 1
    this.#capacities.push(capacity)
    this.#nextArc.push(this.#firstArc[from] ?? NONE)
    this.#firstArc[from] = arc
  }

  #augment(source: number, sink: number): boolean {
    const cameBy = new Int32Array(this.#firstArc.length).fill(NONE)
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
