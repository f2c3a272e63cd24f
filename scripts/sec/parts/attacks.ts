/** All attacks there are: one a file of `scripts/sec`, found by its name. */
import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Attack } from './attack.ts'

const DIRECTORY = dirname(import.meta.dirname)

/** In the order of the alphabet: `adv:records`, … */
export function attackNames(): string[] {
  return globSync('*.ts', { cwd: DIRECTORY })
    .map((file) => basename(file, '.ts').replace('-', ':'))
    .toSorted()
}

/** The attack of this name; undefined if there is none. */
export async function attackNamed(name: string): Promise<Attack | undefined> {
  if (!attackNames().includes(name)) return undefined
  const file = join(DIRECTORY, `${name.replace(':', '-')}.ts`)
  const module: unknown = await import(pathToFileURL(file).href)
  if (typeof module !== 'object' || module === null || !('attack' in module)) {
    throw new TypeError(`${file} exports no attack`)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type checker sees each module
  return module.attack as Attack
}
