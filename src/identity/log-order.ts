/**
 * Which of two logs of one DID is better, and where two logs contradict each other.
 *
 * A log is a path in a tree: its inception, then recoveries and perhaps a deactivation, then the
 * rotations of the last generation. Two logs are in *conflict* where two entries of one kind have
 * the same parent; a recovery beside a rotation is no conflict, the recovery wins. Among logs without
 * a conflict the longer wins, and so the set of all logs of a DID has one join: a log, or the two
 * lowest branches of the earliest conflict. It does not matter who saw what first, and no clock is
 * asked. Specification: docs/spec/identity.md, I13–I15.
 */
import { compareBytes } from '../base/bytes.ts'
import { STRETCHES } from './key-log.ts'
import type { KeyLog, Stretch } from './key-log.ts'

export interface Conflict {
  readonly stretch: Stretch
  /** How many entries of that stretch the logs have in common. */
  readonly depth: number
}

export type Joined =
  | { readonly branches: readonly [KeyLog]; readonly conflict?: undefined }
  | { readonly branches: readonly [KeyLog, KeyLog]; readonly conflict: Conflict }

/** Stands in a key for the place where a log forks: it beats every hash. */
const FORKED = 'forked'

/** The key of I14: recoveries and deactivation, then rotations, each ended by a fork where there is one. */
export interface OrderKey {
  readonly recoveries: readonly string[]
  readonly rotations: readonly string[]
}

export function orderKeyOf({ branches: [first], conflict }: Joined): OrderKey {
  const { recoveries, rotations } = first.path
  switch (conflict?.stretch) {
    case undefined:
      return { recoveries, rotations }
    case 'inceptions':
      return { recoveries: [FORKED], rotations: [] }
    case 'recoveries':
      return { recoveries: [...recoveries.slice(0, conflict.depth), FORKED], rotations: [] }
    case 'rotations':
      return { recoveries, rotations: [...rotations.slice(0, conflict.depth), FORKED] }
  }
}

/** Positive when `a` is better. */
export function compareKeys(a: OrderKey, b: OrderKey): number {
  return compareLists(a.recoveries, b.recoveries) || compareLists(a.rotations, b.rotations)
}

/** I14: a fork beats every hash, what is there beats what is missing, the lower hash wins. */
function compareLists(a: readonly string[], b: readonly string[]): number {
  const longest = Math.max(a.length, b.length)
  for (let at = 0; at < longest; at++) {
    const [x, y] = [a[at], b[at]]
    if (x === y) continue
    if (y === undefined || x === FORKED) return 1
    if (x === undefined || y === FORKED) return -1
    return x < y ? 1 : -1
  }
  return 0
}

/** Positive when `a` is better: by its path; of two with one path, the one with lower bytes. */
export function compareLogs(a: KeyLog, b: KeyLog): number {
  return compareKeys(a.path, b.path) || compareBytes(b.bytes, a.bytes)
}

/** I13, I15: what all these logs of one DID come to, in whatever order they came. At least one log. */
export function joinLogs(logs: readonly KeyLog[]): Joined {
  let rest = logs
  for (const stretch of STRETCHES) {
    for (let depth = 0; ; depth++) {
      // A log that is a part of another says nothing against it.
      const longer = rest.filter((log) => log.path[stretch].length > depth)
      if (longer.length === 0) break
      rest = longer
      const [first, second] = [
        ...new Set(rest.map((log) => hashAt(log, { stretch, depth }))),
      ].toSorted(compareTexts)
      // I15: of more than two branches, the two with the lowest hashes at the conflict.
      if (first === undefined || second === undefined) continue
      const conflict: Conflict = { stretch, depth }
      const branch = (hash: string): KeyLog =>
        bestOf(rest.filter((log) => hashAt(log, conflict) === hash))
      return { branches: [branch(first), branch(second)], conflict }
    }
  }
  return { branches: [bestOf(rest)] }
}

function bestOf(logs: readonly KeyLog[]): KeyLog {
  return logs.reduce((best, log) => (compareLogs(log, best) > 0 ? log : best))
}

/**
 * Positive when `a` is the better of two proofs with one key: the earlier conflict, then the lower
 * pair of hashes, then the better logs. So a join is never worse than the proofs that went into it.
 */
export function compareForks(a: Joined, b: Joined): number {
  if (a.conflict === undefined || b.conflict === undefined) return 0
  const { conflict } = a
  const earlier = STRETCHES.indexOf(b.conflict.stretch) - STRETCHES.indexOf(conflict.stretch)
  if (earlier !== 0) return earlier
  const [first, second] = a.branches
  const [otherFirst, otherSecond] = b.branches
  return (
    compareTexts(hashAt(otherFirst, conflict), hashAt(first, conflict)) ||
    compareTexts(hashAt(otherSecond, conflict), hashAt(second, conflict)) ||
    compareLogs(first, otherFirst) ||
    compareLogs(second, otherSecond)
  )
}

function hashAt(log: KeyLog, { stretch, depth }: Conflict): string {
  const hash = log.path[stretch][depth]
  if (hash === undefined) throw new RangeError('the log ends before the conflict')
  return hash
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
