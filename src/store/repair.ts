/**
 * Makes a new generation of a database that is damaged, out of all that can still be read of it.
 *
 *     copy aside → LevelDB's own repair of the copy → every row judged → the sound ones into a new
 *     database, indexes and counts made anew → store.json names it
 *
 * What is repaired is not written to, so a repair that was cut short is begun again, and the damaged
 * generation stays until the next repair. Specification: docs/spec/store.md, "Repair"; ADR 22.
 */
import { constants } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asError } from '../base/error.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import { roomAt } from './ballast.ts'
import {
  begin,
  bytesIn,
  exists,
  openLevel,
  readMarker,
  type Database,
  type OpeningOptions,
} from './database.ts'
import { syncDirectory } from './durable-file.ts'
import { StoreError } from './error.ts'
import { FIRST_GENERATION, databasePath, generationsIn } from './generation.ts'
import { metaKey } from './keys.ts'
import { repairLevel } from './level.ts'
import { migrate } from './migrations.ts'
import { moveSoundRows, type Moved } from './salvage.ts'
import { readDescription, writeDescription, type Description } from './store-file.ts'
import { sealTally } from './tally.ts'

export interface RepairOptions extends OpeningOptions {
  readonly verifier: Verifier
  /** Hears how far it is. */
  readonly onProgress?: (progress: RepairProgress) => void
}

export interface RepairProgress {
  readonly step: 'copy' | 'repair' | 'move' | 'done'
  /** Rows judged so far. */
  readonly rows: number
}

export interface RepairReport extends Moved {
  readonly generation: number
  /** Where the damaged database is kept; absent when there was none. */
  readonly kept?: string
  /** Of the new generation: to peers it is another store. */
  readonly storeId: string
}

/** Free room for the copy and the new database, in parts of the damaged one. */
const ROOM_FACTOR = 2.2

/**
 * The caller holds the lock of the home.
 *
 * @throws {StoreError} `store/other-network`, `store/newer`; `store/disk-full` when there is no room
 *   for a copy. The damaged store is as before then.
 */
export async function repairStore(home: string, options: RepairOptions): Promise<RepairReport> {
  const { log, onProgress = () => {} } = options
  const onRows = (rows: number): void => onProgress({ step: 'move', rows })
  const file = join(home, 'store.json')
  const described = await readKnown(file, options)
  const present = described?.generation ?? (await generationsIn(home)).at(-1)
  const source = databasePath(home, present ?? FIRST_GENERATION)
  const generation = (present ?? 0) + 1
  const target = databasePath(home, generation)
  const unfinished = `${target}.part`
  const copy = `${target}.copy`
  for (const path of [unfinished, copy, target]) await rm(path, { recursive: true, force: true })
  const isThere = await exists(source)
  log.warn('repairing the store', { from: source, to: target, isThere })

  if (isThere) {
    await assertRoom(home, source)
    onProgress({ step: 'copy', rows: 0 })
    await copyAside(source, copy)
    onProgress({ step: 'repair', rows: 0 })
    await repairLevel(copy).catch((error: unknown) => {
      log.error('LevelDB could not repair its files', { error: asError(error) })
    })
  }
  const level = await openLevel(unfinished, true)
  const database: Database = { level, path: unfinished }
  let description: Description
  let moved: Moved
  try {
    description = await begin(database, generation, options)
    moved = await withSalvage(copy, options, async (from) =>
      moveSoundRows(from, database, { ...options, onRows }),
    )
    const tally = { ...moved.tally, ceiling: moved.tally.nextArrival }
    const key = metaKey('tally')
    // LevelDB's log is synced up to here; what is in tables was synced when they were made.
    await level.put(key, sealTally(key, tally), { sync: true })
    description = { ...description, arrivals: tally.nextArrival }
  } finally {
    await level.close()
  }
  await rename(unfinished, target)
  await syncDirectory(home)
  const created = described?.created ?? description.created
  await writeDescription(file, { ...description, created })
  await discard(home, copy, generation - 1)
  const { storeId } = description
  const report = { ...moved, generation, storeId, ...(isThere && { kept: source }) }
  log.warn('the store was repaired', { generation, kept: basename(source), ...summaryOf(moved) })
  onProgress({ step: 'done', rows: moved.rows })
  return report
}

function summaryOf({ records, identities, localRows, lost }: Moved) {
  return { records, identities, localRows, lost }
}

/** What store.json says, where it can be read. */
async function readKnown(file: string, options: RepairOptions): Promise<Description | undefined> {
  let described: Description | undefined
  try {
    described = await readDescription(file)
  } catch (error) {
    if (!(error instanceof StoreError) || error.fault.code !== 'store/corrupt') throw error
  }
  assertNetwork(described?.network, options)
  return described
}

function assertNetwork(found: string | undefined, { network: wanted }: RepairOptions): void {
  if (found === undefined || found === wanted) return
  throw new StoreError({ code: 'store/other-network', found, wanted })
}

async function assertRoom(home: string, source: string): Promise<void> {
  const { freeBytes } = await roomAt(home)
  if (freeBytes >= ROOM_FACTOR * (await bytesIn(source))) return
  throw new StoreError({ code: 'store/disk-full', path: home })
}

/** Without the lock, which is the copy's own. Shares blocks where the file system can. */
async function copyAside(source: string, copy: string): Promise<void> {
  await cp(source, copy, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => basename(path) !== 'LOCK' && basename(path) !== 'lost',
  })
}

/** Hands on the database that LevelDB made of the copy; nothing when there is none to open. */
async function withSalvage(
  copy: string,
  options: RepairOptions,
  work: (from: Database | undefined) => Promise<Moved>,
): Promise<Moved> {
  if (!(await exists(copy))) return work(undefined)
  let level
  try {
    level = await openLevel(copy, false)
  } catch (error) {
    options.log.error('nothing of the store can be read', { error: asError(error) })
    return work(undefined)
  }
  try {
    const from: Database = { level, path: copy }
    const marker = await readMarker(from).catch(() => undefined)
    assertNetwork(marker?.network, options)
    try {
      await migrate(from, options.steps, options.log)
    } catch (error) {
      if (error instanceof StoreError && error.fault.code === 'store/newer') throw error
      options.log.warn('its schema cannot be told; taken for the present one', { error })
    }
    return await work(from)
  } finally {
    await level.close()
  }
}

/** Everything but the new generation and the one that it was made of. */
async function discard(home: string, copy: string, kept: number): Promise<void> {
  await rm(copy, { recursive: true, force: true })
  for (const generation of await generationsIn(home)) {
    if (generation < kept) await rm(databasePath(home, generation), { recursive: true })
  }
}
