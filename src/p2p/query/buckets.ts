/**
 * A token bucket for each peer: how often one peer may ask for one thing.
 *
 * libp2p limits how many streams a peer holds open, not how often it opens them. A peer that is
 * over its rate is told so and asks again later: it is delayed, not punished.
 */

export interface BucketRate {
  /** Tokens of a peer that has been quiet: the largest burst. */
  readonly burst: number
  readonly perSecond: number
}

/** Peers remembered at once; more than any node has connections. The longest unseen goes first. */
export const BUCKET_PEERS_LIMIT = 1_024

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

export class Buckets {
  readonly #rate: BucketRate
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** @param nowMs  A clock that never goes back. */
  constructor(rate: BucketRate, nowMs: () => number = () => performance.now()) {
    this.#rate = rate
    this.#nowMs = nowMs
  }

  get size(): number {
    return this.#buckets.size
  }

  /** Takes `cost` tokens from the peer's bucket, or none and answers false when it holds fewer. */
  take(peer: string, cost = 1): boolean {
    const nowMs = this.#nowMs()
    const held = this.#buckets.get(peer)
    const gained = held === undefined ? 0 : ((nowMs - held.atMs) / 1_000) * this.#rate.perSecond
    const tokens = Math.min(this.#rate.burst, (held?.tokens ?? this.#rate.burst) + gained)
    const isEnough = tokens >= cost
    this.#buckets.delete(peer)
    this.#buckets.set(peer, { tokens: isEnough ? tokens - cost : tokens, atMs: nowMs })
    if (this.#buckets.size > BUCKET_PEERS_LIMIT) {
      const [longestUnseen] = this.#buckets.keys()
      if (longestUnseen !== undefined) this.#buckets.delete(longestUnseen)
    }
    return isEnough
  }
}
