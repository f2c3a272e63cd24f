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
import { carried } from './reading.ts'
import type { ScopeReading } from './reading.ts'

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

/**
 * The strongest ways to `node`, strongest first; equal ones in the order of their DIDs.
 *
 * @param firstStep  How many of those who vouch for `node` itself are followed.
 */
export function strongestPaths(
  reading: ScopeReading,
  node: number,
  limit: number,
  firstStep = STEP_WIDTH,
): readonly TrustPath[] {
  const paths: TrustPath[] = []
  for (let hop = 0; hop < reading.profile.hopLimit; hop++) {
    const share = reading.kept(node, hop)
    if (share > 0) {
      paths.push(...pathsInto(reading, { node, hop, share: share / ONE, width: firstStep }))
    }
  }
  return paths.filter(visitsNobodyTwice).toSorted(strongerFirst).slice(0, limit)
}

/** Standing that went round in a circle is counted, among the other paths; it is no way to show. */
function visitsNobodyTwice({ hops }: TrustPath): boolean {
  return new Set(hops.map(({ did }) => did)).size === hops.length
}

/** Ways by which `share` came to `node` at `hop`, through at most `width` who vouch for it. */
function pathsInto(
  reading: ScopeReading,
  end: { node: number; hop: number; share: number; width: number },
): readonly TrustPath[] {
  const { node, hop, share, width } = end
  const did = reading.didOf(node)
  if (hop === 0) {
    const first = reading.firstHopOf(node)
    return first === undefined ? [] : [{ share, hops: [{ did, ...first }] }]
  }
  const arrived = reading.arrived(node, hop)
  return reading
    .carryingInto(node)
    .map((edge) => ({ edge, part: carried(reading, edge, hop - 1) }))
    .filter(({ part }) => part > 0)
    .toSorted((a, b) => b.part - a.part || reading.compareNodes(a.edge.from, b.edge.from))
    .slice(0, width)
    .flatMap(({ edge, part }) =>
      pathsInto(reading, {
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
 * How much of the standing at the `seeds` came in through each first-hop node: the flow walked
 * backwards whole, with nothing left out.
 *
 * @param seeds  Node and what its standing is worth to the caller, in an order of theirs.
 */
export function creditOfFirstHops(
  reading: ScopeReading,
  seeds: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  let credit = new Map<number, number>()
  for (let hop = reading.profile.hopLimit - 1; hop >= 0; hop--) {
    for (const [node, worth] of seeds) add(credit, node, (worth * reading.kept(node, hop)) / ONE)
    if (hop === 0) break
    const before = new Map<number, number>()
    // One order of summation, whatever the numbers of the nodes are.
    for (const node of [...credit.keys()].toSorted((a, b) => reading.compareNodes(a, b))) {
      const due = credit.get(node) ?? 0
      const arrived = reading.arrived(node, hop)
      if (due === 0 || arrived === 0) continue
      for (const edge of reading.carryingInto(node)) {
        const part = carried(reading, edge, hop - 1)
        if (part > 0) add(before, edge.from, (due * part) / arrived)
      }
    }
    credit = before
  }
  return credit
}

function add(credit: Map<number, number>, node: number, worth: number): void {
  if (worth > 0) credit.set(node, (credit.get(node) ?? 0) + worth)
}
