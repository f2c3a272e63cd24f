/**
 * Records that were stored a moment ago and that gossip has not passed on yet (R6).
 *
 * In two generations: when the young one has half the limit it becomes the old one, and what is not
 * asked for until then is forgotten.
 */
import type { Clock } from '../../base/clock.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { RecordId } from '../../records/record.ts'

/** A record stored this recently may still be passed on. */
export const FRESH_MS = 120 * SECOND_MS
export const FRESH_LIMIT = 20_000

export class FreshRecords {
  readonly #clock: Clock
  #young = new Map<RecordId, number>()
  #old = new Map<RecordId, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  note(id: RecordId): void {
    if (this.#young.size >= FRESH_LIMIT / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, this.#clock())
  }

  /** Whether it may be passed on. Says so once: whoever asks passes it on. */
  take(id: RecordId): boolean {
    const storedAtMs = this.#young.get(id) ?? this.#old.get(id)
    if (storedAtMs === undefined) return false
    this.#young.delete(id)
    this.#old.delete(id)
    return this.#clock() - storedAtMs <= FRESH_MS
  }
}
