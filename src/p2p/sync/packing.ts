/** Puts what one turn says into frames: each within its bytes and entries, grouped by shard and lane. */
import { CUT_BYTES } from './cuts.ts'
import {
  GET_LIMIT_BYTES,
  LIST_LIMIT_IDS,
  RANGES_LIMIT_BYTES,
  RANGES_LIMIT_ENTRIES,
  TURN_LIMIT_FRAMES,
} from './limits.ts'
import {
  entryLimitBytes,
  type Entry,
  type Get,
  type Group,
  type Wanted,
  type Ranges,
} from './wire.ts'

/** What spells a frame or a group around its content, at most. */
const FRAME_BYTES = 16
const GROUP_BYTES = 12
const PICK_BYTES = 128
/** The largest entry, and a child that is described at once. */
const ENTRY_BYTES = LIST_LIMIT_IDS * CUT_BYTES + 128
const CHILD_BYTES = 256

class Groups<T> {
  readonly #groups = new Map<number, T[]>()
  #bytes = FRAME_BYTES
  #count = 0

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  add(unit: number, items: readonly T[], bytes: number): void {
    const group = this.#groups.get(unit)
    if (group === undefined) this.#groups.set(unit, [...items])
    else group.push(...items)
    this.#bytes += bytes + (group === undefined ? GROUP_BYTES : 0)
    this.#count += items.length
  }

  finish(): Group<T>[] {
    return Array.from(this.#groups, ([unit, items]) => ({ unit, items }))
  }
}

export class RangesFrames {
  readonly #done: Ranges[] = []
  #groups = new Groups<Entry>()

  /** Whether the turn holds no more. */
  get isFull(): boolean {
    return this.#done.length === TURN_LIMIT_FRAMES
  }

  /**
   * Entries that belong into one frame. Must not be called when {@link isFull}.
   *
   * @param nextChildren  How many children may be described with the next entry: a frame that has no
   *   room for all of that is closed.
   */
  add(unit: number, entries: readonly Entry[], nextChildren: number): void {
    const bytes = entries.reduce((sum, entry) => sum + entryLimitBytes(entry), 0)
    this.#groups.add(unit, entries, bytes)
    const nextBytes = GROUP_BYTES + ENTRY_BYTES + nextChildren * CHILD_BYTES
    const isTight =
      this.#groups.bytes + nextBytes > RANGES_LIMIT_BYTES ||
      this.#groups.count + 1 + nextChildren > RANGES_LIMIT_ENTRIES
    if (isTight) this.#close()
  }

  finish(): readonly Ranges[] {
    if (this.#groups.count > 0) this.#close()
    return this.#done
  }

  #close(): void {
    this.#done.push({ kind: 'ranges', turn: 0, groups: this.#groups.finish() })
    this.#groups = new Groups()
  }
}

export class GetFrames {
  readonly #done: Get[] = []
  #groups = new Groups<Wanted>()

  add(unit: number, pick: Wanted): void {
    if (this.#groups.bytes + GROUP_BYTES + PICK_BYTES > GET_LIMIT_BYTES) this.#close()
    this.#groups.add(unit, [pick], pick.range.path.length + pick.bits.length + 8)
  }

  finish(): readonly Get[] {
    if (this.#groups.count > 0) this.#close()
    return this.#done
  }

  #close(): void {
    this.#done.push({ kind: 'get', groups: this.#groups.finish() })
    this.#groups = new Groups()
  }
}
