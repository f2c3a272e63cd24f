/**
 * The node's memory on disk: verified records, identities, and what the node keeps for itself.
 *
 * One LevelDB, one writer. A batch is on disk as a whole or not at all; what was acknowledged as
 * durable outlives a power cut. The store decides nothing: what is admitted, evicted or joined is
 * decided before it comes here. Specification: docs/spec/store.md.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LevelDatastore } from 'datastore-level'
import type { Datastore } from 'interface-datastore'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import type { Did } from '../identity/did.ts'
import type { IdentityState } from '../identity/state.ts'
import type { AipRecord, RecordId, RecordType } from '../records/record.ts'
import type { Outlined } from '../records/replica/replica.ts'
import { planBatch } from './batch.ts'
import type { SharedChanges } from './batch.ts'
import { Budget } from './budget.ts'
import { DamageList } from './damage.ts'
import type { Damage } from './damage.ts'
import { bytesIn, exists, openDatabase, readTally } from './database.ts'
import type { OpenedDatabase, Operation } from './database.ts'
import { StoreError, isDamage, storeErrorOf } from './error.ts'
import { withInventory, type Inventory } from './inventory.ts'
import { metaKey, PREFIX, rangeOf } from './keys.ts'
import type { KeyRange, Place } from './keys.ts'
import { compactRange } from './level.ts'
import type { Forgotten, Note, PeerNote, Pin, PrivateObservation } from './local-state.ts'
import { loadTables, planChanges, reloadTables } from './local-tables.ts'
import type { LocalChanges, LocalTables, TableView } from './local-tables.ts'
import { StoreLock } from './lock.ts'
import { MIGRATION_STEPS, schemaAfter } from './migrations.ts'
import type { MigrationStep } from './migrations.ts'
import { Outage, ROOM } from './outage.ts'
import type { RoomOptions } from './outage.ts'
import { Reader } from './reader.ts'
import type { IdentityBytes, ReaderContext, StoredRecord } from './reader.ts'
import { repairStore } from './repair.ts'
import type { RepairOptions, RepairReport } from './repair.ts'
import { rowsIn } from './scan.ts'
import { remedyOf, scrubSlice } from './scrub.ts'
import type { Slice } from './scrub.ts'
import { writeDescription } from './store-file.ts'
import { countedRows } from './recount.ts'
import { recordsIn, resumedTally, sealTally } from './tally.ts'
import type { Tally } from './tally.ts'
import { Tidying } from './tidying.ts'
import { Turns } from './turns.ts'
import { copyBeforeSteps } from './upgrade.ts'

export type { StoredRecord } from './reader.ts'
export type { Inventory } from './inventory.ts'
export type { Place } from './keys.ts'

/** Batches that wait for the one before them. */
export const BATCHES_WAITING_LIMIT = 4_096

export interface StoreBatch extends SharedChanges, LocalChanges {}

export interface StoreOptions {
  readonly network: string
  readonly log: Logger
  readonly verifier: Verifier
  /** Where the lock file is; `run/lock` in the home when left out. */
  readonly lockFile?: string
  /** For the day on which a new store is made; the system's clock when left out. */
  readonly clock?: Clock
  /** Those of this version of the node when left out. */
  readonly steps?: readonly MigrationStep[]
  /** Whether a store of an older schema is copied aside before it is changed, where there is room. */
  readonly copiesBeforeSteps?: boolean
  /**
   * Whether a damaged store is repaired: `if-damaged` when it does not open, `now` whatever it looks
   * like. Left out, it is refused.
   */
  readonly repair?: 'if-damaged' | 'now'
  /** How the store minds the room on its disk; what is left out is as in {@link ROOM}. */
  readonly room?: Partial<RoomOptions>
  /** What the database may take on disk; left out, there is no limit. */
  readonly limitBytes?: number
}

export interface Scrubbed extends Pick<Slice, 'rows' | 'findings' | 'next'> {
  /** Rows that were written or deleted. */
  readonly mended: number
  /** Rows that could be put right here: index rows to be made anew, and rows to be deleted. */
  readonly mendable: number
}

export interface StoreStats {
  readonly records: Readonly<Record<RecordType, number>>
  readonly identities: number
  readonly bytesOnDisk: number
}

