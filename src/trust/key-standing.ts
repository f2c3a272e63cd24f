/**
 * Whether a record counts by the key that signed it, and on which branch of its issuer's log.
 * Specification: docs/spec/scoring.md, T1 and T23.
 */
import { equalBytes, toHex } from '../base/bytes.ts'
import type { Did } from '../identity/did.ts'
import { placeOfEpoch } from '../identity/key-place.ts'
import type { Epoch } from '../identity/key-place.ts'
import type { KnownIdentity, TrustContext } from './context.ts'
import type { IgnoredReason } from './reasons.ts'

/** Bit 0: the first branch; bit 1: the second. An agent whose inceptions agree has one branch. */
export type BranchMask = number
export const FIRST_BRANCH: BranchMask = 1
const SECOND_BRANCH: BranchMask = 2

interface KnownAgent {
  readonly identity: KnownIdentity
  /** Each distinct inception, in the order of the branches. */
  readonly inceptions: readonly Uint8Array[]
  /** For each distinct inception, the keys of its log and the time each had. */
  readonly epochs: readonly ReadonlyMap<string, Epoch>[]
}

export type KeyVerdict = { readonly branches: BranchMask } | { readonly ignored: IgnoredReason }

const IGNORED_FOR = {
  'beyond-reach': 'key-beyond-reach',
  compromised: 'key-compromised',
  'cold-root': 'key-cold-root',
} as const

/** Asks each identity once. */
export class Identities {
  readonly #identityOf: TrustContext['identityOf']
  readonly #agents = new Map<Did, KnownAgent | undefined>()
  /** The key that each issuer was last seen with, since most have one. */
  readonly #lastKey = new Map<Did, { readonly key: Uint8Array; readonly hex: string }>()

  constructor(context: Pick<TrustContext, 'identityOf'>) {
    this.#identityOf = (did) => context.identityOf(did)
  }

  /** The key of one of the issuer's records, in hex. */
  keyHexOf(issuer: Did, key: Uint8Array): string {
    const last = this.#lastKey.get(issuer)
    if (last !== undefined && equalBytes(last.key, key)) return last.hex
    const hex = toHex(key)
    this.#lastKey.set(issuer, { key, hex })
    return hex
  }

  /** T23: two inceptions claim this name. */
  hasTwoInceptions(did: Did): boolean {
    return (this.#agent(did)?.inceptions.length ?? 0) > 1
  }

  isForked(did: Did): boolean {
    return (this.#agent(did)?.identity.branches.length ?? 0) > 1
  }

  /** T1: what the key of a record says about it. */
  judgeKey(issuer: Did, keyHex: string, sequence: number): KeyVerdict {
    const agent = this.#agent(issuer)
    if (agent === undefined) return { ignored: 'identity-unknown' }
    const place = agent.identity.place(keyHex)
    if (place === undefined) return { ignored: 'key-unknown' }
    const counting = place.counts(sequence)
    if (agent.inceptions.length > 1) {
      const branches = countingBranches(agent, keyHex, sequence)
      if (branches !== 0) return { branches }
      return { ignored: counting === 'counts' ? 'key-unknown' : IGNORED_FOR[counting] }
    }
    if (counting !== 'counts') return { ignored: IGNORED_FOR[counting] }
    return { branches: FIRST_BRANCH }
  }

  /** R8 alone: whether the key ever was one of this agent's. Attestation asks no more. */
  isKeyOf(did: Did, keyHex: string): boolean {
    return this.#agent(did)?.identity.place(keyHex) !== undefined
  }

  /** T4: the branch of `subject` that a vouch names. */
  judgeInception(subject: Did, inception: Uint8Array): KeyVerdict {
    const agent = this.#agent(subject)
    if (agent === undefined) return { ignored: 'subject-unknown' }
    const at = agent.inceptions.findIndex((own) => equalBytes(own, inception))
    if (at < 0) return { ignored: 'other-inception' }
    return { branches: at === 0 ? FIRST_BRANCH : SECOND_BRANCH }
  }

  #agent(did: Did): KnownAgent | undefined {
    if (this.#agents.has(did)) return this.#agents.get(did)
    const identity = this.#identityOf(did)
    const agent = identity === undefined ? undefined : known(identity)
    this.#agents.set(did, agent)
    return agent
  }
}

function known(identity: KnownIdentity): KnownAgent {
  const inceptions: Uint8Array[] = []
  const epochs: Map<string, Epoch>[] = []
  for (const branch of identity.branches) {
    let at = inceptions.findIndex((other) => equalBytes(other, branch.inception))
    if (at < 0) {
      at = inceptions.push(branch.inception) - 1
      epochs.push(new Map())
    }
    for (const epoch of branch.epochs) epochs[at]?.set(epoch.keyHex, epoch)
  }
  return { identity, inceptions, epochs }
}

/** T23: each branch speaks for itself; a thief's log retires no key of the owner's. */
function countingBranches({ epochs }: KnownAgent, keyHex: string, sequence: number): BranchMask {
  let mask = 0
  for (const [at, bit] of [FIRST_BRANCH, SECOND_BRANCH].entries()) {
    const epoch = epochs[at]?.get(keyHex)
    if (epoch !== undefined && placeOfEpoch(epoch).counts(sequence) === 'counts') mask |= bit
  }
  return mask
}
