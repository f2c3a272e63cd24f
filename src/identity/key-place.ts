/**
 * Where a key stands in its agent's log, and what of its signatures still counts.
 *
 * A record by a key of the log is stored whatever this says; what counts is decided by the view, and
 * again when the log changes. Specification: docs/spec/identity.md, I16.
 */

/** One operational key's time. Its fragment in the DID document is `k<generation>.<rotation>`. */
export interface Epoch {
  readonly generation: number
  readonly rotation: number
  readonly key: Uint8Array
  readonly keyHex: string
  /** Set once a later entry replaced the key or ended the log. `reach`: the last sequence that counts. */
  readonly retired?: Retirement
}

export interface Retirement {
  readonly compromised: boolean
  /** `undefined`: all that the key signed. */
  readonly reach: number | undefined
}

export type Counting = 'counts' | 'beyond-reach' | 'compromised' | 'cold-root'

export interface KeyPlace {
  readonly generation: number
  readonly rotation: number
  /** Whether a record by this key with that author sequence counts in a view. */
  counts(sequence: number): Counting
}

export function placeOfEpoch(epoch: Epoch): KeyPlace {
  const { generation, rotation, retired } = epoch
  return {
    generation,
    rotation,
    counts(sequence) {
      if (retired === undefined) return 'counts'
      if (retired.compromised) return 'compromised'
      return retired.reach !== undefined && sequence > retired.reach ? 'beyond-reach' : 'counts'
    },
  }
}

/** The genesis key where the inception installs another: it signs the inception, and no record. */
export const COLD_ROOT: KeyPlace = { generation: 0, rotation: 0, counts: () => 'cold-root' }

/** Later in this list wins when two branches of a fork disagree. */
const COUNTING_ORDER: readonly Counting[] = ['counts', 'beyond-reach', 'cold-root', 'compromised']

/**
 * One place from those in both branches of a fork that nobody has settled: the position in the first,
 * and what the stricter says. A thief who forks a log must not make a compromised key good again.
 */
export function strictestPlace(first: KeyPlace, second: KeyPlace): KeyPlace {
  return {
    generation: first.generation,
    rotation: first.rotation,
    counts(sequence) {
      const [a, b] = [first.counts(sequence), second.counts(sequence)]
      return COUNTING_ORDER.indexOf(a) >= COUNTING_ORDER.indexOf(b) ? a : b
    },
  }
}
