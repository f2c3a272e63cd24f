/**
 * The node's memory on disk: verified records, identities, and what the node keeps for itself.
 *
 * One LevelDB, one writer. A batch is on disk as a whole or not at all; what was acknowledged as
 * durable outlives a power cut. The store decides nothing: what is admitted, evicted or joined is
 * decided before it comes here. Specification: docs/spec/store.md.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LevelDatastore } from 'datastore-level'
import type { Datastore } from 'interface-datastore'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import type { Did } from '../identity/did.ts'
import type { IdentityState } from '../identity/state.ts'
import type { RecordId, RecordType } from '../records/record.ts'
import { planBatch } from './batch.ts'
import type { SharedChanges } from './batch.ts'
import { DamageList } from './damage.ts'
import type { Damage } from './damage.ts'
import { openDatabase } from './database.ts'
import type { Database, OpenedDatabase, Operation } from './database.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { readJournal } from './journal.ts'
import type { JournalEntry } from './journal.ts'
import { metaKey } from './keys.ts'
import { CURSORS, NOTES, PEERS, PINS, PRIVATE_OBSERVATIONS } from './local-state.ts'
import type { Cursor, Note, PeerNote, Pin, PrivateObservation } from './local-state.ts'
import { LocalTable } from './local-table.ts'
import type { PlannedChange, TableChange } from './local-table.ts'
import { StoreLock } from './lock.ts'
import { MIGRATION_STEPS, schemaAfter } from './migrations.ts'
import type { MigrationStep } from './migrations.ts'
import { Reader } from './reader.ts'
import type { StoredRecord } from './reader.ts'
import { writeDescription } from './store-file.ts'
import { recordsIn, sealTally } from './tally.ts'
import type { Tally } from './tally.ts'

export type { StoredRecord } from './reader.ts'
export type { JournalEntry } from './journal.ts'

/** Batches that wait for the one before them. */
export const BATCHES_WAITING_LIMIT = 4_096

export interface StoreBatch extends SharedChanges {
  readonly pins?: TableChange<Pin>
  readonly privateObservations?: TableChange<PrivateObservation>
  readonly peers?: TableChange<PeerNote>
  readonly cursors?: TableChange<Cursor>
  readonly notes?: TableChange<Note>
}

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
}

export interface StoreStats {
  readonly records: Readonly<Record<RecordType, number>>
  readonly identities: number
  readonly bytesOnDisk: number
}

interface Tables {
  readonly pins: LocalTable<Pin>
  readonly privateObservations: LocalTable<PrivateObservation>
  readonly peers: LocalTable<PeerNote>
  readonly cursors: LocalTable<Cursor>
  readonly notes: LocalTable<Note>
}

const TALLY_KEY = metaKey('tally')

export class Store implements AsyncDisposable {
  /** Of this very store: cursors into another's journal mean nothing here. */
  readonly storeId: string
  readonly pins: Pick<LocalTable<Pin>, 'get' | 'list' | 'size'>
  readonly privateObservations: Pick<LocalTable<PrivateObservation>, 'get' | 'list' | 'size'>
  readonly peers: Pick<LocalTable<PeerNote>, 'get' | 'list' | 'size'>
  readonly cursors: Pick<LocalTable<Cursor>, 'get' | 'list' | 'size'>
  readonly notes: Pick<LocalTable<Note>, 'get' | 'list' | 'size'>
  readonly #home: string
  readonly #database: OpenedDatabase
  readonly #lock: StoreLock
  readonly #schema: number
  readonly #tables: Tables
  readonly #reader: Reader
  readonly #damage: DamageList
  readonly #log: Logger
  #tally: Tally
  #failed: StoreError | undefined
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #writes = 0
  #closing: Promise<void> | undefined

  private constructor(home: string, parts: StoreParts) {
    const { database, tables, options } = parts
    this.#home = home
    this.#database = database
    this.#lock = parts.lock
    this.#schema = schemaAfter(options.steps ?? MIGRATION_STEPS)
    this.#tables = tables
    this.#damage = parts.damage
    this.#log = options.log
    this.#reader = new Reader(database, parts.damage, options)
    this.#tally = firstTally(database, parts.damage)
    this.storeId = database.description.storeId
    this.pins = tables.pins
    this.privateObservations = tables.privateObservations
    this.peers = tables.peers
    this.cursors = tables.cursors
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
    const database = await openDatabase(home, {
      network: options.network,
      log,
      clock: options.clock ?? Date.now,
      steps: options.steps ?? MIGRATION_STEPS,
    })
    opening.defer(async () => {
      await database.level.close()
    })
    const damage = new DamageList(log)
    const tables = await loadTables(database, damage)
    const store = new Store(home, { database, lock, tables, damage, options: { ...options, log } })
    opening.move()
    return store
  }

  /** Why nothing is taken any more. What is stored can still be read. */
  get failed(): StoreError | undefined {
    return this.#failed
  }

  /** What was found to be changed or lost on disk since the start. */
  get damage(): readonly Damage[] {
    return this.#damage.entries
  }

