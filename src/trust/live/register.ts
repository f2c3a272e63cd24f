/**
 * Agents as the small numbers that the engines count in: given out as agents are first met, and kept.
 *
 * An agent is one node, and two once two inceptions claim its name. Numbers follow the order of
 * arrival, so nothing that is shown may depend on them. Of an agent whose log is one key that was never
 * replaced, as most are, that key and the inception are kept here; of all others the identity is
 * asked for whenever a record is judged. Specification: docs/spec/scoring.md, T1, T4 and T23.
 */
import { DID_PREFIX, type Did } from '../../identity/did.ts'
import type { KnownIdentity, TrustContext } from '../context.ts'
import { PagedRecords } from '../engine/paged.ts'
import { FIRST_BRANCH, KnownAgent, SECOND_BRANCH } from '../key-standing.ts'
import type { BranchMask, KeyVerdict } from '../key-standing.ts'
import { NO_ID, PackedIds } from '../packed-ids.ts'

const NO_NODES: readonly number[] = []

/** The record of a first node, in whole numbers: the one key, the inception, what is known. */
const KEY = 0
const INCEPTION = 8
const STATE = 16
/** The second node, counted from 1; kept when the name is disputed no more, for it may be again. */
const SECOND = 17
/** The number of its name; of second nodes too, and nothing else. */
const NAME = 18
const RECORD_DOUBLES = 10
const DID_WORDS = 4
const WORDS = 8
const KEY_BYTES = 32

/** What {@link STATE} says. */
const HAS_ONE_KEY = 1
const IS_DISPUTED = 2

/** Agents whose identity was looked into last; one has often issued several records in a row. */
const AGENTS_KEPT_LIMIT = 64

export class Register {
  readonly #identityOf: TrustContext['identityOf']
  /** Each with the first node of the agent. */
  readonly #names = new PackedIds(DID_WORDS, DID_PREFIX)
  readonly #records = new PagedRecords(RECORD_DOUBLES)
  /** Those that stand for a second inception. */
  readonly #seconds = new Set<number>()
  readonly #agents = new Map<Did, KnownAgent>()

  constructor({ identityOf }: Pick<TrustContext, 'identityOf'>) {
    this.#identityOf = identityOf
  }

  /** How many nodes there are: those from 0 on below it. */
  end = 0

