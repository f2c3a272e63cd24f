/** Puts what one turn says into frames: each within its bytes and entries, grouped by shard and lane. */
import {
  GET_LIMIT_BYTES,
  RANGES_LIMIT_BYTES,
  RANGES_LIMIT_ENTRIES,
  TURN_LIMIT_FRAMES,
} from './limits.ts'
import {
  entryLimitBytes,
  type Entry,
  type Get,
  type Group,
  type Pick,
  type Ranges,
} from './wire.ts'

/** What spells a frame or a group around its content, at most. */
const FRAME_BYTES = 16
const GROUP_BYTES = 12
const PICK_BYTES = 64
/**
 * A frame with less room than this is closed: the next addition might not fit. One range with the
 * children that are described with it, `EAGER_LIMIT_CUTS / 16` nodes more, takes less.
 */
const FULL_BYTES = 16_384
const FULL_ENTRIES = 96

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

  /** Entries that belong into one frame. Must not be called when {@link isFull}. */
  add(unit: number, entries: readonly Entry[]): void {
    const bytes = entries.reduce((sum, entry) => sum + entryLimitBytes(entry), 0)
    this.#groups.add(unit, entries, bytes)
    const { bytes: allBytes, count } = this.#groups
    if (allBytes > RANGES_LIMIT_BYTES - FULL_BYTES || count > RANGES_LIMIT_ENTRIES - FULL_ENTRIES) {
      this.#close()
    }
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
  #groups = new Groups<Pick>()

  add(unit: number, pick: Pick): void {
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
