/**
 * The trust graph of one scope as one viewer sees it, and the standing that flows through it.
 * Specification: docs/spec/scoring.md, T5, T6, T11 and T23.
 */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { TrustContext } from './context.ts'
import { Graph } from './graph.ts'
import type { Edge } from './graph.ts'
import type { KnownAgent } from './key-standing.ts'
import { LEVEL_ONE, ONE } from './profile.ts'
import type { Profile } from './profile.ts'
import type { Roster } from './roster.ts'
import type { LiveVouch } from './sift.ts'
import { flow } from './standing.ts'
import type { Sources, Standing } from './standing.ts'

/** How the viewer's trust enters at a node. */
export interface FirstHop {
  readonly via: 'vouch' | 'introducer' | 'pin'
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly vouch?: RecordId
}

export class ScopeGraph {
  readonly graph: Graph
  readonly sources: Sources
  readonly firstHops: ReadonlyMap<number, FirstHop>
  readonly standing: Standing
  readonly #roster: Roster
  readonly #profile: Profile
  #unpruned: Standing | undefined

  constructor(
    scope: string,
    vouches: readonly LiveVouch[],
    parts: { roster: Roster; profile: Profile; context: TrustContext },
  ) {
    const { roster, profile, context } = parts
    this.#roster = roster
    this.#profile = profile
    const serving = servingScope(scope, vouches)
    this.graph = new Graph(roster.size, edgesOf(serving, roster, context.viewer))
    this.firstHops = firstHopsOf(serving, roster, context)
    this.sources = sourcesOf(this.firstHops, roster, context)
    this.standing = flow(this.graph, this.sources, profile)
  }

  /** T9: the standing that would be, had nobody's small amounts been dropped. */
  get unpruned(): Standing {
    this.#unpruned ??= flow(this.graph, this.sources, this.#profile, { unpruned: true })
    return this.#unpruned
  }

  /**
   * T23: the node that stands for an agent: of two branches the one with more standing, neither
   * while they are even.
   */
  nodeOf(did: Did, standing: Standing = this.standing): number | undefined {
    const [first, second] = this.#roster.nodesOf(did)
    if (first === undefined || second === undefined) return first
    const [one, two] = [standing.held[first] ?? 0, standing.held[second] ?? 0]
    if (one === two) return undefined
    return one > two ? first : second
  }

  /** The branch that {@link nodeOf} settles on: 0 or 1. */
  branchOf(did: Did, standing: Standing = this.standing): number | undefined {
    const node = this.nodeOf(did, standing)
    return node === undefined ? undefined : this.#roster.nodesOf(did).indexOf(node)
  }

  /** In [0, 1]. */
  heldBy(did: Did, standing: Standing = this.standing): number {
    const node = this.nodeOf(did, standing)
    return node === undefined ? 0 : (standing.held[node] ?? 0) / ONE
  }

  /** The flow when one first-hop agent is wrong: it holds nothing, its word is worth nothing. */
  standingWithout(did: Did, subject: Did): Standing {
    const first = this.sources.first.slice()
    const muted = this.sources.muted.slice()
    for (const node of this.#roster.nodesOf(did)) {
      first[node] = 0
      if (did !== subject) muted[node] = 1
    }
    return flow(this.graph, { first, muted }, this.#profile)
  }
}

/** T5: a vouch for the scope itself goes before the same pair's general one. */
function servingScope(scope: string, vouches: readonly LiveVouch[]): readonly LiveVouch[] {
  const general = vouches.filter(({ vouch }) => vouch.scope === GENERAL_SCOPE)
  if (scope === GENERAL_SCOPE) return general
  const own = vouches.filter(({ vouch }) => vouch.scope === scope)
  const pairs = new Map<KnownAgent, Set<KnownAgent>>()
  for (const { issuer, subject } of own) {
    const subjects = pairs.get(issuer)
    if (subjects === undefined) pairs.set(issuer, new Set([subject]))
    else subjects.add(subject)
  }
  const isServed = ({ issuer, subject }: LiveVouch): boolean =>
    pairs.get(issuer)?.has(subject) === true
  return [...own, ...general.filter((vouch) => !isServed(vouch))]
}

function edgesOf(vouches: readonly LiveVouch[], roster: Roster, viewer: Did): readonly Edge[] {
  const edges: Edge[] = []
  for (const { id, vouch, issuer, subject, issuerBranches, subjectBranches } of vouches) {
    if (vouch.issuer === viewer) continue
    for (const from of roster.nodesOn(issuer, issuerBranches)) {
      for (const to of roster.nodesOn(subject, subjectBranches)) {
        edges.push({ from, to, level: vouch.level, vouch: id })
      }
    }
  }
  return edges
}

function firstHopsOf(
  vouches: readonly LiveVouch[],
  roster: Roster,
  context: TrustContext,
): ReadonlyMap<number, FirstHop> {
  const hops = new Map<number, FirstHop>()
  const offer = (nodes: readonly number[], hop: FirstHop): void => {
    for (const node of nodes) {
      // T6: the strongest way in; of equals the one that is signed.
      if (hop.level > (hops.get(node)?.level ?? 0)) hops.set(node, hop)
    }
  }
  for (const { id, vouch, subject, subjectBranches } of vouches) {
    if (vouch.issuer !== context.viewer) continue
    const nodes = roster.nodesOn(subject, subjectBranches)
    offer(nodes, { via: 'vouch', level: vouch.level, vouch: id })
  }
  for (const { did, level } of context.introducers) {
    offer(undisputed(did, roster), { via: 'introducer', level })
  }
  for (const [did, { kind }] of context.pins) {
    if (kind === 'trust') offer(undisputed(did, roster), { via: 'pin', level: LEVEL_ONE })
  }
  return hops
}

/** T23: a pin or an introducer names no inception, so it settles no dispute about one. */
function undisputed(did: Did, roster: Roster): readonly number[] {
  const nodes = roster.nodesOf(did)
  return nodes.length === 1 ? nodes : []
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
