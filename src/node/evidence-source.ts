/** The store, as the network asks it, bytes for peers, nothing decoded; and as the evidence reads it. */
import type { Did } from '../identity/did.ts'
import type { EvidenceSource } from '../p2p/ports.ts'
import type { Store, StoredRecord } from '../store/store.ts'
import type { RecordSource } from './evidence.ts'
import type { IndexState } from './index-state.ts'

/** Who this node is, and the DID that its present key would make. */
export interface OwnNames {
  readonly did: Did
  readonly ofKey: Did
}

/**
 * @param own  A peer knows this node by its key alone: whoever asks for the DID that the key would make
 *   means this agent, whose DID is another when a cold root stands behind it or the key was replaced.
 */
export function evidenceSource(store: Store, own: () => OwnNames): EvidenceSource {
  return {
    identity: async (asked) => {
      const held = await store.identity(asked)
      if (held !== undefined) return held.bytes
      const { did, ofKey } = own()
      return asked === ofKey ? (await store.identity(did))?.bytes : undefined
    },
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