  /** The agent's first node: a number of its own from now on. */
  meet(did: Did): number {
    const { size } = this.#names
    const name = this.#names.take(did)
    if (this.#names.size === size) return this.#names.slot(name)
    const first = this.#node(name)
    this.#names.setSlot(name, first)
    this.#look(did, first)
    return first
  }

  /** The agent as it is known now, without giving it a number. */
  known(did: Did): KnownAgent {
    let agent = this.#agents.get(did)
    if (agent === undefined) {
      agent = new KnownAgent(did, 0, this.#identityOf(did))
      const [oldest] = this.#agents.keys()
      if (oldest !== undefined && this.#agents.size >= AGENTS_KEPT_LIMIT) {
        this.#agents.delete(oldest)
      }
      this.#agents.set(did, agent)
    }
    return agent
  }

  /** Takes note that an agent's key log is another. @returns whether it had been met. */
  changed(did: Did): boolean {
    this.#agents.delete(did)
    const first = this.#firstOf(did)
    if (first === undefined) return false
    this.#look(did, first)
    return true
  }

  /** T1: the branches on which a record of the agent counts by its key; 0 for none. */
  branchesByKey(first: number, key: Uint8Array, sequence: number): BranchMask {
    if (this.#isOneKey(first, KEY, key)) return FIRST_BRANCH
    return branchesOf(this.known(this.didOf(first)).judgeKey(key, sequence))
  }

  /** T4: the branch that a vouch for the agent names; 0 for none that is known. */
  branchByInception(first: number, inception: Uint8Array): BranchMask {
    if (this.#isOneKey(first, INCEPTION, inception)) return FIRST_BRANCH
    return branchesOf(this.known(this.didOf(first)).judgeInception(inception))
  }

  /** R8 alone: whether the key ever was one of the agent's. */
  hasKey(first: number, key: Uint8Array): boolean {
    return this.#isOneKey(first, KEY, key) || this.known(this.didOf(first)).hasKey(key)
  }

  /** One node, or two when the name is disputed; none for a stranger. */
  nodesOf(did: Did): readonly number[] {
    const first = this.#firstOf(did)
    if (first === undefined) return NO_NODES
    return this.isDisputed(first) ? [first, this.secondOf(first)] : [first]
  }

  /** Those too that stood for it while its name was disputed. */
  everyNodeOf(did: Did): readonly number[] {
    const first = this.#firstOf(did)
    if (first === undefined) return NO_NODES
    const second = this.#records.int(first, SECOND) - 1
    return second < 0 ? [first] : [first, second]
  }

  isDisputed(first: number): boolean {
    return (this.#records.int(first, STATE) & IS_DISPUTED) !== 0
  }

  /** The node that stands, or stood, for an agent's second inception; -1 without one. */
  secondOf(first: number): number {
    return this.#records.int(first, SECOND) - 1
  }

  /** Of the branches in `branches` those for which the agent has nodes: the first alone if it has one. */
  present(first: number, branches: BranchMask): BranchMask {
    if (this.isDisputed(first)) return branches
    return branches === 0 ? 0 : FIRST_BRANCH
  }

  /** Whether a node stands for a second inception. */
  isSecond(node: number): boolean {
    return this.#seconds.has(node)
  }

  /** The node of one branch. */
  nodeOn(first: number, branch: BranchMask): number {
    return branch === SECOND_BRANCH ? this.secondOf(first) : first
  }

  didOf(node: number): Did {
    if (node >= this.end) throw new RangeError(`no node ${node}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names are DIDs
    return this.#names.id(this.#nameOf(node)) as Did
  }

  /** The first node of the agent that a node stands for. */
  firstOf(node: number): number {
    return this.#names.slot(this.#nameOf(node))
  }

  /** By DID, then by branch. */
  compare(a: number, b: number): number {
    const [one, two] = [this.#nameOf(a), this.#nameOf(b)]
    if (one !== two) return this.#names.compare(one, two)
    return Number(this.#seconds.has(a)) - Number(this.#seconds.has(b))
  }

  #node(name: number): number {
    const node = this.end
    this.end++
    this.#records.setInt(node, NAME, name)
    return node
  }

  #nameOf(node: number): number {
    return this.#records.int(node, NAME)
  }

  #firstOf(did: Did): number | undefined {
    const name = this.#names.numberOf(did)
    return name === NO_ID ? undefined : this.#names.slot(name)
  }

  #look(did: Did, first: number): void {
    const identity = this.#identityOf(did)
    const [branch, other] = identity?.branches ?? []
    let state = 0
    if (identity !== undefined && branch !== undefined && other === undefined) {
      const [key] = branch.epochs
      if (key !== undefined && hasOneKey(identity)) {
        state = HAS_ONE_KEY
        this.#keep(first, KEY, key.key)
        this.#keep(first, INCEPTION, branch.inception)
      }
    } else if (this.known(did).hasTwoInceptions) {
      state = IS_DISPUTED
      if (this.secondOf(first) < 0) {
        const second = this.#node(this.#nameOf(first))
        this.#seconds.add(second)
        this.#records.setInt(first, SECOND, second + 1)
      }
    }
    this.#records.setInt(first, STATE, state)
  }

  #keep(first: number, field: number, bytes: Uint8Array): void {
    for (let word = 0; word < WORDS; word++) {
      this.#records.setInt(first, field + word, wordAt(bytes, word))
    }
  }

  #isOneKey(first: number, field: number, bytes: Uint8Array): boolean {
    if (this.#records.int(first, STATE) !== HAS_ONE_KEY || bytes.length !== KEY_BYTES) return false
    for (let word = 0; word < WORDS; word++) {
      if (this.#records.int(first, field + word) !== wordAt(bytes, word)) return false
    }
    return true
  }
}

/** One key, never replaced, of 32 bytes: whatever it signed counts. */
function hasOneKey(identity: KnownIdentity): boolean {
  const [branch] = identity.branches
  const [epoch, other] = branch?.epochs ?? []
  return (
    epoch !== undefined &&
    other === undefined &&
    epoch.key.length === KEY_BYTES &&
    branch?.inception.length === KEY_BYTES &&
    identity.place(epoch.keyHex)?.counts(Number.MAX_SAFE_INTEGER) === 'counts'
  )
}

function branchesOf(verdict: KeyVerdict): BranchMask {
  return 'branches' in verdict ? verdict.branches : 0
}

function wordAt(bytes: Uint8Array, word: number): number {
  const at = 4 * word
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  )
}
