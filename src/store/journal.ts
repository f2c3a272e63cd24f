/**
 * The arrival journal: what came to this store, in order, for peers that read on from where they
 * stopped. A record that was evicted leaves no entry; an identity stands where it last changed.
 * Specification: docs/spec/store.md, "Journal".
 */
import type { DamageList } from './damage.ts'
import type { Database } from './database.ts'
import { storeErrorOf } from './error.ts'
import { hexText } from './fields.ts'
import { PREFIX, identityKey, journalKey, parseJournalKey, rangeOf, recordKey } from './keys.ts'
import { unsealArrived, unsealDated } from './rows.ts'
import type { Arrived } from './rows.ts'
import { rowsIn } from './scan.ts'
import type { Row } from './scan.ts'

export interface JournalEntry {
  /** Larger for what arrived later at this store. */
  readonly arrival: number
  readonly kind: 'record' | 'identity'
  readonly bytes: Uint8Array
}

/** Entries in one answer, whatever is asked for. */
export const JOURNAL_ENTRIES_LIMIT = 1_024
const ENTRIES_AT_A_TIME = 128

/**
 * At most `limit` entries after a cursor, oldest first; fewer mean that there are no more. The bytes
 * are those that were sealed, so what the disk has changed is left out; whoever receives them
 * verifies them as ever.
 */
export async function readJournal(
  database: Database,
  asked: { readonly afterArrival: number; readonly limit: number },
  damage: DamageList,
): Promise<readonly JournalEntry[]> {
  const limit = Math.min(asked.limit, JOURNAL_ENTRIES_LIMIT)
  const first = Math.max(0, asked.afterArrival) + 1
  // A peer may name any cursor.
  if (!Number.isSafeInteger(first) || limit < 1) return []
  const entries: JournalEntry[] = []
  const range = { gte: journalKey(first), lt: rangeOf(PREFIX.journal).lt }
  let rows: Row[] = []
  for await (const row of rowsIn(database, range)) {
    rows.push(row)
    if (rows.length < Math.min(ENTRIES_AT_A_TIME, limit - entries.length)) continue
    entries.push(...(await entriesOf(database, rows, damage)))
    if (entries.length >= limit) return entries
    rows = []
  }
  entries.push(...(await entriesOf(database, rows, damage)))
  return entries
}

interface Named {
  readonly arrival: number
  readonly kind: Arrived['kind']
  readonly key: Uint8Array
}

async function entriesOf(
  { level, path }: Database,
  rows: readonly Row[],
  damage: DamageList,
): Promise<readonly JournalEntry[]> {
  const named: Named[] = []
  for (const [key, value] of rows) {
    const arrived = unsealArrived(key, value)
    const arrival = parseJournalKey(key)
    if (arrived === undefined || arrival === undefined) {
      damage.add({ what: 'journal', key: hexText(key), reason: 'the seal is broken' })
      continue
    }
    const at = arrived.kind === 'record' ? recordKey(arrived.place) : identityKey(arrived.did)
    named.push({ arrival, kind: arrived.kind, key: at })
  }
  if (named.length === 0) return []
  let values: readonly (Uint8Array | undefined)[]
  try {
    values = await level.getMany(named.map(({ key }) => key))
  } catch (error) {
    throw storeErrorOf(error, path)
  }
  const entries: JournalEntry[] = []
  for (const [at, { arrival, kind, key }] of named.entries()) {
    const value = values[at]
    // It has left since the journal was read.
    if (value === undefined) continue
    const dated = unsealDated(key, value)
    if (dated === undefined) {
      damage.add({ what: kind, key: hexText(key), reason: 'the seal is broken' })
    } else if (dated.arrival === arrival) {
      // Another arrival: it has moved on, and stands further down.
      entries.push({ arrival, kind, bytes: dated.bytes })
    }
  }
  return entries
}
