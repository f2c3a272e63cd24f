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
import { KeyTable, NO_KEY } from '../../base/key-table.ts'
import { sha256 as portableSha256 } from '../../crypto/hash.ts'
import { DID_BYTES, DID_PREFIX } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'
import { outlineOf } from '../outline.ts'
import type { Outline } from '../outline.ts'
import { RECORD_TYPES } from '../record.ts'
import type { AipRecord, RecordId } from '../record.ts'
import { Entries } from './entries.ts'
import { LANES, laneFloorMs, laneOf, shardOfBytes } from './lanes.ts'
import { admissionLimits, unitLimitCount } from './limits.ts'
import type { AdmissionLimits, ReplicaRules } from './limits.ts'
import { Pins } from './pins.ts'
import { Shelf } from './shelf.ts'
import { Unit } from './unit.ts'
import type { Entry, Issuer, Signer, UnitLimits, UnitPlace } from './unit.ts'

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

/** A record of which only the outline is at hand. */
export interface Outlined {
  readonly id: RecordId
  readonly outline: Outline
}

export interface ReplicaOptions {
  /** A quicker one than that of the portable library, where there is one. */
  readonly sha256?: (bytes: Uint8Array) => Uint8Array
  /** Unknown to others, so that nobody makes ids that crowd each other here. */
  readonly salt?: number
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
  readonly #entries: Entries
  readonly #pins: Pins
  /** The DIDs of issuers, and what is theirs by the same numbers. */
  readonly #dids: KeyTable
  readonly #issuers: (Issuer | undefined)[] = []
  readonly #shelves = new Map<string, Shelf>()
  /** By lane, then type: the same for all units of one kind. */
  readonly #unitLimits: readonly UnitLimits[]
  #floors = ''

