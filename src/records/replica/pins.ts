/**
 * Pins: which admitted observations settle which promises.
 *
 * A promise that an admitted observation settles stays as long as that observation, whatever its
 * rank. The two find each other by their terms, in whatever order they come. Of the terms a hash is
 * kept, of 128 bits: two that agree in it are one.
 */
import { Column } from '../../base/columns.ts'
import { KeyTable } from '../../base/key-table.ts'
import type { Terms } from '../outline.ts'
import type { Entries } from './entries.ts'
import type { Entry } from './unit.ts'

const DIGEST_BYTES = 16

export class Pins {
  readonly #entries: Entries
  readonly #sha256: (bytes: Uint8Array) => Uint8Array
  readonly #digests: KeyTable
  /** How many records have these terms. */
  readonly #uses = Column.ofWords()
  /** How many admitted observations settle the promise of these terms. */
  readonly #counts = Column.ofWords()
  /** The admitted promise, counted from 1. */
  readonly #promises = Column.ofWords()

  constructor(entries: Entries, sha256: (bytes: Uint8Array) => Uint8Array, salt: number) {
    this.#entries = entries
    this.#sha256 = sha256
    this.#digests = new KeyTable(DIGEST_BYTES, salt)
  }

  /** Numbers for the terms of a record, each once; they mean the same until they are given back. */
  take(terms: readonly Terms[]): readonly number[] {
    const taken = new Set<number>()
    for (const each of terms)
      taken.add(this.#digests.add(this.#sha256(each).subarray(0, DIGEST_BYTES)))
    for (const term of taken) this.#uses.set(term, this.#uses.get(term) + 1)
    return [...taken]
  }

  giveBack(terms: readonly number[]): void {
    for (const term of terms) {
      const uses = this.#uses.get(term) - 1
      this.#uses.set(term, uses)
      if (uses === 0) this.#digests.delete(term)
    }
  }

  add(entry: Entry): void {
    const isPromise = this.#isPromise(entry)
    for (const term of this.#entries.termsOf(entry)) {
      if (isPromise) this.#promises.set(term, entry + 1)
      else this.#counts.set(term, this.#counts.get(term) + 1)
    }
  }

  /** What an observation pinned is added to `released`. */
  remove(entry: Entry, released: Set<number>): void {
    const isPromise = this.#isPromise(entry)
    for (const term of this.#entries.termsOf(entry)) {
      if (isPromise) {
        this.#promises.set(term, 0)
        continue
      }
      this.#counts.set(term, this.#counts.get(term) - 1)
      released.add(term)
    }
  }

  /** Whether an admitted observation keeps this promise. */
  holds(entry: Entry): boolean {
    return (
      this.#isPromise(entry) &&
      this.#entries.termsOf(entry).some((term) => this.#counts.get(term) > 0)
    )
  }

  /** Of the released terms, the promises that now nothing keeps, neither pin nor rank. */
  *unkept(released: Iterable<number>): Generator<Entry> {
    for (const term of released) {
      const promise = this.#promiseOf(term)
      if (promise !== undefined && this.#counts.get(term) === 0) yield promise
    }
  }

  /** The promises that nothing would keep if `leaving` left and `coming` came. */
  unkeptAfter(leaving: Entry, coming: Entry): readonly Entry[] {
    if (this.#entries.unitOf(leaving).type !== 'observation') return []
    const kept = new Set(this.#entries.termsOf(coming))
    return this.#entries.termsOf(leaving).flatMap((term) => {
      const promise = this.#promiseOf(term)
      const isLast = this.#counts.get(term) === 1 && !kept.has(term)
      return isLast && promise !== undefined ? [promise] : []
    })
  }

  /** The admitted promise of these terms, unless it is among the best anyway. */
  #promiseOf(term: number): Entry | undefined {
    const promise = this.#promises.get(term) - 1
    return promise < 0 || this.#entries.isRanked(promise) ? undefined : promise
  }

  #isPromise(entry: Entry): boolean {
    return this.#entries.unitOf(entry).type === 'promise'
  }
}
