/**
 * The trust graph of one scope as one viewer sees it, and the standing that flows through it, computed
 * from nothing. Specification: docs/spec/scoring.md, T5 to T11 and T23.
 */
import type { Did } from '../identity/did.ts'
import type { TrustContext } from './context.ts'
import { GENERAL_SCOPE } from './context.ts'
import { firstHopOf, strongestGrants } from './first-hop.ts'
import type { Grants } from './first-hop.ts'
import { Graph } from './graph.ts'
import { goesBefore } from './precedence.ts'
import { LEVEL_ONE, ONE, UNPRUNED_VOUCHES_LIMIT } from './profile.ts'
import type { Profile } from './profile.ts'
import { carried } from './reading.ts'
import type { Edge, FirstHop, ScopeReading, StandingReading } from './reading.ts'
import type { Roster } from './roster.ts'
import type { LiveVouch } from './sift.ts'
import { flow } from './standing.ts'
import type { Sources, Standing } from './standing.ts'

/** More agents than a view can hold: two nodes make one whole number below 2^53. */
const NODES_LIMIT = 2 ** 26

export class ScopeGraph implements ScopeReading {
  readonly profile: Profile
  readonly graph: Graph
  readonly sources: Sources
  readonly standing: Standing
  readonly #roster: Roster
  readonly #firstHops: ReadonlyMap<number, FirstHop>
  /** Vouches in force, the viewer's own among them. */
  readonly #vouchCount: number
  #unpruned: Standing | undefined

