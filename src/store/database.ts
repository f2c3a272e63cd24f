/**
 * The database's directory: opened as it should be, made only where there is nothing, and never
 * taken for empty when a part of it is gone. Specification: docs/spec/store.md, "Opening".
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { KIB_BYTES, MIB_BYTES } from '../base/units.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { damageOfFiles } from './files.ts'
import { FIRST_GENERATION, databasePath, generationsIn } from './generation.ts'
import { PREFIX, metaKey, rangeOf } from './keys.ts'
import { migrate, schemaAfter } from './migrations.ts'
import type { Rows } from './level.ts'
import type { MigrationStep } from './migrations.ts'
import { sealNumber } from './rows.ts'
import { seal, unseal } from './seal.ts'
import { descriptionText, readDescription, writeDescription } from './store-file.ts'
import type { Description } from './store-file.ts'
import { EMPTY_TALLY, sealTally, unsealTally } from './tally.ts'
import type { Tally } from './tally.ts'

export interface Database {
  readonly level: Rows
  /** The directory. */
  readonly path: string
  /** Set while the handle is closed to be opened again; readers wait for it. */
  reopening?: Promise<void> | undefined
}

export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export interface OpenedDatabase extends Database {
  readonly description: Description
  readonly tally: Tally
}

export interface OpeningOptions {
  readonly network: string
  readonly log: Logger
  readonly clock: Clock
  readonly steps: readonly MigrationStep[]
}

/** Fewer, larger files: with LevelDB's own sizes a busy store stalls for seconds at a time. */
const WRITE_BUFFER_BYTES = 32 * MIB_BYTES
const FILE_BYTES = 16 * MIB_BYTES
/** Larger than LevelDB's own: rows beside each other share more, and a record takes a tenth less. */
const BLOCK_BYTES = 16 * KIB_BYTES
const MARKER_LIMIT_BYTES = 1 * KIB_BYTES
const PRIVATE_DIRECTORY_MODE = 0o700

/** What the database says of itself: the same as store.json beside it. */
const Marker = z.object({ storeId: z.string(), network: z.string(), created: z.string() })
type Marker = z.infer<typeof Marker>

const MARKER_KEY = metaKey('store')
const TALLY_KEY = metaKey('tally')
const SCHEMA_KEY = metaKey('schema')

/** @throws {StoreError} for whatever keeps the store from being used as it is. */
export async function openDatabase(home: string, options: OpeningOptions): Promise<OpenedDatabase> {
  const file = join(home, 'store.json')
  const described = await readDescription(file)
  if (described !== undefined) assertKnown(described, options)
  const generation = described?.generation ?? (await generationsIn(home)).at(-1) ?? FIRST_GENERATION
  const path = databasePath(home, generation)
  const isPresent = await isDatabase(path)
  const visible = isPresent ? await damageOfFiles(path, described !== undefined) : undefined
  if (visible !== undefined) throw new StoreError({ code: 'store/corrupt', path, reason: visible })
  if (described !== undefined && !isPresent) {
    throw new StoreError({ code: 'store/half-written', path, missing: 'database' })
  }
  const level = await openLevel(path, !isPresent)
  try {
    const marker = await readMarker({ level, path })
    let description = described
    if (description === undefined) {
      const first = await firstDescription({ level, path }, marker, { file, generation }, options)
      description = first
      await writeDescription(file, description)
    } else if (marker?.storeId !== description.storeId || marker.network !== description.network) {
      const reason = 'store.json and the database beside it are not of one store'
      throw new StoreError({ code: 'store/corrupt', path, reason, isMixed: true })
    }
    await migrate({ level, path }, options.steps, options.log)
    return { level, path, description, tally: await readTally({ level, path }) }
  } catch (error) {
    await level.close()
    throw storeErrorOf(error, path)
  }
}

function assertKnown({ network, schema }: Description, options: OpeningOptions): void {
  if (network !== options.network) {
    throw new StoreError({ code: 'store/other-network', found: network, wanted: options.network })
  }
  const known = schemaAfter(options.steps)
  if (schema > known) throw new StoreError({ code: 'store/newer', found: schema, known })
}

const DATA_FILE = /\.(?:ldb|sst|log)$/

/**
 * Whether there is a database to open.
 *
 * @throws {StoreError} `store/corrupt` when there is one without its CURRENT: LevelDB would start a
 *   new one in its place and delete what is there.
 */
