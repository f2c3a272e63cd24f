/** Records on their way out: read from the store, packed into frames, within the peer's credit. */
import { outOfBounds } from './comparison.ts'
import {
  ITEM_LIMIT_BYTES,
  RECS_SENT_LIMIT_BYTES,
  RECS_LIMIT_ITEMS,
  WINDOW_LIMIT_BYTES,
} from './limits.ts'
import type { Group, Recs } from './wire.ts'

interface Item {
  readonly unit: number
  readonly bytes: Uint8Array
}

export class Outflow {
  #items: Item[] = []
  #itemsBytes = 0
  #creditBytes = 0
  #expected: { readonly unit: number; readonly count: number } | undefined
  sent = 0
  sentRecordBytes = 0

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** Read or being read, and not sent. */
  get waiting(): number {
    return this.#items.length + (this.#expected?.count ?? 0)
  }

  /** Whether more is to be read from the store: less than a frame waits, and it could be sent. */
  get hasRoom(): boolean {
    return this.#itemsBytes < Math.min(RECS_SENT_LIMIT_BYTES, this.#creditBytes)
  }

  /** @throws {ExchangeError} when the peer grants more than any window. */
  grant(bytes: number): void {
    this.#creditBytes += bytes
    if (this.#creditBytes > WINDOW_LIMIT_BYTES) throw outOfBounds('credit beyond the window')
  }

  expect(unit: number, count: number): void {
    this.#expected = { unit, count }
  }

  /** What was read; `undefined` for what is gone. */
  fill(read: readonly (Uint8Array | undefined)[]): void {
    const expected = this.#expected
    this.#expected = undefined
    // A limit was reached while it was read.
    if (expected === undefined) return
    if (read.length !== expected.count) throw new Error('not as many as were to be read')
    for (const bytes of read) {
      if (bytes === undefined) continue
      if (bytes.length > ITEM_LIMIT_BYTES) throw new RangeError('an item of more than its limit')
      this.#items.push({ unit: expected.unit, bytes })
      this.#itemsBytes += bytes.length
    }
  }

  /**
   * Frames that the credit allows: full ones, and with `isFlushing` the rest.
   *
   * @returns also whether the session's limit of bytes stands in the way of what is left.
   */
  frames(
    limitBytes: number,
    isFlushing: boolean,
  ): { readonly frames: readonly Recs[]; readonly isCut: boolean } {
    const frames: Recs[] = []
    for (;;) {
      const { items, bytes } = this.#fitting(limitBytes - this.sentRecordBytes)
      const isFull = this.#itemsBytes >= RECS_SENT_LIMIT_BYTES
      if (items.length === 0 || (!isFull && !isFlushing && items.length === this.#items.length))
        break
      frames.push({ kind: 'recs', groups: grouped(items) })
      this.#items = this.#items.slice(items.length)
      this.#itemsBytes -= bytes
      this.#creditBytes -= bytes
      this.sent += items.length
      this.sentRecordBytes += bytes
    }
    const next = this.#items[0]
    const isCut = next !== undefined && this.sentRecordBytes + next.bytes.length > limitBytes
    return { frames, isCut }
  }

  clear(): void {
    this.#items = []
    this.#itemsBytes = 0
    this.#expected = undefined
  }

  #fitting(limitBytes: number): { readonly items: readonly Item[]; readonly bytes: number } {
    const roomBytes = Math.min(RECS_SENT_LIMIT_BYTES, this.#creditBytes, limitBytes)
    let bytes = 0
    let count = 0
    for (const item of this.#items) {
      if (bytes + item.bytes.length > roomBytes || count === RECS_LIMIT_ITEMS) break
      bytes += item.bytes.length
      count++
    }
    return { items: this.#items.slice(0, count), bytes }
  }
}

function grouped(items: readonly Item[]): Group<Uint8Array>[] {
  const groups: { unit: number; items: Uint8Array[] }[] = []
  for (const { unit, bytes } of items) {
    const last = groups.at(-1)
    if (last?.unit === unit) last.items.push(bytes)
    else groups.push({ unit, items: [bytes] })
  }
  return groups
}
