/**
 * What a session asks of whoever drives it. The session itself has no socket, timer, clock or disk:
 * each call returns a step, and the driver carries the step out.
 */
import type { ExchangeError } from '../query/error.ts'
import type { SyncLane } from './sets.ts'

export interface Step {
  /** Frames to write, in this order: each one message, without its length prefix. */
  readonly send: readonly Uint8Array[]
  /** Read these from the store and call `provided`. At most one fetch is open at a time. */
  readonly fetch: Fetch | undefined
  /** Offer these to the node's pipeline, in this order; call `taken` for each when it is committed. */
  readonly offers: readonly Offer[]
  /** The session is over. Frames of this step are still to be written; then the stream closes. */
  readonly end: SyncEnd | undefined
}

/** Bytes wanted from the store: what `keys` of one shard and lane stand for. */
export interface Fetch {
  readonly shard: number
  readonly lane: SyncLane
  /** Newest first; 40 bytes each, in lane L 48. */
  readonly keys: readonly Uint8Array[]
}

/** Records that the peer sent, or in lane L identity values: bytes, not trusted. */
export interface Offer {
  /** Counts up from 0 in each session. */
  readonly id: number
  readonly shard: number
  readonly lane: SyncLane
  readonly items: readonly Uint8Array[]
}

/**
 * What became of one offered item: `fresh` is new here, `known` was here already, `refused` was
 * refused with a code that only the peer is to blame for, `ignored` was refused with another or waits.
 */
export type Outcome = 'fresh' | 'known' | 'refused' | 'ignored'

export type SyncEnd =
  /** `isComplete` is false when a limit of the session came first: the next one goes on. */
  | { readonly kind: 'finished'; readonly isComplete: boolean }
  /** The fault says whether the peer is to blame: `isPeerFault`. */
  | { readonly kind: 'failed'; readonly error: ExchangeError }

/** Counters for people and metrics; records are those of all lanes, L included. */
export interface SyncProgress {
  /** Records that the peer is known to lack and has not been sent. */
  readonly toSend: number
  /** Records asked for and not received; those of a range asked for whole count as one. */
  readonly toReceive: number
  readonly sent: number
  readonly received: number
  /** Of the received ones, how many were new here. */
  readonly fresh: number
  /** Bytes of records, then of all frames. */
  readonly sentRecordBytes: number
  readonly receivedRecordBytes: number
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Turns of both sides so far. */
  readonly turns: number
  /** The peer's clock minus ours when its HELLO came; `undefined` before. */
  readonly skewMs: number | undefined
}
