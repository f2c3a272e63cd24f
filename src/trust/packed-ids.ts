/**
 * Ids in hex as small numbers, and back: the bytes of each id side by side in pages, found by their
 * first bits through chains. What a text and a place in a map take for each is several times as much.
 * Record ids have 32 bytes; names of agents 16, and a beginning that all have in common.
 *
 * Each id has a _slot_ of its own, one whole number for whatever the caller keeps by the id. Knows
 * nothing of records.
 */
import type { RecordId } from '../records/record.ts'
import { PagedRecords } from './engine/paged.ts'

/** The next one of the chain, counted from 1; the slot; the words of the id, first digits first. */
const NEXT = 0
const SLOT = 1
const FIRST_WORD = 2
const WORDS_OF_RECORD_ID = 8

const HEX_DIGITS_OF_WORD = 8
const FIRST_CHAIN_BITS = 6
const WORD_BITS = 32
/** Chains are doubled when they have this many ids each, on average. */
const CHAIN_COUNT = 2
const HEX = '0123456789abcdef'
/** By the code of a character. */
const NO_DIGIT = 16
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = HEX.indexOf(String.fromCharCode(code))
  return digit < 0 ? NO_DIGIT : digit
})

export const NO_ID = -1

export class PackedIds {
  /** How many ids there are. */
  size = 0
  /** One more than the greatest number in use so far. */
  end = 0
  readonly #words: number
  readonly #beginning: string
  readonly #records: PagedRecords
  #chainBits = FIRST_CHAIN_BITS
  #heads = new Int32Array(2 ** FIRST_CHAIN_BITS)
  readonly #free: number[] = []
  /** The words of the id asked for last. */
  readonly #asked: Int32Array<ArrayBuffer>

  /** @param words  Of 4 bytes each. @param beginning  What stands before the digits of every id. */
  constructor(words = WORDS_OF_RECORD_ID, beginning = '') {
    this.#words = words
    this.#beginning = beginning
    this.#records = new PagedRecords(Math.ceil((FIRST_WORD + words) / 2))
    this.#asked = new Int32Array(words)
  }

  /** The number of an id, or {@link NO_ID}. @throws {RangeError} for a text that is no id. */
  numberOf(id: RecordId): number {
    this.#ask(id)
    return this.#find()
  }

  /** The number that an id of others has here, or {@link NO_ID}. */
  numberOfOther(others: PackedIds, number: number): number {
    for (let word = 0; word < this.#words; word++) {
      this.#asked[word] = others.#wordOf(number, word)
    }
    return this.#find()
  }