const TALLY_KEY = metaKey('tally')
/** Where records and their index rows are. */
const RECORD_RANGES = [PREFIX.record, PREFIX.position, PREFIX.issuer, PREFIX.subject].map(rangeOf)
const EVERYTHING: KeyRange = { gte: new Uint8Array(), lt: new Uint8Array(8).fill(0xff) }

export class Store implements AsyncDisposable {
  /** Of this very store: another has another. */
  readonly storeId: string
  /** What a repair at the start came to, when there was one. */
  readonly repaired: RepairReport | undefined
  readonly pins: TableView<Pin>
  readonly forgotten: TableView<Forgotten>
  readonly privateObservations: TableView<PrivateObservation>
  readonly peers: TableView<PeerNote>
  readonly notes: TableView<Note>
  readonly #home: string
  readonly #database: OpenedDatabase
  readonly #lock: StoreLock
  readonly #schema: number
  readonly #tables: LocalTables
  readonly #reader: Reader
  readonly #damage: DamageList
  readonly #context: ReaderContext
  readonly #log: Logger
  /** Each batch is planned on what the one before it left. */
  readonly #turns = new Turns(BATCHES_WAITING_LIMIT)
  #tally: Tally
  #failed: StoreError | undefined
  readonly #outage: Outage
  readonly #budget: Budget
  readonly #tidying: Tidying
  readonly #listeners = new Set<() => void>()
  readonly #libp2pRows: { open: () => Promise<void> }[] = []
  #isMarked = false
  #closing: Promise<void> | undefined

