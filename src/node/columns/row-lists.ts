/**
 * Rows in lists, in the order in which they came: each row is in one list at most, or in none. Eight
 * bytes a row and twelve a list; a row leaves without a search.
 */
import { Column } from '../../base/columns.ts'

export class RowLists {
  /** Rows and their neighbours, counted from 1; 0 is none. */
  readonly #next = Column.ofWords()
  readonly #before = Column.ofWords()
  readonly #first = Column.ofWords()
  readonly #last = Column.ofWords()
  readonly #counts = Column.ofWords()

  countOf(list: number): number {
    return this.#counts.get(list)
  }

  /** Puts a row that is in no list at the end of one. */
  append(list: number, row: number): void {
    const last = this.#last.get(list)
    this.#before.set(row, last)
    this.#next.set(row, 0)
    if (last === 0) this.#first.set(list, row + 1)
    else this.#next.set(last - 1, row + 1)
    this.#last.set(list, row + 1)
    this.#counts.set(list, this.#counts.get(list) + 1)
  }

  /** Takes a row out of the list that it is in. */
  remove(list: number, row: number): void {
    const before = this.#before.get(row)
    const next = this.#next.get(row)
    if (before === 0) this.#first.set(list, next)
    else this.#next.set(before - 1, next)
    if (next === 0) this.#last.set(list, before)
    else this.#before.set(next - 1, before)
    this.#counts.set(list, this.#counts.get(list) - 1)
  }

  /** The rows of a list as they are now. */
  rowsOf(list: number): number[] {
    const rows: number[] = []
    for (let row = this.#first.get(list); row > 0; row = this.#next.get(row - 1)) rows.push(row - 1)
    return rows
  }
}
