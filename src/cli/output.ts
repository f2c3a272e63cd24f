/** What commands print: data on standard output, everything else on standard error, all escaped. */
import { visibleJson, visibleText } from '../base/visible.ts'

/** The version of the JSON envelope. */
export const JSON_VERSION = 1

export interface Streams {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export class Output {
  readonly isJson: boolean
  readonly #streams: Streams

  constructor(streams: Streams, isJson: boolean) {
    this.#streams = streams
    this.isJson = isJson
  }

  /** A command's answer: `{"v":1,"data":…}` with `--json`, lines for people otherwise. */
  answer(data: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.#streams.out(`${visibleJson({ v: JSON_VERSION, data })}\n`)
    else for (const line of lines()) this.line(line)
  }

  /** One JSON value on a line of its own, for streams. */
  json(value: unknown): void {
    this.#streams.out(`${visibleJson(value)}\n`)
  }

  /** One line of data. */
  line(text: string): void {
    this.#streams.out(`${visibleText(text)}\n`)
  }

  /** One line for the person, beside the data. */
  note(text: string): void {
    this.#streams.err(`${visibleText(text)}\n`)
  }

  /** An error: its sentence, its code, and where to read on. */
  error(code: string, sentence: string): void {
    if (this.isJson) {
      this.#streams.err(`${visibleJson({ v: JSON_VERSION, error: { code, message: sentence } })}\n`)
    } else {
      this.note(`aip-node: ${sentence} [${code}]`)
    }
  }
}
