/**
 * What a store of an older schema has before it, and a copy of it to go back to. Nothing here opens the
 * database: what is due is read from `store.json`, which the last orderly end wrote.
 */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { bytesIn, exists } from './database.ts'
import { syncDirectory } from './durable-file.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { FIRST_GENERATION, databasePath } from './generation.ts'
import { MIGRATION_STEPS, schemaAfter, type MigrationStep } from './migrations.ts'
import type { RoomOptions } from './outage.ts'
import { readDescription } from './store-file.ts'

const STORE_FILE = 'store.json'
const PRIVATE_DIRECTORY_MODE = 0o700
const COPY_NAME = /^store-of-schema-\d+$/
/** Free room for the copy and for what the steps write, in parts of the database. */
const ROOM_FACTOR = 2.2

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

/**
 * Copies a store aside that is about to be changed by steps, if there is room; the caller holds the lock
 * of the home. One copy is kept: those of earlier schemas go. What keeps it from being made is logged, and
 * a store that cannot be used is for the opening to refuse.
 */
export async function copyBeforeSteps(
  home: string,
  {
    network,
    steps,
    log,
    roomAt,
  }: {
    readonly network: string
    readonly steps: readonly MigrationStep[]
    readonly log: Logger
    readonly roomAt: RoomOptions['roomAt']
  },
): Promise<void> {
  try {
    const upgrade = await upgradeOf(home, network, steps)
    if (upgrade === undefined || upgrade.steps.length === 0) return
    const { found, known } = upgrade
    if (!(await hasRoom(home, roomAt)) && !(await exists(backupPath(home, found)))) {
      log.warn('there is no room for a copy of the store before its schema changes', {
        found,
        known,
      })
      return
    }
    const copy = await backUpStore(home, upgrade)
    log.info('the store as it was is kept; delete the copy when nothing is missed', {
      copy,
      found,
      known,
    })
    for (const name of await readdir(home)) {
      if (!COPY_NAME.test(name) || name === basename(copy)) continue
      await rm(join(home, name), { recursive: true })
      log.info('an earlier copy of the store was deleted', { copy: join(home, name) })
    }
  } catch (error) {
    const reason = asError(error).message
    log.warn('the store was not copied before its schema changes', { reason })
  }
}

async function hasRoom(home: string, roomAt: RoomOptions['roomAt']): Promise<boolean> {
  const described = await readDescription(join(home, STORE_FILE))
  const database = databasePath(home, described?.generation ?? FIRST_GENERATION)
  if (!(await exists(database))) return true
  return (await roomAt(home)).freeBytes >= ROOM_FACTOR * (await bytesIn(database))
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await using file = await open(to, 'r+')
  await file.sync()
}
