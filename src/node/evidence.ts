/**
 * The records as views read them: where each lies and whom it concerns is in memory, what it says is
 * read from disk when it is asked for. Whoever follows them is told of every change.
 */
import type { Did } from '../identity/did.ts'
import { outlineOf } from '../records/outline.ts'
import type { AipRecord, RecordId, RecordType } from '../records/record.ts'
import type { EvidenceRecord } from '../trust/context.ts'
import type { RecordIndex } from '../trust/live/record-index.ts'
import { Recent } from './columns/recent.ts'
import { RecordTable } from './columns/record-table.ts'
import type { After, RecordHead } from './columns/record-table.ts'

/** Told after the change. */
export interface EvidenceWatcher {
  put(one: EvidenceRecord): void
  remove(one: EvidenceRecord): void
  /** A key log is another than before. */
  identityChanged(did: Did): void
  /** Everything may be another than before. */
  replaced(): void
}

/** Where the records are. */
export interface RecordSource {
  /** At once, from disk; `undefined` when the row is gone or damaged. */
  readonly recordAt: (place: RecordHead) => AipRecord | undefined
  /** Resolves when {@link Evidence.adopt} has been called; throws when that will not be. */
  readonly whenReady?: () => Promise<void>
  /** All of them, in no order that means anything. */
  readonly records: () => AsyncIterable<EvidenceRecord>
}

export interface EvidenceOptions {
  readonly source: RecordSource
  /** Bits of a DID that choose its shard. */
  readonly shardBits: number
  /** Unknown to others, so that nobody makes ids that crowd each other here. */
  readonly salt: number
}

/** Which records: what is left out is any. */
interface Kind {
  readonly type?: RecordType | undefined
  readonly issuer?: Did | undefined
  /** Of a promise, who made it. */
  readonly subject?: Did | undefined
}

/** Records read last that are kept as they are. */
const RECENT_LIMIT = 256
/** Records that may leave at a time and be told of one by one; more are told of as one change. */
const LEAVING_LIMIT = 16_384
/** Records read from disk before others have a turn. */
const READ_AT_A_TIME = 64

export class Evidence implements RecordIndex {
  readonly #options: EvidenceOptions | undefined
  readonly #recent: Recent<RecordId, AipRecord>
  #table: RecordTable
  readonly #leaving = new Map<RecordId, AipRecord>()
  readonly #watchers = new Set<EvidenceWatcher>()

  /** Without a source, what is added is kept in memory: for few records, as tests have them. */
  constructor(options?: EvidenceOptions) {
    this.#options = options
    this.#recent = new Recent(options === undefined ? Infinity : RECENT_LIMIT)
    this.#table = this.emptyTable()
  }

  get size(): number {
    return this.#table.size
  }

