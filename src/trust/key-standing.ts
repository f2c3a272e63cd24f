/**
 * Whether a record counts by the key that signed it, and on which branch of its issuer's log.
 * Specification: docs/spec/scoring.md, T1 and T23.
 */
import { equalBytes, toHex } from '../base/bytes.ts'
import type { Did } from '../identity/did.ts'
import { placeOfEpoch, strictestPlace } from '../identity/key-place.ts'
import type { KeyPlace } from '../identity/key-place.ts'
import type { KnownIdentity, TrustContext } from './context.ts'
import type { IgnoredReason } from './reasons.ts'

/** Bit 0: the first branch; bit 1: the second. An agent whose inceptions agree has one branch. */
export type BranchMask = number
export const FIRST_BRANCH: BranchMask = 1
export const SECOND_BRANCH: BranchMask = 2
export const BOTH_BRANCHES: BranchMask = FIRST_BRANCH | SECOND_BRANCH

export type KeyVerdict = { readonly branches: BranchMask } | { readonly ignored: IgnoredReason }

const ON_FIRST: KeyVerdict = { branches: FIRST_BRANCH }
const ON_SECOND: KeyVerdict = { branches: SECOND_BRANCH }
const ON_BOTH: KeyVerdict = { branches: BOTH_BRANCHES }
const IDENTITY_UNKNOWN: KeyVerdict = { ignored: 'identity-unknown' }
const KEY_UNKNOWN: KeyVerdict = { ignored: 'key-unknown' }
const SUBJECT_UNKNOWN: KeyVerdict = { ignored: 'subject-unknown' }
const OTHER_INCEPTION: KeyVerdict = { ignored: 'other-inception' }

const IGNORED_FOR = {
  'beyond-reach': { ignored: 'key-beyond-reach' },
  compromised: { ignored: 'key-compromised' },
  'cold-root': { ignored: 'key-cold-root' },
} as const

interface KnownKey {
  readonly bytes: Uint8Array
  readonly hex: string
  /** Undefined: not a key of this agent. */
  readonly place: KeyPlace | undefined
}

/** One agent as this view knows it. */
export class KnownAgent {
  readonly did: Did
  /** Counts up from 0 in the order in which the view met its agents. */
  readonly index: number
  readonly #identity: KnownIdentity | undefined
  /** Each distinct inception, in the order of the branches. */
  readonly #inceptions: readonly Uint8Array[]
  /** For each distinct inception, where the keys of its log stand. */
  readonly #places: readonly ReadonlyMap<string, KeyPlace>[]
  /** The key that a record of this agent was last seen with, since most agents have one. */
  #lastKey: KnownKey | undefined

  constructor(did: Did, index: number, identity: KnownIdentity | undefined) {
    this.did = did
    this.index = index
    this.#identity = identity
    const { inceptions, places } = branchesOf(identity)
    this.#inceptions = inceptions
    this.#places = places
  }

  /** T23: two inceptions claim this name. */
  get hasTwoInceptions(): boolean {
    return this.#inceptions.length > 1
  }

  get isForked(): boolean {
    return (this.#identity?.branches.length ?? 0) > 1
  }

  /** The key of one of this agent's records, in hex. */
  keyHex(key: Uint8Array): string {
    return this.#key(key).hex
  }

  /** R8 alone: whether the key ever was one of this agent's. Attestation asks no more. */
  hasKey(key: Uint8Array): boolean {
    return this.#key(key).place !== undefined
  }

  /** T1: what the key of a record says about it. */
  judgeKey(key: Uint8Array, sequence: number): KeyVerdict {
    if (this.#identity === undefined) return IDENTITY_UNKNOWN
    const { hex, place } = this.#key(key)
    if (place === undefined) return KEY_UNKNOWN
    const counting = place.counts(sequence)
    if (this.#inceptions.length > 1) {
      const branches = this.#countingBranches(hex, sequence)
      if (branches !== 0) return verdictOn(branches)
      return counting === 'counts' ? KEY_UNKNOWN : IGNORED_FOR[counting]
    }
    return counting === 'counts' ? ON_FIRST : IGNORED_FOR[counting]
  }

  /** T4: the branch of this agent that a vouch for it names. */
  judgeInception(inception: Uint8Array): KeyVerdict {
    if (this.#identity === undefined) return SUBJECT_UNKNOWN
    const at = this.#inceptions.findIndex((own) => equalBytes(own, inception))
    if (at < 0) return OTHER_INCEPTION
    return at === 0 ? ON_FIRST : ON_SECOND
  }

  /** T23: each inception speaks for itself; a thief's log retires no key of the owner's. */
  #countingBranches(keyHex: string, sequence: number): BranchMask {
    let mask = 0
    for (const [at, bit] of [FIRST_BRANCH, SECOND_BRANCH].entries()) {
      if (this.#places[at]?.get(keyHex)?.counts(sequence) === 'counts') mask |= bit
    }
    return mask
  }

  #key(bytes: Uint8Array): KnownKey {
    const last = this.#lastKey
    if (last !== undefined && (last.bytes === bytes || equalBytes(last.bytes, bytes))) return last
    const hex = toHex(bytes)
    const key = { bytes, hex, place: this.#identity?.place(hex) }
    this.#lastKey = key
    return key
  }
}

/** Asks each identity once. */
export class Identities {
  readonly #identityOf: TrustContext['identityOf']
  readonly #agents = new Map<Did, KnownAgent>()

  constructor(context: Pick<TrustContext, 'identityOf'>) {
    this.#identityOf = (did) => context.identityOf(did)
  }

  agent(did: Did): KnownAgent {
    let agent = this.#agents.get(did)
    if (agent === undefined) {
      agent = new KnownAgent(did, this.#agents.size, this.#identityOf(did))
      this.#agents.set(did, agent)
    }
    return agent
  }
}

function verdictOn(branches: BranchMask): KeyVerdict {
  if (branches === FIRST_BRANCH) return ON_FIRST
  return branches === SECOND_BRANCH ? ON_SECOND : ON_BOTH
}

/**
 * The branches by inception. Where a log forks after its inception, a key of both branches counts
 * only as far as both let it: whoever stole a committed key writes a branch of their own, and must
 * not make a compromised key good again with it.
 */
function branchesOf(identity: KnownIdentity | undefined): {
  readonly inceptions: readonly Uint8Array[]
  readonly places: readonly ReadonlyMap<string, KeyPlace>[]
} {
  const inceptions: Uint8Array[] = []
  const places: Map<string, KeyPlace>[] = []
  for (const branch of identity?.branches ?? []) {
    let at = inceptions.findIndex((other) => equalBytes(other, branch.inception))
    if (at < 0) {
      at = inceptions.push(branch.inception) - 1
      places.push(new Map())
    }
    const own = places[at]
    for (const epoch of branch.epochs) {
      const other = own?.get(epoch.keyHex)
      const place = placeOfEpoch(epoch)
      own?.set(epoch.keyHex, other === undefined ? place : strictestPlace(other, place))
    }
  }
  return { inceptions, places }
}
