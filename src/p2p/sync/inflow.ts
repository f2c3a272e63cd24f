/** Records on their way in: what the peer may still send before more of it is committed. */
import { outOfBounds } from './comparison.ts'
import type { SessionLimits } from './limits.ts'
import type { Outcome } from './step.ts'
import { bytesIn } from './wire.ts'

/** Credit is granted when so much of the window has come free: a part of it. */
const GRANT_SHARE = 4

export class Inflow {
  readonly #windowBytes: number
  readonly #limits: SessionLimits
  /** Offers that are not committed: their items and bytes. */
  readonly #open = new Map<number, { readonly count: number; readonly bytes: number }>()
  #nextId = 0
  #creditBytes: number
  #freeBytes = 0
  #refused = 0
  received = 0
  fresh = 0
  receivedRecordBytes = 0

  constructor(windowBytes: number, limits: SessionLimits) {
    this.#windowBytes = windowBytes
    this.#limits = limits
    this.#creditBytes = windowBytes
  }

  get isEmpty(): boolean {
    return this.#open.size === 0
  }

  /**
   * Items came.
   *
   * @returns the id of their offer.
   * @throws {ExchangeError} for more than the credit, or than a session may bring.
   */
  take(items: readonly Uint8Array[]): number {
    const bytes = bytesIn(items)
    this.#creditBytes -= bytes
    this.received += items.length
    this.receivedRecordBytes += bytes
    if (this.#creditBytes < 0) throw outOfBounds('more than the credit')
    if (this.receivedRecordBytes > this.#limits.recordBytes) throw outOfBounds('too many bytes')
    this.#open.set(this.#nextId, { count: items.length, bytes })
    return this.#nextId++
  }

  /** An offer is committed. @throws {ExchangeError} when the peer has sent too much that is refused. */
  taken(id: number, outcomes: readonly Outcome[]): void {
    const offer = this.#open.get(id)
    if (offer?.count !== outcomes.length) throw new Error('not the outcomes of an open offer')
    this.#open.delete(id)
    this.#freeBytes += offer.bytes
    for (const outcome of outcomes) {
      if (outcome === 'fresh') this.fresh++
      if (outcome === 'refused') this.#refused++
    }
    if (this.#refused > this.#limits.refused) throw outOfBounds('records that nobody stores')
  }

  /** Bytes to grant now; 0 for none yet. */
  credit(): number {
    if (this.#freeBytes * GRANT_SHARE < this.#windowBytes) return 0
    const bytes = this.#freeBytes
    this.#freeBytes = 0
    this.#creditBytes += bytes
    return bytes
  }
}