  /** Tells `watcher` of changes until the returned function is called. */
  watch(watcher: EvidenceWatcher): () => void {
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
    }
  }

  /** A record that is on disk from now on. */
  add(id: RecordId, record: AipRecord): void {
    if (this.has(id)) return
    this.#table.add(id, outlineOf(id, record))
    this.#recent.put(id, record)
    for (const watcher of this.#watchers) watcher.put({ id, record })
  }

  /** Reads what is about to leave the disk, so that {@link remove} can say what it was. */
  async prepareRemoval(ids: Iterable<RecordId>): Promise<void> {
    this.#leaving.clear()
    const leaving = [...ids].slice(0, LEAVING_LIMIT)
    for (const [at, id] of leaving.entries()) {
      const record = this.get(id)
      if (record !== undefined) this.#leaving.set(id, record)
      if (at % READ_AT_A_TIME === READ_AT_A_TIME - 1) await nextTurn()
    }
  }

  /** Records that have left the disk. What nobody can say any more is told of as a change of all. */
  remove(ids: Iterable<RecordId>): void {
    let isToldApart = true
    for (const id of ids) {
      const row = this.#table.find(id)
      if (row === undefined) continue
      const record = this.#leaving.get(id) ?? this.#recent.get(id)
      this.#table.remove(row)
      this.#recent.delete(id)
      if (record === undefined) isToldApart = false
      else for (const watcher of this.#watchers) watcher.remove({ id, record })
    }
    this.#leaving.clear()
    if (!isToldApart) this.#tellReplaced()
  }

  /** For {@link adopt}. */
  emptyTable(): RecordTable {
    return new RecordTable(this.#options?.shardBits ?? 0, this.#options?.salt)
  }

  /** All at once, so that no view is made of a part. */
  adopt(table: RecordTable): void {
    this.#table = table
    if (this.#options !== undefined) this.#recent.clear()
    this.#tellReplaced()
  }

  /** The same with records at hand, where there is no source. */
  replace(records: Iterable<EvidenceRecord>): void {
    const table = this.emptyTable()
    this.#recent.clear()
    for (const { id, record } of records) {
      if (table.find(id) === undefined) table.add(id, outlineOf(id, record))
      this.#recent.put(id, record)
    }
    this.adopt(table)
  }

  identityChanged(did: Did): void {
    for (const watcher of this.#watchers) watcher.identityChanged(did)
  }

  has(id: RecordId): boolean {
    return this.#table.find(id) !== undefined
  }

  /** The same for an id in 32 bytes. */
  hasBytes(id: Uint8Array): boolean {
    return this.#table.has(id)
  }

  /** Read from disk; `undefined` too for one that is damaged there. */
  get(id: RecordId): AipRecord | undefined {
    const row = this.#table.find(id)
    return row === undefined ? undefined : this.#read(this.#table.head(row))
  }

  /** Each is read when its turn comes; those that are gone by then are left out. */
  about(did: Did, type?: RecordType): Iterable<EvidenceRecord> {
    return this.#each(this.#table.about(did), { subject: did, type })
  }

  by(did: Did, type?: RecordType): Iterable<EvidenceRecord> {
    return this.#each(this.#table.by(did), { issuer: did, type })
  }

  byOneNumber(did: Did): Iterable<EvidenceRecord> {
    return this.#each(this.#table.byOneNumber(did), { issuer: did })
  }

  /** Records of one type by an agent about another. */
  between(type: RecordType, issuer: Did, subject: Did): Iterable<EvidenceRecord> {
    return this.#each(this.#table.by(issuer), { issuer, subject, type })
  }

  /** Of each type, how many are by an agent and how many about it. */
  countsOf(did: Did): Readonly<Record<'by' | 'about', Readonly<Record<RecordType, number>>>> {
    const count = (rows: readonly number[]): Record<RecordType, number> => {
      const counts = { vouch: 0, revocation: 0, promise: 0, observation: 0 }
      for (const row of rows) counts[this.#table.typeOf(row)]++
      return counts
    }
    return { by: count(this.#table.by(did)), about: count(this.#table.about(did)) }
  }

  /** Every record, read while the caller holds the thread: for few. {@link scan} is for many. */
  *all(): Generator<EvidenceRecord> {
    for (const { id } of this.newest({})) {
      const record = this.get(id)
      if (record !== undefined) yield { id, record }
    }
  }

  /** Whether a record here is by this agent, about it, or made out to it. */
  names(did: Did): boolean {
    return this.#table.names(did)
  }

  /** Everybody whom a record names. */
  named(): Iterable<Did> {
    return this.#table.agents()
  }

  /** Whom the records by one agent, or about one, name. */
  partiesOf(of: { readonly issuer?: Did; readonly subject?: Did }): ReadonlySet<Did> {
    return this.#table.partiesOf(of)
  }

  /**
   * Records from the newest to the oldest, by issue, of equal times the lower id first. Which of them
   * are read is for the caller; one that is gone meanwhile cannot be.
   */
  *newest(
    wanted: Kind & {
      readonly after?: After | undefined
      /** Of the id in hex. */
      readonly prefix?: string | undefined
    },
  ): Generator<RecordHead> {
    const { after, issuer, subject, prefix } = wanted
    const table = this.#table
    const isWanted = (row: number): boolean => this.#isOne(row, wanted)
    let among: readonly number[] | undefined
    if (prefix !== undefined) among = table.beginning(prefix)
    else if (issuer !== undefined) among = table.by(issuer)
    else if (subject !== undefined) among = table.about(subject)
    for (const rows of table.newest(after, among?.filter(isWanted))) {
      for (const row of rows) if (isWanted(row)) yield table.head(row)
    }
  }

  /**
   * Every record, read in slices between which others have a turn. What comes meanwhile may be met or
   * not; what has gone is not.
   */
  async scan(visit: (one: EvidenceRecord) => void): Promise<void> {
    let count = 0
    for await (const one of this.stored()) {
      if (this.has(one.id)) visit(one)
      count++
      if (count % READ_AT_A_TIME === 0) await nextTurn()
    }
  }

  /** As they are read from disk, in no order. One that has gone since may be met. */
  async *stored(): AsyncGenerator<EvidenceRecord> {
    const source = this.#options?.source
    await source?.whenReady?.()
    yield* source?.records() ?? this.#kept()
  }

  async *#kept(): AsyncGenerator<EvidenceRecord> {
    for (const [id, record] of this.#recent.entries()) yield { id, record }
  }

  *#each(rows: readonly number[], kind: Kind): Generator<EvidenceRecord, void, undefined> {
    const table = this.#table
    for (const row of rows) {
      if (!this.#isOne(row, kind)) continue
      const head = table.head(row)
      const record = this.has(head.id) ? this.#read(head) : undefined
      if (record !== undefined) yield { id: head.id, record }
    }
  }

  #isOne(row: number, { type, issuer, subject }: Kind): boolean {
    return (
      (type === undefined || this.#table.typeOf(row) === type) &&
      (issuer === undefined || this.#table.isBy(row, issuer)) &&
      (subject === undefined || this.#table.isAbout(row, subject))
    )
  }

  #read(head: RecordHead): AipRecord | undefined {
    const recent = this.#recent.get(head.id)
    if (recent !== undefined) return recent
    const record = this.#options?.source.recordAt(head)
    if (record !== undefined) this.#recent.put(head.id, record)
    return record
  }

  #tellReplaced(): void {
    for (const watcher of this.#watchers) watcher.replaced()
  }
}

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}

/** Whom a record names: its issuer, then its subject or the delegator of a promise. */
export function partiesOf(record: AipRecord): readonly Did[] {
  return [record.issuer, record.type === 'promise' ? record.delegator : record.subject]
}

/** The order in which a set of records is admitted: an observation brings the promises it names. */
export function observationsFirst<One extends { readonly record: AipRecord }>(
  records: readonly One[],
): readonly One[] {
  return records.toSorted(
    (a, b) => Number(b.record.type === 'observation') - Number(a.record.type === 'observation'),
  )
}
