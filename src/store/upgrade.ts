/**
 * What a store of an older schema has before it, and a copy of it to go back to. Nothing here opens the
 * database: what is due is read from `store.json`, which the last orderly end wrote.
 */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { exists } from './database.ts'
import { syncDirectory } from './durable-file.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { FIRST_GENERATION, databasePath } from './generation.ts'
import { MIGRATION_STEPS, schemaAfter, type MigrationStep } from './migrations.ts'
import { readDescription } from './store-file.ts'

const STORE_FILE = 'store.json'
const PRIVATE_DIRECTORY_MODE = 0o700

export interface Upgrade {
  readonly found: number
  readonly known: number
  /** Those still to run. After a crash some may have run already; they then change nothing. */
  readonly steps: readonly MigrationStep[]
}

/**
 * What is due in a home, or `undefined` where `store.json` is missing.
 *
 * @throws {StoreError} `store/newer`, `store/other-network`, `store/corrupt`, `store/io`.
 */
export async function upgradeOf(
  home: string,
  network: string,
  steps: readonly MigrationStep[] = MIGRATION_STEPS,
): Promise<Upgrade | undefined> {
  const described = await readDescription(join(home, STORE_FILE))
  if (described === undefined) return undefined
  if (described.network !== network) {
    const found = described.network
    throw new StoreError({ code: 'store/other-network', found, wanted: network })
  }
  const [found, known] = [described.schema, schemaAfter(steps)]
  if (found > known) throw new StoreError({ code: 'store/newer', found, known })
  return { found, known, steps: steps.filter(({ to }) => to > found) }
}

/** Where the copy of a store of this schema lies. */
export function backupPath(home: string, schema: number): string {
  return join(home, `store-of-schema-${schema}`)
}

/**
 * Copies database and `store.json` aside, synced; the caller holds the lock of the home. A copy that is
 * there already stays: it is from before a step that was cut short.
 *
 * @throws {StoreError} `store/disk-full` and others; nothing half copied is left.
 */
export async function backUpStore(home: string, { found }: Upgrade): Promise<string> {
  const path = backupPath(home, found)
  if (await exists(path)) return path
  const described = await readDescription(join(home, STORE_FILE))
  const database = databasePath(home, described?.generation ?? FIRST_GENERATION)
  const fresh = `${path}.new`
  try {
    await rm(fresh, { recursive: true, force: true })
    const copy = join(fresh, basename(database))
    await mkdir(copy, { recursive: true, mode: PRIVATE_DIRECTORY_MODE })
    await copyDurably(join(home, STORE_FILE), join(fresh, STORE_FILE))
    for (const entry of await readdir(database, { withFileTypes: true })) {
      if (entry.isFile()) await copyDurably(join(database, entry.name), join(copy, entry.name))
    }
    await syncDirectory(copy)
    await syncDirectory(fresh)
    await rename(fresh, path)
    await syncDirectory(home)
    return path
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    throw storeErrorOf(error, path)
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await using file = await open(to, 'r+')
  await file.sync()
}
