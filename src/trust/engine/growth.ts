/** Typed arrays that grow by doubling, for what is counted in millions. */

const LEAST_CAPACITY_COUNT = 64

/** At least `wanted`, by doubling, so that growing costs a constant for each element. */
export function roomFor(wanted: number, capacity: number): number {
  return Math.max(LEAST_CAPACITY_COUNT, wanted, wanted > capacity ? capacity * 2 : capacity)
}

/** Bytes of our own, shared with nobody. */
export type Ints = Int32Array<ArrayBuffer>
export type Doubles = Float64Array<ArrayBuffer>

export function grownInts(old: Ints, capacity: number): Ints {
  if (capacity <= old.length) return old
  const grown = new Int32Array(capacity)
  grown.set(old)
  return grown
}

export function grownDoubles(old: Doubles, capacity: number): Doubles {
  if (capacity <= old.length) return old
  const grown = new Float64Array(capacity)
  grown.set(old)
  return grown
}

/** A list of whole numbers below 2^31 that is filled, walked and emptied again and again. */
export class IntList {
  length = 0
  #items = new Int32Array(LEAST_CAPACITY_COUNT)

  push(item: number): void {
    if (this.length === this.#items.length) {
      this.#items = grownInts(this.#items, this.length * 2)
    }
    this.#items[this.length] = item
    this.length++
  }

  /** Takes the last one out; 0 when there is none. */
  pop(): number {
    if (this.length === 0) return 0
    this.length--
    return this.#items[this.length] ?? 0
  }

  append(others: IntList): void {
    const length = this.length + others.length
    if (length > this.#items.length) {
      this.#items = grownInts(this.#items, roomFor(length, this.#items.length))
    }
    this.#items.set(others.#items.subarray(0, others.length), this.length)
    this.length = length
  }

  at(index: number): number {
    return this.#items[index] ?? 0
  }

  clear(): void {
    this.length = 0
  }
}
