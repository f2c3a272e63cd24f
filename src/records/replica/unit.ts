/**
 * A unit: what one issuer has in one shard, lane and type, in the order in which it is kept.
 *
 * Best first means: key epoch later first, then UTC hour of issue later first, then lower id. The
 * array holds the worst at the front, so that new records go to its end.
 */
import type { RecordType } from '../record.ts'
import type { Lane } from './lanes.ts'

/** A record in the index: its row in the columns of `entries.ts`. */
export type Entry = number

/** Negative when `a` is worse, never 0 for two records of one unit; groups are of one epoch and hour. */
export interface EntryOrder {
  compare(a: Entry, b: Entry): number
  compareGroups(a: Entry, b: Entry): number
}

export interface Issuer {
  /** Number of its DID. */
  readonly number: number
  /** Leading zero bits of the inception; 0 while it is unknown. */
  readonly workBits: number
  readonly units: Map<number, Unit>
  /** The keys that its records carry, and where they stand: each once. */
  readonly signers: Signer[]
}

export interface Signer {
  readonly key: Uint8Array
  /** Later is larger. */
  readonly epoch: number
}

/** Where a record would go. */
export interface Rank {
  /** Index in {@link Unit.ranked}, worst first. */
  readonly at: number
  /** Another record of the unit that it pushes out. */
  readonly displaced: Entry | undefined
}

export interface UnitPlace {
  readonly issuer: Issuer
  readonly type: RecordType
  readonly lane: Lane
  readonly shard: number
}

/** How many records of a unit count, and how many of one epoch and hour. */
export interface UnitLimits {
  readonly unitCount: number
  readonly hourCount: number
}

const NOTHING: ReadonlySet<Entry> = new Set()

export class Unit {
  readonly issuer: Issuer
  readonly type: RecordType
  readonly lane: Lane
  readonly shard: number
  readonly #limits: UnitLimits
  readonly #order: EntryOrder
  /** Worst first. */
  readonly ranked: Entry[] = []
  /** Promises that only a pin keeps; made when there is one. */
  #surplus: Set<Entry> | undefined

  constructor(place: UnitPlace, limits: UnitLimits, order: EntryOrder) {
    this.issuer = place.issuer
    this.type = place.type
    this.lane = place.lane
    this.shard = place.shard
    this.#limits = limits
    this.#order = order
  }

  get isEmpty(): boolean {
    return this.ranked.length === 0 && this.surplus.size === 0
  }

  get surplus(): ReadonlySet<Entry> {
    return this.#surplus ?? NOTHING
  }

  *entries(): Generator<Entry> {
    yield* this.ranked
    yield* this.surplus
  }

  addSurplus(entry: Entry): void {
    this.#surplus ??= new Set()
    this.#surplus.add(entry)
  }

  /** @returns whether it was one that only a pin kept. */
  deleteSurplus(entry: Entry): boolean {
    const wasThere = this.#surplus?.delete(entry) === true
    if (this.#surplus?.size === 0) this.#surplus = undefined
    return wasThere
  }

  /** Where `entry` ranks in this unit, or `undefined` when it is not among the best K. */
  rank(entry: Entry): Rank | undefined {
    const { unitCount, hourCount } = this.#limits
    const at = this.#firstNotBelow(entry)
    const groupFrom = this.#firstOfGroup(entry, 0)
    const groupTo = this.#firstOfGroup(entry, 1)
    if (groupTo - groupFrom >= hourCount) {
      return at === groupFrom ? undefined : { at, displaced: this.ranked[groupFrom] }
    }
    if (this.ranked.length >= unitCount) {
      return at === 0 ? undefined : { at, displaced: this.ranked[0] }
    }
    return { at, displaced: undefined }
  }

  insert(entry: Entry): void {
    const at = this.#firstNotBelow(entry)
    if (at === this.ranked.length) this.ranked.push(entry)
    else this.ranked.splice(at, 0, entry)
  }

  remove(entry: Entry): void {
    if (this.deleteSurplus(entry)) return
    const at = this.#firstNotBelow(entry)
    if (this.ranked[at] !== entry) throw new Error('the record is not in its unit')
    this.ranked.splice(at, 1)
  }

  /** The first index whose entry is not worse. */
  #firstNotBelow(entry: Entry): number {
    return this.#first((other) => this.#order.compare(other, entry) >= 0)
  }

  /** The first index whose group is later by `least`, or more, than that of `entry`: 0 or 1. */
  #firstOfGroup(entry: Entry, least: 0 | 1): number {
    return this.#first((other) => Math.sign(this.#order.compareGroups(other, entry)) >= least)
  }

  /** The first index that `isReached`; from there on all are. */
  #first(isReached: (entry: Entry) => boolean): number {
    let from = 0
    let to = this.ranked.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const entry = this.ranked[middle]
      if (entry !== undefined && !isReached(entry)) from = middle + 1
      else to = middle
    }
    return from
  }
}
