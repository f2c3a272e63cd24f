/**
 * Moves what is sound out of a database that was repaired into a new one. Nothing is believed: the
 * seals, ids and signatures are checked, and every index row is made anew.
 */
import { textBytes, toHex } from '../base/bytes.ts'
import { silentLogger } from '../base/log.ts'
import { SignatureProof } from '../crypto/ed25519.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import { decodeCbor } from '../crypto/cbor.ts'
import { IdentityState } from '../identity/state.ts'
import { laneOf } from '../records/replica/lanes.ts'
import { Candidate, Verified } from '../records/verified.ts'
import { planBatch } from './batch.ts'
import type { NewRecord, SharedChanges } from './batch.ts'
import { DamageList } from './damage.ts'
import { readTally } from './database.ts'
import type { Database, Operation } from './database.ts'
import { StoreError } from './error.ts'
import { hexText } from './fields.ts'
import { PREFIX, ownSequenceKey, parseIdentityKey, parseRecordKey, rangeOf } from './keys.ts'
import { FORGOTTEN, NOTES, PEERS, PINS, PRIVATE_OBSERVATIONS } from './local-state.ts'
import type { TableShape } from './local-table.ts'
import { unsealDated, unsealNumber } from './rows.ts'
import { rowsIn } from './scan.ts'
import type { Row } from './scan.ts'
import { unseal } from './seal.ts'
import type { Tally } from './tally.ts'

export interface Moved {
  /** Rows judged. */
  readonly rows: number
  readonly records: number
  readonly identities: number
  readonly localRows: number
  /** Rows that were there and are not sound. What left no row at all, nobody can count. */
  readonly lost: number
  readonly tally: Tally
}

type RowShape = Pick<TableShape<unknown>, 'prefix' | 'rowLimitBytes' | 'parse'>

const TABLES: readonly RowShape[] = [PINS, FORGOTTEN, PRIVATE_OBSERVATIONS, PEERS, NOTES]

const ROWS_AT_A_TIME = 512

interface SalvageOptions {
  readonly network: string
  readonly verifier: Verifier
  readonly clock: () => number
  readonly onRows: (rows: number) => void
}

/** @param from  left out when there is nothing to read. */
export async function moveSoundRows(
  from: Database | undefined,
  to: Database,
  options: SalvageOptions,
): Promise<Moved> {
  const salvage = new Salvage(to, await readTally(to), options)
  if (from !== undefined) {
    await salvage.numbers(from)
    await salvage.identities(from)
    await salvage.records(from)
    for (const table of TABLES) await salvage.table(from, table)
  }
  return salvage.moved()
}

class Salvage {
  readonly #to: Database
  readonly #options: SalvageOptions
  readonly #damage = new DamageList(silentLogger)
  /** Author sequences that cannot be read, by key: what the records show of them takes their place. */
  readonly #unreadNumbers = new Map<string, number>()
  #tally: Tally
  #counts = { rows: 0, records: 0, identities: 0, localRows: 0, lost: 0 }

  constructor(to: Database, tally: Tally, options: SalvageOptions) {
    this.#to = to
    this.#tally = tally
    this.#options = options
  }

  async numbers(from: Database): Promise<void> {
    for await (const rows of slices(from, PREFIX.ownSequence)) {
      const operations: Operation[] = []
      for (const [key, value] of rows) {
        const keyHex = hexText(key.subarray(PREFIX.ownSequence.length))
        if (key.length !== OWN_SEQUENCE_KEY_BYTES) this.#counts.lost++
        else if (unsealNumber(key, value) === undefined) this.#unreadNumbers.set(keyHex, 0)
        else operations.push({ type: 'put', key, value })
      }
      await this.#write(operations)
      this.#judged(rows.length)
    }
  }

