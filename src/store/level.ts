/**
 * What LevelDB can do in Node beyond what `level`'s types say, which are those of every platform.
 */
import { Level } from 'level'

export type Rows = Level<Uint8Array, Uint8Array>

interface NodeLevel {
  readonly compactRange: (start: Uint8Array, end: Uint8Array) => Promise<void>
}

/** Rewrites a range so that what was deleted in it takes no room any more. */
export async function compactRange(level: Rows, start: Uint8Array, end: Uint8Array): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- in Node it is a ClassicLevel
  await (level as unknown as NodeLevel).compactRange(start, end)
}

/**
 * Makes a database that opens of whatever tables and logs are in the directory, in place. What cannot
 * be read goes to a directory `lost` inside it.
 */
export async function repairLevel(path: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- in Node it is ClassicLevel
  const { repair } = Level as unknown as { readonly repair: (path: string) => Promise<void> }
  await repair(path)
}
