/**
 * Which branch of a forked log a viewer takes for the real one.
 *
 * Every vouch names its subject by DID and by the hash of its inception, so vouches are the witnesses:
 * a viewer takes the inception that those it trusts have named. Specification: docs/spec/identity.md,
 * I17.
 */
import type { KeyLog } from './key-log.ts'
import type { IdentityState } from './state.ts'

/**
 * The log to go by, or `undefined` while the fork is open.
 *
 * `weightOf` says how much weight this viewer's witnesses put behind an inception, 0 for none. More
 * weight than the other branch has settles a fork of inceptions. A fork of rotations or of recoveries
 * has one inception in both branches, so no vouch tells them apart: a recovery settles the former, and
 * nothing the latter.
 */
export function branchFor(
  state: IdentityState,
  weightOf: (inceptionHex: string) => number,
): KeyLog | undefined {
  const [first, second] = state.branches
  if (second === undefined) return first
  const [forFirst, forSecond] = [weightOf(first.inceptionHex), weightOf(second.inceptionHex)]
  if (forFirst > forSecond) return first
  return forSecond > forFirst ? second : undefined
}
