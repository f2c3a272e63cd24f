/**
 * Which of many numbered things is due next: a binary heap that knows where each of them stands.
 *
 * Knows no clock. Setting, moving and removing cost O(log n), asking for the first O(1).
 */
import { PagedRecords } from './paged.ts'

const ABSENT = 0

/** Of each thing the moment, and where it stands in the heap, counted from 1 or {@link ABSENT}. */
const DUE = 0
const PLACE = 2
/** In the same record, of the place of that number: which thing stands there. */
const STANDING = 3

export class DueHeap {
  /** How many things wait. */
  size = 0
  readonly #records = new PagedRecords(2)

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
    return this.size === 0 ? undefined : this.#thingAt(1)
  }

  /** Lets a thing wait for `due`, instead of what it waited for; infinity takes it out. */
  set(item: number, due: number): void {
    if (due === Number.POSITIVE_INFINITY) {
      this.remove(item)
      return
    }
    let place = this.#placeOf(item)
    this.#records.setDouble(item, DUE, due)
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
    const last = this.#thingAt(this.size)
    this.#records.setInt(item, PLACE, ABSENT)
    this.size--
    if (last === item) return
    this.#stand(last, place)
    this.#sink(last, this.#rise(last, place))
  }

  #rise(item: number, from: number): number {
    let place = from
    const due = this.#dueAt(item)
    while (place > 1) {
      const above = this.#thingAt(place >> 1)
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
      let child = this.#thingAt(below)
      const other = this.#thingAt(below + 1)
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
    this.#records.setInt(place, STANDING, item)
    this.#records.setInt(item, PLACE, place)
  }

  #thingAt(place: number): number {
    return this.#records.int(place, STANDING)
  }

  #placeOf(item: number): number {
    return this.#records.int(item, PLACE)
  }

  #dueAt(item: number): number {
    return this.#records.double(item, DUE)
  }
}
