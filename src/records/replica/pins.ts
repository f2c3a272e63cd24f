/**
 * Pins: which admitted observations settle which promises.
 *
 * A promise that an admitted observation settles stays as long as that observation, whatever its
 * rank. The two find each other by their terms, in whatever order they come.
 */
import type { Terms } from '../settle.ts'
import type { Entry } from './unit.ts'

export class Pins {
  /** How many admitted observations settle the promise of these terms. */
  readonly #counts = new Map<Terms, number>()
  /** The admitted promises. */
  readonly #promises = new Map<Terms, Entry>()

  add(entry: Entry): void {
    for (const each of entry.terms) {
      if (entry.unit.type === 'promise') this.#promises.set(each, entry)
      else this.#counts.set(each, (this.#counts.get(each) ?? 0) + 1)
    }
  }

  /** What an observation pinned is added to `released`. */
  remove({ unit, terms }: Entry, released: Set<Terms>): void {
    for (const each of terms) {
      if (unit.type === 'promise') {
        this.#promises.delete(each)
        continue
      }
      const others = (this.#counts.get(each) ?? 0) - 1
      if (others > 0) this.#counts.set(each, others)
      else this.#counts.delete(each)
      released.add(each)
    }
  }

  /** Whether an admitted observation keeps this promise. */
  holds({ unit, terms }: Entry): boolean {
    return unit.type === 'promise' && terms.some((each) => this.#counts.has(each))
  }

  /** Of the released terms, the promises that now nothing keeps, neither pin nor rank. */
  *unkept(released: Iterable<Terms>): Generator<Entry> {
    for (const each of released) {
      const promise = this.#promises.get(each)
      if (promise !== undefined && !promise.ranked && !this.#counts.has(each)) yield promise
    }
  }

  /** The promises that nothing would keep if `leaving` left and `coming` came. */
  unkeptAfter(leaving: Entry, coming: Entry): readonly Entry[] {
    if (leaving.unit.type !== 'observation') return []
    const kept = new Set(coming.terms)
    return leaving.terms.flatMap((each) => {
      const promise = this.#promises.get(each)
      const isLast = this.#counts.get(each) === 1 && !kept.has(each)
      return isLast && promise !== undefined && !promise.ranked ? [promise] : []
    })
  }
}
