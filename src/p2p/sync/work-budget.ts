/**
 * How much of this node's processor one peer's questions may take: a bucket that drains at a fixed
 * rate. A peer that is over it is answered later, never refused for it.
 */

/** Of processor time: what a quiet peer may take at once, then how much a second. */
export const WORK_BURST_MS = 1_000
export const WORK_PER_SECOND_MS = 100

/** Peers remembered at once; more than any node has connections. The longest unseen goes first. */
export const WORK_PEERS_LIMIT = 1_024

interface Spent {
  readonly spentMs: number
  readonly atMs: number
}

export class WorkBudget {
  readonly #nowMs: () => number
  readonly #spent = new Map<string, Spent>()

  /** @param nowMs  A clock that never goes back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  get size(): number {
    return this.#spent.size
  }

  charge(peer: string, costMs: number): void {
    const spentMs = this.#left(peer) + costMs
    this.#spent.delete(peer)
    this.#spent.set(peer, { spentMs, atMs: this.#nowMs() })
    if (this.#spent.size <= WORK_PEERS_LIMIT) return
    const [longestUnseen] = this.#spent.keys()
    if (longestUnseen !== undefined) this.#spent.delete(longestUnseen)
  }

  /** How long the peer has to wait until it is within its budget again. */
  waitMs(peer: string): number {
    const overMs = this.#left(peer) - WORK_BURST_MS
    return overMs <= 0 ? 0 : (overMs * 1_000) / WORK_PER_SECOND_MS
  }

  #left(peer: string): number {
    const spent = this.#spent.get(peer)
    if (spent === undefined) return 0
    const drainedMs = ((this.#nowMs() - spent.atMs) * WORK_PER_SECOND_MS) / 1_000
    return Math.max(0, spent.spentMs - drainedMs)
  }
}
