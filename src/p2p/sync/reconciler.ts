/**
 * One reconciliation with one peer, either side of it, as a machine without input or output.
 *
 * Specification: docs/spec/sync.md.
 */
import type { RefusedStatus } from '../query/status.ts'
import type { SyncSets } from './sets.ts'
import type { Outcome, Step, SyncProgress } from './step.ts'

export function syncProtocol(network: string): string {
  return `/aip/${network}/sync/1.0.0`
}

export interface SyncOptions {
  /** The dialler begins. */
  readonly role: 'dialler' | 'responder'
  readonly network: string
  /** Of the network: both sides must agree. */
  readonly shardBits: number
  readonly sets: SyncSets
  /** For the peer's information only. */
  readonly nowMs: number
  /** 16 random bytes, new for each session. */
  readonly salt: Uint8Array
}

export class SyncSession {
  constructor(_options: SyncOptions) {}

  /** To be called once, first: the dialler's HELLO; nothing for the responder. */
  begin(): Step {
    throw new Error('not built yet')
  }

  /** One frame came: a whole message without its length prefix, of any content. Never throws for it. */
  receive(_frame: Uint8Array): Step {
    throw new Error('not built yet')
  }

  /** What the store gave for the open fetch, one for each key; `undefined` for what is gone. */
  provided(_items: readonly (Uint8Array | undefined)[]): Step {
    throw new Error('not built yet')
  }

  /** An offer is committed: one outcome for each of its items. Grants the peer credit. */
  taken(_offerId: number, _outcomes: readonly Outcome[]): Step {
    throw new Error('not built yet')
  }

  /** Ends the session from this side: tells the peer why and fails with `p2p/cancelled`. */
  stop(_status: RefusedStatus): Step {
    throw new Error('not built yet')
  }

  get progress(): SyncProgress {
    throw new Error('not built yet')
  }
}

/** A frame that refuses a session before it begins, or ends it: `ERR`. */
export function refusalFrame(_status: RefusedStatus): Uint8Array {
  throw new Error('not built yet')
}
