/**
 * How long a peer may keep this side waiting. Time that passes while it is the peer's turn is spent;
 * every byte that moves earns some back. So a stalled peer is left soon, one that trickles is left
 * as soon, and one that is merely slow is not.
 */
import { KIB_BYTES, SECOND_MS } from '../../base/units.ts'

/** What a peer has at first and at most. */
export const PATIENCE_LIMIT_MS = 30 * SECOND_MS
/** The least rate of a session over time, records of either direction together. */
export const LEAST_BYTES_PER_SECOND = 4 * KIB_BYTES

export class Patience {
  readonly #limitMs: number
  #leftMs: number

  constructor(limitMs: number = PATIENCE_LIMIT_MS) {
    this.#limitMs = limitMs
    this.#leftMs = limitMs
  }

  get isOver(): boolean {
    return this.#leftMs <= 0
  }

  waited(ms: number): void {
    this.#leftMs -= ms
  }

  moved(bytes: number): void {
    const earnedMs = (bytes / LEAST_BYTES_PER_SECOND) * SECOND_MS
    this.#leftMs = Math.min(this.#limitMs, this.#leftMs + earnedMs)
  }
}
