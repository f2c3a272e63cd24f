/** Which records a view is made from, in one number. Specification: docs/spec/scoring.md, T27. */
import { textBytes } from '../base/bytes.ts'
import { sha256Hex } from '../crypto/hash.ts'
import type { RecordId } from '../records/record.ts'

/** SHA-256 over the sorted ids, joined by line feeds, in hex. */
export function digestOf(ids: readonly RecordId[]): string {
  return sha256Hex(textBytes(ids.toSorted().join('\n')))
}