export async function isDatabase(path: string): Promise<boolean> {
  let names: readonly string[]
  try {
    names = await readdir(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw storeErrorOf(error, path)
  }
  if (names.includes('CURRENT')) return true
  if (!names.some((name) => DATA_FILE.test(name))) return false
  throw new StoreError({ code: 'store/corrupt', path, reason: 'its file CURRENT is gone' })
}

export async function openLevel(path: string, createIfMissing: boolean): Promise<Rows> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing,
    writeBufferSize: WRITE_BUFFER_BYTES,
    maxFileSize: FILE_BYTES,
    blockSize: BLOCK_BYTES,
  })
  try {
    if (createIfMissing) await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY_MODE })
    await level.open()
    return level
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

export async function readMarker({ level, path }: Database): Promise<Marker | undefined> {
  const value: Uint8Array | undefined = await level.get(MARKER_KEY)
  if (value === undefined) return undefined
  const content = unseal(MARKER_KEY, value)
  if (content === undefined) {
    const reason = 'what it says of itself cannot be read'
    throw new StoreError({ code: 'store/corrupt', path, reason })
  }
  return Marker.parse(decodeCbor(content, MARKER_LIMIT_BYTES))
}

export async function readTally({ level, path }: Database): Promise<Tally> {
  const value: Uint8Array | undefined = await level.get(TALLY_KEY)
  const tally = value === undefined ? undefined : unsealTally(TALLY_KEY, value)
  if (tally !== undefined) return tally
  throw new StoreError({ code: 'store/corrupt', path, reason: 'its counts cannot be read' })
}

/**
 * The description of a store that has none yet. The database comes before the file, so one that
 * holds nothing is a beginning that was cut short, and one that holds something has lost its file.
 */
async function firstDescription(
  database: Database,
  marker: Marker | undefined,
  at: { readonly file: string; readonly generation: number },
  options: OpeningOptions,
): Promise<Description> {
  const { path } = database
  if (await holdsRows(database)) {
    if (marker === undefined) {
      const reason = 'it holds data, and neither it nor a store.json says whose'
      throw new StoreError({ code: 'store/corrupt', path, reason })
    }
    const { nextArrival } = await readTally(database)
    const { file, generation } = at
    const lost = describe(marker, { schema: schemaAfter(options.steps), generation, nextArrival })
    const line = descriptionText(lost)
    throw new StoreError({ code: 'store/half-written', path: file, missing: 'store.json', line })
  }
  return begin(database, at.generation, options)
}

/** Writes what a new database says of itself, and returns what store.json has to say of it. */
export async function begin(
  { level }: Database,
  generation: number,
  options: Omit<OpeningOptions, 'log'>,
): Promise<Description> {
  const born: Marker = {
    storeId: randomBytes(16).toString('hex'),
    network: options.network,
    created: new Date(options.clock()).toISOString(),
  }
  const schema = schemaAfter(options.steps)
  const beginning: Operation[] = [
    { type: 'put', key: MARKER_KEY, value: seal(MARKER_KEY, encodeCbor(born)) },
    { type: 'put', key: SCHEMA_KEY, value: sealNumber(SCHEMA_KEY, schema) },
    { type: 'put', key: TALLY_KEY, value: sealTally(TALLY_KEY, EMPTY_TALLY) },
  ]
  await level.batch(beginning, { sync: true })
  return describe(born, { schema, generation, nextArrival: EMPTY_TALLY.nextArrival })
}

function describe(
  { storeId, network, created }: Marker,
  at: { readonly schema: number; readonly generation: number; readonly nextArrival: number },
): Description {
  const { schema, generation, nextArrival: arrivals } = at
  return { storeId, network, schema, created, arrivals, generation }
}

/** Whether there is anything but what a beginning writes. */
async function holdsRows({ level }: Database): Promise<boolean> {
  const { gte, lt } = rangeOf(PREFIX.meta)
  for (const range of [{ lt: gte }, { gte: lt }]) {
    const keys = await level.keys({ ...range, limit: 1 }).all()
    if (keys.length > 0) return true
  }
  return false
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** What the database takes on disk. */
export async function bytesIn(directory: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(directory)) {
    // LevelDB deletes files as it goes.
    const size = await stat(join(directory, name)).then(
      (file) => file.size,
      () => 0,
    )
    bytes += size
  }
  return bytes
}
