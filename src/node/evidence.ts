/**
 * The records as the view reads them, in memory, and the views computed from them.
 *
 * A view is computed when it is asked for and kept until something changes, or until the passing of
 * time could change it.
 */
import type { Clock } from '../base/clock.ts'
import { SECOND_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'
import type { AipRecord, RecordId } from '../records/record.ts'
import type { EvidenceRecord, TrustContext } from '../trust/context.ts'
import { View } from '../trust/view.ts'

/** How long an unchanged view stands in for the present. */
const VIEW_AGE_LIMIT_MS = 5 * SECOND_MS

export class Evidence {
  #records = new Map<RecordId, EvidenceRecord>()
  /** How many records name an agent, as their issuer or another party. */
  readonly #naming = new Map<Did, number>()
  readonly #clock: Clock
  #kept: { readonly view: View; readonly atMs: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#records.size
  }

  add(id: RecordId, record: AipRecord): void {
    if (!this.#records.has(id)) this.#count(record, 1)
    this.#records.set(id, { id, record })
    this.#kept = undefined
  }

  remove(id: RecordId): void {
    const known = this.#records.get(id)
    if (known === undefined) return
    this.#count(known.record, -1)
    this.#records.delete(id)
    this.#kept = undefined
  }

  /** All at once, so that no view is made of a part. */
  replace(records: Iterable<EvidenceRecord>): void {
    this.#records = new Map()
    this.#naming.clear()
    for (const { id, record } of records) this.add(id, record)
    this.#kept = undefined
  }

  /** Whether a record here is by this agent, about it, or made out to it. */
  names(did: Did): boolean {
    return this.#naming.has(did)
  }

  #count(record: AipRecord, change: 1 | -1): void {
    for (const did of partiesOf(record)) {
      const count = (this.#naming.get(did) ?? 0) + change
      if (count === 0) this.#naming.delete(did)
      else this.#naming.set(did, count)
    }
  }

  /** Something that views depend on has changed: a key log, a pin, a setting. */
  changed(): void {
    this.#kept = undefined
  }

  get(id: RecordId): AipRecord | undefined {
    return this.#records.get(id)?.record
  }

  all(): IterableIterator<EvidenceRecord> {
    return this.#records.values()
  }

  /** T6: whether the viewer has a view at all: told by its own records, at a fraction of the cost. */
  hasView(context: Omit<TrustContext, 'nowMs'>): boolean {
    const own = [...this.#records.values()].filter(({ record }) => record.issuer === context.viewer)
    return View.of(own, { ...context, nowMs: this.#clock() }).hasView
  }

  /** The view of now, or of the moment asked for. */
  view(context: Omit<TrustContext, 'nowMs'>, asOfMs?: number): View {
    if (asOfMs !== undefined) return View.of(this.#records.values(), { ...context, nowMs: asOfMs })
    const nowMs = this.#clock()
    if (this.#kept !== undefined && nowMs - this.#kept.atMs < VIEW_AGE_LIMIT_MS) {
      return this.#kept.view
    }
    const view = View.of(this.#records.values(), { ...context, nowMs })
    this.#kept = { view, atMs: nowMs }
    return view
  }
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