  async identities(from: Database): Promise<void> {
    for await (const rows of slices(from, PREFIX.identity)) {
      const states = rows.flatMap((row) => this.#identity(row) ?? [])
      await this.#put({ identities: states })
      this.#counts.identities += states.length
      this.#counts.lost += rows.length - states.length
      this.#judged(rows.length)
    }
  }

  async records(from: Database): Promise<void> {
    for await (const rows of slices(from, PREFIX.record)) {
      const judged = await Promise.all(rows.map(async (row) => this.#record(row)))
      const put = judged.flatMap((record) => record ?? [])
      await this.#put({ put })
      for (const { verified } of put) this.#noteNumber(verified)
      this.#counts.records += put.length
      this.#counts.lost += rows.length - put.length
      this.#judged(rows.length)
    }
    for (const [keyHex, sequence] of this.#unreadNumbers) {
      if (sequence > 0) await this.#put({ ownSequence: { keyHex, sequence } })
    }
  }

  async table(from: Database, shape: RowShape): Promise<void> {
    for await (const rows of slices(from, textBytes(shape.prefix))) {
      const sound = rows.filter((row) => isSoundRow(row, shape))
      await this.#write(sound.map(([key, value]) => ({ type: 'put', key, value })))
      this.#counts.localRows += sound.length
      this.#counts.lost += rows.length - sound.length
      this.#judged(rows.length)
    }
  }

  moved(): Moved {
    return { ...this.#counts, tally: this.#tally }
  }

  #identity([key, value]: Row): IdentityState | undefined {
    const dated = unsealDated(key, value)
    if (dated === undefined) return undefined
    try {
      const state = IdentityState.parse(dated.bytes, this.#options)
      return state.did === parseIdentityKey(key) ? state : undefined
    } catch {
      return undefined
    }
  }

  async #record([key, value]: Row): Promise<NewRecord | undefined> {
    const place = parseRecordKey(key)
    const dated = unsealDated(key, value)
    if (place === undefined || dated === undefined) return undefined
    try {
      const candidate = Candidate.parse(dated.bytes, this.#options)
      const proof = await SignatureProof.of(candidate.check, this.#options.verifier)
      if (proof === undefined || candidate.id !== place.id) return undefined
      const verified = Verified.of(candidate, proof)
      const isItsPlace =
        laneOf(verified.record) === place.lane && verified.record.issuedAtMs === place.issuedAtMs
      return isItsPlace ? { verified, shard: place.shard, lane: place.lane } : undefined
    } catch {
      return undefined
    }
  }

  #noteNumber({ record }: Verified): void {
    if (this.#unreadNumbers.size === 0) return
    const keyHex = toHex(record.key)
    const highest = this.#unreadNumbers.get(keyHex)
    if (highest !== undefined && highest < record.sequence) {
      this.#unreadNumbers.set(keyHex, record.sequence)
    }
  }

  async #put(changes: SharedChanges): Promise<void> {
    const nowMs = this.#options.clock()
    const at = { database: this.#to, tally: this.#tally, nowMs }
    const plan = await planBatch(changes, at, this.#damage)
    await this.#write(plan.operations)
    this.#tally = plan.tally
  }

  async #write(operations: readonly Operation[]): Promise<void> {
    if (operations.length > 0) await this.#to.level.batch([...operations])
  }

  #judged(rows: number): void {
    this.#counts.rows += rows
    this.#options.onRows(this.#counts.rows)
  }
}

const OWN_SEQUENCE_KEY_BYTES = ownSequenceKey('0'.repeat(64)).length

/** The rows under a prefix, some at a time; a part that cannot be read ends the list. */
async function* slices(
  from: Database,
  prefix: Uint8Array,
): AsyncGenerator<readonly Row[], void, undefined> {
  let rows: Row[] = []
  const all = rowsIn(from, rangeOf(prefix))
  for (;;) {
    const row = await nextReadable(all)
    if (row !== undefined) rows.push(row)
    if (rows.length >= ROWS_AT_A_TIME || (row === undefined && rows.length > 0)) {
      yield rows
      rows = []
    }
    if (row === undefined) return
  }
}

async function nextReadable(rows: AsyncGenerator<Row, void, undefined>): Promise<Row | undefined> {
  try {
    const step = await rows.next()
    return step.done === true ? undefined : step.value
  } catch (error) {
    if (error instanceof StoreError && error.fault.code === 'store/corrupt') return undefined
    throw error
  }
}

function isSoundRow([key, value]: Row, shape: RowShape): boolean {
  const content = unseal(key, value)
  if (content === undefined) return false
  try {
    shape.parse(decodeCbor(content, shape.rowLimitBytes))
    return true
  } catch {
    return false
  }
}
