/**
 * What happens at the node, told to whoever listens: the event stream, `watch`, tests.
 *
 * Each event has a cursor; the newest {@link EVENT_LIMIT} are kept, so a listener that was away
 * for a moment resumes without a gap, and learns when there is one.
 */
import type { Did } from '../identity/did.ts'

export const EVENT_LIMIT = 10_000
/** Trimmed at a time, so that a burst does not shift the array at each event. */
const EVENTS_TRIMMED_COUNT = 1_000

export type NodeEvent =
  | {
      readonly kind: 'record.accepted'
      readonly id: string
      readonly type: string
      readonly issuer: string
      readonly subject: string
      readonly via: string
    }
  | { readonly kind: 'record.rejected'; readonly code: string; readonly via: string }
  | { readonly kind: 'record.evicted'; readonly id: string }
  | { readonly kind: 'identity.changed'; readonly did: Did }
  | { readonly kind: 'identity.forked'; readonly did: Did }
  /** A known agent speaks with a new key. */
  | { readonly kind: 'identity.rotated'; readonly did: Did; readonly key: string }
  /** Of an agent that matters here; null where nothing is known. */
  | {
      readonly kind: 'score.changed'
      readonly subject: Did
      readonly scope: string
      readonly score: number | null
      readonly state: string
      readonly scoreBefore: number | null
      readonly stateBefore: string
    }
  /** The latest outcomes of an agent that matters here have left the rest, or are back. */
  | {
      readonly kind: 'drift'
      readonly subject: Did
      readonly scope: string
      readonly day: string
      readonly severity: string
      readonly direction: string | null
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'peer.up'; readonly peer: string }
  | { readonly kind: 'peer.down'; readonly peer: string }
  /** Records that have moved in a reconciliation under way, and those that are known to be left. */
  | {
      readonly kind: 'sync.progress'
      readonly peer: string
      readonly received: number
      readonly sent: number
      readonly toReceive: number
      readonly toSend: number
      readonly perSecond: number
      readonly secondsLeft: number | null
    }
  /** A reconciliation that moved something is over. */
  | {
      readonly kind: 'sync.ended'
      readonly peer: string
      readonly received: number
      readonly fresh: number
      readonly sent: number
      readonly complete: boolean
    }
  | {
      readonly kind: 'sync.failed'
      readonly peer: string
      readonly code: string
      readonly dropped: boolean
    }
  /** So many chosen peers hold nothing that is missing here. */
  | { readonly kind: 'sync.complete'; readonly peers: number }
  | { readonly kind: 'warning'; readonly message: string }

export interface StampedEvent {
  readonly cursor: number
  readonly atMs: number
  readonly event: NodeEvent
}

export class Events {
  readonly #clock: () => number
  readonly #kept: StampedEvent[] = []
  readonly #listeners = new Set<(stamped: StampedEvent) => void>()
  #cursor = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get cursor(): number {
    return this.#cursor
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  emit(event: NodeEvent): void {
    const stamped = { cursor: ++this.#cursor, atMs: this.#clock(), event }
    this.#kept.push(stamped)
    if (this.#kept.length >= EVENT_LIMIT + EVENTS_TRIMMED_COUNT) {
      this.#kept.splice(0, EVENTS_TRIMMED_COUNT)
    }
    for (const listener of this.#listeners) listener(stamped)
  }

  /**
   * The kept events after `cursor`, oldest first. A cursor ahead of this node is of an earlier run,
   * whose numbers mean nothing here: to its listener all is new.
   */
  since(cursor: number): readonly StampedEvent[] {
    if (cursor > this.#cursor) return [...this.#kept]
    const first = this.#kept[0]?.cursor ?? this.#cursor + 1
    return this.#kept.slice(Math.max(0, cursor + 1 - first))
  }

  /** Calls `listener` for each new event until the returned function is called. */
  listen(listener: (stamped: StampedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
