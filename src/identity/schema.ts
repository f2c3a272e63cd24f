/**
 * Reading decoded bytes field by field: what is not in the schema is refused by its path.
 *
 * It knows shapes only, never what a field means. Specification: docs/spec/identity.md, I4.
 */
import { IdentityError } from './error.ts'

export type Fields = Readonly<Record<string, unknown>>

export function malformed(path: string): IdentityError {
  return new IdentityError({ code: 'identity/malformed', path })
}

/** A map with every required field and none that is neither required nor optional. */
export function parseFields(
  value: unknown,
  path: string,
  shape: { readonly required: readonly string[]; readonly optional: readonly string[] },
): Fields {
  const fields = parseMap(value, path)
  for (const name of shape.required) {
    if (!Object.hasOwn(fields, name)) throw malformed(`${path}.${name}`)
  }
  for (const name of Object.keys(fields)) {
    if (!shape.required.includes(name) && !shape.optional.includes(name)) {
      throw malformed(`${path}.${name}`)
    }
  }
  return fields
}

/** A map with whatever fields it has. */
export function parseMap(value: unknown, path: string): Fields {
  if (!isMap(value)) throw malformed(path)
  return value
}

function isMap(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export function parseArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(path)
  return value
}

export function parseBytes(value: unknown, path: string, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw malformed(path)
  return value
}

/** A whole number that every runtime holds exactly: 0 to 2^53 - 1. */
export function parseUint(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(path)
  return value
}

/** Text that fits `pattern`, which also bounds its length. */
export function parseText(value: unknown, path: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw malformed(path)
  return value
}
