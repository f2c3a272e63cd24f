/**
 * The step to schema 2: the arrival journal and the cursors into peers' journals go, for peers compare
 * sets now, and index rows say nothing any more that stands in their keys.
 *
 * May be cut short and run again at any point: a row that was shortened already is left as it is.
 */
import { textBytes } from '../base/bytes.ts'
import { PREFIX, rangeOf, type KeyRange } from './keys.ts'
import { compactRange, type Rows } from './level.ts'
import { sealRow, unseal, unsealedRow } from './seal.ts'

const ROWS_AT_A_TIME = 4_096

interface HowToRun {
  readonly rowsAtATime?: number
  /** Called when a part is done. */
  readonly afterBatch?: () => Promise<void>
}

const GONE = ['j/', 'c/'].map((prefix) => rangeOf(textBytes(prefix)))

/** What is kept of an older row's content, which is told by its length. */
interface Shortened {
  readonly range: KeyRange
  readonly bytes: number
  readonly keep: readonly (readonly [start: number, end: number])[]
}

const SHORTENED: readonly Shortened[] = [
  // Type, lane, shard, issued; not sequence, arrival, issuer and subject.
  { range: rangeOf(PREFIX.position), bytes: 60, keep: [[0, 12]] },
  // Shard; not the lane; issued.
  {
    range: rangeOf(PREFIX.issuer),
    bytes: 11,
    keep: [
      [0, 2],
      [3, 11],
    ],
  },
  // Shard, lane; not the time of issue.
  { range: rangeOf(PREFIX.subject), bytes: 11, keep: [[0, 3]] },
]

export async function toSchema2(level: Rows, how: HowToRun = {}): Promise<void> {
  for (const range of GONE) await dropAll(level, range, how)
  for (const shortened of SHORTENED) await shortenAll(level, shortened, how)
}

async function dropAll(level: Rows, range: KeyRange, how: HowToRun): Promise<void> {
  const { rowsAtATime: limit = ROWS_AT_A_TIME, afterBatch } = how
  for (;;) {
    const keys = await level.keys({ ...range, limit }).all()
    if (keys.length === 0) break
    await level.batch(keys.map((key) => ({ type: 'del', key })))
    await afterBatch?.()
  }
  await compactRange(level, range.gte, range.lt)
}

/** A row whose seal is broken stays for the reader to find. */
async function shortenAll(level: Rows, { range, bytes, keep }: Shortened, how: HowToRun) {
  const { rowsAtATime: limit = ROWS_AT_A_TIME, afterBatch } = how
  let bounds: { readonly gte?: Uint8Array; readonly gt?: Uint8Array } = { gte: range.gte }
  for (;;) {
    const rows = await level.iterator({ ...bounds, lt: range.lt, limit }).all()
    const last = rows.at(-1)
    if (last === undefined) break
    bounds = { gt: last[0] }
    const operations = rows.flatMap(([key, value]) => {
      const content = unseal(key, value)
      if (content?.length !== bytes) return []
      const size = keep.reduce((sum, [start, end]) => sum + end - start, 0)
      const row = unsealedRow(size)
      for (const [start, end] of keep) row.raw(content.subarray(start, end))
      return [{ type: 'put', key, value: sealRow(key, row) } as const]
    })
    if (operations.length === 0) continue
    await level.batch(operations)
    await afterBatch?.()
  }
  await compactRange(level, range.gte, range.lt)
}
