/**
 * The shards that are followed, slower to go than to come: one that nobody wants any more is followed
 * for a day longer, unless its room is needed, so that a view that wavers costs no joining and leaving.
 */
import { DAY_MS } from '../../base/units.ts'
import { FOLLOWED_SHARDS_LIMIT } from './choice.ts'

/** How long a shard is followed after it was wanted last. */
export const LINGER_MS = DAY_MS

interface Followed {
  readonly sinceMs: number
  wantedAtMs: number
}

export class Following {
  readonly #limitCount: number
  readonly #followed = new Map<number, Followed>()

  constructor(limitCount = FOLLOWED_SHARDS_LIMIT) {
    this.#limitCount = limitCount
  }

  has(shard: number): boolean {
    return this.#followed.has(shard)
  }

  /** Since when a shard is followed. */
  sinceMs(shard: number): number | undefined {
    return this.#followed.get(shard)?.sinceMs
  }

  /** Ascending. */
  get shards(): readonly number[] {
    return [...this.#followed.keys()].toSorted((a, b) => a - b)
  }

  /**
   * Follows what is wanted, and lets go what was wanted too long ago or has no room.
   *
   * @param wanted  At most as many as are followed at a time.
   * @returns whether another set is followed than before.
   */
  update(wanted: ReadonlySet<number>, nowMs: number): boolean {
    const before = this.shards.join()
    for (const shard of wanted) {
      const followed = this.#followed.get(shard)
      if (followed === undefined) this.#followed.set(shard, { sinceMs: nowMs, wantedAtMs: nowMs })
      else followed.wantedAtMs = nowMs
    }
    const lingering = [...this.#followed]
      .filter(([shard]) => !wanted.has(shard))
      .toSorted(([, a], [, b]) => a.wantedAtMs - b.wantedAtMs)
    for (const [shard, { wantedAtMs }] of lingering) {
      const isOver = this.#followed.size > this.#limitCount
      if (isOver || nowMs - wantedAtMs >= LINGER_MS) this.#followed.delete(shard)
    }
    return this.shards.join() !== before
  }
}
