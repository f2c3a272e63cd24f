/**
 * Keeps identities in the DHT, where a value lasts 48 hours: this agent's own, and those of the
 * agents it vouches for, so that one that is switched off stays resolvable.
 */
import { equalBytes } from '../../base/bytes.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { Directory, Published } from './directory.ts'

/** A quarter of the time that a value lasts. */
export const REPUBLISH_INTERVAL_MS = 12 * HOUR_MS
/** Between a change of peers or of an identity and the round that follows it. */
export const REPUBLISH_SETTLE_MS = 2 * SECOND_MS
const REPUBLISH_RETRY_LIMIT_MS = 10 * MINUTE_MS
/** Peers that ought to hold a value; fewer while there are fewer. Kademlia's k. */
const REPLICAS = 20
/** After a round that broke off. */
const FAILED_ROUND_RETRY_MS = MINUTE_MS
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

/** How a value of one identity was last spread. */
interface Spread {
  readonly bytes: Uint8Array
  readonly atMs: number
  readonly acknowledged: number
  /** Peers that were asked to hold it. */
  readonly asked: number
  /** Rounds since more peers held it than before. */
  readonly fruitless: number
}

export class Republisher {
  readonly #options: RepublisherOptions
  readonly #intervalMs: number
  readonly #settleMs: number
  readonly #closing = new AbortController()
  /** Of the identities of the last round. */
  #spreads: ReadonlyMap<Did, Spread> = new Map()
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Infinity
  #round: Promise<void> | undefined
  #isWantedAgain = false

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

  /**
   * An identity has changed, or there is one more to publish: it is done soon. With a DID: if it is
   * one that was published before.
   */
  changed(did?: Did): void {
    if (did === undefined || this.#spreads.has(did)) this.#schedule(this.#settleMs)
  }

  /** Peers have come: what too few of them hold is published soon. */
  peersChanged(): void {
    const nowMs = performance.now()
    const wanted = enoughOf(Math.min(REPLICAS, this.#options.peerCount()))
    for (const spread of this.#spreads.values()) {
      if (spread.acknowledged >= wanted) continue
      this.#schedule(Math.max(this.#settleMs, this.#retryAtMs(spread) - nowMs))
    }
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
    this.#round = this.#publishAndSchedule()
  }

  async #publishAndSchedule(): Promise<void> {
    const delayMs = await this.#publishDue()
    this.#round = undefined
    this.#schedule(this.#isWantedAgain ? this.#settleMs : delayMs)
  }

  /** When a value is published again, if nothing changes before. */
  #dueOf(spread: Spread): number {
    const isThin = spread.acknowledged < enoughOf(Math.min(REPLICAS, spread.asked))
    const isAlone = spread.acknowledged === 0 && this.#options.peerCount() > 0
    const laterMs = spread.atMs + this.#intervalMs
    return isThin || isAlone ? Math.min(this.#retryAtMs(spread), laterMs) : laterMs
  }

  /** Soon, then less and less soon. */
  #retryAtMs({ atMs, fruitless }: Spread): number {
    const retryMs = this.#settleMs * 2 ** Math.min(fruitless, 16)
    return atMs + Math.min(retryMs, REPUBLISH_RETRY_LIMIT_MS)
  }

  #isDue(state: IdentityState, nowMs: number): boolean {
    const spread = this.#spreads.get(state.did)
    if (spread === undefined || !equalBytes(spread.bytes, state.bytes)) return true
    const isThinNow =
      spread.acknowledged < enoughOf(Math.min(REPLICAS, this.#options.peerCount())) &&
      this.#retryAtMs(spread) <= nowMs
    return isThinNow || this.#dueOf(spread) <= nowMs
  }

  /**
   * Never throws: what could not be published is published in the next round.
   *
   * @returns how long until there is something to do again.
   */
  async #publishDue(): Promise<number> {
    const { directory, onPublished, sweep, log } = this.#options
    const { signal } = this.#closing
    const spreads = new Map<Did, Spread>()
    try {
      const states = (await this.#options.states()).slice(0, REPUBLISH_STATES_LIMIT)
      for (const state of states) {
        const before = this.#spreads.get(state.did)
        if (before !== undefined && !this.#isDue(state, performance.now())) {
          spreads.set(state.did, before)
          continue
        }
        if (signal.aborted) return Infinity
        const published = await directory.publishIdentity(state, signal)
        spreads.set(state.did, spreadOf(state, published, before))
        onPublished?.(published)
      }
      this.#spreads = spreads
      await sweep?.()
    } catch (thrown) {
      log.debug('a round of publication failed', { reason: asError(thrown).message })
      // What was done is remembered; the rest is due.
      for (const [did, spread] of spreads) this.#spreads = new Map(this.#spreads).set(did, spread)
      return Math.min(FAILED_ROUND_RETRY_MS, this.#intervalMs)
    }
    const nowMs = performance.now()
    const dueAtMs = [...spreads.values()].map((spread) => this.#dueOf(spread))
    return Math.max(this.#settleMs, Math.min(nowMs + this.#intervalMs, ...dueAtMs) - nowMs)
  }
}

/** Of so many peers: a third of them may be liars, and must not make a node publish for ever. */
function enoughOf(peerCount: number): number {
  return Math.ceil((peerCount * 2) / 3)
}

function spreadOf(
  state: IdentityState,
  { acknowledged, failed }: Published,
  before: Spread | undefined,
): Spread {
  const fruitless = acknowledged > (before?.acknowledged ?? 0) ? 0 : (before?.fruitless ?? -1) + 1
  return {
    bytes: state.bytes,
    atMs: performance.now(),
    acknowledged,
    asked: acknowledged + failed,
    fruitless,
  }
}