  /**
   * Writes a batch as one. When this resolves, it is in the database; with `durable`, on disk.
   *
   * @throws {StoreError} the batch changed nothing. After `store/disk-full` and `store/io` no batch is
   *   taken until the node starts again.
   */
  commit(
    batch: StoreBatch,
    options: { readonly nowMs: number; readonly durable: boolean },
  ): Promise<void> {
    return this.#inTurn(async () => {
      const changes = this.#plannedChanges(batch)
      const plan = await planBatch(
        batch,
        { database: this.#database, tally: this.#tally, nowMs: options.nowMs },
        this.#damage,
      ).catch((error: unknown) => {
        throw error instanceof RangeError ? error : storeErrorOf(error, this.#database.path)
      })
      const operations = [...plan.operations, ...changes.flatMap((change) => change.operations)]
      if (operations.length === 0) return
      await this.#write(operations, options.durable || plan.mustSync)
      this.#tally = plan.tally
      for (const { settle } of changes) settle()
      for (const key of plan.rewritten) this.#damage.mended(key)
    })
  }

  has(id: RecordId): Promise<boolean> {
    return this.#reader.has(id)
  }

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  get(id: RecordId): Promise<StoredRecord | undefined> {
    return this.#reader.get(id)
  }

  /** Every record; what is damaged is left out and listed. */
  async *records(): AsyncGenerator<StoredRecord, void, undefined> {
    const writes = this.#writes
    const isQuiet = this.#waiting === 0
    let rows = 0
    yield* this.#reader.records(() => rows++)
    const expected = recordsIn(this.#tally)
    if (!isQuiet || writes !== this.#writes || rows === expected) return
    const reason = `${rows} records are there of ${expected}`
    this.#damage.add({ what: 'count', key: 'records', reason })
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

  /** @throws {StoreError} `store/corrupt` when it is stored and cannot be read. */
  identity(did: Did): Promise<IdentityState | undefined> {
    return this.#reader.identity(did)
  }

  identities(): AsyncGenerator<IdentityState, void, undefined> {
    return this.#reader.identities()
  }

  /** At most `limit` entries after a cursor, oldest first; fewer mean that there are no more. */
  journal(afterArrival: number, limit: number): Promise<readonly JournalEntry[]> {
    return readJournal(this.#database, { afterArrival, limit }, this.#damage)
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
    // A sublevel does all that the datastore asks of a database; the types do not know it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return new LevelDatastore(rows as unknown as ConstructorParameters<typeof LevelDatastore>[0])
  }

  async stats(): Promise<StoreStats> {
    const { records, identities } = this.#tally
    return { records, identities, bytesOnDisk: await bytesIn(this.#database.path) }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await using closing = new AsyncDisposableStack()
    closing.use(this.#lock)
    const { level, description } = this.#database
    closing.defer(async () => {
      await level.close()
    })
    await this.#last
    if (this.#failed !== undefined) return
    // An orderly end: no arrival number is set aside any more.
    const tally: Tally = { ...this.#tally, ceiling: this.#tally.nextArrival }
    await this.#write([{ type: 'put', key: TALLY_KEY, value: sealTally(TALLY_KEY, tally) }], true)
    await writeDescription(join(this.#home, 'store.json'), {
      ...description,
      schema: this.#schema,
      arrivals: tally.nextArrival,
    })
  }

  /** One batch at a time: each is planned on what the one before it left. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#closing !== undefined) throw new StoreError({ code: 'store/closed' })
    if (this.#waiting >= BATCHES_WAITING_LIMIT) {
      throw new StoreError({ code: 'store/busy', limit: BATCHES_WAITING_LIMIT })
    }
    this.#waiting++
    const turn = this.#last.then(work).finally(() => this.#waiting--)
    this.#last = turn.catch(() => {})
    await turn
  }

  async #write(operations: Operation[], sync: boolean): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    this.#writes++
    try {
      await this.#database.level.batch(operations, { sync })
    } catch (error) {
      const failure = storeErrorOf(error, this.#database.path)
      this.#failed = failure
      this.#log.error('nothing more can be stored', { code: failure.fault.code, error: failure })
      throw failure
    }
  }

  #plannedChanges(batch: StoreBatch): readonly PlannedChange[] {
    const { pins, privateObservations, peers, cursors, notes } = batch
    const tables = this.#tables
    return [
      ...(pins === undefined ? [] : [tables.pins.plan(pins)]),
      ...(privateObservations === undefined
        ? []
        : [tables.privateObservations.plan(privateObservations)]),
      ...(peers === undefined ? [] : [tables.peers.plan(peers)]),
      ...(cursors === undefined ? [] : [tables.cursors.plan(cursors)]),
      ...(notes === undefined ? [] : [tables.notes.plan(notes)]),
    ]
  }
}

interface StoreParts {
  readonly database: OpenedDatabase
  readonly lock: StoreLock
  readonly tables: Tables
  readonly damage: DamageList
  readonly options: StoreOptions
}

async function loadTables(database: Database, damage: DamageList): Promise<Tables> {
  const parts = { database, damage }
  return {
    pins: await LocalTable.load({ shape: PINS, ...parts }),
    privateObservations: await LocalTable.load({ shape: PRIVATE_OBSERVATIONS, ...parts }),
    peers: await LocalTable.load({ shape: PEERS, ...parts }),
    cursors: await LocalTable.load({ shape: CURSORS, ...parts }),
    notes: await LocalTable.load({ shape: NOTES, ...parts }),
  }
}

/** Goes on where no arrival number can have been used. */
function firstTally({ tally, description }: OpenedDatabase, damage: DamageList): Tally {
  if (tally.nextArrival < description.arrivals) {
    const lost = description.arrivals - tally.nextArrival
    const reason = `the last ${lost} arrivals before the last orderly end are gone`
    damage.add({ what: 'count', key: 'arrivals', reason })
  }
  const nextArrival = Math.max(tally.ceiling, description.arrivals)
  return { ...tally, nextArrival, ceiling: nextArrival }
}

async function bytesIn(directory: string): Promise<number> {
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
