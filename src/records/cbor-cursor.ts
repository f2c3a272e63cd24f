/** Walks over canonical CBOR without building what it passes: for bytes that are known to be sound. */

export const BYTES = 2
export const TEXT = 3
export const ARRAY = 4
export const MAP = 5
const SIMPLE = 7

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const FIRST_LETTER = 'a'.charCodeAt(0)

/** The bytes are not what the walker was told. */
export class LostWay extends Error {
  override readonly name = 'LostWay'
}

/** Every method throws {@link LostWay} where something else stands. */
export class CborCursor {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get position(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** Another cursor over the same bytes. */
  from(position: number): CborCursor {
    return new CborCursor(this.#bytes, position)
  }

  expect(byte: number): this {
    if (this.#next() !== byte) throw new LostWay()
    return this
  }

  /** Steps over the name of a field: one letter. */
  field(letter: string): this {
    if (this.letter() !== letter) throw new LostWay()
    return this
  }

  /** A text of one character. */
  letter(): string {
    return LETTERS[this.expect((TEXT << 5) | 1).#next() - FIRST_LETTER] ?? ''
  }

  /** How many entries the array or map has whose head stands here. */
  count(major: typeof ARRAY | typeof MAP): number {
    return this.#head(major)
  }

  uint(): number {
    return this.#head(0)
  }

  /** A window of the bytes, not a copy. */
  bytes(length: number): Uint8Array {
    if (this.#head(BYTES) !== length) throw new LostWay()
    return this.#window(length)
  }

  /** Of ASCII characters. */
  text(): string {
    return this.#ascii(this.#head(TEXT))
  }

  /** The next item as it is spelled: a window of the bytes, not a copy. */
  item(): Uint8Array {
    const begin = this.#at
    this.skip()
    return this.#bytes.subarray(begin, this.#at)
  }

  skip(): void {
    for (let left = 1; left > 0; left--) {
      const head = this.#next()
      const major = head >> 5
      const argument = this.#argument(head & 31)
      if (major === BYTES || major === TEXT) this.#window(argument)
      else if (major === ARRAY) left += argument
      else if (major === MAP) left += 2 * argument
      else if (major !== SIMPLE && major > 1) throw new LostWay()
    }
  }

  #head(major: number): number {
    const head = this.#next()
    if (head >> 5 !== major) throw new LostWay()
    return this.#argument(head & 31)
  }

  #argument(short: number): number {
    if (short < 24) return short
    if (short > 27) throw new LostWay()
    let argument = 0
    for (let left = 1 << (short - 24); left > 0; left--) argument = argument * 256 + this.#next()
    return argument
  }

  #next(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new LostWay()
    this.#at++
    return byte
  }

  #window(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new LostWay()
    const window = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return window
  }

  #ascii(length: number): string {
    return String.fromCharCode(...this.#window(length))
  }
}
