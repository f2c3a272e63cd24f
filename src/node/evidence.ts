/**
 * The records as the view reads them, in memory, and the views computed from them.
 *
 * A view is computed when it is asked for and kept until something changes, or until the passing of
 * time could change it.
 */
import type { Clock } from '../base/clock.ts'
import { SECOND_MS } from '../base/units.ts'
import type { AipRecord, RecordId } from '../records/record.ts'
import type { EvidenceRecord, TrustContext } from '../trust/context.ts'
import { View } from '../trust/view.ts'

/** How long an unchanged view stands in for the present. */
const VIEW_AGE_LIMIT_MS = 5 * SECOND_MS

export class Evidence {
  readonly #records = new Map<RecordId, EvidenceRecord>()
  readonly #clock: Clock
  #kept: { readonly view: View; readonly atMs: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#records.size
  }

  add(id: RecordId, record: AipRecord): void {
    this.#records.set(id, { id, record })
    this.#kept = undefined
  }

  remove(id: RecordId): void {
    if (this.#records.delete(id)) this.#kept = undefined
  }

  clear(): void {
    this.#records.clear()
    this.#kept = undefined
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
