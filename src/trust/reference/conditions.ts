/**
 * Under which conditions an observation was made, as a key to group by.
 *
 * Two keys are equal exactly when the reference groups the conditions together: the order of the keys
 * does not matter at the top and does inside; true, 1, 1.0 and "1" differ; none is like empty.
 * Specification: docs/spec/pdr.md, P6.
 */
import { JsonNumber } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'

export function conditionsKey(conditions: JsonObject | undefined): string {
  const fields = [...(conditions ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return spelled(new Map(fields))
}

function spelled(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof JsonNumber) return spelledNumber(value)
  if (value instanceof Map) {
    return `{${[...value].map(([key, own]) => `${JSON.stringify(key)}:${spelled(own)}`).join(',')}}`
  }
  return isList(value) ? `[${value.map(spelled).join(',')}]` : ''
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** Whole numbers by their value, which may be of any length; others by the double they come to. */
function spelledNumber({ source, isFloat }: JsonNumber): string {
  if (!isFloat) return BigInt(source).toString()
  const value = Number(source)
  return `float ${Object.is(value, -0) ? '-0' : value}`
}
