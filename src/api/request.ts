/**
 * From the texts of an HTTP request to an operation's input, or to the first thing wrong with it.
 *
 * Path and query hold text only, so numbers, truth values and lists are read by the field's own
 * schema; a JSON body is taken as it is. Unknown fields are refused by name.
 */
import { z } from 'zod'
import { DAY_MS } from '../base/units.ts'
import { operations, type Operation, type OperationName, type Parsed } from './contract.ts'
import { ApiError } from './error.ts'

/** The longest that anything signed lives: docs/spec/records.md. */
export const LIFETIME_LIMIT_DAYS = 366

/** @throws {ApiError} naming the first field that does not fit. */
export function parseInput<Name extends OperationName>(
  name: Name,
  input: unknown,
  nowMs: number,
): Parsed<Name> {
  const operation: Operation = operations[name]
  const result = operation.input.safeParse(input)
  if (!result.success) throw inputError(result.error)
  for (const field of operation.future ?? []) judgeTime(field, result.data[field], nowMs)
  // The table maps each name to its own schema, which TypeScript cannot see through the widening.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return result.data as Parsed<Name>
}

/** Values of a query string, each read as its field's schema wants it. */
export function readQuery(
  schema: z.ZodObject,
  query: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null)
  for (const [field, value] of Object.entries(query)) {
    const kind = Object.hasOwn(schema.shape, field) ? kindOf(schema.shape[field]) : undefined
    input[field] = typeof value === 'string' ? readText(value, kind) : value
  }
  return input
}

function readText(text: string, kind: string | undefined): unknown {
  if (kind === 'number' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (kind === 'array') return text.split(',')
  return text
}

/** The type under defaults and optionality, in zod's words. */
function kindOf(schema: unknown): string | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return kindOf(schema.unwrap())
  }
  return schema instanceof z.ZodType ? schema.def.type : undefined
}

function judgeTime(field: string, value: unknown, nowMs: number): void {
  if (typeof value !== 'string') return
  const aheadMs = Date.parse(value) - nowMs
  if (!(aheadMs > 0)) throw new ApiError({ code: 'api/time-past', field })
  if (aheadMs > LIFETIME_LIMIT_DAYS * DAY_MS) {
    throw new ApiError({ code: 'api/time-too-far', field, limitDays: LIFETIME_LIMIT_DAYS })
  }
}

const FIELD_LIMIT_CHARS = 64

function inputError(error: z.ZodError): ApiError {
  const issue = error.issues[0]
  if (issue === undefined) throw new Error('a failed check without an issue', { cause: error })
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const field = cut([...path, issue.keys[0] ?? ''].join('.'))
    return new ApiError({ code: 'api/field-unknown', field })
  }
  const field = path.length === 0 ? 'input' : cut(path.join('.'))
  const problem = issue.message.replace(/\.$/, '')
  return new ApiError({ code: 'api/input-invalid', field, problem })
}

/** A caller's own words are repeated to it only so far. */
function cut(text: string): string {
  return text.length > FIELD_LIMIT_CHARS ? `${text.slice(0, FIELD_LIMIT_CHARS)}…` : text
}
