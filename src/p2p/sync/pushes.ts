/**
 * What the peer lacks and has not been sent, and what of it goes first: key logs, then revocations,
 * then the newest.
 *
 * A range is kept as its bounds and read from the tree when its turn comes, so that a peer that lacks
 * a million records costs no more than one that lacks a few.
 */
import { compareBytes } from '../../base/bytes.ts'
import type { Comparison } from './comparison.ts'
import type { SyncLane } from './sets.ts'

export interface Batch {
  readonly comparison: Comparison
  /** Newest first. */
  readonly keys: readonly Uint8Array[]
}

interface Push {
  readonly comparison: Comparison
  readonly rank: number
  /** Of the part that is left: its last key. */
  newest: Uint8Array
  /** Ascending, when they are known one by one; else the bounds count. */
  readonly keys: readonly Uint8Array[] | undefined
  readonly lowest: Uint8Array
  /** Excluded. `undefined`: no bound. */
  above: Uint8Array | undefined
  left: number
}

const RANK: Readonly<Record<SyncLane, number>> = { L: 0, 0: 1, 1: 2, 2: 2, 3: 2 }

export function rankOf(lane: SyncLane): number {
  return RANK[lane]
}

export class Pushes {
  /** The first to go is the last. */
  readonly #pushes: Push[] = []
  #count = 0

  /** Keys that wait; of ranges as many as there were when they were added. */
  get count(): number {
    return this.#count
  }

  get isEmpty(): boolean {
    return this.#pushes.length === 0
  }

  addRange(comparison: Comparison, lowest: Uint8Array, above: Uint8Array | undefined): void {
    const tree = comparison.tree()
    if (tree === undefined) return
    const to = above === undefined ? tree.size : tree.rank(above)
    const left = to - tree.rank(lowest)
    const [newest] = tree.slice(to - 1, to)
    if (left <= 0 || newest === undefined) return
    this.#add({
      comparison,
      rank: RANK[comparison.lane],
      newest,
      keys: undefined,
      lowest,
      above,
      left,
    })
  }

  /** @param keys  Ascending. */
  addKeys(comparison: Comparison, keys: readonly Uint8Array[]): void {
    const [lowest, newest] = [keys[0], keys.at(-1)]
    if (lowest === undefined || newest === undefined) return
    const left = keys.length
    this.#add({
      comparison,
      rank: RANK[comparison.lane],
      newest,
      keys,
      lowest,
      above: undefined,
      left,
    })
  }

  /** The next keys to send, of one shard and lane; `undefined` when there are none. */
  take(limit: number): Batch | undefined {
    for (let push = this.#pushes.pop(); push !== undefined; push = this.#pushes.pop()) {
      this.#count -= push.left
      const keys = push.keys === undefined ? takenOfRange(push, limit) : takenOfKeys(push, limit)
      if (push.left > 0) this.#add(push)
      if (keys.length > 0) return { comparison: push.comparison, keys: keys.toReversed() }
    }
    return undefined
  }

  clear(): void {
    this.#pushes.length = 0
    this.#count = 0
  }

  #add(push: Push): void {
    this.#count += push.left
    let from = 0
    let to = this.#pushes.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = this.#pushes[middle]
      if (other !== undefined && isBefore(push, other)) from = middle + 1
      else to = middle
    }
    this.#pushes.splice(from, 0, push)
  }
}

function isBefore(one: Push, other: Push): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank
  return compareBytes(one.newest, other.newest) > 0
}

function takenOfKeys(push: Push, limit: number): readonly Uint8Array[] {
  const to = push.left
  const from = Math.max(0, to - limit)
  push.left = from
  push.newest = push.keys?.[from - 1] ?? push.newest
  return push.keys?.slice(from, to) ?? []
}

function takenOfRange(push: Push, limit: number): readonly Uint8Array[] {
  const tree = push.comparison.tree()
  push.left = 0
  if (tree === undefined) return []
  const least = tree.rank(push.lowest)
  const to = push.above === undefined ? tree.size : tree.rank(push.above)
  const from = Math.max(least, to - limit)
  const keys = tree.slice(from, to)
  const [before] = from > least ? tree.slice(from - 1, from) : []
  if (before !== undefined) {
    push.above = keys[0]
    push.newest = before
    push.left = from - least
  }
  return keys
}
