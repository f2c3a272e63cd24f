/**
 * Small tables of what is this node's alone and never travels: pins, peers, notes. Each has a
 * bound on its rows and on the bytes of one, and says what happens when it is full.
 */
import { concatBytes, textBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import type { DamageList } from './damage.ts'
import type { Database, Operation } from './database.ts'
import { StoreError, storeErrorOf } from './error.ts'
import { hexText } from './fields.ts'
import { rangeOf } from './keys.ts'
import { rowsIn } from './scan.ts'
import { seal, unseal } from './seal.ts'

export interface TableShape<Row> {
  /** As errors and logs call it. */
  readonly name: string
  /** The first two characters of its keys: one letter and a slash. */
  readonly prefix: string
  readonly rowsLimit: number
  readonly rowLimitBytes: number
  /** Whether a full table refuses new rows, or forgets the row of the lowest age rank. */
  readonly whenFull: 'refuse' | 'forget'
  /** What was worth keeping least has the lowest rank; those of one rank go in order of writing. */
  readonly rankOf?: (row: Row) => number
  readonly keyOf: (row: Row) => string
  /** Throws for anything that is not such a row. */
  readonly parse: (value: unknown) => Row
}

export interface TableChange<Row> {
  readonly put?: readonly Row[]
  /** Keys. */
  readonly delete?: readonly string[]
}

/** What a change comes to: the writes, and what to remember once they are on disk. */
export interface PlannedChange {
  readonly operations: readonly Operation[]
  readonly settle: () => void
}

export const TABLE_KEY_LIMIT_BYTES = 128

export class LocalTable<Row> {
  readonly #shape: TableShape<Row>
  readonly #prefix: Uint8Array
  readonly #database: Database
  readonly #damage: DamageList
  /** Every row's key, and its rank. */
  #ranks: Map<string, number>

  private constructor(parts: TableParts<Row>, ranks: Map<string, number>) {
    this.#shape = parts.shape
    this.#prefix = textBytes(parts.shape.prefix)
    this.#database = parts.database
    this.#damage = parts.damage
    this.#ranks = ranks
  }

  static async load<Row>(parts: TableParts<Row>): Promise<LocalTable<Row>> {
    const table = new LocalTable<Row>(parts, new Map())
    await table.reload()
    return table
  }

  /** Counts the rows on disk anew, after a write of which nobody knows whether it came to be. */
  async reload(): Promise<void> {
    const { keyOf, rankOf } = this.#shape
    const ranks = new Map<string, number>()
    for (const row of await this.list()) ranks.set(keyOf(row), rankOf?.(row) ?? 0)
    this.#ranks = ranks
  }

  get size(): number {
    return this.#ranks.size
  }

  async get(key: string): Promise<Row | undefined> {
    const at = this.#key(key)
    let value: Uint8Array | undefined
    if (this.#database.reopening !== undefined) await this.#database.reopening
    try {
      value = await this.#database.level.get(at)
    } catch (error) {
      throw storeErrorOf(error, this.#database.path)
    }
    return value === undefined ? undefined : this.#row(at, value)
  }

  /** All rows, in the order of their keys. */
  async list(): Promise<readonly Row[]> {
    const rows: Row[] = []
    for await (const [key, value] of rowsIn(this.#database, rangeOf(this.#prefix))) {
      const row = this.#row(key, value)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  /**
   * The writes that make a change. Deletions come first, so a full table can swap a row for another.
   *
   * @throws {StoreError} `store/table-full`, `store/row-too-large`.
   */
  plan(change: TableChange<Row>): PlannedChange {
    const { keyOf, rankOf, rowsLimit, name, whenFull } = this.#shape
    const ranks = new Map(this.#ranks)
    const operations: Operation[] = []
    const remove = (key: string): void => {
      ranks.delete(key)
      operations.push({ type: 'del', key: this.#key(key) })
    }
    for (const key of change.delete ?? []) remove(key)
    for (const row of change.put ?? []) {
      const key = keyOf(row)
      ranks.delete(key)
      ranks.set(key, rankOf?.(row) ?? 0)
      const at = this.#key(key)
      operations.push({ type: 'put', key: at, value: seal(at, this.#bytes(row)) })
      if (ranks.size <= rowsLimit) continue
      if (whenFull === 'refuse') {
        throw new StoreError({ code: 'store/table-full', table: name, limit: rowsLimit })
      }
      const least = lowest(ranks, key)
      if (least !== undefined) remove(least)
    }
    const settle = (): void => {
      this.#ranks = ranks
    }
    return { operations, settle }
  }

  #key(key: string): Uint8Array {
    const text = textBytes(key)
    if (text.length === 0 || text.length > TABLE_KEY_LIMIT_BYTES) {
      throw new RangeError(`a key of ${this.#shape.name} has 1 to ${TABLE_KEY_LIMIT_BYTES} bytes`)
    }
    return concatBytes(this.#prefix, text)
  }

  #bytes(row: Row): Uint8Array {
    const bytes = encodeCbor(this.#shape.parse(row))
    const { name: table, rowLimitBytes: limitBytes } = this.#shape
    if (bytes.length <= limitBytes) return bytes
    throw new StoreError({ code: 'store/row-too-large', table, bytes: bytes.length, limitBytes })
  }

  #row(key: Uint8Array, value: Uint8Array): Row | undefined {
    const content = unseal(key, value)
    let reason = 'the seal is broken'
    if (content !== undefined) {
      try {
        return this.#shape.parse(decodeCbor(content, this.#shape.rowLimitBytes))
      } catch (error) {
        reason = asError(error).message
      }
    }
    this.#damage.add({ what: 'table', key: hexText(key), reason })
    return undefined
  }
}

interface TableParts<Row> {
  readonly shape: TableShape<Row>
  readonly database: Database
  readonly damage: DamageList
}

/** The key of the lowest rank, the longest there among equals; not `but`. */
function lowest(ranks: ReadonlyMap<string, number>, but: string): string | undefined {
  let least: { readonly key: string; readonly rank: number } | undefined
  for (const [key, rank] of ranks) {
    if (key !== but && (least === undefined || rank < least.rank)) least = { key, rank }
  }
  return least?.key
}
