/** What an operation of the interface is: its words, where it is, what it takes and gives. */
import type { z } from 'zod'

export const RIGHTS = ['read', 'observe', 'sign', 'vouch', 'admin'] as const
/** What a caller may do. `none` asks for no token at all. */
export type Right = (typeof RIGHTS)[number]

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * How bytes travel: JSON both ways unless said otherwise. `resolution`: JSON too, whose media type the
 * caller chooses, and in whose path the identifier stands last, with slashes if it has them.
 */
export type Transfer = 'json' | 'resolution' | 'upload' | 'download' | 'events'

export interface Operation {
  readonly summary: string
  readonly method: Method
  /** With `{name}` for the inputs that stand in the path. */
  readonly path: string
  readonly right: Right | 'none'
  readonly transfer: Transfer
  readonly input: z.ZodObject
  readonly output: z.ZodType
  /** An input that the contract accepts. */
  readonly example: Readonly<Record<string, unknown>>
  /** Sent twice with one `Idempotency-Key` it is done once. */
  readonly takesIdempotencyKey?: true
  /** Inputs that are times and must lie ahead, at most a record's longest life away. */
  readonly future?: readonly string[]
}
