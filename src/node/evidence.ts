/**
 * The records as views read them, in memory, by id and by whom they concern. Whoever follows them is
 * told of every change.
 */
import type { Did } from '../identity/did.ts'
import type { AipRecord, RecordId } from '../records/record.ts'
import type { EvidenceRecord } from '../trust/context.ts'
import type { RecordIndex } from '../trust/live/record-index.ts'

/** Told after the change. */
export interface EvidenceWatcher {
  put(one: EvidenceRecord): void
  remove(one: EvidenceRecord): void
  /** A key log is another than before. */
  identityChanged(did: Did): void
  /** Everything may be another than before. */
  replaced(): void
}

const NOTHING: ReadonlySet<EvidenceRecord> = new Set()

export class Evidence implements RecordIndex {
  #records = new Map<RecordId, EvidenceRecord>()
  readonly #about = new Index()
  readonly #by = new Index()
  /** How many records name an agent, as their issuer or another party. */
  readonly #naming = new Map<Did, number>()
  readonly #watchers = new Set<EvidenceWatcher>()

  get size(): number {
    return this.#records.size
  }

  /** Tells `watcher` of changes until the returned function is called. */
  watch(watcher: EvidenceWatcher): () => void {
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
    }
  }

  add(id: RecordId, record: AipRecord): void {
    if (this.#records.has(id)) return
    const one = this.#insert(id, record)
    for (const watcher of this.#watchers) watcher.put(one)
  }

  remove(id: RecordId): void {
    const one = this.#records.get(id)
    if (one === undefined) return
    this.#records.delete(id)
    this.#count(one.record, -1)
    this.#about.delete(aboutOf(one.record), one)
    this.#by.delete(one.record.issuer, one)
    for (const watcher of this.#watchers) watcher.remove(one)
  }

  /** All at once, so that no view is made of a part. */
  replace(records: Iterable<EvidenceRecord>): void {
    this.#records = new Map()
    this.#about.clear()
    this.#by.clear()
    this.#naming.clear()
    for (const { id, record } of records) if (!this.#records.has(id)) this.#insert(id, record)
    for (const watcher of this.#watchers) watcher.replaced()
  }

  identityChanged(did: Did): void {
    for (const watcher of this.#watchers) watcher.identityChanged(did)
  }

  get(id: RecordId): AipRecord | undefined {
    return this.#records.get(id)?.record
  }

  all(): IterableIterator<EvidenceRecord> {
    return this.#records.values()
  }

  about(did: Did): ReadonlySet<EvidenceRecord> {
    return this.#about.of(did)
  }

  by(did: Did): ReadonlySet<EvidenceRecord> {
    return this.#by.of(did)
  }

  /** Whether a record here is by this agent, about it, or made out to it. */
  names(did: Did): boolean {
    return this.#naming.has(did)
  }

  #insert(id: RecordId, record: AipRecord): EvidenceRecord {
    const one = { id, record }
    this.#records.set(id, one)
    this.#count(record, 1)
    this.#about.add(aboutOf(record), one)
    this.#by.add(record.issuer, one)
    return one
  }

  #count(record: AipRecord, change: 1 | -1): void {
    for (const did of partiesOf(record)) {
      const count = (this.#naming.get(did) ?? 0) + change
      if (count === 0) this.#naming.delete(did)
      else this.#naming.set(did, count)
    }
  }
}

/** Records by an agent. One that has a single record, as most have, needs no set. */
class Index {
  readonly #found = new Map<Did, EvidenceRecord | Set<EvidenceRecord>>()

  of(did: Did): ReadonlySet<EvidenceRecord> {
    const found = this.#found.get(did)
    if (found === undefined) return NOTHING
    return found instanceof Set ? found : new Set([found])
  }

  add(did: Did, one: EvidenceRecord): void {
    const found = this.#found.get(did)
    if (found === undefined) this.#found.set(did, one)
    else if (found instanceof Set) found.add(one)
    else this.#found.set(did, new Set([found, one]))
  }

  delete(did: Did, one: EvidenceRecord): void {
    const found = this.#found.get(did)
    if (found instanceof Set) {
      found.delete(one)
      if (found.size === 0) this.#found.delete(did)
    } else if (found === one) this.#found.delete(did)
  }

  clear(): void {
    this.#found.clear()
  }
}

/** Whose behaviour or standing a record tells of; of a promise, who made it. */
function aboutOf(record: AipRecord): Did {
  return record.type === 'promise' ? record.issuer : record.subject
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
