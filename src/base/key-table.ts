/**
 * Byte strings of one length, ids and names, as small numbers: the bytes lie side by side in pages and
 * are found by an open-addressing hash. A text in a map takes several times as much.
 *
 * Numbers are given out from 0 on; those of keys that left are given out again. Authors choose their
 * ids to some degree, so whoever fears crowding hands in a `salt` that they do not know.
 */
import { toHex } from './bytes.ts'

/** What {@link KeyTable.find} says of a key that is not there. */
export const NO_KEY = -1

const WORD_BYTES = 4
const DIGITS_OF_WORD = 2 * WORD_BYTES
const PAGE_BITS = 12
const PAGE_KEYS = 2 ** PAGE_BITS
const IN_PAGE = PAGE_KEYS - 1
const FIRST_SLOTS = 64
/** Slots are doubled when more than so many eighths are taken. */
const FULL_EIGHTHS = 6

const BAD_DIGIT = 255
/** By the code of a character. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code))
  return digit < 0 ? BAD_DIGIT : digit
})

export class KeyTable {
  readonly #width: number
  readonly #words: number
  readonly #salt: number
  readonly #pages: Uint32Array[] = []
  /** Numbers, counted from 1; 0 is empty. */
  #slots = new Uint32Array(FIRST_SLOTS)
  readonly #free: number[] = []
  readonly #asked: Uint32Array
  #size = 0
  #end = 0

  /** @param width  Bytes of each key: a multiple of 4. */
  constructor(width: number, salt = 0) {
    this.#width = width
    this.#words = width / WORD_BYTES
    this.#salt = salt
    this.#asked = new Uint32Array(this.#words)
  }

  get size(): number {
    return this.#size
  }

  /** All numbers in use are below it. */
  get end(): number {
    return this.#end
  }

  /** The number of a key, or {@link NO_KEY}. @throws {RangeError} for a key of another length. */
  find(key: Uint8Array): number {
    this.#ask(key)
    return this.#found(this.#slotOfAsked())
  }

  /** The same for a key in lower-case hex, which may stand behind a prefix of `from` characters. */
  findHex(text: string, from = 0): number {
    this.#askHex(text, from)
    return this.#found(this.#slotOfAsked())
  }

  /** The number of a key that is there from now on. */
  add(key: Uint8Array): number {
    this.#ask(key)
    return this.#taken()
  }

  addHex(text: string, from = 0): number {
    this.#askHex(text, from)
    return this.#taken()
  }

  /** Takes out the key of a number that is in use. */
  delete(number: number): void {
    this.#load(number)
    const mask = this.#slots.length - 1
    let gap = this.#slotOfAsked()
    if (this.#found(gap) !== number) throw new RangeError(`no key has the number ${number}`)
    // What stands behind moves up, so that no search ends too early.
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const other = (this.#slots[at] ?? 0) - 1
      if (other < 0) break
      const home = this.#homeOf(other)
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      this.#slots[gap] = other + 1
      gap = at
    }
    this.#slots[gap] = 0
    this.#free.push(number)
    this.#size--
  }

  /** Copies the bytes of a number in use. */
  bytesOf(number: number): Uint8Array {
    const bytes = new Uint8Array(this.#width)
    const page = this.#pages[number >>> PAGE_BITS]
    const from = (number & IN_PAGE) * this.#words
    for (let word = 0; word < this.#words; word++) {
      const value = page?.[from + word] ?? 0
      bytes[4 * word] = value >>> 24
      bytes[4 * word + 1] = value >>> 16
      bytes[4 * word + 2] = value >>> 8
      bytes[4 * word + 3] = value
    }
    return bytes
  }

  /** The bytes of a number in use, in lower-case hex. */
  hexOf(number: number): string {
    return toHex(this.bytesOf(number))
  }

  /** The first 32 bits of a key. */
  headOf(number: number): number {
    return this.#pages[number >>> PAGE_BITS]?.[(number & IN_PAGE) * this.#words] ?? 0
  }

  /** Negative when the key of `a` comes before that of `b`, by its bytes from the left. */
  compare(a: number, b: number): number {
    const [one, other] = [this.#pages[a >>> PAGE_BITS], this.#pages[b >>> PAGE_BITS]]
    const [from, to] = [(a & IN_PAGE) * this.#words, (b & IN_PAGE) * this.#words]
    for (let word = 0; word < this.#words; word++) {
      const difference = (one?.[from + word] ?? 0) - (other?.[to + word] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  #ask(key: Uint8Array): void {
    if (key.length !== this.#width) throw new RangeError(`a key has ${this.#width} bytes`)
    for (let word = 0; word < this.#words; word++) {
      const at = WORD_BYTES * word
      this.#asked[word] =
        ((key[at] ?? 0) << 24) |
        ((key[at + 1] ?? 0) << 16) |
        ((key[at + 2] ?? 0) << 8) |
        (key[at + 3] ?? 0)
    }
  }

  #askHex(text: string, from: number): void {
    if (text.length !== from + 2 * this.#width) {
      throw new RangeError(`a key has ${2 * this.#width} digits`)
    }
    for (let word = 0; word < this.#words; word++) {
      let value = 0
      const begin = from + DIGITS_OF_WORD * word
      for (let at = begin; at < begin + DIGITS_OF_WORD; at++) {
        const digit = DIGITS[text.charCodeAt(at)] ?? BAD_DIGIT
        if (digit === BAD_DIGIT) throw new RangeError('a key is lower-case hex')
        value = (value << 4) | digit
      }
      this.#asked[word] = value
    }
  }

  #load(number: number): void {
    const page = this.#pages[number >>> PAGE_BITS]
    const from = (number & IN_PAGE) * this.#words
    for (let word = 0; word < this.#words; word++) this.#asked[word] = page?.[from + word] ?? 0
  }

  #taken(): number {
    let slot = this.#slotOfAsked()
    const known = this.#found(slot)
    if (known !== NO_KEY) return known
    if (8 * (this.#size + 1) > FULL_EIGHTHS * this.#slots.length) {
      this.#double()
      slot = this.#slotOfAsked()
    }
    const number = this.#free.pop() ?? this.#end++
    const at = number >>> PAGE_BITS
    if (at === this.#pages.length) this.#pages.push(new Uint32Array(PAGE_KEYS * this.#words))
    this.#pages[at]?.set(this.#asked, (number & IN_PAGE) * this.#words)
    this.#slots[slot] = number + 1
    this.#size++
    return number
  }

  #found(slot: number): number {
    return (this.#slots[slot] ?? 0) - 1
  }

  /** Where the asked key is, or would go. */
  #slotOfAsked(): number {
    const mask = this.#slots.length - 1
    for (
      let slot = mixed(this.#asked, 0, this.#words, this.#salt) & mask;
      ;
      slot = (slot + 1) & mask
    ) {
      const number = this.#found(slot)
      if (number === NO_KEY || this.#isAsked(number)) return slot
    }
  }

  #isAsked(number: number): boolean {
    const page = this.#pages[number >>> PAGE_BITS]
    const from = (number & IN_PAGE) * this.#words
    for (let word = 0; word < this.#words; word++) {
      if (page?.[from + word] !== this.#asked[word]) return false
    }
    return true
  }

  #homeOf(number: number): number {
    const page = this.#pages[number >>> PAGE_BITS]
    const from = (number & IN_PAGE) * this.#words
    const hash = page === undefined ? 0 : mixed(page, from, this.#words, this.#salt)
    return hash & (this.#slots.length - 1)
  }

  #double(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    const mask = this.#slots.length - 1
    for (const taken of before) {
      if (taken === 0) continue
      let slot = this.#homeOf(taken - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = taken
    }
  }
}

/** Source: the mixing steps of MurmurHash3 (32 bits). */
function mixed(words: Uint32Array, from: number, count: number, salt: number): number {
  let hash = salt | 0
  for (let at = from; at < from + count; at++) {
    let word = Math.imul(words[at] ?? 0, 0xcc9e2d51)
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593)
    hash ^= word
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