  constructor(
    scope: string,
    vouches: readonly LiveVouch[],
    parts: { roster: Roster; profile: Profile; context: TrustContext },
  ) {
    const { roster, profile, context } = parts
    this.#roster = roster
    this.profile = profile
    const { edges, own } = bestOfEachPair(scope, vouches, parts)
    this.graph = new Graph(roster.size, edges)
    this.#firstHops = firstHopsOf(own, roster, context)
    this.#vouchCount = edges.length + own.size
    this.sources = sourcesOf(this.#firstHops, roster, context)
    this.standing = flow(this.graph, this.sources, profile)
  }

  nodesOf(did: Did): readonly number[] {
    return this.#roster.nodesOf(did)
  }

  didOf(node: number): Did {
    return this.#roster.didOf(node)
  }

  compareNodes(a: number, b: number): number {
    const [one, two] = [this.didOf(a), this.didOf(b)]
    // The second node of a name has the greater number.
    if (one === two) return a - b
    return one < two ? -1 : 1
  }

  arrived(node: number, hop: number): number {
    return this.standing.arrived[hop]?.[node] ?? 0
  }

  kept(node: number, hop: number): number {
    return this.standing.kept[hop]?.[node] ?? 0
  }

  outDegree(node: number): number {
    return this.graph.outDegree(node)
  }

  outLevel(node: number): number {
    return this.graph.outLevel[node] ?? 0
  }

  firstHopOf(node: number): FirstHop | undefined {
    return this.#firstHops.get(node)
  }

  firstHopNodes(): readonly number[] {
    return [...this.#firstHops.keys()].toSorted((a, b) => this.compareNodes(a, b))
  }

  carryingInto(node: number): readonly Edge[] {
    const hops = Array.from({ length: this.profile.hopLimit - 1 }, (_, hop) => hop)
    return this.graph
      .incoming(node)
      .filter((edge) => hops.some((hop) => carried(this, edge, hop) > 0))
      .toSorted((a, b) => this.compareNodes(a.from, b.from))
  }

  nodeOf(did: Did): number | undefined {
    return this.#readingOf(this.standing).nodeOf(did)
  }

  heldBy(did: Did): number {
    return this.#readingOf(this.standing).heldBy(did)
  }

  branchOf(did: Did): number | undefined {
    return this.#readingOf(this.standing).branchOf(did)
  }

  /** T9: in a graph too large to follow everything, what was dropped may be all there is. */
  unprunedHeldBy(did: Did): number {
    if (this.#vouchCount > UNPRUNED_VOUCHES_LIMIT) return ONE
    this.#unpruned ??= flow(this.graph, this.sources, this.profile, { unpruned: true })
    return this.#readingOf(this.#unpruned).heldBy(did)
  }

  without<Result>(friend: Did, subject: Did, read: (other: StandingReading) => Result): Result {
    const first = this.sources.first.slice()
    const muted = this.sources.muted.slice()
    for (const node of this.#roster.nodesOf(friend)) {
      first[node] = 0
      if (friend !== subject) muted[node] = 1
    }
    return read(this.#readingOf(flow(this.graph, { first, muted }, this.profile)))
  }

  #readingOf({ held }: Standing): StandingReading {
    const nodeOf = (did: Did): number | undefined => {
      const [first, second] = this.#roster.nodesOf(did)
      if (first === undefined || second === undefined) return first
      const [one, two] = [held[first] ?? 0, held[second] ?? 0]
      if (one === two) return undefined
      return one > two ? first : second
    }
    return {
      nodeOf,
      heldBy: (did) => {
        const node = nodeOf(did)
        return node === undefined ? 0 : (held[node] ?? 0)
      },
      branchOf: (did) => {
        const node = nodeOf(did)
        return node === undefined ? undefined : this.#roster.nodesOf(did).indexOf(node)
      },
    }
  }
}

/** T5: for each pair of nodes the one vouch that serves the scope; the viewer's own apart. */
function bestOfEachPair(
  scope: string,
  vouches: readonly LiveVouch[],
  { roster, context }: { readonly roster: Roster; readonly context: TrustContext },
): { readonly edges: readonly Edge[]; readonly own: ReadonlyMap<number, LiveVouch> } {
  const best = new Map<number, { readonly from: number; readonly to: number; live: LiveVouch }>()
  const own = new Map<number, LiveVouch>()
  for (const live of vouches) {
    if (live.vouch.scope !== scope && live.vouch.scope !== GENERAL_SCOPE) continue
    const isMine = live.vouch.issuer === context.viewer
    for (const to of roster.nodesOn(live.subject, live.subjectBranches)) {
      if (isMine) {
        const other = own.get(to)
        if (other === undefined || goesBefore(live, other)) own.set(to, live)
        continue
      }
      for (const from of roster.nodesOn(live.issuer, live.issuerBranches)) {
        const pair = from * NODES_LIMIT + to
        const other = best.get(pair)
        if (other === undefined) best.set(pair, { from, to, live })
        else if (goesBefore(live, other.live)) other.live = live
      }
    }
  }
  const edges = [...best.values()].map(({ from, to, live }) => ({
    from,
    to,
    level: live.vouch.level,
    vouch: live.id,
  }))
  return { edges, own }
}

function firstHopsOf(
  own: ReadonlyMap<number, LiveVouch>,
  roster: Roster,
  context: TrustContext,
): ReadonlyMap<number, FirstHop> {
  const grants = new Map<number, Grants>()
  for (const [did, granted] of strongestGrants(context)) {
    // T23: a pin or an introducer names no inception, so it settles no dispute about one.
    const [node, other] = roster.nodesOf(did)
    if (node !== undefined && other === undefined) grants.set(node, granted)
  }
  const hops = new Map<number, FirstHop>()
  for (const node of new Set([...own.keys(), ...grants.keys()])) {
    const live = own.get(node)
    const vouch = live === undefined ? undefined : { id: live.id, level: live.vouch.level }
    const hop = firstHopOf(vouch, grants.get(node))
    if (hop !== undefined) hops.set(node, hop)
  }
  return hops
}

function sourcesOf(
  hops: ReadonlyMap<number, FirstHop>,
  roster: Roster,
  context: TrustContext,
): Sources {
  const first = new Float64Array(roster.size)
  const muted = new Uint8Array(roster.size)
  // T6: nothing flows through me; T11: nor through anybody I distrust.
  for (const node of roster.nodesOf(context.viewer)) muted[node] = 1
  for (const [did, { kind }] of context.pins) {
    if (kind !== 'distrust') continue
    for (const node of roster.nodesOf(did)) muted[node] = 1
  }
  for (const [node, { level }] of hops) {
    if (muted[node] === 0) first[node] = Math.floor((ONE * level) / LEVEL_ONE)
  }
  return { first, muted }
}
