/**
 * Peers that are not reconciled with for a while, since the last time went badly: each time twice as
 * long. Specification: docs/spec/sync.md, "Liars".
 */
import { HOUR_MS, MINUTE_MS } from '../../base/units.ts'

export const OFF_FIRST_MS = MINUTE_MS
export const OFF_LIMIT_MS = HOUR_MS
/** Peers remembered at once. The longest unseen goes first. */
export const OFF_PEERS_LIMIT = 1_024

interface Off {
  readonly untilMs: number
  readonly lastMs: number
}

export class StandingOff {
  readonly #nowMs: () => number
  readonly #peers = new Map<string, Off>()

  /** @param nowMs  A clock that never goes back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  isOff(peer: string): boolean {
    return (this.#peers.get(peer)?.untilMs ?? 0) > this.#nowMs()
  }

  /** It went badly. */
  add(peer: string): void {
    const before = this.#peers.get(peer)?.lastMs
    const lastMs = before === undefined ? OFF_FIRST_MS : Math.min(OFF_LIMIT_MS, before * 2)
    this.#peers.delete(peer)
    this.#peers.set(peer, { untilMs: this.#nowMs() + lastMs, lastMs })
    if (this.#peers.size <= OFF_PEERS_LIMIT) return
    const [longestUnseen] = this.#peers.keys()
    if (longestUnseen !== undefined) this.#peers.delete(longestUnseen)
  }

  /** It went well. */
  clear(peer: string): void {
    this.#peers.delete(peer)
  }
}
