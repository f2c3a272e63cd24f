/** How often the bearer of one token may ask: a bucket each, which fills at a steady rate. */
import type { Clock } from '../base/clock.ts'
import { SECOND_MS } from '../base/units.ts'

/** In the long run; more than any agent asks, and less than keeps the node from its network. */
export const REQUESTS_PER_SECOND_LIMIT = 500
/** At once, after a rest. */
export const REQUEST_BURST_LIMIT_COUNT = 1_000
/** Bearers that are kept apart; as many as there can be tokens and visits, and those without a token. */
const BEARERS_LIMIT_COUNT = 128

interface Bucket {
  left: number
  atMs: number
}

export interface RateLimits {
  readonly perSecond: number
  readonly burst: number
}

export class RateLimiter {
  readonly #clock: Clock
  readonly #limits: RateLimits
  /** The one that asked longest ago comes first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, limits: RateLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Takes one request out of the bearer's bucket; how many seconds to wait when it is empty. */
  take(bearer: string): number | undefined {
    const { perSecond, burst } = this.#limits
    const nowMs = this.#clock()
    const bucket = this.#buckets.get(bearer) ?? { left: burst, atMs: nowMs }
    // A clock that was set back gives nothing and takes nothing.
    const restedMs = Math.max(0, nowMs - bucket.atMs)
    bucket.left = Math.min(burst, bucket.left + (restedMs / SECOND_MS) * perSecond)
    bucket.atMs = nowMs
    this.#buckets.delete(bearer)
    this.#buckets.set(bearer, bucket)
    if (this.#buckets.size > BEARERS_LIMIT_COUNT) {
      const [oldest] = this.#buckets.keys()
      if (oldest !== undefined) this.#buckets.delete(oldest)
    }
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond))
    bucket.left--
    return undefined
  }
}
