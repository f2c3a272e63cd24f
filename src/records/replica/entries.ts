/**
 * What the index keeps of each record, in columns: some 60 bytes a record instead of an object with a
 * text for its id. Specification: docs/spec/records.md, "Admission".
 */
import { equalBytes } from '../../base/bytes.ts'
import { Column } from '../../base/columns.ts'
import { KeyTable, NO_KEY } from '../../base/key-table.ts'
import { HOUR_MS } from '../../base/units.ts'
import { HASH_BYTES } from '../../crypto/hash.ts'
import type { RecordId } from '../record.ts'
import type { Entry, EntryOrder, Signer, Unit } from './unit.ts'

/** Not among the best of its unit and shard: a promise that a pin keeps. */
const SURPLUS = 1
const RANKED = 2
/** Numbers of terms are counted from 1; those of a record with several stand elsewhere. */
const NO_TERM = 0
const SEVERAL_TERMS = 0xffff_ffff

export class Entries implements EntryOrder {
  readonly #ids: KeyTable
  readonly #issuedAtMs = Column.ofDoubles()
  readonly #signers = Column.ofShorts()
  readonly #states = Column.ofBytes()
  readonly #term = Column.ofWords()
  readonly #several = new Map<Entry, readonly number[]>()
  readonly #units: (Unit | undefined)[] = []

  constructor(salt: number) {
    this.#ids = new KeyTable(HASH_BYTES, salt)
  }

  get size(): number {
    return this.#ids.size
  }

  find(id: RecordId): Entry | undefined {
    const entry = this.#ids.findHex(id)
    return entry === NO_KEY ? undefined : entry
  }

  /** A row of a record that is in no unit yet. */
  make(id: RecordId, issuedAtMs: number, terms: readonly number[]): Entry {
    const entry = this.#ids.addHex(id)
    this.#issuedAtMs.set(entry, issuedAtMs)
    this.#states.set(entry, SURPLUS)
    const [first] = terms
    this.#term.set(
      entry,
      first === undefined ? NO_TERM : terms.length > 1 ? SEVERAL_TERMS : first + 1,
    )
    if (terms.length > 1) this.#several.set(entry, terms)
    return entry
  }

  free(entry: Entry): void {
    this.#ids.delete(entry)
    this.#states.set(entry, 0)
    this.#several.delete(entry)
    this.#units[entry] = undefined
  }

  /** @throws {RangeError} when the issuer has more keys and places than a log can give it. */
  place(entry: Entry, unit: Unit, { key, epoch }: Signer): void {
    const { signers } = unit.issuer
    let at = signers.findIndex((one) => one.epoch === epoch && equalBytes(one.key, key))
    if (at < 0) at = signers.push({ key: Uint8Array.from(key), epoch }) - 1
    if (at > SIGNERS_LIMIT) throw new RangeError('too many keys of one issuer')
    this.#units[entry] = unit
    this.#signers.set(entry, at)
  }

  idOf(entry: Entry): RecordId {
    return this.#ids.hexOf(entry)
  }

  unitOf(entry: Entry): Unit {
    const unit = this.#units[entry]
    if (unit === undefined) throw new Error('the record is in no unit')
    return unit
  }

  issuedAtMsOf(entry: Entry): number {
    return this.#issuedAtMs.get(entry)
  }

  isRanked(entry: Entry): boolean {
    return this.#states.get(entry) === RANKED
  }

  setRanked(entry: Entry, isRanked: boolean): void {
    this.#states.set(entry, isRanked ? RANKED : SURPLUS)
  }

  /** Numbers of terms: a promise's own, or of what an observation's outcomes settle. */
  termsOf(entry: Entry): readonly number[] {
    const term = this.#term.get(entry)
    if (term === NO_TERM) return NO_TERMS
    return term === SEVERAL_TERMS ? (this.#several.get(entry) ?? NO_TERMS) : [term - 1]
  }

  *all(): Generator<Entry> {
    for (let entry = 0; entry < this.#ids.end; entry++) if (this.#states.get(entry) > 0) yield entry
  }

  compare(a: Entry, b: Entry): number {
    // The lower id is the better one.
    return this.compareGroups(a, b) || this.#ids.compare(b, a)
  }

  compareGroups(a: Entry, b: Entry): number {
    return this.#epochOf(a) - this.#epochOf(b) || this.#hourOf(a) - this.#hourOf(b)
  }

  #epochOf(entry: Entry): number {
    return this.signerOf(entry)?.epoch ?? 0
  }

  #hourOf(entry: Entry): number {
    return Math.floor(this.#issuedAtMs.get(entry) / HOUR_MS)
  }

  signerOf(entry: Entry): Signer | undefined {
    return this.#units[entry]?.issuer.signers[this.#signers.get(entry)]
  }
}

const NO_TERMS: readonly number[] = []
const SIGNERS_LIMIT = 0xffff
