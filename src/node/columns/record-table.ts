/**
 * Where every record lies and whom it concerns, in columns: some 94 bytes a record. The records
 * themselves are on disk.
 */
import { Column } from '../../base/columns.ts'
import { KeyTable, NO_KEY } from '../../base/key-table.ts'
import { HOUR_MS } from '../../base/units.ts'
import { HASH_BYTES } from '../../crypto/hash.ts'
import { DID_BYTES, DID_PREFIX, didFromBytes } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'
import type { Outline } from '../../records/outline.ts'
import { RECORD_TYPES } from '../../records/record.ts'
import type { RecordId, RecordType } from '../../records/record.ts'
import { LANES, laneOf, shardOfBytes } from '../../records/replica/lanes.ts'
import type { Lane } from '../../records/replica/lanes.ts'
import { RowLists } from './row-lists.ts'

/** Where a record lies on disk, and of which type it is. */
export interface RecordHead {
  readonly id: RecordId
  readonly type: RecordType
  readonly shard: number
  readonly lane: Lane
  readonly issuedAtMs: number
}

/** From where a list goes on: behind this record, the newest first, the lower id first. */
export interface After {
  readonly atMs: number
  readonly id: RecordId
}

const LANE_MASK = 3
const TYPE_MASK = 3
const WORD = 2 ** 32

export class RecordTable {
  readonly #shardBits: number
  readonly #ids: KeyTable
  readonly #agents: KeyTable
  readonly #issuedAtMs = Column.ofDoubles()
  /** Shard, lane and type. */
  readonly #places = Column.ofWords()
  /** Numbers of agents. */
  readonly #issuers = Column.ofWords()
  readonly #subjects = Column.ofWords()
  /** The low half of their numbers. */
  readonly #numbers = Column.ofWords()
  /** To whom a promise is made, counted from 1. */
  readonly #delegators = Column.ofWords()
  readonly #byIssuer = new RowLists()
  readonly #bySubject = new RowLists()
  readonly #byHour = new RowLists()
  readonly #hours = new Set<number>()
  /** How many records name an agent, as their issuer or another party. */
  readonly #naming = Column.ofWords()

  constructor(shardBits: number, salt = 0) {
    this.#shardBits = shardBits
    this.#ids = new KeyTable(HASH_BYTES, salt)
    this.#agents = new KeyTable(DID_BYTES, salt)
  }

  get size(): number {
    return this.#ids.size
  }

  /** The row of a record; `undefined` for one that is not here, and for what is no id. */
  find(id: RecordId): number | undefined {
    if (id.length !== 2 * HASH_BYTES) return undefined
    const row = this.#ids.findHex(id)
    return row === NO_KEY ? undefined : row
  }

  /** @param id  32 bytes. */
  has(id: Uint8Array): boolean {
    return this.#ids.find(id) !== NO_KEY
  }

