/**
 * The latest time among those that count, while they come, change and go: a heap, latest first, that
 * knows where each of them stands.
 *
 * Those are numbers of the caller's, which also keeps the column of their places: one for all heaps,
 * as each number is in one of them at most.
 */
import type { PagedRecords } from './paged.ts'

/** Which number of a record in the column is the place: counted from 1, and 0 for in no heap. */
const PLACE = 0

export class LatestOf {
  readonly #numbers: number[] = []
  readonly #times: number[] = []

  /** Says that a number which is in no heap counts here. */
  enter(number: number, atMs: number, places: PagedRecords): void {
    this.#numbers.push(number)
    this.#times.push(atMs)
    this.#rise(number, atMs, this.#numbers.length, places)
  }

  /** Says that it counts no more. */
  leave(number: number, places: PagedRecords): void {
    const place = places.int(number, PLACE)
    const last = this.#numbers.pop()
    const atMs = this.#times.pop()
    places.setInt(number, PLACE, 0)
    if (last === undefined || atMs === undefined || last === number) return
    const other = this.#timeAt(place >> 1)
    if (place > 1 && other < atMs) this.#rise(last, atMs, place, places)
    else this.#sink(last, atMs, place, places)
  }

  /** `undefined` when nothing counts. */
  latestMs(): number | undefined {
    return this.#times[0]
  }

  #rise(number: number, atMs: number, from: number, places: PagedRecords): void {
    let place = from
    while (place > 1 && this.#timeAt(place >> 1) < atMs) {
      this.#move(place >> 1, place, places)
      place >>= 1
    }
    this.#stand(number, atMs, place, places)
  }

  #sink(number: number, atMs: number, from: number, places: PagedRecords): void {
    let place = from
    for (;;) {
      let below = 2 * place
      if (below > this.#numbers.length) break
      if (below < this.#numbers.length && this.#timeAt(below + 1) > this.#timeAt(below)) below++
      if (this.#timeAt(below) <= atMs) break
      this.#move(below, place, places)
      place = below
    }
    this.#stand(number, atMs, place, places)
  }

  #move(from: number, to: number, places: PagedRecords): void {
    this.#stand(this.#numbers[from - 1] ?? 0, this.#timeAt(from), to, places)
  }

  #stand(number: number, atMs: number, place: number, places: PagedRecords): void {
    this.#numbers[place - 1] = number
    this.#times[place - 1] = atMs
    places.setInt(number, PLACE, place)
  }

  #timeAt(place: number): number {
    return this.#times[place - 1] ?? 0
  }
}
