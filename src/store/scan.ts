/** Reads ranges of rows in large steps: a call into LevelDB for each row would cost more than the row. */
import type { Database } from './database.ts'
import { storeErrorOf } from './error.ts'
import type { KeyRange } from './keys.ts'
import { MIB_BYTES } from '../base/units.ts'

const ROWS_AT_A_TIME = 512
const BYTES_AT_A_TIME = 1 * MIB_BYTES

type Range = KeyRange | { readonly gt: Uint8Array; readonly lt: Uint8Array }

export type Row = readonly [key: Uint8Array, value: Uint8Array]

/**
 * The rows of a range as they are now, whatever is written meanwhile.
 *
 * @throws {StoreError} when a part of the database cannot be read.
 */
export async function* rowsIn(
  database: Database,
  range: Range,
  order: { readonly reverse?: boolean; readonly limit?: number } = {},
): AsyncGenerator<Row, void, undefined> {
  for await (const rows of slicesIn(database, range, order)) yield* rows
}

/** The same, some hundred rows at a time: between two slices others have a turn. */
export async function* slicesIn(
  database: Database,
  range: Range,
  order: { readonly reverse?: boolean; readonly limit?: number } = {},
): AsyncGenerator<readonly Row[], void, undefined> {
  const { level, path } = database
  if (database.reopening !== undefined) await database.reopening
  const size = Math.min(order.limit ?? ROWS_AT_A_TIME, ROWS_AT_A_TIME)
  let iterator
  try {
    iterator = level.iterator({ ...range, ...order, highWaterMarkBytes: BYTES_AT_A_TIME })
  } catch (error) {
    throw storeErrorOf(error, path)
  }
  try {
    for (;;) {
      let rows: readonly Row[]
      try {
        rows = await iterator.nextv(size)
      } catch (error) {
        throw storeErrorOf(error, path)
      }
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    await iterator.close()
  }
}
