/**
 * Where agents stand in the ring graph: me in the middle, a ring for each step, each agent in the sector
 * of the one through whom it is reached. Told by the graph alone, so it is the same at each visit.
 */
import type { Graph } from '../types.ts'

export interface Placed {
  readonly did: string
  readonly x: number
  readonly y: number
  readonly hop: number
  /** Through whom it is reached; none for me. */
  readonly parent: string | undefined
}

export interface Rings {
  readonly placed: readonly Placed[]
  readonly radius: number
  readonly ring: number
}

const RING = 100
/** Around the outer ring, for names. */
const MARGIN = 110

export function ringsOf(graph: Graph): Rings {
  const hops = new Map(graph.nodes.map(({ did, hop }) => [did, hop]))
  const parents = parentsOf(graph, hops)
  const children = new Map<string, string[]>()
  for (const { did } of graph.nodes) {
    const parent = parents.get(did)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), did])
  }
  const sizes = new Map<string, number>()
  const sizeOf = (did: string): number => {
    const known = sizes.get(did)
    if (known !== undefined) return known
    const size = Math.max(
      1,
      (children.get(did) ?? []).reduce((sum, child) => sum + sizeOf(child), 0),
    )
    sizes.set(did, size)
    return size
  }
  const placed: Placed[] = []
  const most = Math.max(1, ...hops.values())
  const place = (did: string, from: number, to: number): void => {
    const hop = hops.get(did) ?? 0
    const angle = (from + to) / 2 - Math.PI / 3
    placed.push({
      did,
      hop,
      x: hop * RING * Math.cos(angle),
      y: hop * RING * Math.sin(angle),
      parent: parents.get(did),
    })
    const own = (children.get(did) ?? []).toSorted(byTail)
    const whole = own.reduce((sum, child) => sum + sizeOf(child), 0)
    let at = from
    for (const child of own) {
      const share = ((to - from) * sizeOf(child)) / whole
      place(child, at, at + share)
      at += share
    }
  }
  const me = graph.nodes.find(({ isMe }) => isMe)
  if (me !== undefined) place(me.did, 0, 2 * Math.PI)
  return { placed, radius: most * RING + MARGIN, ring: RING }
}

/** The strongest live edge from the ring before; of equal ones the first by DID. */
function parentsOf(graph: Graph, hops: ReadonlyMap<string, number>): Map<string, string> {
  const best = new Map<string, { readonly from: string; readonly level: number }>()
  for (const { from, to, level, state } of graph.edges) {
    if (state !== 'live' || hops.get(to) !== (hops.get(from) ?? 0) + 1) continue
    const before = best.get(to)
    const isBetter =
      before === undefined || level > before.level || (level === before.level && from < before.from)
    if (isBetter) best.set(to, { from, level })
  }
  return new Map([...best].map(([to, { from }]) => [to, from]))
}

/** By the end of the DID, which is the end of a hash: no order that anybody chose. */
function byTail(a: string, b: string): number {
  const [left, right] = [a.slice(-12), b.slice(-12)]
  return left < right ? -1 : left > right ? 1 : 0
}
