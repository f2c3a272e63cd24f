/**
 * At most one value a minute per DID leaves this node, and it is the newest.
 *
 * Whoever holds one key can sign a new document every millisecond; without a pace each would travel
 * the whole mesh. The first value of a DID leaves at once. Those that follow within the gap wait for
 * its end, and each takes the place of the one before it: the sink has called each of them fresh,
 * so each was better than what was held. Specification: docs/spec/gossip.md, "Identities".
 */
import type { Clock } from '../../base/clock.ts'
import type { Did } from '../../identity/did.ts'

export interface PacerOptions {
  readonly gapMs: number
  readonly heldLimit: number
  readonly rememberedLimit: number
  readonly clock: Clock
}

interface Held {
  readonly timer: NodeJS.Timeout
  readonly answer: (mayLeave: boolean) => void
}

export class Pacer {
  readonly #options: PacerOptions
  /** When a value of a DID last left, the longest ago first. */
  readonly #leftAtMs = new Map<Did, number>()
  readonly #held = new Map<Did, Held>()
  #isClosed = false

  constructor(options: PacerOptions) {
    this.#options = options
  }

  get heldCount(): number {
    return this.#held.size
  }

  /**
   * Resolves to true when this value may leave, at once or at the end of the gap; to false when a
   * later one took its place, too many wait, or the node closes.
   */
  async turn(did: Did): Promise<boolean> {
    if (this.#isClosed) return false
    const earlier = this.#held.get(did)
    if (earlier !== undefined) {
      earlier.answer(false)
      return this.#hold(did, earlier.timer)
    }
    const waitMs =
      (this.#leftAtMs.get(did) ?? -Infinity) + this.#options.gapMs - this.#options.clock()
    if (waitMs <= 0) {
      this.#leaves(did)
      return true
    }
    if (this.#held.size >= this.#options.heldLimit) return false
    const timer = setTimeout(
      () => {
        const held = this.#held.get(did)
        this.#held.delete(did)
        this.#leaves(did)
        held?.answer(true)
      },
      Math.min(waitMs, this.#options.gapMs),
    )
    return this.#hold(did, timer)
  }

  close(): void {
    this.#isClosed = true
    for (const { timer, answer } of this.#held.values()) {
      clearTimeout(timer)
      answer(false)
    }
    this.#held.clear()
  }

  async #hold(did: Did, timer: NodeJS.Timeout): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#held.set(did, { timer, answer: resolve })
    return promise
  }

  #leaves(did: Did): void {
    this.#leftAtMs.delete(did)
    this.#leftAtMs.set(did, this.#options.clock())
    // Forgetting the oldest early lets one value more leave; it never keeps one back.
    for (const oldest of this.#leftAtMs.keys()) {
      if (this.#leftAtMs.size <= this.#options.rememberedLimit) break
      this.#leftAtMs.delete(oldest)
    }
  }
}
