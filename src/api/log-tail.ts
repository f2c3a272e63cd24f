/** The latest lines of the log, kept for whoever looks at the node from outside its terminal. */
import { LOG_TAIL_LIMIT, type LogLine } from './operations/logs.ts'

export class LogTail {
  readonly #lines: LogLine[] = []

  /** What is secret has been blanked before. */
  keep(line: LogLine): void {
    this.#lines.push(line)
    if (this.#lines.length > 2 * LOG_TAIL_LIMIT) {
      this.#lines.splice(0, this.#lines.length - LOG_TAIL_LIMIT)
    }
  }

  latest(count: number): readonly LogLine[] {
    return this.#lines.slice(-count)
  }
}
