/**
 * `store.json`: what is known of the store when its database cannot be opened.
 *
 * It stands beside the database and says the same of it as the database does of itself, so that the
 * loss of either is noticed: a database is only ever made where there is no such file.
 * Specification: docs/spec/store.md, "store.json".
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { NETWORK_NAME } from '../crypto/domain.ts'
import { writeDurably } from './durable-file.ts'
import { StoreError, storeErrorOf } from './error.ts'

/** The layout of the file and of the home around it. */
export const FORMAT = 1

const Description = z.strictObject({
  format: z.literal(FORMAT),
  /** Random, 32 hex digits; new for each new store. */
  storeId: z.string().regex(/^[0-9a-f]{32}$/),
  network: z.string().regex(NETWORK_NAME),
  schema: z.int().min(1),
  created: z.iso.datetime(),
  /** The next arrival number at the last orderly end: the database was there already. */
  arrivals: z.int().min(1),
})
export type Description = Readonly<z.infer<typeof Description>>

const Versioned = z.object({ format: z.int() })

/**
 * The description, or `undefined` when there is no such file.
 *
 * @throws {StoreError} `store/corrupt`, `store/newer`, `store/io`.
 */
export async function readDescription(path: string): Promise<Description | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw storeErrorOf(error, path)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new StoreError({ code: 'store/corrupt', path, reason: 'it is not JSON' }, { cause })
  }
  const found = Versioned.safeParse(value).data?.format
  if (found !== undefined && found > FORMAT) {
    throw new StoreError({ code: 'store/newer', found, known: FORMAT })
  }
  const parsed = Description.safeParse(value)
  if (parsed.success) return parsed.data
  const reason = z.prettifyError(parsed.error).replaceAll('\n', ' ')
  throw new StoreError({ code: 'store/corrupt', path, reason })
}

/** The file's one line. */
export function descriptionText(description: Description): string {
  return JSON.stringify(description)
}

export async function writeDescription(path: string, description: Description): Promise<void> {
  try {
    await writeDurably(path, `${descriptionText(description)}\n`)
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}
