/**
 * Key logs of which a peer holds an older value than this node, told to those who are connected.
 *
 * Reconciliation carries the logs of agents with records. A log that takes the place from a key takes the
 * records of that key too, and with the last of them a node has nothing of the agent to compare: a peer
 * that has not heard of the log would keep the records for ever, and send them at every session.
 */
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import { Buckets, type BucketRate } from '../../p2p/query/buckets.ts'
import type { Source } from '../../p2p/ports.ts'

/** How often one peer may have this node speak. */
export const OLDER_LOGS_RATE: BucketRate = { burst: 64, perSecond: 1 }
/** The peer hears of a log this much later, when what else it has sent is judged. */
const DELAY_MS = SECOND_MS
/** Agents that wait to be told of. */
export const OLDER_LOGS_LIMIT = 1_024

export interface OlderLogsDeps {
  readonly identityOf: (did: Did) => IdentityState | undefined
  readonly tell: (state: IdentityState) => void
}

export class OlderLogs implements Disposable {
  readonly #deps: OlderLogsDeps
  readonly #buckets = new Buckets(OLDER_LOGS_RATE)
  readonly #waiting = new Set<Did>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: OlderLogsDeps) {
    this.#deps = deps
  }

  /** A peer offered a value that says less than the one held. What gossip replays is not answered. */
  met(did: Did, source: Source): void {
    if (source.via !== 'sync' || this.#waiting.has(did)) return
    if (this.#waiting.size >= OLDER_LOGS_LIMIT || !this.#buckets.take(source.peer)) return
    this.#waiting.add(did)
    this.#timer ??= setTimeout(() => this.#tellAll(), DELAY_MS).unref()
  }

  #tellAll(): void {
    this.#timer = undefined
    const dids = [...this.#waiting]
    this.#waiting.clear()
    for (const did of dids) {
      const state = this.#deps.identityOf(did)
      if (state !== undefined) this.#deps.tell(state)
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }
}
