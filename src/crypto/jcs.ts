/**
 * JSON in its one canonical spelling: sorted names, ECMAScript numbers, no white space.
 *
 * For formats of others that sign JSON; what is ours is canonical CBOR. Source: RFC 8785 (JCS).
 */
import canonicalize from 'canonicalize'

/** A JSON object as `JSON.parse` makes it. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The canonical text of a value that `JSON.parse` could have made.
 *
 * @throws {Error} for text with half a surrogate pair, which RFC 8785 refuses, and for what is no
 *   JSON: the caller checks what comes from outside before.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new RangeError('the value is no JSON')
  return text
}

/** Whether two values are one in canonical JSON. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

/**
 * The value of a JSON text in which no object names a field twice and no text holds half a surrogate
 * pair: where one reader would take the first of two fields and another the last, a signature means
 * nothing. Source: RFC 7493 (I-JSON), sections 2.1 and 2.3, which RFC 8785 builds on.
 *
 * @throws {SyntaxError}
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (countNames(value) !== countWrittenNames(text)) {
    throw new SyntaxError('a name stands twice in one object')
  }
  try {
    canonicalJson(value)
  } catch (cause) {
    throw new SyntaxError('a text holds half a surrogate pair', { cause })
  }
  return value
}

/** The names in a text that `JSON.parse` takes: each is a string before a colon. */
function countWrittenNames(text: string): number {
  let count = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) count++
  }
  return count
}

function countNames(value: unknown): number {
  const waiting = [value]
  let count = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const inner: unknown[] = Object.values(next)
    if (!Array.isArray(next)) count += inner.length
    for (const each of inner) waiting.push(each)
  }
  return count
}
