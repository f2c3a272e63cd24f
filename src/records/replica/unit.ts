/**
 * A unit: what one issuer has in one shard, lane and type, in the order in which it is kept.
 *
 * Best first means: key epoch later first, then UTC hour of issue later first, then lower id. The
 * array holds the worst at the front, so that new records go to its end.
 */
import { HOUR_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { RecordId, RecordType } from '../record.ts'
import type { Terms } from '../settle.ts'
import type { Lane } from './lanes.ts'

export interface Issuer {
  readonly did: Did
  /** Leading zero bits of the inception; 0 while it is unknown. */
  readonly workBits: number
  readonly units: Map<string, Unit>
  /** Hex of the keys that its records carry, each text once. */
  readonly keys: string[]
}

/** What the index keeps of a record. */
export interface Entry {
  readonly id: RecordId
  readonly unit: Unit
  /** Of the key that signed: later is larger. */
  readonly epoch: number
  readonly issuedAtMs: number
  readonly keyHex: string
  /** Promise: its own terms. Observation: of the promises that its outcomes settle. */
  readonly terms: readonly Terms[]
  /** Among the best of its unit and shard; a promise that is not is kept by a pin. */
  ranked: boolean
}

/** Negative when `a` is worse. Never 0 for two records of one unit. */
export function compareEntries(a: Entry, b: Entry): number {
  return compareGroups(a, b) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

/** By key epoch, then by UTC hour of issue. */
function compareGroups(a: Entry, b: Entry): number {
  return a.epoch - b.epoch || hourOf(a) - hourOf(b)
}

function hourOf(entry: Entry): number {
  return Math.floor(entry.issuedAtMs / HOUR_MS)
}

/** Where a record would go. */
export interface Rank {
  /** Index in {@link Unit.ranked}, worst first. */
  readonly at: number
  /** Another record of the unit that it pushes out. */
  readonly displaced: Entry | undefined
}

export class Unit {
  readonly issuer: Issuer
  readonly type: RecordType
  readonly lane: Lane
  readonly shard: number
  readonly #limitCount: number
  readonly #hourLimitCount: number
  /** Worst first. */
  readonly ranked: Entry[] = []
  /** Promises that only a pin keeps. */
  readonly surplus = new Set<Entry>()

  constructor(
    place: Pick<Unit, 'issuer' | 'type' | 'lane' | 'shard'>,
    limits: { readonly unitCount: number; readonly hourCount: number },
  ) {
    this.issuer = place.issuer
    this.type = place.type
    this.lane = place.lane
    this.shard = place.shard
    this.#limitCount = limits.unitCount
    this.#hourLimitCount = limits.hourCount
  }

  get isEmpty(): boolean {
    return this.ranked.length === 0 && this.surplus.size === 0
  }

  *entries(): Generator<Entry> {
    yield* this.ranked
    yield* this.surplus
  }

  /** Where `entry` ranks in this unit, or `undefined` when it is not among the best K. */
  rank(entry: Entry): Rank | undefined {
    const at = this.#firstNotBelow((other) => compareEntries(other, entry))
    const groupFrom = this.#firstNotBelow((other) => compareGroups(other, entry))
    const groupTo = this.#firstNotBelow((other) => (compareGroups(other, entry) > 0 ? 0 : -1))
    if (groupTo - groupFrom >= this.#hourLimitCount) {
      return at === groupFrom ? undefined : { at, displaced: this.ranked[groupFrom] }
    }
    if (this.ranked.length >= this.#limitCount) {
      return at === 0 ? undefined : { at, displaced: this.ranked[0] }
    }
    return { at, displaced: undefined }
  }

  insert(entry: Entry): void {
    this.ranked.splice(
      this.#firstNotBelow((other) => compareEntries(other, entry)),
      0,
      entry,
    )
  }

  remove(entry: Entry): void {
    if (this.surplus.delete(entry)) return
    const at = this.#firstNotBelow((other) => compareEntries(other, entry))
    if (this.ranked[at] !== entry) throw new Error('the record is not in its unit')
    this.ranked.splice(at, 1)
  }

  /** The first index whose entry does not compare below 0; the array is sorted by `compare`. */
  #firstNotBelow(compare: (entry: Entry) => number): number {
    let from = 0
    let to = this.ranked.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const entry = this.ranked[middle]
      if (entry !== undefined && compare(entry) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}
