/**
 * Agents as small numbers, in the order of their DIDs, so that ties fall the same way everywhere.
 *
 * An agent is one node of the graph; one whose name two inceptions claim is two, until the vouches
 * of the viewer's own friends say which is real. Specification: docs/spec/scoring.md, T23.
 */
import type { Did } from '../identity/did.ts'
import { BOTH_BRANCHES, FIRST_BRANCH, SECOND_BRANCH } from './key-standing.ts'
import type { BranchMask, Identities, KnownAgent } from './key-standing.ts'

const NOBODY = -1

export class Roster {
  /** How many nodes there are. */
  readonly size: number
  readonly #identities: Identities
  /** By the agent's index; {@link NOBODY} for a stranger, or where there is no second node. */
  readonly #first: number[] = []
  readonly #second: number[] = []
  readonly #didOf: Did[]

  constructor(mentioned: Iterable<KnownAgent>, identities: Identities) {
    const agents = [...new Set(mentioned)].toSorted((a, b) => (a.did < b.did ? -1 : 1))
    this.#identities = identities
    // The first (mostly only) nodes have the same order as the names.
    this.#didOf = agents.map(({ did }) => did)
    for (const [node, { did, index, hasTwoInceptions }] of agents.entries()) {
      this.#first[index] = node
      this.#second[index] = hasTwoInceptions ? this.#didOf.push(did) - 1 : NOBODY
    }
    this.size = this.#didOf.length
  }

  /** One node, or two when the name is disputed; none for a stranger. */
  nodesOf(did: Did): readonly number[] {
    return this.nodesOn(this.#identities.agent(did), BOTH_BRANCHES)
  }

  /** The nodes of those branches that `branches` names. */
  nodesOn({ index }: KnownAgent, branches: BranchMask): readonly number[] {
    const nodes: number[] = []
    const [first, second] = [this.#first[index] ?? NOBODY, this.#second[index] ?? NOBODY]
    if (first !== NOBODY && (branches & FIRST_BRANCH) !== 0) nodes.push(first)
    if (second !== NOBODY && (branches & SECOND_BRANCH) !== 0) nodes.push(second)
    return nodes
  }

  didOf(node: number): Did {
    const did = this.#didOf[node]
    if (did === undefined) throw new RangeError(`no node ${node}`)
    return did
  }
}
