/**
 * What the network needs from the rest of the node, and nothing more: `node` passes what fits, a
 * test passes a few functions. Bytes that come in are offered, never trusted; the answer says what
 * to tell the peer that sent them.
 */
import type { IdentityFault } from '../identity/error.ts'
import type { Did } from '../identity/did.ts'
import type { RecordFault } from '../records/error.ts'
import type { CryptoFault } from '../crypto/error.ts'
import type { SyncSets } from './sync/sets.ts'
import type { Fetch } from './sync/step.ts'

/** Where bytes came from. `peer` is a libp2p peer id in text. */
export type Source =
  | { readonly via: 'api' }
  | { readonly via: 'gossip' | 'sync' | 'query' | 'dht'; readonly peer: string }

export type OfferFaultCode =
  RecordFault['code'] | IdentityFault['code'] | CryptoFault['code'] | 'node/closing' | 'node/busy'

/**
 * What became of offered bytes. `fresh`: new here, or so new that it may not have travelled on.
 * `isOlder`: of an identity value, that the one held here says more.
 */
export type Offered =
  | { readonly kind: 'taken'; readonly fresh: boolean; readonly isOlder?: boolean }
  | { readonly kind: 'refused'; readonly code: OfferFaultCode }

export interface IngestSink {
  /** One record's bytes. Never throws for what a peer can cause; waits when the queue is full. */
  offer(bytes: Uint8Array, source: Source): Promise<Offered>
  /** One identity value's bytes (`{l, d}` or `{f}`), joined with what is held of that DID. */
  offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered>
}

/** What answers peers' questions: verified bytes only, as they were received. */
export interface EvidenceSource {
  /** The stored identity value of a DID. */
  identity(did: Did): Promise<Uint8Array | undefined>
  /** Records about a DID, then records by it, each once, newest first. */
  recordsOf(did: Did): AsyncIterable<Uint8Array>
}

/** What reconciliation compares and sends. */
export interface SyncSource {
  readonly sets: SyncSets
  /** Whether the sets are those of the disk: until then there is nothing to compare. */
  readonly isReady: boolean
  /** The bytes that keys stand for, in their order; `undefined` for what is gone or damaged. */
  read(wanted: Fetch): Promise<readonly (Uint8Array | undefined)[]>
}
