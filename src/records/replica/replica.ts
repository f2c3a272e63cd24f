/**
 * R10: which records belong in the store, kept as they come and go.
 *
 * Admission is a pure function of the set of records, of what the key logs say and of coarse time:
 *
 * - of each unit (issuer, shard, lane, type) the best K, at most so many of one key epoch and hour;
 * - of each shard and type as many as its budget, those that stand last in their own unit leaving
 *   first;
 * - and, besides, each promise that an admitted observation settles, so that nobody gets rid of a
 *   promise by making many others.
 *
 * So it does not matter in which order records arrive, as long as an observation brings the promises
 * that it names: what was refused or evicted before would be refused now. This class answers by
 * binary search and one heap; `test/records/replica/reference.ts` says the same in twenty lines, and
 * a property test compares them. It holds no records, only where they stand.
 * Specification: docs/spec/records.md, "Admission".
 */
import { toHex } from '../../base/bytes.ts'
import type { Did } from '../../identity/did.ts'
import { RECORD_TYPES, shardSubject } from '../record.ts'
import type { AipRecord, RecordId, RecordType } from '../record.ts'
import { termsOfOutcome, termsOfPromise } from '../settle.ts'
import type { Terms } from '../settle.ts'
import { LANES, laneFloorMs, laneOf, shardOf } from './lanes.ts'
import type { Lane } from './lanes.ts'
import { admissionLimits, unitLimitCount } from './limits.ts'
import type { AdmissionLimits, ReplicaRules } from './limits.ts'
import { Pins } from './pins.ts'
import { Shelf } from './shelf.ts'
import { Unit } from './unit.ts'
import type { Entry, Issuer } from './unit.ts'

/** Where the key of a record stands, and what its issuer's inception cost. */
export interface Place {
  readonly generation: number
  readonly rotation: number
  /** Leading zero bits of the inception's hash; `undefined` while the inception is unknown. */
  readonly workBits: number | undefined
}

export interface Admission {
  readonly admit: boolean
  /** What leaves for it. */
  readonly evict: readonly RecordId[]
}

/** A verified record, or anything of its shape. */
export interface Admissible {
  readonly id: RecordId
  readonly record: AipRecord
}

/** More rotations than any key log has. */
const ROTATION_LIMIT_COUNT = 2 ** 16

interface Plan {
  readonly entry: Entry
  readonly shelf: Shelf
  readonly displaced: Entry | undefined
  readonly isRanked: boolean
}

export class Replica {
  readonly #rules: ReplicaRules
  readonly #limits: AdmissionLimits
  readonly #entries = new Map<RecordId, Entry>()
  readonly #issuers = new Map<Did, Issuer>()
  readonly #shelves = new Map<string, Shelf>()
  readonly #pins = new Pins()
  #floors = ''

