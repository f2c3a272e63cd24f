/** Whether the key of this home still speaks for its agent, as the state of its key log has it. */
import type { KeyLog } from '../identity/key-log.ts'
import type { IdentityState } from '../identity/state.ts'
import { NodeError } from './error.ts'

export type OwnStanding = 'active' | 'forked' | 'retired' | 'deactivated'

/**
 * Of a forked log, the branch whose present key is ours is ours; which of the two others believe is
 * theirs to decide.
 */
export function ownStanding(state: IdentityState | undefined, keyHex: string): OwnStanding {
  if (state === undefined) return 'active'
  if (ownBranch(state, keyHex) !== undefined) return state.isForked ? 'forked' : 'active'
  const isEnded = state.branches.every(({ deactivated }: KeyLog) => deactivated)
  return isEnded ? 'deactivated' : 'retired'
}

/** The branch that this key signs for now. */
export function ownBranch(state: IdentityState, keyHex: string): KeyLog | undefined {
  return state.branches.find(({ current }: KeyLog) => current?.keyHex === keyHex)
}

/** @throws {NodeError} `node/key-retired` or `node/deactivated`. */
export function assertMaySign(state: IdentityState | undefined, keyHex: string): void {
  const standing = ownStanding(state, keyHex)
  if (state === undefined || standing === 'active' || standing === 'forked') return
  const code = standing === 'deactivated' ? 'node/deactivated' : 'node/key-retired'
  throw new NodeError({ code, did: state.did })
}
