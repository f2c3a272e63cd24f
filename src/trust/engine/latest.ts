/** The latest time among those that count, while they come, change and go: a heap that is tidied late. */

const TIDY_FROM_COUNT = 64

export interface Latest {
  readonly latestMs: number
  /** Whether it counts now. */
  readonly isCounted: boolean
}

interface Entry {
  readonly one: Latest
  readonly atMs: number
}

export class LatestOf {
  #heap: Entry[] = []
  #countedCount = 0

  /** Says that `one` counts, with its time as it is now. */
  enter(one: Latest): void {
    this.#countedCount++
    // Every entry but one for each that counts is stale.
    if (this.#heap.length > TIDY_FROM_COUNT + 2 * this.#countedCount) this.#tidy()
    this.#push({ one, atMs: one.latestMs })
  }

  leave(): void {
    this.#countedCount--
  }

  /** `undefined` when nothing counts. */
  latestMs(): number | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || isCurrent(first)) return first?.atMs
      this.#pop()
    }
  }

  #tidy(): void {
    const known = new Set<Latest>()
    const current = this.#heap.filter((entry) => {
      if (!isCurrent(entry) || known.has(entry.one)) return false
      known.add(entry.one)
      return true
    })
    // What falls in this order is a heap.
    this.#heap = current.toSorted((a, b) => b.atMs - a.atMs)
  }

  #push(entry: Entry): void {
    let at = this.#heap.push(entry) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = this.#heap[above]
      if (other === undefined || other.atMs >= entry.atMs) break
      this.#heap[at] = other
      at = above
    }
    this.#heap[at] = entry
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      const [left, right] = [this.#heap[below], this.#heap[below + 1]]
      if (left === undefined) break
      if (right !== undefined && right.atMs > left.atMs) below++
      const child = this.#heap[below]
      if (child === undefined || child.atMs <= last.atMs) break
      this.#heap[at] = child
      at = below
    }
    this.#heap[at] = last
  }
}

function isCurrent({ one, atMs }: Entry): boolean {
  return one.isCounted && one.latestMs === atMs
}
