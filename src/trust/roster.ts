/**
 * Agents as small numbers, in the order of their DIDs, so that ties fall the same way everywhere.
 *
 * An agent is one node of the graph; one whose name two inceptions claim is two, until the vouches
 * of the viewer's own friends say which is real. Specification: docs/spec/scoring.md, T23.
 */
import type { Did } from '../identity/did.ts'
import type { BranchMask, Identities } from './key-standing.ts'

export class Roster {
  /** Sorted. Their first (mostly only) nodes have the same numbers. */
  readonly agents: readonly Did[]
  /** How many nodes there are. */
  readonly size: number
  readonly #first = new Map<Did, number>()
  readonly #second = new Map<Did, number>()
  readonly #didOf: Did[]

  constructor(mentioned: Iterable<Did>, identities: Identities) {
    this.agents = [...new Set(mentioned)].toSorted()
    this.#didOf = [...this.agents]
    for (const [node, did] of this.agents.entries()) {
      this.#first.set(did, node)
      if (identities.hasTwoInceptions(did)) this.#second.set(did, this.#didOf.push(did) - 1)
    }
    this.size = this.#didOf.length
  }

  /** One node, or two when the name is disputed; none for a stranger. */
  nodesOf(did: Did): readonly number[] {
    const first = this.#first.get(did)
    if (first === undefined) return []
    const second = this.#second.get(did)
    return second === undefined ? [first] : [first, second]
  }

  /** The nodes of those branches that `branches` names. */
  nodesOn(did: Did, branches: BranchMask): readonly number[] {
    return this.nodesOf(did).filter((_, at) => (branches & (1 << at)) !== 0)
  }

  didOf(node: number): Did {
    const did = this.#didOf[node]
    if (did === undefined) throw new RangeError(`no node ${node}`)
    return did
  }
}