  constructor(rules: ReplicaRules, limits: AdmissionLimits = admissionLimits(rules)) {
    this.#rules = rules
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  has(id: RecordId): boolean {
    return this.#entries.has(id)
  }

  /** The shards of which records are held. */
  heldShards(): ReadonlySet<number> {
    const shards = new Set<number>()
    for (const { units } of this.#shelves.values()) for (const { shard } of units) shards.add(shard)
    return shards
  }

  /** The records of one shard. */
  *idsIn(shard: number): Generator<RecordId> {
    for (const type of RECORD_TYPES) {
      for (const unit of this.#shelves.get(`${shard}/${type}`)?.units ?? []) {
        for (const { id } of unit.entries()) yield id
      }
    }
  }

  /** What admitting this record would do. Changes nothing. */
  consider(item: Admissible, place: Place, nowMs: number): Admission {
    if (this.has(item.id)) return { admit: true, evict: [] }
    const plan = this.#plan(item, place, nowMs)
    if (plan === undefined) return REFUSED
    return { admit: true, evict: this.#leavingFor(plan).map(({ id }) => id) }
  }

  /** Admits the record if it belongs here, and lets go what leaves for it. */
  apply(item: Admissible, place: Place, nowMs: number): Admission {
    if (this.has(item.id)) return { admit: true, evict: [] }
    const plan = this.#plan(item, place, nowMs)
    if (plan === undefined) return REFUSED
    const released = new Set<Terms>()
    const left = [...this.#carryOut(plan, released), ...this.#dropUnpinned(released)]
    return { admit: true, evict: left.map(({ id }) => id) }
  }

  /**
   * The records whose lane no longer keeps them, and the promises that those had pinned. They are
   * gone from here when this returns. Cheap until a lane's floor has moved.
   */
  expire(nowMs: number): readonly RecordId[] {
    const floorsMs = LANES.map((lane) => laneFloorMs(lane, nowMs))
    if (floorsMs.join() === this.#floors) return []
    this.#floors = floorsMs.join()
    const gone = [...this.#entries.values()].filter(
      (entry) => entry.issuedAtMs < (floorsMs[entry.unit.lane] ?? 0),
    )
    return this.#letGo(gone)
  }

  /** Records that the store has lost, and the promises that only they had pinned. */
  remove(ids: Iterable<RecordId>): readonly RecordId[] {
    const gone: Entry[] = []
    for (const id of new Set(ids)) {
      const entry = this.#entries.get(id)
      if (entry !== undefined) gone.push(entry)
    }
    return this.#letGo(gone)
  }

  /**
   * An issuer's key log has changed, or become known: its records are placed anew, before another of
   * its records is considered. Those that no longer belong here are named and gone, those of keys
   * without a place among them.
   */
  rejudge(issuer: Did, placeOf: (keyHex: string) => Place | undefined): readonly RecordId[] {
    const known = this.#issuers.get(issuer)
    if (known === undefined) return []
    const before = [...known.units.values()].flatMap((unit) => [...unit.entries()])
    const released = new Set<Terms>()
    for (const entry of before) this.#takeOut(entry, released)

    const evicted = new Set<RecordId>()
    // Observations come first: they pin the promises that come after.
    const observationsFirst = before.toSorted(
      (a, b) => Number(b.unit.type === 'observation') - Number(a.unit.type === 'observation'),
    )
    for (const entry of observationsFirst) {
      const place = placeOf(entry.keyHex)
      const plan =
        place === undefined || !this.#isWorthy(place)
          ? undefined
          : this.#planEntry({
              ...entry,
              unit: this.#unitLike(entry.unit, place),
              epoch: epochOf(place),
            })
      const left = plan === undefined ? [entry] : this.#carryOut(plan, released)
      for (const { id } of left) evicted.add(id)
    }
    for (const { id } of this.#settleSurplus(before)) evicted.add(id)
    for (const { id } of this.#dropUnpinned(released)) evicted.add(id)
    return [...evicted]
  }

  #plan({ id, record }: Admissible, place: Place, nowMs: number): Plan | undefined {
    // R10: kept by its lane, by an issuer that did the network's work, and among the best.
    const lane = laneOf(record)
    if (record.issuedAtMs < laneFloorMs(lane, nowMs) || !this.#isWorthy(place)) return undefined
    const shard = shardOf(shardSubject(record), this.#rules.shardBits)
    const unit = this.#unit(record.issuer, record.type, lane, shard, place)
    return this.#planEntry({
      id,
      unit,
      epoch: epochOf(place),
      issuedAtMs: record.issuedAtMs,
      keyHex: sharedText(toHex(record.key), unit.issuer.keys),
      terms: termsOf(id, record),
      ranked: false,
    })
  }

  /** An identity costs something where the network asks for it; an unknown one has cost nothing. */
  #isWorthy({ workBits }: Place): boolean {
    return (workBits ?? 0) >= this.#rules.workBits
  }

  #planEntry(entry: Entry): Plan | undefined {
    const shelf = this.#shelf(entry.unit)
    const { isRanked, displaced } = this.#rank(entry, shelf)
    return isRanked || this.#pins.holds(entry) ? { entry, shelf, displaced, isRanked } : undefined
  }

  /** What {@link #carryOut} and {@link #dropUnpinned} will let go. */
  #leavingFor({ entry, displaced }: Plan): readonly Entry[] {
    if (displaced === undefined || this.#pins.holds(displaced)) return []
    return [displaced, ...this.#pins.unkeptAfter(displaced, entry)]
  }

  #rank(
    entry: Entry,
    shelf: Shelf,
  ): { readonly isRanked: boolean; readonly displaced: Entry | undefined } {
    const rank = entry.unit.rank(entry)
    if (rank === undefined) return { isRanked: false, displaced: undefined }
    if (rank.displaced !== undefined || !shelf.isFull) {
      return { isRanked: true, displaced: rank.displaced }
    }
    const longest = shelf.longestWith(entry.unit)
    if (longest === entry.unit && rank.at === 0) return { isRanked: false, displaced: undefined }
    return { isRanked: true, displaced: longest.ranked[0] }
  }

  /** Puts the record in, and takes out what it displaces, unless a pin keeps that. */
  #carryOut({ entry, shelf, displaced, isRanked }: Plan, released: Set<Terms>): readonly Entry[] {
    const { unit } = entry
    this.#entries.set(entry.id, entry)
    this.#issuers.set(unit.issuer.did, unit.issuer)
    unit.issuer.units.set(unitKey(unit), unit)
    shelf.units.add(unit)
    this.#pins.add(entry)
    if (displaced !== undefined) this.#unrank(displaced, shelf)
    if (isRanked) this.#enter(entry, shelf)
    else unit.surplus.add(entry)
    if (displaced === undefined || this.#pins.holds(displaced)) return []
    this.#takeOut(displaced, released)
    return [displaced]
  }

  #enter(entry: Entry, shelf: Shelf): void {
    entry.ranked = true
    entry.unit.insert(entry)
    shelf.rankedCount += 1
    shelf.noteLength(entry.unit)
  }

  /** Out of the best, held by its pins alone. */
  #unrank(entry: Entry, shelf: Shelf): void {
    entry.unit.remove(entry)
    entry.ranked = false
    entry.unit.surplus.add(entry)
    shelf.rankedCount -= 1
    shelf.noteLength(entry.unit)
  }

