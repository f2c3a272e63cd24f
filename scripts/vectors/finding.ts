/** What checking a set of vectors comes to, and reading their files. */
import { readFileSync } from 'node:fs'
import type { z } from 'zod'

/** What a set found: how many answers were asked for, and which were wrong. */
export interface Finding {
  readonly asked: number
  readonly wrong: readonly string[]
}

export class UnreadableVectors extends Error {
  override readonly name = 'UnreadableVectors'
}

/** @throws {UnreadableVectors} */
export function read<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new UnreadableVectors(`${path} does not hold the vectors it should.`, { cause })
  }
}

/** A file of text, without the line break at its end. @throws {UnreadableVectors} */
export function readLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '')
  } catch (cause) {
    throw new UnreadableVectors(`${path} does not hold the vectors it should.`, { cause })
  }
}
