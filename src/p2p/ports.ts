/**
 * What the network needs from the rest of the node, and nothing more: `node` passes what fits, a
 * test passes a few functions. Bytes that come in are offered, never trusted; the answer says what
 * to tell the peer that sent them.
 */
import type { IdentityFault } from '../identity/error.ts'
import type { Did } from '../identity/did.ts'
import type { RecordFault } from '../records/error.ts'
import type { CryptoFault } from '../crypto/error.ts'

/** Where bytes came from. `peer` is a libp2p peer id in text. */
export type Source =
  | { readonly via: 'api' }
  | { readonly via: 'gossip' | 'catch-up' | 'query' | 'dht'; readonly peer: string }

export type OfferFaultCode =
  RecordFault['code'] | IdentityFault['code'] | CryptoFault['code'] | 'node/closing' | 'node/busy'

/** What became of offered bytes. `fresh`: new here, or so new that it may not have travelled on. */
export type Offered =
  | { readonly kind: 'taken'; readonly fresh: boolean }
  | { readonly kind: 'refused'; readonly code: OfferFaultCode }

export interface IngestSink {
  /** One record's bytes. Never throws for what a peer can cause; waits when the queue is full. */
  offer(bytes: Uint8Array, source: Source): Promise<Offered>
  /** One identity value's bytes (`{l, d}` or `{f}`), joined with what is held of that DID. */
  offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered>
}

/** One entry of the arrival journal. */
export interface JournalEntry {
  /** Larger for what arrived later at this store. */
  readonly arrival: number
  readonly kind: 'record' | 'identity'
  readonly bytes: Uint8Array
}

/** What answers peers' questions: verified bytes only, as they were received. */
export interface EvidenceSource {
  /** Changes when the store is made anew; cursors of another store mean nothing. */
  readonly storeId: string
  /** The stored identity value of a DID. */
  identity(did: Did): Promise<Uint8Array | undefined>
  /** Records about a DID, then records by it, each once, newest first. */
  recordsOf(did: Did): AsyncIterable<Uint8Array>
  /** What arrived after a cursor, oldest first, at most `limit` entries. */
  journal(afterArrival: number, limit: number): Promise<readonly JournalEntry[]>
}
