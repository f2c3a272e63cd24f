/** What a live view asks of whoever holds the records. */
import type { Did } from '../../identity/did.ts'
import type { EvidenceRecord } from '../context.ts'

export interface RecordIndex {
  /** Vouches for, revocations and observations about an agent, and the promises it made; each once. */
  about(did: Did): Iterable<EvidenceRecord>
  /** All that an agent issued. */
  by(did: Did): Iterable<EvidenceRecord>
  /** Of these, at least those whose number another one has: one key may have signed both. */
  byOneNumber(did: Did): Iterable<EvidenceRecord>
}
