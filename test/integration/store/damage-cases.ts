/** The twelve ways in which a store on disk can be damaged from outside. */
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

type Damage = (home: string) => Promise<void>

export const DAMAGE_CASES: readonly (readonly [name: string, damage: Damage])[] = [
  ['one byte of a table is turned', on('.ldb', async (path) => turn(path, 0.3, 1))],
  ['64 bytes of a table are turned', on('.ldb', async (path) => turn(path, 0.3, 64))],
  ['a table is cut in half', on('.ldb', half)],
  ['a table is gone', on('.ldb', async (path) => rm(path))],
  ['a byte of the log is turned', on('.log', async (path) => turn(path, 0.3, 1))],
  ['the log is cut in half', on('.log', half)],
  ['the log is gone', on('.log', async (path) => rm(path))],
  ['a byte of the manifest is turned', on('MANIFEST', async (path) => turn(path, 0.5, 1))],
  ['the manifest is gone', on('MANIFEST', async (path) => rm(path))],
  ['CURRENT is empty', async (home) => truncate(join(home, 'store', 'CURRENT'))],
  ['CURRENT is gone', async (home) => rm(join(home, 'store', 'CURRENT'))],
  ['store.json is gone', async (home) => rm(join(home, 'store.json'))],
  ['the database is gone', async (home) => rm(join(home, 'store'), { recursive: true })],
]

/** Damages the largest file with this in its name. */
function on(part: string, damage: Damage): Damage {
  return async (home) => {
    const directory = join(home, 'store')
    const names = (await readdir(directory)).filter((name) => name.includes(part))
    const sized = await Promise.all(
      names.map(async (name) => {
        const path = join(directory, name)
        return { path, size: (await readFile(path)).length }
      }),
    )
    const [largest] = sized.toSorted((a, b) => b.size - a.size)
    if (largest === undefined || largest.size === 0) throw new Error(`there is no ${part}`)
    await damage(largest.path)
  }
}

async function turn(path: string, at: number, count: number): Promise<void> {
  const bytes = await readFile(path)
  const from = Math.floor(bytes.length * at)
  for (let n = from; n < from + count; n++) bytes[n] = (bytes[n] ?? 0) ^ 0x55
  await writeFile(path, bytes)
}

async function half(path: string): Promise<void> {
  await truncate(path, (await readFile(path)).length >> 1)
}
