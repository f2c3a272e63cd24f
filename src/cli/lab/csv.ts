/** Lines of comma-separated values, with quotes where a value has a comma or a quote of its own. */

export interface CsvLine {
  /** Counts from 1, as editors do. */
  readonly number: number
  readonly fields: readonly string[]
}

/** What is wrong with one line of a file, said for people. */
export interface BadLine {
  readonly number: number
  readonly problem: string
}

/** A value in quotes, in which a doubled quote is one; or a plain one up to the next comma. */
const FIELD = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y

/** The values of one line without surrounding space; `undefined` when its quotes do not match. */
export function splitFields(line: string): readonly string[] | undefined {
  const fields: string[] = []
  FIELD.lastIndex = 0
  for (;;) {
    const match = FIELD.exec(line)
    if (match === null) return undefined
    const [, quoted, plain = '', end] = match
    fields.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'))
    if (end === '') return fields
  }
}

/** Every line that says something: blank ones and those that begin with # do not. */
export function* csvLines(text: string): Generator<CsvLine | BadLine> {
  let number = 0
  for (const line of text.split('\n')) {
    number++
    const said = line.trim()
    if (said === '' || said.startsWith('#')) continue
    const fields = splitFields(said)
    yield fields === undefined ? { number, problem: 'its quotes do not match' } : { number, fields }
  }
}