  private constructor(home: string, parts: StoreParts) {
    const { database, tables, options } = parts
    this.#home = home
    this.#database = database
    this.#lock = parts.lock
    this.#schema = schemaAfter(options.steps ?? MIGRATION_STEPS)
    this.#tables = tables
    this.#damage = parts.damage
    this.#context = options
    this.#log = options.log
    this.#reader = new Reader(database, parts.damage, options)
    this.#tally = parts.tally
    this.#outage = new Outage({
      home,
      file: join(home, 'store.ballast'),
      options: { ...ROOM, ...options.room },
      log: options.log,
      reopen: async () => this.#reopen(),
    })
    this.#outage.prepare()
    this.#budget = new Budget({
      limitBytes: options.limitBytes,
      bytesOnDisk: async () => bytesIn(database.path),
      compact: async () => this.compact(),
      onTurn: () => this.#turned(),
      log: options.log,
    })
    this.#tidying = new Tidying(RECORD_RANGES, async (range) => this.#compact(range), options.log)
    this.storeId = database.description.storeId
    this.repaired = parts.repaired
    this.pins = tables.pins
    this.forgotten = tables.forgotten
    this.privateObservations = tables.privateObservations
    this.peers = tables.peers
    this.notes = tables.notes
  }

  /**
   * Opens the store of a home, or makes it where there is none.
   *
   * @throws {StoreError} when another process has it, or when it cannot be used as it is; nothing is
   *   changed then.
   */
  static async open(home: string, options: StoreOptions): Promise<Store> {
    const log = options.log.child('store')
    await using opening = new AsyncDisposableStack()
    const lock = opening.use(await StoreLock.acquire(options.lockFile ?? join(home, 'run', 'lock')))
    const { network, verifier, clock = Date.now, steps = MIGRATION_STEPS } = options
    const how = { network, verifier, log, clock, steps }
    if (options.copiesBeforeSteps === true) {
      const { roomAt } = { ...ROOM, ...options.room }
      await copyBeforeSteps(home, { network, steps, log, roomAt })
    }
    const { database, repaired } = await openedOrRepaired(home, how, options.repair)
    opening.defer(async () => {
      await database.level.close()
    })
    const damage = new DamageList(log)
    const tally = resumedTally(database.tally, database.description.arrivals, damage)
    const tables = await loadTables(database, damage)
    const all = { database, lock, tables, tally, damage }
    const parts = { ...all, options: { ...options, log }, repaired }
    const store = new Store(home, parts)
    await store.#budget.start()
    opening.move()
    return store
  }

  /** Why nothing is taken now. What is stored can still be read. */
  get failed(): StoreError | undefined {
    return this.#failed
  }

  /** Its limit on disk is reached: nothing of others should be put into it until this turns. */
  get isTight(): boolean {
    return this.#budget.isTight
  }

  /** A part of it cannot be read, which the next start repairs. */
  get needsRepair(): boolean {
    return this.#isMarked
  }

  get limitBytes(): number | undefined {
    return this.#budget.limitBytes
  }

  /** Calls `listener` when `failed` or `isTight` turns, until the returned function is called. */
  onTurn(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** What was found to be changed or lost on disk since the start. */
  get damage(): readonly Damage[] {
    return this.#damage.entries
  }

  /**
   * Writes a batch as one. When this resolves, it is in the database; with `durable`, on disk.
   *
   * @throws {StoreError} the batch was not acknowledged. After `store/disk-full` no batch is taken until
   *   the disk has room and the database was opened again, after `store/io` none until the node starts
   *   again.
   */
  async commit(
    batch: StoreBatch,
    options: { readonly nowMs: number; readonly durable: boolean },
  ): Promise<void> {
    if (this.#closing !== undefined) throw new StoreError({ code: 'store/closed' })
    if (this.#turns.isFull) {
      throw new StoreError({ code: 'store/busy', limit: BATCHES_WAITING_LIMIT })
    }
    await this.#marking(async () => this.#turns.take(() => this.#commitNow(batch, options)))
  }

  has(id: RecordId): Promise<boolean> {
    return this.#reader.has(id)
  }

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  get(id: RecordId): Promise<StoredRecord | undefined> {
    return this.#reader.get(id)
  }

  /** Every record; what is damaged is left out and listed. */
  records(): AsyncGenerator<StoredRecord, void, undefined> {
    return this.#counted((onRow) => this.#reader.records(onRow))
  }

  /** The outline of every record, some hundred at a time: read without decoding the records. */
  outlines(): AsyncGenerator<readonly Outlined[], void, undefined> {
    return this.#counted((onRow) => this.#reader.outlines(onRow))
  }

  /** How many records there are, damaged ones included. */
  get recordCount(): number {
    return recordsIn(this.#tally)
  }

  /** Read at once; `undefined` when it is gone, or damaged, which is listed. */
  recordAt(place: Place): AipRecord | undefined {
    return this.#reader.recordAt(place)
  }

  /** As {@link recordAt}. */
  identityAt(did: Did, isVerified: (bytes: Uint8Array) => boolean): IdentityState | undefined {
    return this.#reader.identityAt(did, isVerified)
  }

  /** Of every identity, some hundred at a time. */
  identityBytes(): AsyncGenerator<readonly IdentityBytes[], void, undefined> {
    return this.#reader.identityBytes()
  }

  /** Newest first by issue; a promise is about its issuer. */
  recordsAbout(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    return this.#reader.recordsAbout(did)
  }

  /** Newest first by author sequence. */
  recordsBy(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    return this.#reader.recordsBy(did)
  }

  /** Records about a DID, then the others by it. */
  recordsOf(did: Did): AsyncGenerator<StoredRecord, void, undefined> {
    return this.#reader.recordsOf(did)
  }

  /** One for each place; `undefined` for what is not there or damaged. */
  recordsAt(places: readonly Place[]): Promise<readonly (StoredRecord | undefined)[]> {
    return this.#reader.recordsAt(places)
  }

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  identity(did: Did): Promise<IdentityState | undefined> {
    return this.#reader.identity(did)
  }

  identities(): AsyncGenerator<IdentityState, void, undefined> {
    return this.#reader.identities()
  }

  /** Has `read` look at the keys of what is stored now. @throws {StoreError} */
  inventory<T>(read: (inventory: Inventory) => Promise<T>): Promise<T> {
    return withInventory(this.#database, read)
  }

  /**
   * Looks at the next rows, at most `limit`, mends what can be mended here, and says what cannot:
   * that is for whoever decides what is held.
   *
   * @param after  `next` of the slice before; left out, from the beginning.
   * @throws {StoreError} when a part of the database cannot be read at all.
   */
  async scrub(
    after: Uint8Array | undefined,
    limit: number,
    { mends }: { readonly mends: boolean } = { mends: true },
  ): Promise<Scrubbed> {
    const slice = await this.#marking(async () =>
      scrubSlice(this.#database, { after, limit }, this.#context, this.#damage),
    )
    let mended = 0
    const mendable = slice.sweep.length + slice.renew.length
    if (mends && mendable > 0 && this.#failed === undefined) {
      await this.#turns.take(async () => {
        const operations = await remedyOf(slice, this.#database, this.#context)
        if (operations.length > 0) await this.#write([...operations], true)
        this.#damage.mended(operations.map(({ key }) => key))
        mended = operations.length
      })
    }
    const { rows, findings, next } = slice
    return { rows, findings, mended, mendable, ...(next !== undefined && { next }) }
  }

  /** Counts anew what is stored, while nothing is written. For after damage: it reads all indexes. */
  async recount(): Promise<void> {
    await this.#turns.take(async () => {
      if (this.#failed !== undefined) return
      this.#tally = { ...this.#tally, ...(await countedRows(this.#database)) }
      await this.#write(
        [{ type: 'put', key: TALLY_KEY, value: sealTally(TALLY_KEY, this.#tally) }],
        false,
      )
    })
  }

  ownSequence(keyHex: string): Promise<number | undefined> {
    return this.#reader.ownSequence(keyHex)
  }

  /** Rows of libp2p's own, apart from ours; closing it closes nothing. Its user bounds them. */
  libp2pDatastore(): Datastore {
    const rows = this.#database.level.sublevel<string, Uint8Array>('libp2p', {
      keyEncoding: 'utf8',
      valueEncoding: 'view',
    })
    this.#libp2pRows.push(rows)
    // A sublevel does all that the datastore asks of a database; the types do not know it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return new LevelDatastore(rows as unknown as ConstructorParameters<typeof LevelDatastore>[0])
  }

  /** Rewrites the whole database, which gives back what deleted rows still take. */
  async compact(): Promise<void> {
    await this.#compact(EVERYTHING)
  }

  async #compact({ gte, lt }: KeyRange): Promise<void> {
    const { level, path } = this.#database
    try {
      await compactRange(level, gte, lt)
    } catch (error) {
      throw storeErrorOf(error, path)
    }
  }

  async stats(): Promise<StoreStats> {
    const { records, identities } = this.#tally
    return { records, identities, bytesOnDisk: await bytesIn(this.#database.path) }
  }

  /** Notes when fewer rows are met than were written, unless batches of records came in between. */
  async *#counted<One>(
    read: (onRow: () => void) => AsyncGenerator<One, void, undefined>,
  ): AsyncGenerator<One, void, undefined> {
    const before = this.#tally
    let rows = 0
    yield* read(() => rows++)
    const expected = recordsIn(before)
    const isSame = before.nextArrival === this.#tally.nextArrival && expected === this.recordCount
    if (!isSame || rows === expected) return
    const reason = `${rows} records are there of ${expected}`
    this.#damage.add({ what: 'count', key: 'records', reason })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#tidying[Symbol.asyncDispose]()
    await this.#budget[Symbol.asyncDispose]()
    await this.#outage[Symbol.asyncDispose]()
    await using closing = new AsyncDisposableStack()
    closing.use(this.#lock)
    const { level, description } = this.#database
    closing.defer(async () => {
      await level.close()
    })
    await this.#turns.take(() => Promise.resolve())
    if (this.#failed !== undefined) return
    // An orderly end: no arrival number is set aside any more.
    const tally: Tally = { ...this.#tally, ceiling: this.#tally.nextArrival }
    const { nextArrival: arrivals } = tally
    try {
      await this.#write([{ type: 'put', key: TALLY_KEY, value: sealTally(TALLY_KEY, tally) }], true)
      const file = join(this.#home, 'store.json')
      await writeDescription(file, { ...description, schema: this.#schema, arrivals })
    } catch (error) {
      // All that was acknowledged is there; the next start leaves a gap in the arrival numbers.
      this.#log.warn('the orderly end could not be noted', { error })
    }
  }

  /**
   * A write that failed may be on disk all the same, so all that is remembered is read from there.
   *
   * @throws {StoreError} when the database cannot be opened; it is closed then.
   */
  async #reopen(): Promise<void> {
    const { level, path, description } = this.#database
    await this.#turns.take(async () => {
      const opening = Promise.withResolvers<void>()
      this.#database.reopening = opening.promise
      try {
        await level.close()
        await level.open({ createIfMissing: false })
        for (const rows of this.#libp2pRows) await rows.open()
      } catch (error) {
        throw storeErrorOf(error, path)
      } finally {
        this.#database.reopening = undefined
        opening.resolve()
      }
      const tally = await readTally(this.#database)
      this.#tally = resumedTally(tally, description.arrivals, this.#damage)
      await reloadTables(this.#tables)
      this.#failed = undefined
      this.#turned()
    })
  }

  /** When a part of the database cannot be read, the next start is told to repair it. */
  async #marking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isDamage(error) && !this.#isMarked) {
        this.#isMarked = true
        this.#log.error('a part of the store cannot be read; the next start repairs it', { error })
        await writeFile(join(this.#home, REPAIR_MARK), '', { mode: 0o600 }).catch(() => {})
        this.#turned()
      }
      throw error
    }
  }

  #turned(): void {
    for (const listener of this.#listeners) listener()
  }

  async #commitNow(
    batch: StoreBatch,
    { nowMs, durable }: { readonly nowMs: number; readonly durable: boolean },
  ): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    const changes = planChanges(this.#tables, batch)
    const at = { database: this.#database, tally: this.#tally, nowMs }
    const plan = await planBatch(batch, at, this.#damage)
    const operations = [...plan.operations, ...changes.flatMap((change) => change.operations)]
    if (operations.length === 0) return
    await this.#write(operations, durable || plan.mustSync)
    this.#tally = plan.tally
    for (const { settle } of changes) settle()
    this.#damage.mended(plan.rewritten)
    if (batch.evict !== undefined) this.#tidying.left(batch.evict.length, recordsIn(this.#tally))
  }

  async #write(operations: Operation[], sync: boolean): Promise<void> {
    try {
      await this.#database.level.batch(operations, { sync })
      this.#budget.wrote(bytesOf(operations))
    } catch (error) {
      const failure = storeErrorOf(error, this.#database.path)
      this.#failed = failure
      this.#log.error('nothing more can be stored', { code: failure.fault.code, error: failure })
      if (failure.fault.code === 'store/disk-full') this.#outage.begin()
      this.#turned()
      throw failure
    }
  }
}

function bytesOf(operations: readonly Operation[]): number {
  let bytes = 0
  for (const one of operations) {
    bytes += one.key.length + (one.type === 'put' ? one.value.length : 0)
  }
  return bytes
}

interface StoreParts {
  readonly database: OpenedDatabase
  readonly lock: StoreLock
  readonly tally: Tally
  readonly tables: LocalTables
  readonly damage: DamageList
  readonly options: StoreOptions
  readonly repaired: RepairReport | undefined
}

/** Says that a part of the database could not be read, so that the next start repairs it. */
const REPAIR_MARK = 'store.repair'
const TOUCH_LIMIT_MS = 300

/**
 * Reads on for a moment, since LevelDB opens over tables that it cannot read.
 *
 * @throws {StoreError} `store/corrupt`; the database is closed then.
 */
async function touch(database: OpenedDatabase): Promise<void> {
  const endMs = performance.now() + TOUCH_LIMIT_MS
  try {
    for await (const _ of rowsIn(database, EVERYTHING)) if (performance.now() > endMs) return
  } catch (error) {
    await database.level.close()
    throw error
  }
}

async function openedOrRepaired(
  home: string,
  how: RepairOptions,
  repair: StoreOptions['repair'],
): Promise<{ readonly database: OpenedDatabase; readonly repaired: RepairReport | undefined }> {
  const mark = join(home, REPAIR_MARK)
  const isMarked = repair === 'if-damaged' && (await exists(mark))
  if (repair !== 'now' && !isMarked) {
    try {
      const database = await openDatabase(home, how)
      if (repair === 'if-damaged') await touch(database)
      return { database, repaired: undefined }
    } catch (error) {
      if (repair !== 'if-damaged' || !isDamage(error)) throw error
      how.log.error('the store does not open', { error })
    }
  }
  const repaired = await repairStore(home, how)
  await rm(mark, { force: true })
  return { database: await openDatabase(home, how), repaired }
}
