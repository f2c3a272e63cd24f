/**
 * Columns that grow page by page, for what is counted in millions: no growth copies more than a page,
 * so that no single call takes long. Only the first page grows by doubling, for the small.
 */

const PAGE_SHIFT = 12
const PAGE_COUNT = 2 ** PAGE_SHIFT
const PAGE_MASK = PAGE_COUNT - 1
const LEAST_COUNT = 64
const DOUBLE_BYTES = 8

/**
 * Records of so many doubles, any of which may be used as two whole numbers below 2^31 instead:
 * number `i` of those lies in double `i >> 1`. All are 0 until they are set.
 */
export class PagedRecords {
  readonly #width: number
  readonly #doubles: Float64Array<ArrayBuffer>[] = []
  /** The same bytes. */
  readonly #ints: Int32Array<ArrayBuffer>[] = []

  constructor(doubles: number) {
    this.#width = doubles
  }

  double(record: number, field: number): number {
    return this.#doubles[record >>> PAGE_SHIFT]?.[(record & PAGE_MASK) * this.#width + field] ?? 0
  }

  int(record: number, field: number): number {
    return this.#ints[record >>> PAGE_SHIFT]?.[2 * (record & PAGE_MASK) * this.#width + field] ?? 0
  }

  setDouble(record: number, field: number, value: number): void {
    const at = (record & PAGE_MASK) * this.#width + field
    let page = this.#doubles[record >>> PAGE_SHIFT]
    if (page === undefined || at >= page.length) {
      this.#widen(record)
      page = this.#doubles[record >>> PAGE_SHIFT]
    }
    if (page !== undefined) page[at] = value
  }

  setInt(record: number, field: number, value: number): void {
    const at = 2 * (record & PAGE_MASK) * this.#width + field
    let page = this.#ints[record >>> PAGE_SHIFT]
    if (page === undefined || at >= page.length) {
      this.#widen(record)
      page = this.#ints[record >>> PAGE_SHIFT]
    }
    if (page !== undefined) page[at] = value
  }

  #widen(record: number): void {
    const number = record >>> PAGE_SHIFT
    while (this.#doubles.length <= number) this.#setPage(this.#doubles.length, 0)
    let count = PAGE_COUNT
    if (number === 0) for (count = LEAST_COUNT; count <= record;) count *= 2
    this.#setPage(number, count)
  }

  #setPage(number: number, count: number): void {
    const doubles = new Float64Array(new ArrayBuffer(count * this.#width * DOUBLE_BYTES))
    const before = this.#doubles[number]
    if (before !== undefined) doubles.set(before)
    this.#doubles[number] = doubles
    this.#ints[number] = new Int32Array(doubles.buffer)
  }
}
