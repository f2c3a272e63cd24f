/** Which release this is, from the package's own description. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** `source` is a module's file: the package description stands in a directory above it. */
export function versionAbove(source: string): string {
  return versionIn(join(packageAbove(source), 'package.json')) ?? ''
}

/** The package's directory. @throws {Error} where none is above. */
export function packageAbove(source: string): string {
  for (let directory = dirname(source); ; directory = dirname(directory)) {
    if (versionIn(join(directory, 'package.json')) !== undefined) return directory
    if (directory === dirname(directory)) throw new Error('no package.json above this module')
  }
}

function versionIn(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined // not in this directory
  }
  const parsed: unknown = JSON.parse(text)
  const isOurs =
    typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'aip-node'
  return isOurs && 'version' in parsed && typeof parsed.version === 'string'
    ? parsed.version
    : undefined
}

export const VERSION = versionAbove(import.meta.filename)
