/** From words on a command line to the inputs of operations, checked before anything is sent. */
import type { Input, OperationName, Parsed } from '../api/contract.ts'
import { parseInput } from '../api/request.ts'
import type { Work } from '../api/schema.ts'
import { CliError } from './error.ts'

/** The input as the contract wants it. @throws {ApiError} as the node would answer. */
export function checked<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  nowMs: number,
): Parsed<Name> {
  return parseInput(name, input, nowMs)
}

/** A plain decimal number. */
export function parseNumber(text: string, option: string): number {
  if (!/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) {
    throw new CliError({ code: 'cli/usage', problem: `${option}: "${text}" is no number` })
  }
  return Number(text)
}

/** Work given as a number or as items, never as both. */
export function parseWork(
  count: string | undefined,
  items: readonly string[],
  options: { readonly count: string; readonly item: string },
): Work | undefined {
  if (count !== undefined && items.length > 0) {
    const problem = `${options.count} and ${options.item} exclude each other`
    throw new CliError({ code: 'cli/usage', problem })
  }
  if (count !== undefined) return parseNumber(count, options.count)
  return items.length > 0 ? [...items] : undefined
}

/** The same object without what was not given, as `exactOptionalPropertyTypes` wants it. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  // Only entries without a value were dropped.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(present) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> }
}
