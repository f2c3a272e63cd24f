/**
 * Where the database lies. A repair never writes into what it repairs: it makes the next generation
 * beside it, and store.json names the one that counts. ADR 22.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { storeErrorOf } from './error.ts'

export const FIRST_GENERATION = 1

const DIRECTORY = /^store(?:-([2-9]|[1-9][0-9]{1,8}))?$/

export function databasePath(home: string, generation: number): string {
  return join(home, generation === FIRST_GENERATION ? 'store' : `store-${generation}`)
}

/** The generations of which there is a directory, oldest first. */
export async function generationsIn(home: string): Promise<readonly number[]> {
  let names: readonly string[]
  try {
    names = await readdir(home)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw storeErrorOf(error, home)
  }
  return names
    .flatMap((name) => {
      const match = DIRECTORY.exec(name)
      return match === null ? [] : [match[1] === undefined ? FIRST_GENERATION : Number(match[1])]
    })
    .toSorted((a, b) => a - b)
}
