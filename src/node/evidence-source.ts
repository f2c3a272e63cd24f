/** The store, as the network asks it, bytes for peers, nothing decoded; and as the evidence reads it. */
import type { EvidenceSource } from '../p2p/ports.ts'
import type { Store, StoredRecord } from '../store/store.ts'
import type { RecordSource } from './evidence.ts'
import type { IndexState } from './index-state.ts'

export function evidenceSource(store: Store): EvidenceSource {
  return {
    identity: async (did) => (await store.identity(did))?.bytes,
    recordsOf: (did) => bytesOf(store.recordsOf(did)),
  }
}

export function evidenceOnDisk(store: Store, index?: IndexState): RecordSource {
  return {
    ...(index === undefined ? {} : { whenReady: async () => index.whenReady() }),
    recordAt: (place) => store.recordAt(place),
    records: () => store.records(),
  }
}

async function* bytesOf(records: AsyncIterable<StoredRecord>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of records) yield bytes
}