  /** The row of a record that was not here. */
  add(id: RecordId, outline: Outline): number {
    const row = this.#ids.addHex(id)
    const { type, issuedAtMs } = outline
    const shard = shardOfBytes(outline.subject, this.#shardBits)
    this.#places.set(row, (shard << 4) | (laneOf(outline) << 2) | RECORD_TYPES.indexOf(type))
    this.#issuedAtMs.set(row, issuedAtMs)
    this.#numbers.set(row, outline.sequence % WORD)
    const issuer = this.#agents.add(outline.issuer)
    const subject = this.#agents.add(outline.subject)
    const delegator = outline.delegator === undefined ? NO_KEY : this.#agents.add(outline.delegator)
    this.#issuers.set(row, issuer)
    this.#subjects.set(row, subject)
    this.#delegators.set(row, delegator + 1)
    this.#byIssuer.append(issuer, row)
    this.#bySubject.append(subject, row)
    const hour = this.#hourOf(row)
    this.#byHour.append(hour, row)
    this.#hours.add(hour)
    for (const agent of this.#partiesOf(row)) this.#naming.set(agent, this.#naming.get(agent) + 1)
    return row
  }

  remove(row: number): void {
    this.#byIssuer.remove(this.#issuers.get(row), row)
    this.#bySubject.remove(this.#subjects.get(row), row)
    const hour = this.#hourOf(row)
    this.#byHour.remove(hour, row)
    if (this.#byHour.countOf(hour) === 0) this.#hours.delete(hour)
    for (const agent of this.#partiesOf(row)) {
      const count = this.#naming.get(agent) - 1
      this.#naming.set(agent, count)
      if (count === 0) this.#agents.delete(agent)
    }
    this.#ids.delete(row)
  }

  head(row: number): RecordHead {
    const place = this.#places.get(row)
    return {
      id: this.#ids.hexOf(row),
      type: this.typeOf(row),
      shard: place >>> 4,
      lane: LANES[(place >>> 2) & LANE_MASK] ?? 0,
      issuedAtMs: this.#issuedAtMs.get(row),
    }
  }

  typeOf(row: number): RecordType {
    return RECORD_TYPES[this.#places.get(row) & TYPE_MASK] ?? 'vouch'
  }

  isAbout(row: number, did: Did): boolean {
    return this.#subjects.get(row) === this.#agentOf(did)
  }

  isBy(row: number, did: Did): boolean {
    return this.#issuers.get(row) === this.#agentOf(did)
  }

  /** Rows by an agent, in the order in which they came. */
  by(did: Did): number[] {
    const agent = this.#agentOf(did)
    return agent === NO_KEY ? [] : this.#byIssuer.rowsOf(agent)
  }

  /** Rows by an agent that have one number with another of them, or seem to. */
  byOneNumber(did: Did): number[] {
    const rows = this.by(did)
    const [met, twice] = [new Set<number>(), new Set<number>()]
    for (const row of rows) {
      const number = this.#numbers.get(row)
      if (met.has(number)) twice.add(number)
      met.add(number)
    }
    return twice.size === 0 ? [] : rows.filter((row) => twice.has(this.#numbers.get(row)))
  }

  /** Rows about an agent, its own promises among them. */
  about(did: Did): number[] {
    const agent = this.#agentOf(did)
    return agent === NO_KEY ? [] : this.#bySubject.rowsOf(agent)
  }

  /** Whether a record here is by this agent, about it, or made out to it. */
  names(did: Did): boolean {
    return this.#agentOf(did) !== NO_KEY
  }

  /** Everybody whom a record names. */
  *agents(): Generator<Did> {
    for (let agent = 0; agent < this.#agents.end; agent++) {
      if (this.#naming.get(agent) > 0) yield this.#didOf(agent)
    }
  }

  /** Whom the records by one agent and about another name; of everybody where it is left out. */
  partiesOf({ issuer, subject }: { readonly issuer?: Did; readonly subject?: Did }): Set<Did> {
    const rows = issuer === undefined ? subject && this.about(subject) : this.by(issuer)
    const agents = new Set<number>()
    for (const row of rows ?? []) {
      if (subject !== undefined && !this.isAbout(row, subject)) continue
      for (const agent of this.#partiesOf(row)) agents.add(agent)
    }
    if (rows === undefined) return new Set(this.agents())
    return new Set([...agents].map((agent) => this.#didOf(agent)))
  }

  /** Rows from the newest to the oldest, an hour at a time: those of `among`, or all. */
  *newest(after: After | undefined, among?: readonly number[]): Generator<readonly number[]> {
    if (among !== undefined) {
      yield this.#sorted(among, after)
      return
    }
    const until = after === undefined ? Infinity : Math.floor(after.atMs / HOUR_MS)
    const hours = [...this.#hours].filter((hour) => hour <= until).toSorted((a, b) => b - a)
    for (const hour of hours) yield this.#sorted(this.#byHour.rowsOf(hour), after)
  }

  /** Rows whose id, in hex, begins so. */
  beginning(prefix: string): number[] {
    const rows: number[] = []
    const digits = prefix.slice(0, HEAD_DIGITS)
    const shift = 4 * (HEAD_DIGITS - digits.length)
    const head = digits === '' ? 0 : Number.parseInt(digits, 16)
    for (let row = 0; row < this.#ids.end; row++) {
      if (Math.floor(this.#ids.headOf(row) / 2 ** shift) !== head || !this.#isInUse(row)) continue
      if (prefix.length <= HEAD_DIGITS || this.#ids.hexOf(row).startsWith(prefix)) rows.push(row)
    }
    return rows
  }

  #isInUse(row: number): boolean {
    return this.find(this.#ids.hexOf(row)) === row
  }

  #sorted(rows: readonly number[], after: After | undefined): readonly number[] {
    const isBehind = (row: number): boolean => {
      const atMs = this.#issuedAtMs.get(row)
      if (after === undefined || atMs < after.atMs) return true
      return atMs === after.atMs && this.#ids.hexOf(row) > after.id
    }
    return rows
      .filter(isBehind)
      .toSorted(
        (a, b) => this.#issuedAtMs.get(b) - this.#issuedAtMs.get(a) || this.#ids.compare(a, b),
      )
  }

  /** Each as often as the record names it. */
  #partiesOf(row: number): readonly number[] {
    const delegator = this.#delegators.get(row) - 1
    return [this.#issuers.get(row), delegator === NO_KEY ? this.#subjects.get(row) : delegator]
  }

  #hourOf(row: number): number {
    return Math.floor(this.#issuedAtMs.get(row) / HOUR_MS)
  }

  #agentOf(did: Did): number {
    return this.#agents.findHex(did, DID_PREFIX.length)
  }

  #didOf(agent: number): Did {
    return didFromBytes(this.#agents.bytesOf(agent))
  }
}

const HEAD_DIGITS = 8
