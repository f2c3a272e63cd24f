import type { BadLine } from './csv.ts'

/** How many lines one message names; it says how many more there are. */
const NAMED_LINES_LIMIT = 10

/** Lines of a file that are not what they should be, by number. */
export class LinesError extends Error {
  override readonly name = 'LinesError'
  /** The first of them. */
  readonly line: number
  /** What is wrong with it, and with which others. */
  readonly reason: string

  constructor(first: BadLine, others: readonly BadLine[]) {
    const named = others
      .slice(0, NAMED_LINES_LIMIT - 1)
      .map(({ number, problem }) => `line ${number}: ${problem}`)
    const more = others.length - named.length
    const reason = [first.problem, ...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
    super(`line ${first.number}: ${reason}`)
    this.line = first.number
    this.reason = reason
  }
}
