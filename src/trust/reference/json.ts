/**
 * JSON as the reference's language holds it: 1 and 1.0 differ, whole numbers have any length, and an
 * object keeps the order in which its keys were written.
 *
 * `JSON.parse` loses all three, so it only judges whether the text is JSON; the values are read from
 * the text itself. Specification: docs/spec/pdr.md, P3.
 */

/** A number by its text. */
export class JsonNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  /** Written with a fraction or an exponent, so not a whole number of any length. */
  get isFloat(): boolean {
    return /[.eE]/.test(this.source)
  }
}

export type JsonObject = ReadonlyMap<string, JsonValue>
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject

/** How deep arrays and objects may lie in each other. */
export const JSON_DEPTH_LIMIT = 64

const TOKEN = /[\s,:]*("[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^\s,:[\]{}"]+)/y

/**
 * @throws {SyntaxError} when `text` is not JSON.
 * @throws {RangeError} when it is nested deeper than {@link JSON_DEPTH_LIMIT}.
 */
export function parseJson(text: string): JsonValue {
  JSON.parse(text)
  const pattern = new RegExp(TOKEN)
  const next = (): string => {
    const token = pattern.exec(text)?.[1]
    if (token === undefined) throw new SyntaxError('the text ends too early')
    return token
  }
  const read = (token: string, depth: number): JsonValue => {
    if (token.startsWith('"')) return textOf(token)
    if (token !== '[' && token !== '{') return scalarOf(token)
    if (depth >= JSON_DEPTH_LIMIT) throw new RangeError('it is nested too deep')
    if (token === '[') {
      const items: JsonValue[] = []
      for (let inner = next(); inner !== ']'; inner = next()) items.push(read(inner, depth + 1))
      return items
    }
    // A key that is given twice keeps its place and takes the later value.
    const fields = new Map<string, JsonValue>()
    for (let key = next(); key !== '}'; key = next()) {
      fields.set(textOf(key), read(next(), depth + 1))
    }
    return fields
  }
  return read(next(), 0)
}

function textOf(token: string): string {
  return String(JSON.parse(token))
}

function scalarOf(token: string): JsonValue {
  switch (token) {
    case 'null':
      return null
    case 'true':
      return true
    case 'false':
      return false
    default:
      return new JsonNumber(token)
  }
}
