/**
 * Keeps this node level with its peers: gossip is fast and forgets, so every peer's journal is read
 * when it connects, and one peer's every so often after that.
 *
 * Knows when and with whom; `session.ts` knows how. Specification: docs/spec/catch-up.md.
 */
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { OfferFaultCode } from '../ports.ts'
import { ExchangeError, isPeerFault, type ExchangeFault } from '../query/error.ts'
import { catchUpWith, type CaughtUp, type SessionOptions } from './session.ts'

/** Time between two sessions with peers chosen at random, give or take half. */
export const CATCH_UP_INTERVAL_MS: Readonly<Record<'local' | 'public', number>> = {
  local: 5 * SECOND_MS,
  public: 5 * MINUTE_MS,
}
/** Sessions at once that this node asked for. */
const CATCH_UP_SESSIONS_LIMIT = 2
/** Peers that wait for a session. */
const CATCH_UP_WANTED_LIMIT = 256
/** A session that brought more than this starts the next at once: there is something to heal. */
const CATCH_UP_WAVE_RECORDS = 16
/** Times a peer that did not answer is asked again, after 1, 2, 4, … times the retry time. */
const CATCH_UP_RETRY_LIMIT = 4
const CATCH_UP_RETRY_MS = SECOND_MS

export type MisbehaviourCode = OfferFaultCode | ExchangeFault['code']

export interface CatchUpOptions extends Omit<SessionOptions, 'signal' | 'onProgress'> {
  /** The connected peers. */
  readonly peers: () => readonly string[]
  readonly log: Logger
  readonly intervalMs: number
  readonly retryMs?: number
  readonly onProgress?: (progress: { readonly peer: string; readonly received: number }) => void
  /** What the peer alone is to blame for, and how often in this session. */
  readonly onMisbehaviour?: (peer: string, code: MisbehaviourCode, count: number) => void
  readonly onSession?: (peer: string, caughtUp: CaughtUp) => void
  /** In [0, 1): chooses peers and spreads the intervals. */
  readonly random?: () => number
}

export class CatchUp {
  readonly #options: CatchUpOptions
  readonly #random: () => number
  readonly #retryMs: number
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Promise<CaughtUp>>()
  readonly #wanted = new Set<string>()
  readonly #retries = new Map<string, { readonly timer: NodeJS.Timeout; readonly tries: number }>()
  #own = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: CatchUpOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#retryMs = options.retryMs ?? CATCH_UP_RETRY_MS
  }

  /** Reads from every connected peer, then from one at a time for as long as it runs. */
  start(): void {
    for (const peer of this.#options.peers()) this.#want(peer)
    this.#schedule()
  }

  /** Breaks off what is under way, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#closing.abort(new ExchangeError({ code: 'p2p/cancelled' }))
    clearTimeout(this.#timer)
    for (const { timer } of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    this.#wanted.clear()
    await Promise.allSettled(this.#running.values())
  }

  /** A peer has connected: whatever it holds and this node does not is read soon. */
  peerUp(peer: string): void {
    this.#want(peer)
  }

  /**
   * One session with this peer now, or the one already under way.
   *
   * @throws {ExchangeError} as `catchUpWith` does.
   */
  with(peer: string): Promise<CaughtUp> {
    const running = this.#running.get(peer)
    if (running !== undefined) return running
    const session = this.#session(peer).finally(() => this.#running.delete(peer))
    this.#running.set(peer, session)
    return session
  }

  async #session(peer: string): Promise<CaughtUp> {
    const { onProgress, onMisbehaviour, onSession, ...options } = this.#options
    try {
      const caughtUp = await catchUpWith(peer, {
        ...options,
        signal: this.#closing.signal,
        onProgress: (received) => onProgress?.({ peer, received }),
      })
      for (const [code, count] of caughtUp.faults) onMisbehaviour?.(peer, code, count)
      onSession?.(peer, caughtUp)
      return caughtUp
    } catch (error) {
      if (error instanceof ExchangeError && isPeerFault(error.fault.code)) {
        onMisbehaviour?.(peer, error.fault.code, 1)
      }
      throw error
    }
  }

  #schedule(): void {
    const delayMs = this.#options.intervalMs * (0.5 + this.#random())
    this.#timer = setTimeout(() => {
      this.#wantAnother()
      this.#schedule()
    }, delayMs)
  }

  #wantAnother(except?: string): void {
    const peers = this.#options.peers().filter((peer) => peer !== except)
    const peer = peers[Math.floor(this.#random() * peers.length)]
    if (peer !== undefined) this.#want(peer)
  }

  #want(peer: string): void {
    if (this.#closing.signal.aborted || this.#wanted.size >= CATCH_UP_WANTED_LIMIT) return
    this.#wanted.add(peer)
    this.#pump()
  }

  #pump(): void {
    for (const peer of this.#wanted) {
      if (this.#own >= CATCH_UP_SESSIONS_LIMIT) return
      this.#wanted.delete(peer)
      this.#own++
      void this.#run(peer).finally(() => {
        this.#own--
        this.#pump()
      })
    }
  }

  /** Never throws: a peer that cannot be read is tried again, a few times. */
  async #run(peer: string): Promise<void> {
    try {
      const { ended, fresh } = await this.with(peer)
      if (ended === 'end' || ended === 'faults') this.#forget(peer)
      else this.#later(peer)
      if (fresh > CATCH_UP_WAVE_RECORDS) this.#wantAnother(peer)
    } catch (thrown) {
      const error = asError(thrown)
      this.#options.log.debug('a peer could not be read', { peer, reason: error.message })
      const code = error instanceof ExchangeError ? error.fault.code : undefined
      if (code === 'p2p/protocol-unsupported') this.#forget(peer)
      else this.#later(peer)
    }
  }

  #later(peer: string): void {
    if (this.#closing.signal.aborted) return
    const before = this.#retries.get(peer)
    clearTimeout(before?.timer)
    const tries = before?.tries ?? 0
    if (tries >= CATCH_UP_RETRY_LIMIT || !this.#options.peers().includes(peer)) {
      this.#forget(peer)
      return
    }
    const timer = setTimeout(() => this.#want(peer), this.#retryMs * 2 ** tries)
    this.#retries.set(peer, { timer, tries: tries + 1 })
  }

  #forget(peer: string): void {
    clearTimeout(this.#retries.get(peer)?.timer)
    this.#retries.delete(peer)
  }
}
