/** The store, as the network asks it: bytes for peers, nothing decoded. */
import type { EvidenceSource } from '../p2p/ports.ts'
import type { Store, StoredRecord } from '../store/store.ts'

export function evidenceSource(store: Store): EvidenceSource {
  return {
    identity: async (did) => (await store.identity(did))?.bytes,
    recordsOf: (did) => bytesOf(store.recordsOf(did)),
  }
}

async function* bytesOf(records: AsyncIterable<StoredRecord>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of records) yield bytes
}
