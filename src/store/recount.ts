/** The counts of a store, taken from its rows. */
import type { RecordType } from '../records/record.ts'
import type { Database } from './database.ts'
import { ID_BYTES, readId } from './fields.ts'
import { PREFIX, rangeOf } from './keys.ts'
import { unsealPosition } from './rows.ts'
import { rowsIn } from './scan.ts'
import type { Tally } from './tally.ts'

export async function countedRows(
  database: Database,
): Promise<Pick<Tally, 'records' | 'identities'>> {
  const counts = new Map<RecordType, number>()
  for await (const [key, value] of rowsIn(database, rangeOf(PREFIX.position))) {
    if (key.length !== PREFIX.position.length + ID_BYTES) continue
    const type = unsealPosition(key, readId(key, PREFIX.position.length), value)?.type
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  let identities = 0
  for await (const _ of rowsIn(database, rangeOf(PREFIX.identity))) identities++
  const count = (type: RecordType): number => counts.get(type) ?? 0
  return {
    records: {
      vouch: count('vouch'),
      revocation: count('revocation'),
      promise: count('promise'),
      observation: count('observation'),
    },
    identities,
  }
}