  /** Out of the index. What it pinned is added to `released`. */
  #takeOut(entry: Entry, released: Set<Terms>): void {
    const { unit } = entry
    const shelf = this.#shelf(unit)
    if (entry.ranked) this.#unrank(entry, shelf)
    unit.remove(entry)
    if (unit.isEmpty) {
      unit.issuer.units.delete(unitKey(unit))
      shelf.units.delete(unit)
      if (unit.issuer.units.size === 0) this.#issuers.delete(unit.issuer.did)
    }
    this.#entries.delete(entry.id)
    this.#pins.remove(entry, released)
  }

  #letGo(gone: readonly Entry[]): readonly RecordId[] {
    const released = new Set<Terms>()
    for (const entry of gone) this.#takeOut(entry, released)
    const displaced = this.#settleSurplus(gone)
    const unpinned = this.#dropUnpinned(released)
    return [...gone, ...displaced, ...unpinned].map(({ id }) => id)
  }

  /** Promises that nothing keeps any more, neither rank nor pin. */
  #dropUnpinned(released: ReadonlySet<Terms>): readonly Entry[] {
    const dropped = [...this.#pins.unkept(released)]
    for (const promise of dropped) this.#takeOut(promise, new Set())
    return dropped
  }

  /**
   * Where promises have left, those that only a pin held may rank again. What they displace and no
   * pin keeps is gone when this returns: it happens when an issuer's work has changed.
   */
  #settleSurplus(left: readonly Entry[]): readonly Entry[] {
    const shelves = new Set<Shelf>()
    for (const { unit } of left) if (unit.type === 'promise') shelves.add(this.#shelf(unit))
    const evicted: Entry[] = []
    for (const shelf of shelves) {
      const waiting = [...shelf.units].flatMap((unit) => [...unit.surplus])
      for (const entry of waiting) {
        const { isRanked, displaced } = this.#rank(entry, shelf)
        if (!isRanked) continue
        if (displaced !== undefined) this.#unrank(displaced, shelf)
        entry.unit.surplus.delete(entry)
        this.#enter(entry, shelf)
        if (displaced === undefined || this.#pins.holds(displaced)) continue
        this.#takeOut(displaced, new Set())
        evicted.push(displaced)
      }
    }
    return evicted
  }

  #shelf({ shard, type }: Pick<Unit, 'shard' | 'type'>): Shelf {
    const key = `${shard}/${type}`
    let shelf = this.#shelves.get(key)
    if (shelf === undefined) {
      shelf = new Shelf(type, this.#limits.shard[type])
      this.#shelves.set(key, shelf)
    }
    return shelf
  }

  #unitLike(unit: Unit, place: Place): Unit {
    return this.#unit(unit.issuer.did, unit.type, unit.lane, unit.shard, place)
  }

  /** The unit as it is, or an empty one that becomes part of the index with its first record. */
  #unit(did: Did, type: RecordType, lane: Lane, shard: number, place: Place): Unit {
    const issuer = this.#issuers.get(did) ?? {
      did,
      workBits: place.workBits ?? 0,
      units: new Map<string, Unit>(),
      keys: [],
    }
    const limits = {
      unitCount: unitLimitCount(this.#limits, type, lane),
      hourCount: this.#limits.hour[type],
    }
    const known = issuer.units.get(unitKey({ type, lane, shard }))
    return known ?? new Unit({ issuer, type, lane, shard }, limits)
  }
}

const NO_TERMS: readonly Terms[] = []
const REFUSED: Admission = { admit: false, evict: [] }

/** One string for all records of a key. An issuer has few keys: its log has few entries. */
function sharedText(text: string, known: string[]): string {
  const same = known.find((each) => each === text)
  if (same === undefined) known.push(text)
  return same ?? text
}

function epochOf({ generation, rotation }: Place): number {
  return generation * ROTATION_LIMIT_COUNT + rotation
}

function unitKey({ type, lane, shard }: Pick<Unit, 'type' | 'lane' | 'shard'>): string {
  return `${type}/${lane}/${shard}`
}

function termsOf(id: RecordId, record: AipRecord): readonly Terms[] {
  if (record.type === 'promise') return [termsOfPromise(id, record)]
  if (record.type !== 'observation') return NO_TERMS
  const terms = new Set<Terms>()
  for (const outcome of record.outcomes) {
    const each = termsOfOutcome(record, outcome)
    if (each !== undefined) terms.add(each)
  }
  return [...terms]
}
