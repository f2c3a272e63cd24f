/**
 * Which key speaks for an agent now, and the name of that key: `did:aip:…#k<generation>.<rotation>`.
 *
 * Whoever stands in front of us is judged by the present alone: a retired key proves nothing about
 * who is there. Specification: docs/spec/challenge.md, P8.
 */
import type { Did } from './did.ts'
import type { Epoch } from './key-place.ts'
import type { IdentityState } from './state.ts'

/** Why a key does not speak for its agent now, as the end of a sentence. */
export type KeyFlaw =
  | 'two key logs claim this name'
  | 'its identity is deactivated'
  | 'it is retired'
  | 'it is compromised'
  | 'its key log does not name it'

/** The key that speaks for the agent now, or why there is none. */
export function presentKey({ branches, isForked }: IdentityState): Epoch | KeyFlaw {
  if (isForked) return 'two key logs claim this name'
  return branches[0].current ?? 'its identity is deactivated'
}

export function keyIdOf(did: Did, { generation, rotation }: Epoch): string {
  return `${did}#k${generation}.${rotation}`
}

/** What is wrong with the key of this name, or `undefined` when it is the one that speaks now. */
export function keyFlaw(state: IdentityState, keyId: string): KeyFlaw | undefined {
  const present = presentKey(state)
  if (typeof present === 'string') return present
  if (keyIdOf(state.did, present) === keyId) return undefined
  const named = state.branches[0].epochs.find((epoch) => keyIdOf(state.did, epoch) === keyId)
  if (named === undefined) return 'its key log does not name it'
  return named.retired?.compromised === true ? 'it is compromised' : 'it is retired'
}
