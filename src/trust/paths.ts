/**
 * By which ways standing reaches an agent: walking the flow backwards from it.
 *
 * A path's share is its part of the agent's standing; the shares of all paths add up to it. At each
 * step back only the strongest few are followed, so the shares of the paths that are shown and the
 * rest add up instead. Specification: docs/spec/scoring.md, T25.
 */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import { ONE } from './profile.ts'
import type { Profile } from './profile.ts'
import type { Roster } from './roster.ts'
import type { ScopeGraph } from './scope-graph.ts'
import { carried } from './standing.ts'
import type { Standing } from './standing.ts'

export interface PathHop {
  /** Who is vouched for. */
  readonly did: Did
  readonly via: 'vouch' | 'introducer' | 'pin'
  /** Thousandths. */
  readonly level: number
  /** The record, where there is one. */
  readonly vouch?: RecordId
}

/** From the viewer, by hops, to the subject. */
export interface TrustPath {
  /** Part of the subject's standing, in [0, 1]. */
  readonly share: number
  readonly hops: readonly PathHop[]
}

/** How many predecessors are followed from each agent at each step back, but for the first step. */
const STEP_WIDTH = 3

interface Walk {
  readonly scope: ScopeGraph
  readonly roster: Roster
  readonly profile: Profile
}

/**
 * The strongest ways to `node`, strongest first; equal ones in the order of their DIDs.
 *
 * @param firstStep  How many of those who vouch for `node` itself are followed.
 */
export function strongestPaths(
  walk: Walk,
  node: number,
  limit: number,
  firstStep = STEP_WIDTH,
): readonly TrustPath[] {
  const { standing } = walk.scope
  const paths: TrustPath[] = []
  for (let hop = 0; hop < standing.kept.length; hop++) {
    const share = standing.kept[hop]?.[node] ?? 0
    if (share > 0)
      paths.push(...pathsInto(walk, { node, hop, share: share / ONE, width: firstStep }))
  }
  return paths.filter(visitsNobodyTwice).toSorted(strongerFirst).slice(0, limit)
}

/** Standing that went round in a circle is counted, among the other paths; it is no way to show. */
function visitsNobodyTwice({ hops }: TrustPath): boolean {
  return new Set(hops.map(({ did }) => did)).size === hops.length
}

/** Ways by which `share` came to `node` at `hop`, through at most `width` who vouch for it. */
function pathsInto(
  walk: Walk,
  end: { node: number; hop: number; share: number; width: number },
): readonly TrustPath[] {
  const { scope, roster, profile } = walk
  const { node, hop, share, width } = end
  const did = roster.didOf(node)
  if (hop === 0) {
    const first = scope.firstHops.get(node)
    return first === undefined ? [] : [{ share, hops: [{ did, ...first }] }]
  }
  const arrived = scope.standing.arrived[hop]?.[node] ?? 0
  return scope.graph
    .incoming(node)
    .map((edge) => ({ edge, part: carried(scope.graph, scope.standing, edge, hop - 1, profile) }))
    .filter(({ part }) => part > 0)
    .toSorted((a, b) => b.part - a.part || a.edge.from - b.edge.from)
    .slice(0, width)
    .flatMap(({ edge, part }) =>
      pathsInto(walk, {
        node: edge.from,
        hop: hop - 1,
        share: (share * part) / arrived,
        width: STEP_WIDTH,
      }).map((path) => ({
        share: path.share,
        hops: [...path.hops, { did, via: 'vouch' as const, level: edge.level, vouch: edge.vouch }],
      })),
    )
}

function strongerFirst(a: TrustPath, b: TrustPath): number {
  const difference = b.share - a.share
  return difference === 0 ? compareTexts(spelled(a), spelled(b)) : difference
}

function spelled({ hops }: TrustPath): string {
  return hops.map(({ did }) => did).join(' ')
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * How much of the standing at the `seeds` came in through each first-hop node: the flow of
 * `standing` walked backwards whole, with nothing left out.
 *
 * @param seeds  Node and what its standing is worth to the caller.
 */
export function creditOfFirstHops(
  { scope, profile }: Pick<Walk, 'scope' | 'profile'>,
  standing: Standing,
  seeds: ReadonlyMap<number, number>,
): Float64Array {
  const { graph } = scope
  let credit = new Float64Array(graph.size)
  for (let hop = standing.kept.length - 1; hop >= 0; hop--) {
    for (const [node, worth] of seeds) {
      credit[node] = (credit[node] ?? 0) + (worth * (standing.kept[hop]?.[node] ?? 0)) / ONE
    }
    if (hop === 0) break
    const before = new Float64Array(graph.size)
    for (let node = 0; node < graph.size; node++) {
      const due = credit[node] ?? 0
      const arrived = standing.arrived[hop]?.[node] ?? 0
      if (due === 0 || arrived === 0) continue
      for (const edge of graph.incoming(node)) {
        const part = carried(graph, standing, edge, hop - 1, profile)
        before[edge.from] = (before[edge.from] ?? 0) + (due * part) / arrived
      }
    }
    credit = before
  }
  return credit
}
