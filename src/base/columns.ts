/**
 * Columns of numbers, one value for each row: a row takes as many bytes as its values, not an object.
 *
 * They grow by pages that are never moved, so that nothing is copied and little is held in reserve. A
 * row that nobody has written reads as 0.
 */

const PAGE_BITS = 12
const PAGE_ROWS = 2 ** PAGE_BITS
const IN_PAGE = PAGE_ROWS - 1

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array

export class Column {
  readonly #make: () => Numbers
  readonly #pages: (Numbers | undefined)[] = []

  private constructor(make: () => Numbers) {
    this.#make = make
  }

  static ofBytes(): Column {
    return new Column(() => new Uint8Array(PAGE_ROWS))
  }

  static ofShorts(): Column {
    return new Column(() => new Uint16Array(PAGE_ROWS))
  }

  /** Unsigned, 32 bits. */
  static ofWords(): Column {
    return new Column(() => new Uint32Array(PAGE_ROWS))
  }

  /** Any number. */
  static ofDoubles(): Column {
    return new Column(() => new Float64Array(PAGE_ROWS))
  }

  get(row: number): number {
    return this.#pages[row >>> PAGE_BITS]?.[row & IN_PAGE] ?? 0
  }

  set(row: number, value: number): void {
    const page = (this.#pages[row >>> PAGE_BITS] ??= this.#make())
    page[row & IN_PAGE] = value
  }
}
