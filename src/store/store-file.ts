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
import { FIRST_GENERATION } from './generation.ts'

/** The layout of the file and of the home around it. */
export const FORMAT = 1
/** One with a generation, which a node that knows none must not take for the first. */
const FORMAT_WITH_GENERATION = 2

const Description = z.strictObject({
  format: z.union([z.literal(FORMAT), z.literal(FORMAT_WITH_GENERATION)]),
  /** Random, 32 hex digits; new for each new store. */
  storeId: z.string().regex(/^[0-9a-f]{32}$/),
  network: z.string().regex(NETWORK_NAME),
  schema: z.int().min(1),
  created: z.iso.datetime(),
  /** The next arrival number at the last orderly end: the database was there already. */
  arrivals: z.int().min(1),
  /** Which directory the database is in: `store` for the first, then `store-2` and so on. */
  generation: z.int().min(FIRST_GENERATION).default(FIRST_GENERATION),
})
export type Description = Readonly<Omit<z.infer<typeof Description>, 'format'>>

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
  if (found !== undefined && found > FORMAT_WITH_GENERATION) {
    throw new StoreError({ code: 'store/newer', found, known: FORMAT_WITH_GENERATION })
  }
  const parsed = Description.safeParse(value)
  if (parsed.success) {
    const { format: _, ...description } = parsed.data
    return description
  }
  const reason = z.prettifyError(parsed.error).replaceAll('\n', ' ')
  throw new StoreError({ code: 'store/corrupt', path, reason })
}

/** The file's one line. */
export function descriptionText({ generation, ...description }: Description): string {
  if (generation === FIRST_GENERATION) return JSON.stringify({ format: FORMAT, ...description })
  return JSON.stringify({ format: FORMAT_WITH_GENERATION, ...description, generation })
}

export async function writeDescription(path: string, description: Description): Promise<void> {
  try {
    await writeDurably(path, `${descriptionText(description)}\n`)
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}
