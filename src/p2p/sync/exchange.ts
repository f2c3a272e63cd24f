/**
 * One reconciliation over one stream: carries out what a {@link SyncSession} asks for, and limits
 * what it may cost. Bytes go both ways at once; records are granted credit when they are on disk.
 */
import { asError } from '../../base/error.ts'
import { MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { IngestSink, OfferFaultCode, SyncSource } from '../ports.ts'
import { Deadline } from '../query/deadline.ts'
import { ExchangeError } from '../query/error.ts'
import type { Channel } from './channel.ts'
import { Offering } from './offering.ts'
import { PATIENCE_LIMIT_MS, Patience } from './patience.ts'
import type { SyncSession } from './reconciler.ts'
import type { Fetch, Offer, Step, SyncEnd, SyncProgress } from './step.ts'
import type { WorkBudget } from './work-budget.ts'

export const SESSION_LIMIT_MS = 10 * MINUTE_MS
/**
 * Bytes that wait to be written; with more, nothing of the peer's is read. A turn and a window of
 * records are less, so a peer that reads is never kept waiting by this, and neither side by the other.
 */
const OUTGOING_LIMIT_BYTES = 4 * MIB_BYTES
/** How long a side that has finished waits for the other to hang up. */
const CLOSE_LIMIT_MS = 5 * SECOND_MS
/** Looks at the clock in the time that patience lasts. */
const LOOKS = 30

export interface ExchangeOptions {
  readonly peer: string
  readonly channel: Channel
  readonly session: SyncSession
  readonly source: SyncSource
  readonly sink: IngestSink
  readonly isPeerFault: (code: OfferFaultCode) => boolean
  readonly signal: AbortSignal
  /** Left out where this side chose the peer. */
  readonly budget?: WorkBudget
  readonly patienceMs?: number
  readonly sessionLimitMs?: number
}

export interface Synced {
  readonly progress: SyncProgress
  /** All that differed has been sent and taken: a limit of the session did not come first. */
  readonly isComplete: boolean
  /** What came and was new here. */
  readonly fresh: number
  /** What came and could not be taken now: the node was busy, or its author's key log is missing. */
  readonly untaken: number
}

export class Exchange {
  readonly #options: ExchangeOptions
  readonly #offering: Offering
  readonly #stopped = new AbortController()
  readonly #outgoing: Uint8Array[] = []
  #outgoingBytes = 0
  readonly #ended = Promise.withResolvers<SyncEnd>()
  /** Offers, fetches and delays of this side: while there are some, the peer is not waited for. */
  #ownWork = 0
  #writing: Promise<void> | undefined
  #isOver = false
  #isLeft = false

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#offering = new Offering(options)
  }

  get progress(): SyncProgress {
    return this.#options.session.progress
  }

  /** Refusals that are the peer's fault, and how many of each. */
  get faults(): ReadonlyMap<OfferFaultCode, number> {
    return this.#offering.faults
  }

  /**
   * Runs to the end; the stream is closed then.
   *
   * @throws {ExchangeError} when the peer breaks the protocol, the stream breaks, or a limit of time
   *   passes. What came before that is kept.
   */
  async run(): Promise<Synced> {
    const { channel, session, signal, sessionLimitMs } = this.#options
    using whole = new Deadline(sessionLimitMs ?? SESSION_LIMIT_MS, signal)
    const onAbort = (): void => this.#fail(whole.signal.reason)
    whole.signal.addEventListener('abort', onAbort, { once: true })
    const watch = this.#watch()
    try {
      this.#carryOut(session.begin())
      void this.#read()
      const end = await this.#ended.promise
      await this.#writing
      if (end.kind === 'failed') throw end.error
      clearInterval(watch)
      await this.#hangUp()
      await this.#offering.finish()
      const { fresh, untaken } = this.#offering
      return { progress: session.progress, isComplete: end.isComplete, fresh, untaken }
    } catch (thrown) {
      const error = asError(thrown)
      channel.abort(error)
      throw error
    } finally {
      clearInterval(watch)
      whole.signal.removeEventListener('abort', onAbort)
      this.#isOver = true
      this.#stopped.abort(new ExchangeError({ code: 'p2p/cancelled' }))
    }
  }

  /** Closes when both have said everything, so that no last message is cut off. */
  async #hangUp(): Promise<void> {
    const { channel, signal } = this.#options
    using wait = new Deadline(CLOSE_LIMIT_MS, signal)
    await channel.close(wait.signal)
  }

  #fail(reason: unknown): void {
    const error =
      reason instanceof ExchangeError ? reason : new ExchangeError({ code: 'p2p/cancelled' })
    this.#ended.resolve({ kind: 'failed', error })
    this.#isOver = true
    this.#stopped.abort(error)
  }

  /** Never throws. */
  async #read(): Promise<void> {
    const { channel, session, budget, peer } = this.#options
    const { signal } = this.#stopped
    try {
      while (!this.#isOver) {
        if (this.#outgoingBytes > OUTGOING_LIMIT_BYTES) await this.#writing
        const frame = await channel.read(signal)
        if (frame === undefined) {
          this.#isLeft = true
          this.#assertUnderWay()
          return
        }
        const begunMs = performance.now()
        const step = session.receive(frame)
        budget?.charge(peer, performance.now() - begunMs)
        this.#carryOut(step)
        await this.#rest()
      }
    } catch (thrown) {
      if (!this.#isOver) this.#fail(thrown instanceof ExchangeError ? thrown : hungUp(thrown))
    }
  }

  /** The peer has said everything: what is not over once this side has done its part never will be. */
  #assertUnderWay(): void {
    if (this.#isLeft && this.#ownWork === 0 && !this.#isOver) this.#fail(hungUp())
  }

  /** A peer that asks for much waits until it is within its budget. */
  async #rest(): Promise<void> {
    const { budget, peer } = this.#options
    const waitMs = budget?.waitMs(peer) ?? 0
    if (waitMs === 0) return
    this.#ownWork++
    await new Promise<void>((resolve) => {
      const { signal } = this.#stopped
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, waitMs)
      signal.addEventListener('abort', done, { once: true })
    })
    this.#ownWork--
  }

  #carryOut({ send, fetch, offers, end }: Step): void {
    for (const frame of send) {
      this.#outgoing.push(frame)
      this.#outgoingBytes += frame.length
    }
    if (this.#outgoing.length > 0) this.#writing ??= this.#write()
    if (fetch !== undefined) void this.#fetch(fetch)
    for (const offer of offers) void this.#offer(offer)
    if (end !== undefined) {
      this.#isOver = true
      this.#ended.resolve(end)
    }
  }

  async #write(): Promise<void> {
    try {
      for (let next = this.#outgoing.shift(); next !== undefined; next = this.#outgoing.shift()) {
        await this.#options.channel.write(next, this.#stopped.signal)
        this.#outgoingBytes -= next.length
      }
    } catch (thrown) {
      this.#outgoing.length = 0
      this.#fail(thrown)
    } finally {
      this.#writing = undefined
    }
  }

  async #fetch(fetch: Fetch): Promise<void> {
    await this.#work(async () => {
      const items = await this.#options.source.read(fetch)
      this.#carryOut(this.#options.session.provided(items))
    })
  }

  async #offer(offer: Offer): Promise<void> {
    await this.#work(async () => {
      const outcomes = await this.#offering.offer(offer)
      this.#carryOut(this.#options.session.taken(offer.id, outcomes))
    })
  }

  /** Never throws: what this side cannot do ends the session, and is nobody's fault. */
  async #work(work: () => Promise<void>): Promise<void> {
    this.#ownWork++
    try {
      await work()
    } catch (thrown) {
      if (!this.#isOver) this.#fail(hungUp(thrown))
    } finally {
      this.#ownWork--
      this.#assertUnderWay()
    }
  }

  /** Leaves a peer that keeps this side waiting, whether it does not write or does not read. */
  #watch(): NodeJS.Timeout {
    const limitMs = this.#options.patienceMs ?? PATIENCE_LIMIT_MS
    const patience = new Patience(limitMs)
    const lookMs = limitMs / LOOKS
    let lookedMs = performance.now()
    let moved = this.#moved()
    return setInterval(() => {
      const nowMs = performance.now()
      const present = this.#moved()
      // A busy event loop is this side's own fault.
      if (this.#ownWork === 0) patience.waited(Math.min(nowMs - lookedMs, 2 * lookMs))
      patience.moved(present - moved)
      lookedMs = nowMs
      moved = present
      if (patience.isOver) this.#fail(new ExchangeError({ code: 'p2p/timed-out', limitMs }))
    }, lookMs)
  }

  /** What has come, and what the peer has made room for. */
  #moved(): number {
    return this.#options.channel.arrived + this.#options.session.progress.sentRecordBytes
  }
}

function hungUp(thrown?: unknown): ExchangeError {
  const reason = thrown === undefined ? 'the peer hung up' : asError(thrown).message
  return new ExchangeError({ code: 'p2p/stream-failed', reason }, { cause: thrown })
}
