/**
 * One pass over canonical DAG-CBOR of the common kinds: safe integers, byte strings, text, booleans,
 * null, arrays, and maps with their keys in order.
 *
 * Every record of the network passes here, on the main thread. What this reader takes has exactly
 * one spelling and this is it, so nothing need be encoded again. It never refuses: what is anything
 * else (a float, a link, a large integer, a fault) is {@link UNUSUAL}, and the thorough way of
 * `cbor.ts` decides. Source: ipld.io/specs/codecs/dag-cbor, "Strictness".
 */
import { CBOR_DEPTH_LIMIT } from './cbor-depth.ts'

/** Nothing that this reader knows, sound or not. */
export const UNUSUAL = Symbol('unusual')

const MAJOR_UINT = 0
const MAJOR_NEGATIVE = 1
const MAJOR_BYTES = 2
const MAJOR_TEXT = 3
const MAJOR_ARRAY = 4
const MAJOR_MAP = 5
const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6

/** Texts up to this length are read in a loop when they are ASCII: the decoder costs more to call. */
const SHORT_TEXT_BYTES = 24
/** Byte strings up to this length are copied in a loop: a view for `set` costs more. */
const SHORT_BYTES = 64

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value that all of `bytes` spell, or {@link UNUSUAL}. It shares no memory with `bytes`. */
export function readCommonCbor(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  return reader.isAtEnd ? value : UNUSUAL
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #length: number
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#length = bytes.length
  }

  get isAtEnd(): boolean {
    return this.#at === this.#length
  }

  /** @param depth  arrays and maps around the value. */
  value(depth: number): unknown {
    const head = this.#bytes[this.#at] ?? 0xff
    const major = head >> 5
    if (major > MAJOR_MAP) return this.#simple(head)
    const argument = this.#argument(head & 31)
    if (argument < 0) return UNUSUAL
    switch (major) {
      case MAJOR_UINT:
        return argument
      case MAJOR_NEGATIVE:
        return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : UNUSUAL
      case MAJOR_BYTES:
        return this.#byteString(argument)
      case MAJOR_TEXT:
        return this.#text(argument)
      case MAJOR_ARRAY:
        return depth < CBOR_DEPTH_LIMIT ? this.#array(argument, depth + 1) : UNUSUAL
      default:
        return depth < CBOR_DEPTH_LIMIT ? this.#map(argument, depth + 1) : UNUSUAL
    }
  }

  #simple(head: number): unknown {
    this.#at++
    if (head === TRUE) return true
    if (head === FALSE) return false
    return head === NULL ? null : UNUSUAL
  }

  /** The number in and after a header in its shortest spelling, or -1. Moves past it. */
  #argument(short: number): number {
    const bytes = this.#bytes
    const at = this.#at
    if (short < 24) {
      this.#at = at + 1
      return short
    }
    if (short > 27) return -1
    const width = 1 << (short - 24)
    if (at + width >= this.#length) return -1
    this.#at = at + 1 + width
    let argument = bytes[at + 1] ?? 0
    for (let next = 2; next <= width; next++) argument = argument * 256 + (bytes[at + next] ?? 0)
    if (width === 1) return argument >= 24 ? argument : -1
    if (width === 2) return argument >= 2 ** 8 ? argument : -1
    if (width === 4) return argument >= 2 ** 16 ? argument : -1
    return argument >= 2 ** 32 && argument <= Number.MAX_SAFE_INTEGER ? argument : -1
  }

  #byteString(length: number): Uint8Array | typeof UNUSUAL {
    const from = this.#at
    const to = from + length
    if (to > this.#length) return UNUSUAL
    this.#at = to
    const copy = new Uint8Array(length)
    if (length > SHORT_BYTES) copy.set(this.#bytes.subarray(from, to))
    else for (let at = 0; at < length; at++) copy[at] = this.#bytes[from + at] ?? 0
    return copy
  }

  #text(length: number): string | typeof UNUSUAL {
    const bytes = this.#bytes
    const from = this.#at
    const to = from + length
    if (to > this.#length) return UNUSUAL
    this.#at = to
    if (length <= SHORT_TEXT_BYTES) {
      let text = ''
      let at = from
      for (; at < to; at++) {
        const byte = bytes[at] ?? 0
        if (byte > 0x7f) break
        text += String.fromCharCode(byte)
      }
      if (at === to) return text
    }
    // A text that begins with a byte order mark is for `cbor.ts` to refuse.
    if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) return UNUSUAL
    try {
      return utf8.decode(bytes.subarray(from, to))
    } catch {
      return UNUSUAL // no UTF-8
    }
  }

  #array(count: number, depth: number): unknown {
    const items: unknown[] = []
    for (let each = 0; each < count; each++) {
      const item = this.value(depth)
      if (item === UNUSUAL) return UNUSUAL
      items.push(item)
    }
    return items
  }

  #map(count: number, depth: number): unknown {
    const bytes = this.#bytes
    const map: Record<string, unknown> = {}
    let lastFrom = 0
    let lastTo = -1
    for (let each = 0; each < count; each++) {
      const head = bytes[this.#at] ?? 0xff
      if (head >> 5 !== MAJOR_TEXT) return UNUSUAL
      const length = this.#argument(head & 31)
      if (length < 0) return UNUSUAL
      const from = this.#at
      const key = this.#text(length)
      if (key === UNUSUAL || isTrap(key)) return UNUSUAL
      // Shorter keys first, then by their bytes; none twice.
      if (lastTo >= 0 && !this.#isBefore(lastFrom, lastTo, from, from + length)) return UNUSUAL
      lastFrom = from
      lastTo = from + length
      const value = this.value(depth)
      if (value === UNUSUAL) return UNUSUAL
      map[key] = value
    }
    return map
  }

  #isBefore(from: number, to: number, nextFrom: number, nextTo: number): boolean {
    const length = to - from
    const nextLength = nextTo - nextFrom
    if (length !== nextLength) return length < nextLength
    for (let at = 0; at < length; at++) {
      const difference = (this.#bytes[from + at] ?? 0) - (this.#bytes[nextFrom + at] ?? 0)
      if (difference !== 0) return difference < 0
    }
    return false
  }
}

/** Keys that mean something to JavaScript (`__proto__`) or to the library (`/`: a link). */
function isTrap(key: string): boolean {
  return key === '/' || key === '__proto__'
}
