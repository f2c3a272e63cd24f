/**
 * Keeps identities in the DHT, where a value lasts 48 hours: this agent's own, and those of the
 * agents it vouches for, so that one that is switched off stays resolvable.
 */
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { Directory, Published } from './directory.ts'

/** A quarter of the time that a value lasts. */
export const REPUBLISH_INTERVAL_MS = 12 * HOUR_MS
/** Between a change of peers or of an identity and the round that follows it. */
export const REPUBLISH_SETTLE_MS = 2 * SECOND_MS
const REPUBLISH_RETRY_LIMIT_MS = 10 * MINUTE_MS
/** Peers that ought to hold a value; fewer while there are fewer. Kademlia's k. */
const REPLICAS = 20
/** Identities of one round. */
const REPUBLISH_STATES_LIMIT = 1_024

export interface RepublisherOptions {
  readonly directory: Pick<Directory, 'publishIdentity'>
  /** What to publish: this agent's own state first. */
  readonly states: () => readonly IdentityState[] | Promise<readonly IdentityState[]>
  /** How many peers are connected. */
  readonly peerCount: () => number
  /** Removes what others have not put again in time; run after each round. */
  readonly sweep?: () => Promise<unknown>
  readonly log: Logger
  readonly intervalMs?: number
  readonly settleMs?: number
  readonly onPublished?: (published: Published) => void
}

export class Republisher {
  readonly #options: RepublisherOptions
  readonly #intervalMs: number
  readonly #settleMs: number
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Infinity
  #round: Promise<void> | undefined
  #isWantedAgain = false
  /** The fewest acknowledgements of the last round; below the peers there are, there is more to do. */
  #leastAcknowledged = 0
  #fruitlessRounds = 0

  constructor(options: RepublisherOptions) {
    this.#options = options
    this.#intervalMs = options.intervalMs ?? REPUBLISH_INTERVAL_MS
    this.#settleMs = options.settleMs ?? REPUBLISH_SETTLE_MS
  }

  start(): void {
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    await this.#round
  }

  /** An identity has changed: it is published soon. */
  changed(): void {
    this.#fruitlessRounds = 0
    this.#schedule(this.#settleMs)
  }

  /** Peers have come: what too few of them hold is published soon. */
  peersChanged(): void {
    if (this.#leastAcknowledged >= this.#wanted()) return
    this.#fruitlessRounds = 0
    this.#schedule(this.#settleMs)
  }

  #wanted(): number {
    return Math.min(REPLICAS, this.#options.peerCount())
  }

  /** The earlier of this and what is due already. */
  #schedule(delayMs: number): void {
    if (this.#closing.signal.aborted) return
    if (this.#round !== undefined) {
      this.#isWantedAgain = true
      return
    }
    const dueAtMs = performance.now() + delayMs
    if (dueAtMs >= this.#dueAtMs) return
    clearTimeout(this.#timer)
    this.#dueAtMs = dueAtMs
    this.#timer = setTimeout(() => this.#begin(), delayMs)
  }

  #begin(): void {
    this.#dueAtMs = Infinity
    this.#isWantedAgain = false
    this.#round = this.#publishAll().finally(() => {
      this.#round = undefined
      this.#schedule(this.#isWantedAgain ? this.#settleMs : this.#nextDelayMs())
    })
  }

  /** Soon, then less and less soon, while too few peers hold the values; else in twelve hours. */
  #nextDelayMs(): number {
    if (this.#leastAcknowledged >= this.#wanted()) return this.#intervalMs
    const retryMs = this.#settleMs * 2 ** Math.min(this.#fruitlessRounds, 16)
    return Math.min(retryMs, REPUBLISH_RETRY_LIMIT_MS, this.#intervalMs)
  }

  /** Never throws: what could not be published is published in the next round. */
  async #publishAll(): Promise<void> {
    let least = Infinity
    try {
      const states = await this.#options.states()
      for (const state of states.slice(0, REPUBLISH_STATES_LIMIT)) {
        if (this.#closing.signal.aborted) return
        const published = await this.#options.directory.publishIdentity(state, this.#closing.signal)
        least = Math.min(least, published.acknowledged)
        this.#options.onPublished?.(published)
      }
      await this.#options.sweep?.()
    } catch (thrown) {
      least = 0
      this.#options.log.debug('a round of publication failed', { reason: asError(thrown).message })
    }
    this.#fruitlessRounds = least > this.#leastAcknowledged ? 0 : this.#fruitlessRounds + 1
    this.#leastAcknowledged = least
  }
}
