/**
 * Agents as the small numbers that the engines count in: given out as agents are first met, and kept.
 *
 * An agent is one node, and two once two inceptions claim its name. Numbers follow the order of
 * arrival, so nothing that is shown may depend on them. Specification: docs/spec/scoring.md, T23.
 */
import type { Did } from '../../identity/did.ts'
import type { TrustContext } from '../context.ts'
import { FIRST_BRANCH, KnownAgent, SECOND_BRANCH } from '../key-standing.ts'
import type { BranchMask } from '../key-standing.ts'

const NO_NODES: readonly number[] = []

interface Entry {
  agent: KnownAgent
  nodes: readonly number[]
  /** Kept when the name is disputed no more, for it may be again. */
  second: number | undefined
}

interface Place {
  readonly did: Did
  readonly branch: number
}

export class Register {
  readonly #identityOf: TrustContext['identityOf']
  readonly #entries = new Map<Did, Entry>()
  readonly #places: Place[] = []

  constructor({ identityOf }: Pick<TrustContext, 'identityOf'>) {
    this.#identityOf = identityOf
  }

  /** The agent, with a number of its own from now on. */
  meet(did: Did): KnownAgent {
    return this.#entry(did).agent
  }

  /** The agent as it is known now, without giving it a number. */
  known(did: Did): KnownAgent {
    return this.#entries.get(did)?.agent ?? new KnownAgent(did, 0, this.#identityOf(did))
  }

  /** Takes note that an agent's key log is another. @returns whether it had been met. */
  changed(did: Did): boolean {
    const entry = this.#entries.get(did)
    if (entry === undefined) return false
    const [first = 0] = entry.nodes
    entry.agent = new KnownAgent(did, first, this.#identityOf(did))
    this.#place(did, entry, first)
    return true
  }

  /** One node, or two when the name is disputed; none for a stranger. */
  nodesOf(did: Did): readonly number[] {
    return this.#entries.get(did)?.nodes ?? NO_NODES
  }

  /** Those too that stood for it while its name was disputed. */
  everyNodeOf(did: Did): readonly number[] {
    const entry = this.#entries.get(did)
    if (entry === undefined) return NO_NODES
    const [first = 0] = entry.nodes
    return entry.second === undefined ? [first] : [first, entry.second]
  }

  /** The nodes of those branches that `branches` names. */
  nodesOn(did: Did, branches: BranchMask): readonly number[] {
    const nodes = this.nodesOf(did)
    if (nodes.length < 2 || branches === (FIRST_BRANCH | SECOND_BRANCH)) return nodes
    return nodes.filter((_, branch) => (branches & (FIRST_BRANCH << branch)) !== 0)
  }

  didOf(node: number): Did {
    return this.#placeOf(node).did
  }

  /** By DID, then by branch. */
  compare(a: number, b: number): number {
    const [one, two] = [this.#placeOf(a), this.#placeOf(b)]
    if (one.did === two.did) return one.branch - two.branch
    return one.did < two.did ? -1 : 1
  }

  #entry(did: Did): Entry {
    let entry = this.#entries.get(did)
    if (entry === undefined) {
      const first = this.#places.push({ did, branch: 0 }) - 1
      const agent = new KnownAgent(did, first, this.#identityOf(did))
      entry = { agent, nodes: [first], second: undefined }
      this.#place(did, entry, first)
      this.#entries.set(did, entry)
    }
    return entry
  }

  #place(did: Did, entry: Entry, first: number): void {
    if (!entry.agent.hasTwoInceptions) {
      entry.nodes = [first]
      return
    }
    entry.second ??= this.#places.push({ did, branch: 1 }) - 1
    entry.nodes = [first, entry.second]
  }

  #placeOf(node: number): Place {
    const place = this.#places[node]
    if (place === undefined) throw new RangeError(`no node ${node}`)
    return place
  }
}