  constructor(
    rules: ReplicaRules,
    limits: AdmissionLimits = admissionLimits(rules),
    { salt = 0, sha256 = portableSha256 }: ReplicaOptions = {},
  ) {
    this.#rules = rules
    this.#limits = limits
    this.#entries = new Entries(salt)
    this.#pins = new Pins(this.#entries, sha256, salt)
    this.#dids = new KeyTable(DID_BYTES, salt)
    this.#unitLimits = LANES.flatMap((lane) =>
      RECORD_TYPES.map((type) => ({
        unitCount: unitLimitCount(limits, type, lane),
        hourCount: limits.hour[type],
      })),
    )
  }

  get size(): number {
    return this.#entries.size
  }

  has(id: RecordId): boolean {
    return this.#entries.find(id) !== undefined
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
        for (const entry of unit.entries()) yield this.#entries.idOf(entry)
      }
    }
  }

  /** What admitting this record would do. Changes nothing. */
  consider(item: Admissible | Outlined, place: Place, nowMs: number): Admission {
    if (this.has(item.id)) return { admit: true, evict: [] }
    const entry = this.#entryFor(item, place, nowMs)
    if (entry === undefined) return REFUSED
    const plan = this.#planOf(entry)
    const leaving = plan === undefined ? [] : this.#leavingFor(plan)
    const evict = leaving.map((one) => this.#entries.idOf(one))
    this.#free([entry])
    return plan === undefined ? REFUSED : { admit: true, evict }
  }

  /** Admits the record if it belongs here, and lets go what leaves for it. */
  apply(item: Admissible | Outlined, place: Place, nowMs: number): Admission {
    if (this.has(item.id)) return { admit: true, evict: [] }
    const entry = this.#entryFor(item, place, nowMs)
    if (entry === undefined) return REFUSED
    const plan = this.#planOf(entry)
    if (plan === undefined) {
      this.#free([entry])
      return REFUSED
    }
    const released = new Set<number>()
    const left = [...this.#carryOut(plan, released), ...this.#dropUnpinned(released)]
    return { admit: true, evict: this.#free(left) }
  }

  /**
   * The records whose lane no longer keeps them, and the promises that those had pinned. They are
   * gone from here when this returns. Cheap until a lane's floor has moved.
   */
  expire(nowMs: number): readonly RecordId[] {
    const floorsMs = LANES.map((lane) => laneFloorMs(lane, nowMs))
    if (floorsMs.join() === this.#floors) return []
    this.#floors = floorsMs.join()
    const gone: Entry[] = []
    for (const entry of this.#entries.all()) {
      const { lane } = this.#entries.unitOf(entry)
      if (this.#entries.issuedAtMsOf(entry) < (floorsMs[lane] ?? 0)) gone.push(entry)
    }
    return this.#letGo(gone)
  }

  /** Records that the store has lost, and the promises that only they had pinned. */
  remove(ids: Iterable<RecordId>): readonly RecordId[] {
    const gone: Entry[] = []
    for (const id of new Set(ids)) {
      const entry = this.#entries.find(id)
      if (entry !== undefined) gone.push(entry)
    }
    return this.#letGo(gone)
  }

  /**
   * An issuer's key log has changed, or become known: its records are placed anew, before another of
   * its records is considered. Those that no longer belong here are named and gone, those of keys
   * without a place among them.
   */
  rejudge(did: Did, placeOf: (keyHex: string) => Place | undefined): readonly RecordId[] {
    const number = this.#dids.findHex(did, DID_PREFIX.length)
    const known = number === NO_KEY ? undefined : this.#issuers[number]
    if (known === undefined) return []
    const entries = this.#entries
    const before = [...known.units.values()].flatMap((unit) => [...unit.entries()])
    const signers = new Map(before.map((entry) => [entry, entries.signerOf(entry)]))
    const places = new Map(known.signers.map((one) => [one, placeOf(toHex(one.key))]))
    const released = new Set<number>()
    for (const entry of before) this.#takeOut(entry, released)

    const evicted = new Set<Entry>()
    // Observations come first: they pin the promises that come after.
    const isObservation = (entry: Entry): boolean => entries.unitOf(entry).type === 'observation'
    const observationsFirst = before.toSorted(
      (a, b) => Number(isObservation(b)) - Number(isObservation(a)),
    )
    for (const entry of observationsFirst) {
      const signer = signers.get(entry)
      const place = signer && places.get(signer)
      const isPlaced = place !== undefined && this.#isWorthy(place)
      if (signer !== undefined && isPlaced) {
        const { type, lane, shard } = entries.unitOf(entry)
        const issuer = this.#issuer(number, place)
        entries.place(entry, this.#unit({ issuer, type, lane, shard }), signerAt(signer.key, place))
      }
      const plan = isPlaced ? this.#planOf(entry) : undefined
      const left = plan === undefined ? [entry] : this.#carryOut(plan, released)
      for (const one of left) evicted.add(one)
    }
    for (const entry of this.#settleSurplus(before)) evicted.add(entry)
    for (const entry of this.#dropUnpinned(released)) evicted.add(entry)
    return this.#free([...evicted])
  }

  /** A row for the record, in the unit where it would go. */
  #entryFor(item: Admissible | Outlined, place: Place, nowMs: number): Entry | undefined {
    const outline = 'outline' in item ? item.outline : outlineOf(item.id, item.record)
    const { type, issuedAtMs } = outline
    // R10: kept by its lane, by an issuer that did the network's work, and among the best.
    const lane = laneOf(outline)
    if (issuedAtMs < laneFloorMs(lane, nowMs) || !this.#isWorthy(place)) return undefined
    const shard = shardOfBytes(outline.subject, this.#rules.shardBits)
    const issuer = this.#issuer(this.#dids.add(outline.issuer), place)
    const entry = this.#entries.make(item.id, issuedAtMs, this.#pins.take(outline.terms))
    const signer = signerAt(outline.key, place)
    this.#entries.place(entry, this.#unit({ issuer, type, lane, shard }), signer)
    return entry
  }

  /** An identity costs something where the network asks for it; an unknown one has cost nothing. */
  #isWorthy({ workBits }: Place): boolean {
    return (workBits ?? 0) >= this.#rules.workBits
  }

  #planOf(entry: Entry): Plan | undefined {
    const shelf = this.#shelf(this.#entries.unitOf(entry))
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
    const unit = this.#entries.unitOf(entry)
    const rank = unit.rank(entry)
    if (rank === undefined) return { isRanked: false, displaced: undefined }
    if (rank.displaced !== undefined || !shelf.isFull) {
      return { isRanked: true, displaced: rank.displaced }
    }
    const longest = shelf.longestWith(unit)
    if (longest === unit && rank.at === 0) return { isRanked: false, displaced: undefined }
    return { isRanked: true, displaced: longest.ranked[0] }
  }

  /** Puts the record in, and takes out what it displaces, unless a pin keeps that. */
  #carryOut({ entry, shelf, displaced, isRanked }: Plan, released: Set<number>): readonly Entry[] {
    const unit = this.#entries.unitOf(entry)
    this.#issuers[unit.issuer.number] = unit.issuer
    unit.issuer.units.set(unitKey(unit), unit)
    shelf.units.add(unit)
    this.#pins.add(entry)
    if (displaced !== undefined) this.#unrank(displaced, shelf)
    if (isRanked) this.#enter(entry, shelf)
    else unit.addSurplus(entry)
    if (displaced === undefined || this.#pins.holds(displaced)) return []
    this.#takeOut(displaced, released)
    return [displaced]
  }

  #enter(entry: Entry, shelf: Shelf): void {
    const unit = this.#entries.unitOf(entry)
    this.#entries.setRanked(entry, true)
    unit.insert(entry)
    shelf.rankedCount += 1
    shelf.noteLength(unit)
  }

  /** Out of the best, held by its pins alone. */
  #unrank(entry: Entry, shelf: Shelf): void {
    const unit = this.#entries.unitOf(entry)
    unit.remove(entry)
    this.#entries.setRanked(entry, false)
    unit.addSurplus(entry)
    shelf.rankedCount -= 1
    shelf.noteLength(unit)
  }

  /** Out of the index, but for its row. What it pinned is added to `released`. */
  #takeOut(entry: Entry, released: Set<number>): void {
    const unit = this.#entries.unitOf(entry)
    const shelf = this.#shelf(unit)
    if (this.#entries.isRanked(entry)) this.#unrank(entry, shelf)
    unit.remove(entry)
    if (unit.isEmpty) {
      unit.issuer.units.delete(unitKey(unit))
      shelf.units.delete(unit)
      if (unit.issuer.units.size === 0) this.#issuers[unit.issuer.number] = undefined
    }
    this.#pins.remove(entry, released)
  }

  #letGo(gone: readonly Entry[]): readonly RecordId[] {
    const released = new Set<number>()
    for (const entry of gone) this.#takeOut(entry, released)
    const displaced = this.#settleSurplus(gone)
    const unpinned = this.#dropUnpinned(released)
    return this.#free([...gone, ...displaced, ...unpinned])
  }

  /** Promises that nothing keeps any more, neither rank nor pin. */
  #dropUnpinned(released: ReadonlySet<number>): readonly Entry[] {
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
    for (const entry of left) {
      const unit = this.#entries.unitOf(entry)
      if (unit.type === 'promise') shelves.add(this.#shelf(unit))
    }
    const evicted: Entry[] = []
    for (const shelf of shelves) {
      const waiting = [...shelf.units].flatMap((unit) => [...unit.surplus])
      for (const entry of waiting) {
        const { isRanked, displaced } = this.#rank(entry, shelf)
        if (!isRanked) continue
        if (displaced !== undefined) this.#unrank(displaced, shelf)
        this.#entries.unitOf(entry).deleteSurplus(entry)
        this.#enter(entry, shelf)
        if (displaced === undefined || this.#pins.holds(displaced)) continue
        this.#takeOut(displaced, new Set())
        evicted.push(displaced)
      }
    }
    return evicted
  }

  /** Gives the rows of what has left back, and says whose they were. */
  #free(left: readonly Entry[]): readonly RecordId[] {
    const ids: RecordId[] = []
    const issuers = new Set<number>()
    for (const entry of left) {
      ids.push(this.#entries.idOf(entry))
      const { number } = this.#entries.unitOf(entry).issuer
      this.#pins.giveBack(this.#entries.termsOf(entry))
      this.#entries.free(entry)
      issuers.add(number)
    }
    for (const number of issuers) {
      if (this.#issuers[number] === undefined) this.#dids.delete(number)
    }
    return ids
  }

  #shelf({ shard, type }: Pick<Unit, 'shard' | 'type'>): Shelf {
    const key = `${shard}/${type}`
    let shelf = this.#shelves.get(key)
    if (shelf === undefined) {
      shelf = new Shelf(type, this.#limits.shard[type], (a, b) => this.#dids.compare(a, b))
      this.#shelves.set(key, shelf)
    }
    return shelf
  }

  /** The issuer as it is, or a new one that becomes part of the index with its first record. */
  #issuer(number: number, { workBits = 0 }: Place): Issuer {
    return this.#issuers[number] ?? { number, workBits, units: new Map(), signers: [] }
  }

  /** The unit as it is, or an empty one that becomes part of the index with its first record. */
  #unit(place: UnitPlace): Unit {
    const known = place.issuer.units.get(unitKey(place))
    if (known !== undefined) return known
    const limits = this.#unitLimits[unitKey({ ...place, shard: 0 })]
    if (limits === undefined) throw new Error('no lane of this number')
    return new Unit(place, limits, this.#entries)
  }
}

const REFUSED: Admission = { admit: false, evict: [] }

function signerAt(key: Uint8Array, { generation, rotation }: Place): Signer {
  return { key, epoch: generation * ROTATION_LIMIT_COUNT + rotation }
}

/** The shard has 16 bits. */
function unitKey({ type, lane, shard }: Pick<Unit, 'type' | 'lane' | 'shard'>): number {
  return (shard * LANES.length + lane) * RECORD_TYPES.length + RECORD_TYPES.indexOf(type)
}