  /** The number of an id that is here from now on; numbers of ids that went are given out again. */
  take(id: RecordId): number {
    this.#ask(id)
    const known = this.#find()
    if (known !== NO_ID) return known
    const number = this.#free.pop() ?? this.end++
    for (let word = 0; word < this.#words; word++) {
      this.#records.setInt(number, FIRST_WORD + word, this.#asked[word] ?? 0)
    }
    this.#records.setInt(number, SLOT, 0)
    this.size++
    if (this.size > CHAIN_COUNT * this.#heads.length) this.#lengthen()
    else this.#link(number)
    return number
  }

  delete(number: number): void {
    const chain = this.#chainOf(number)
    const next = this.#records.int(number, NEXT)
    let at = (this.#heads[chain] ?? 0) - 1
    if (at === number) this.#heads[chain] = next
    else {
      while (this.#nextOf(at) !== number) at = this.#nextOf(at)
      this.#records.setInt(at, NEXT, next)
    }
    // In no chain: its own successor.
    this.#records.setInt(number, NEXT, number + 1)
    this.#free.push(number)
    this.size--
  }

  /** What the caller keeps by an id: 0 until it is set. */
  slot(number: number): number {
    return this.#records.int(number, SLOT)
  }

  setSlot(number: number, value: number): void {
    this.#records.setInt(number, SLOT, value)
  }

  /** The id as text. */
  id(number: number): RecordId {
    let text = this.#beginning
    for (let word = 0; word < this.#words; word++) {
      const value = this.#wordOf(number, word)
      for (let shift = WORD_BITS - 4; shift >= 0; shift -= 4) {
        text += HEX.charAt((value >>> shift) & 15)
      }
    }
    return text
  }

  /** The order of the texts. */
  compare(a: number, b: number): number {
    for (let word = 0; word < this.#words; word++) {
      const difference = (this.#wordOf(a, word) >>> 0) - (this.#wordOf(b, word) >>> 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** The hex digit at a place, 0 being the first. */
  digit(number: number, place: number): number {
    const word = this.#wordOf(number, place >>> 3)
    return (word >>> (WORD_BITS - 4 - 4 * (place & 7))) & 15
  }

  /** The first `digits` digits as one number; at most 7 of them. */
  prefix(number: number, digits: number): number {
    return digits === 0 ? 0 : this.#wordOf(number, 0) >>> (WORD_BITS - 4 * digits)
  }

  /** The numbers of all ids that begin with those digits, in any order. */
  beginningWith(prefix: number, digits: number): number[] {
    const found: number[] = []
    const bits = 4 * digits
    const spare = this.#chainBits - bits
    const begin = spare >= 0 ? prefix * 2 ** spare : prefix >>> -spare
    const end = spare >= 0 ? begin + 2 ** spare : begin + 1
    for (let chain = begin; chain < end; chain++) {
      for (let at = (this.#heads[chain] ?? 0) - 1; at >= 0; at = this.#nextOf(at)) {
        if (spare >= 0 || this.prefix(at, digits) === prefix) found.push(at)
      }
    }
    return found
  }

  /** Shows all numbers in use, in the order of memory. */
  each(visit: (number: number) => void): void {
    const isFree = new Set(this.#free)
    for (let number = 0; number < this.end; number++) if (!isFree.has(number)) visit(number)
  }

  /** Writes the bytes of an id. */
  copyInto(bytes: Uint8Array, offset: number, number: number): void {
    let at = offset
    for (let word = 0; word < this.#words; word++) {
      const value = this.#wordOf(number, word)
      bytes[at] = value >>> 24
      bytes[at + 1] = value >>> 16
      bytes[at + 2] = value >>> 8
      bytes[at + 3] = value
      at += 4
    }
  }

  #ask(id: RecordId): void {
    let at = this.#beginning.length
    let all = id.length === at + this.#words * HEX_DIGITS_OF_WORD ? 0 : NO_DIGIT
    for (let word = 0; word < this.#words; word++) {
      let value = 0
      for (let place = 0; place < HEX_DIGITS_OF_WORD; place++) {
        const digit = DIGITS[id.charCodeAt(at)] ?? NO_DIGIT
        all |= digit
        value = (value << 4) | digit
        at++
      }
      this.#asked[word] = value
    }
    if (all >= NO_DIGIT) {
      throw new RangeError(`an id has ${this.#words * HEX_DIGITS_OF_WORD} lower-case hex digits`)
    }
  }

  #wordOf(number: number, word: number): number {
    return this.#records.int(number, FIRST_WORD + word)
  }

  #find(): number {
    const asked = this.#asked
    const chain = (asked[0] ?? 0) >>> (WORD_BITS - this.#chainBits)
    for (let at = (this.#heads[chain] ?? 0) - 1; at >= 0; at = this.#nextOf(at)) {
      let word = 0
      while (word < this.#words && this.#wordOf(at, word) === asked[word]) word++
      if (word === this.#words) return at
    }
    return NO_ID
  }

  #link(number: number): void {
    const chain = this.#chainOf(number)
    this.#records.setInt(number, NEXT, this.#heads[chain] ?? 0)
    this.#heads[chain] = number + 1
  }

  /** Twice as many chains; all ids in the order of their numbers, which is that of memory. */
  #lengthen(): void {
    this.#chainBits++
    this.#heads = new Int32Array(2 ** this.#chainBits)
    this.each((number) => this.#link(number))
  }

  #chainOf(number: number): number {
    return this.#wordOf(number, 0) >>> (WORD_BITS - this.#chainBits)
  }

  /** The next one of a chain, or -1. */
  #nextOf(number: number): number {
    return this.#records.int(number, NEXT) - 1
  }
}
