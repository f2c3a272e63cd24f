/**
 * Which of many numbered things is due next: a binary heap that knows where each of them stands.
 *
 * Knows no clock. Setting, moving and removing cost O(log n), asking for the first O(1).
 */
import { grownDoubles, grownInts, roomFor } from './growth.ts'

const ABSENT = 0

export class DueHeap {
  /** How many things wait. */
  size = 0
  #heap = new Int32Array(0)
  /** For each thing where it stands in the heap, counted from 1; {@link ABSENT} when it does not. */
  #place = new Int32Array(0)
  #due = new Float64Array(0)

  /** The moment for which a thing waits; infinity for one that does not. */
  dueOf(item: number): number {
    return this.#placeOf(item) === ABSENT ? Number.POSITIVE_INFINITY : this.#dueAt(item)
  }

  /** The earliest moment; infinity when nothing waits. */
  get nextDue(): number {
    const first = this.first
    return first === undefined ? Number.POSITIVE_INFINITY : this.#dueAt(first)
  }

  get first(): number | undefined {
    return this.size === 0 ? undefined : this.#heap[0]
  }

  /** Room for things up to `count`, at once. */
  reserve(count: number): void {
    this.#heap = grownInts(this.#heap, count)
    this.#place = grownInts(this.#place, count)
    this.#due = grownDoubles(this.#due, count)
  }

  /** Lets a thing wait for `due`, instead of what it waited for; infinity takes it out. */
  set(item: number, due: number): void {
    if (due === Number.POSITIVE_INFINITY) {
      this.remove(item)
      return
    }
    this.reserve(roomFor(item + 1, this.#place.length))
    let place = this.#placeOf(item)
    this.#due[item] = due
    if (place === ABSENT) {
      this.size++
      place = this.size
      this.#stand(item, place)
    }
    this.#sink(item, this.#rise(item, place))
  }

  remove(item: number): void {
    const place = this.#placeOf(item)
    if (place === ABSENT) return
    const last = this.#heap[this.size - 1] ?? 0
    this.#place[item] = ABSENT
    this.size--
    if (last === item) return
    this.#stand(last, place)
    this.#sink(last, this.#rise(last, place))
  }

  #rise(item: number, from: number): number {
    let place = from
    const due = this.#dueAt(item)
    while (place > 1) {
      const above = this.#heap[(place >> 1) - 1] ?? 0
      if (this.#dueAt(above) <= due) break
      this.#stand(above, place)
      place >>= 1
    }
    this.#stand(item, place)
    return place
  }

  #sink(item: number, from: number): void {
    let place = from
    const due = this.#dueAt(item)
    for (;;) {
      let below = place * 2
      if (below > this.size) break
      let child = this.#heap[below - 1] ?? 0
      const other = this.#heap[below] ?? 0
      if (below < this.size && this.#dueAt(other) < this.#dueAt(child)) {
        below++
        child = other
      }
      if (this.#dueAt(child) >= due) break
      this.#stand(child, place)
      place = below
    }
    this.#stand(item, place)
  }

  #stand(item: number, place: number): void {
    this.#heap[place - 1] = item
    this.#place[item] = place
  }

  #placeOf(item: number): number {
    return this.#place[item] ?? ABSENT
  }

  #dueAt(item: number): number {
    return this.#due[item] ?? 0
  }
}
