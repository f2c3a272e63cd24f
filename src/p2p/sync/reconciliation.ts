/**
 * Keeps this node level with its peers: gossip is fast and forgets, so two peers compare what they
 * hold when they meet, and every so often after that, and send each other what differs.
 *
 * Knows when, with whom and how many at once; `exchange.ts` knows how. Specification: docs/spec/sync.md.
 */
import type { Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { IngestSink, OfferFaultCode, SyncSource } from '../ports.ts'
import { Buckets, type BucketRate } from '../query/buckets.ts'
import { ExchangeError, isPeerFault, type ExchangeFault } from '../query/error.ts'
import type { Dialer } from '../query/outbound.ts'
import type { RefusedStatus } from '../query/status.ts'
import { Agreement, type Completeness } from './agreement.ts'
import { Channel } from './channel.ts'
import { Exchange, type Synced } from './exchange.ts'
import { SALT_BYTES } from './cuts.ts'
import { SyncSession, syncProtocol } from './reconciler.ts'
import { SessionRate, type SessionView } from './session-rate.ts'
import { StandingOff } from './standing-off.ts'
import { WorkBudget } from './work-budget.ts'

export interface SyncTiming {
  /** Time between two sessions with peers chosen at random, give or take half. */
  readonly intervalMs: number
  /** Peers that were apart for so long reconcile as they meet again. */
  readonly apartMs: number
}

export const SYNC_TIMING: Readonly<Record<'local' | 'public', SyncTiming>> = {
  local: { intervalMs: 5 * SECOND_MS, apartMs: SECOND_MS },
  public: { intervalMs: 5 * MINUTE_MS, apartMs: 30 * SECOND_MS },
}
/** Sessions at once that this node began, and that peers began. */
const OWN_SESSIONS_LIMIT = 2
export const INBOUND_SESSIONS_LIMIT = 4
/** Streams of this protocol on one connection. */
const SYNC_STREAMS_LIMIT = 2
/** Sessions that one peer may begin. */
const INBOUND_RATE: BucketRate = { burst: 16, perSecond: 1 }
/** Peers that wait for a session. */
const WANTED_LIMIT = 256
/** A session that brought more than this begins the next at once: there is something to heal. */
export const WAVE_RECORDS = 16
/** Times a peer that was busy or broke off is asked again, after 1, 2, 4, … times the retry time. */
const RETRY_LIMIT = 4
const RETRY_MS = SECOND_MS
/** Peers whose parting is remembered, and whose broken session is. */
const PARTED_LIMIT = 1_024
const OPEN_LIMIT_MS = 10 * SECOND_MS
const REFUSE_LIMIT_MS = 5 * SECOND_MS
const PROGRESS_INTERVAL_MS = SECOND_MS

export interface SyncPeer {
  readonly peerId: string
  /** Whether this node dialled it. */
  readonly isChosen: boolean
}

export type SyncEvent =
  | { readonly kind: 'progress'; readonly session: SessionView }
  | { readonly kind: 'ended'; readonly session: SessionView; readonly isComplete: boolean }
  | {
      readonly kind: 'failed'
      readonly peer: string
      readonly code: ExchangeFault['code']
      readonly isDropped: boolean
    }
  | { readonly kind: 'complete'; readonly agreed: number }

export interface ReconciliationOptions {
  readonly libp2p: Dialer & Pick<Libp2p, 'handle' | 'unhandle'>
  readonly network: string
  readonly shardBits: number
  readonly source: SyncSource
  readonly sink: IngestSink
  /** Whether a refusal is the sending peer's fault: what an honest peer never sends. */
  readonly isPeerFault: (code: OfferFaultCode) => boolean
  /** The connected peers. */
  readonly peers: () => readonly SyncPeer[]
  readonly log: Logger
  /** For what people read and for the peer's information. */
  readonly clock: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly timing: SyncTiming
  readonly retryMs?: number
  readonly patienceMs?: number
  readonly sessionLimitMs?: number
  readonly inboundRate?: BucketRate
  readonly onEvent?: (event: SyncEvent) => void
  /** A peer said the time: how far its clock is ahead of this one, give or take the way there and back. */
  readonly onTime?: (peer: string, skewMs: number) => void
  /** The peer alone is to blame, so many times. */
  readonly onBlame?: (peer: string, count: number) => void
  /** The peer wasted this node's time: it is to be hung up on. */
  readonly onDrop?: (peer: string) => void
  /** In [0, 1): chooses peers and spreads the intervals. */
  readonly random?: () => number
}

export interface SyncTotals {
  /** Since the start. */
  readonly received: number
  readonly fresh: number
  readonly sent: number
  readonly sessions: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

export interface SyncState extends Completeness {
  readonly isReady: boolean
  readonly sessions: readonly SessionView[]
  readonly totals: SyncTotals
}

export class Reconciliation {
  readonly #options: ReconciliationOptions
  readonly #protocol: string
  readonly #random: () => number
  readonly #closing = new AbortController()
  readonly #agreement: Agreement
  readonly #standingOff = new StandingOff()
  readonly #budget = new WorkBudget()
  readonly #buckets: Buckets
  /** Sessions that this node began, by peer. */
  readonly #own = new Map<string, Promise<Synced>>()
  readonly #inbound = new Set<string>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #rates = new Set<SessionRate>()
  readonly #wanted = new Set<string>()
  readonly #retries = new Map<string, { readonly timer: NodeJS.Timeout; readonly tries: number }>()
  readonly #partedMs = new Map<string, number>()
  /** Peers whose last session broke off, and how many in a row did without moving a record. */
  readonly #brokenOff = new Map<string, number>()
  #totals: SyncTotals = {
    received: 0,
    fresh: 0,
    sent: 0,
    sessions: 0,
    receivedBytes: 0,
    sentBytes: 0,
  }
  #pumped = 0
  /** Until then, and afterwards, nobody is answered. */
  #isOpen = false
  #timer: NodeJS.Timeout | undefined
  #progressTimer: NodeJS.Timeout | undefined

  constructor(options: ReconciliationOptions) {
    this.#options = options
    this.#protocol = syncProtocol(options.network)
    this.#random = options.random ?? Math.random
    this.#buckets = new Buckets(options.inboundRate ?? INBOUND_RATE)
    this.#agreement = new Agreement(() => this.#chosen(), options.clock)
  }

  /** Answers peers from here on. */
  async listen(): Promise<void> {
    const answer = async (
      stream: Stream,
      connection: { readonly remotePeer: { toString(): string } },
    ): Promise<void> => this.#answer(new Channel(stream), connection.remotePeer.toString())
    await this.#options.libp2p.handle(this.#protocol, answer, {
      maxInboundStreams: SYNC_STREAMS_LIMIT,
      maxOutboundStreams: SYNC_STREAMS_LIMIT,
      runOnLimitedConnection: true, // through a relay
    })
  }

  /** Reconciles with the connected peers, then with one at a time for as long as it runs. */
  start(): void {
    this.#isOpen = true
    for (const { peerId, isChosen } of this.#options.peers()) if (isChosen) this.#want(peerId)
    this.#schedule()
    this.#progressTimer = setInterval(() => this.#tellProgress(), PROGRESS_INTERVAL_MS)
  }

  /** Breaks off what is under way, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#isOpen = false
    this.#closing.abort(new ExchangeError({ code: 'p2p/cancelled' }))
    clearTimeout(this.#timer)
    clearInterval(this.#progressTimer)
    for (const { timer } of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    this.#wanted.clear()
    await this.#options.libp2p.unhandle(this.#protocol)
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  /**
   * Whoever dialled begins, unless the two were together just now and had come to an end: a relay
   * carries little and hangs up then.
   */
  peerUp(peer: string): void {
    const partedMs = this.#partedMs.get(peer)
    this.#partedMs.delete(peer)
    const isBack =
      partedMs !== undefined && performance.now() - partedMs < this.#options.timing.apartMs
    const isChosen = this.#options.peers().some((one) => one.peerId === peer && one.isChosen)
    const isUnfinished = (this.#brokenOff.get(peer) ?? RETRY_LIMIT) < RETRY_LIMIT
    if (isChosen && (isUnfinished || !isBack)) this.#want(peer)
  }

  peerDown(peer: string): void {
    this.#agreement.forget(peer)
    this.#partedMs.set(peer, performance.now())
    dropLongest(this.#partedMs)
  }

  get state(): SyncState {
    return {
      ...this.#agreement.state,
      isReady: this.#options.source.isReady,
      sessions: [...this.#rates].map(({ view }) => view),
      totals: this.#totals,
    }
  }

  /**
   * One session with this peer now, or the one already under way that this node began.
   *
   * @throws {ExchangeError} when the peer cannot be asked, does not answer, or breaks the protocol.
   */
  with(peer: string): Promise<Synced> {
    const running = this.#own.get(peer)
    if (running !== undefined) return running
    const session = this.#begin(peer).finally(() => this.#own.delete(peer))
    this.#own.set(peer, session)
    return this.#tracked(session)
  }

  /** The peers that count and are chosen from: those that were dialled, or all where none was. */
  #chosen(): readonly string[] {
    const peers = this.#options.peers()
    const dialled = peers.filter(({ isChosen }) => isChosen)
    return (dialled.length > 0 ? dialled : peers).map(({ peerId }) => peerId)
  }

  #tracked<T>(session: Promise<T>): Promise<T> {
    this.#running.add(session)
    void session.then(
      () => this.#running.delete(session),
      () => this.#running.delete(session),
    )
    return session
  }

  async #begin(peer: string): Promise<Synced> {
    const channel = await this.#open(peer)
    return this.#exchange(channel, peer, true)
  }

  async #open(peer: string): Promise<Channel> {
    const { libp2p } = this.#options
    const limit = AbortSignal.timeout(OPEN_LIMIT_MS)
    const signal = AbortSignal.any([limit, this.#closing.signal])
    try {
      return new Channel(
        await libp2p.dialProtocol(peerIdFromString(peer), this.#protocol, {
          signal,
          runOnLimitedConnection: true, // through a relay
        }),
      )
    } catch (thrown) {
      const cause = asError(thrown)
      if (this.#closing.signal.aborted)
        throw new ExchangeError({ code: 'p2p/cancelled' }, { cause })
      if (cause.name === 'UnsupportedProtocolError') {
        throw new ExchangeError({ code: 'p2p/protocol-unsupported', peer }, { cause })
      }
      const fault = { code: 'p2p/peer-unreachable', peer, reason: cause.message } as const
      throw new ExchangeError(fault, { cause })
    }
  }

  /** Never throws: what goes wrong with a peer's stream ends that stream. */
  async #answer(channel: Channel, peer: string): Promise<void> {
    const refused = this.#refusal(peer)
    if (refused !== undefined) {
      await this.#refuse(channel, refused)
      return
    }
    this.#inbound.add(peer)
    try {
      await this.#tracked(this.#exchange(channel, peer, false))
    } catch (error) {
      this.#options.log.debug('a reconciliation failed', { peer, reason: asError(error).message })
    } finally {
      this.#inbound.delete(peer)
      // The peer may have been wanted meanwhile.
      this.#pump()
    }
  }

  #refusal(peer: string): RefusedStatus | undefined {
    if (this.#standingOff.isOff(peer) || this.#inbound.has(peer)) return 'RATE_LIMITED'
    const isFull = this.#inbound.size >= INBOUND_SESSIONS_LIMIT
    const isAble = this.#isOpen && this.#options.source.isReady && !isFull
    return isAble && this.#buckets.take(peer) ? undefined : 'RATE_LIMITED'
  }

  async #refuse(channel: Channel, status: RefusedStatus): Promise<void> {
    const signal = AbortSignal.timeout(REFUSE_LIMIT_MS)
    try {
      for (const frame of this.#session('responder').stop(status).send) {
        await channel.write(frame, signal)
      }
      await channel.close(signal)
    } catch (error) {
      channel.abort(asError(error))
    }
  }

  #session(role: 'dialler' | 'responder'): SyncSession {
    const { network, shardBits, source, clock, randomBytes } = this.#options
    return new SyncSession({
      role,
      network,
      shardBits,
      sets: source.sets,
      nowMs: clock(),
      salt: randomBytes(SALT_BYTES),
    })
  }

  async #exchange(channel: Channel, peer: string, isOwn: boolean): Promise<Synced> {
    const { source, sink, isPeerFault: isFault, patienceMs, sessionLimitMs } = this.#options
    const exchange = new Exchange({
      peer,
      channel,
      session: this.#session(isOwn ? 'dialler' : 'responder'),
      source,
      sink,
      isPeerFault: isFault,
      signal: this.#closing.signal,
      ...(isOwn ? {} : { budget: this.#budget }),
      ...(patienceMs === undefined ? {} : { patienceMs }),
      ...(sessionLimitMs === undefined ? {} : { sessionLimitMs }),
    })
    const rate = new SessionRate(peer, isOwn, () => exchange.progress)
    this.#rates.add(rate)
    try {
      const synced = await exchange.run()
      this.#wentWell(peer, rate.view, synced)
      return synced
    } catch (thrown) {
      this.#wentBadly(peer, asError(thrown), rate.view)
      throw thrown
    } finally {
      this.#rates.delete(rate)
      this.#count(exchange)
      const { skewMs } = exchange.progress
      if (skewMs !== undefined) this.#options.onTime?.(peer, skewMs)
      const faults = [...exchange.faults.values()].reduce((sum, count) => sum + count, 0)
      if (faults > 0) this.#options.onBlame?.(peer, faults)
    }
  }

  #count({ progress }: Exchange): void {
    const { received, fresh, sent, sessions, receivedBytes, sentBytes } = this.#totals
    this.#totals = {
      received: received + progress.received,
      fresh: fresh + progress.fresh,
      sent: sent + progress.sent,
      sessions: sessions + 1,
      receivedBytes: receivedBytes + progress.receivedBytes,
      sentBytes: sentBytes + progress.sentBytes,
    }
  }

  #wentWell(peer: string, session: SessionView, synced: Synced): void {
    this.#standingOff.clear(peer)
    this.#brokenOff.delete(peer)
    const { isComplete, fresh, untaken } = synced
    const { onEvent } = this.#options
    if (session.received + session.sent > 0) onEvent?.({ kind: 'ended', session, isComplete })
    if (fresh > WAVE_RECORDS) {
      // What the others said before is of no use any more.
      this.#agreement.differs()
      this.#wave(peer, isComplete)
    }
    // All it has is here now, whatever there was to send.
    if (!isComplete || untaken > 0) this.#agreement.forget(peer)
    else if (this.#agreement.agrees(peer)) {
      onEvent?.({ kind: 'complete', agreed: this.#agreement.state.lastAgreed })
    }
  }

  /** There is something to heal: all others that this node chose are asked at once. */
  #wave(peer: string, isComplete: boolean): void {
    for (const other of this.#chosen()) if (other !== peer || !isComplete) this.#want(other)
  }

  #wentBadly(peer: string, error: Error, { received, sent }: SessionView): void {
    this.#agreement.forget(peer)
    if (!(error instanceof ExchangeError)) return
    const { code } = error.fault
    if (code === 'p2p/stream-failed') {
      const before = this.#brokenOff.get(peer) ?? 0
      this.#brokenOff.delete(peer)
      this.#brokenOff.set(peer, received + sent > 0 ? 0 : before + 1)
      dropLongest(this.#brokenOff)
    }
    if (isPeerFault(code)) this.#options.onBlame?.(peer, 1)
    const isDropped = isPeerFault(code) || code === 'p2p/timed-out'
    if (isDropped) {
      this.#standingOff.add(peer)
      this.#options.log.info('a peer is left alone for a while', { peer, code })
      this.#options.onDrop?.(peer)
    }
    if (code !== 'p2p/cancelled') {
      this.#options.onEvent?.({ kind: 'failed', peer, code, isDropped })
    }
  }

  #tellProgress(): void {
    for (const { view: session } of this.#rates) {
      const moves = session.received + session.sent + session.toReceive + session.toSend
      if (moves > 0) this.#options.onEvent?.({ kind: 'progress', session })
    }
  }

  #schedule(): void {
    const delayMs = this.#options.timing.intervalMs * (0.5 + this.#random())
    this.#timer = setTimeout(() => {
      this.#wantAnother()
      this.#schedule()
    }, delayMs)
  }

  #wantAnother(): void {
    const peers = this.#chosen().filter((peer) => !this.#standingOff.isOff(peer))
    const peer = peers[Math.floor(this.#random() * peers.length)]
    if (peer !== undefined) this.#want(peer)
  }

  #want(peer: string): void {
    if (this.#closing.signal.aborted || this.#wanted.size >= WANTED_LIMIT) return
    if (this.#standingOff.isOff(peer)) return
    this.#wanted.add(peer)
    this.#pump()
  }

  #pump(): void {
    for (const peer of this.#wanted) {
      if (this.#pumped >= OWN_SESSIONS_LIMIT) return
      // It goes both ways: one session of the two is enough at a time.
      if (this.#inbound.has(peer)) continue
      this.#wanted.delete(peer)
      this.#pumped++
      void this.#run(peer).finally(() => {
        this.#pumped--
        this.#pump()
      })
    }
  }

  /** Never throws: a peer that was busy or broke off is asked again, a few times. */
  async #run(peer: string): Promise<void> {
    if (!this.#options.source.isReady) {
      this.#later(peer)
      return
    }
    try {
      const { isComplete, untaken } = await this.with(peer)
      if (isComplete && untaken === 0) this.#forget(peer)
      else this.#later(peer)
    } catch (thrown) {
      const error = asError(thrown)
      this.#options.log.debug('a peer could not be reconciled with', {
        peer,
        reason: error.message,
      })
      const code = error instanceof ExchangeError ? error.fault.code : undefined
      if (code === 'p2p/protocol-unsupported' || this.#standingOff.isOff(peer)) this.#forget(peer)
      else this.#later(peer)
    }
  }

  #later(peer: string): void {
    if (this.#closing.signal.aborted) return
    const before = this.#retries.get(peer)
    clearTimeout(before?.timer)
    const tries = before?.tries ?? 0
    const isConnected = this.#options.peers().some(({ peerId }) => peerId === peer)
    if (tries >= RETRY_LIMIT || !isConnected) {
      this.#forget(peer)
      return
    }
    const delayMs = (this.#options.retryMs ?? RETRY_MS) * 2 ** tries
    const timer = setTimeout(() => this.#want(peer), delayMs)
    this.#retries.set(peer, { timer, tries: tries + 1 })
  }

  #forget(peer: string): void {
    clearTimeout(this.#retries.get(peer)?.timer)
    this.#retries.delete(peer)
  }
}

function dropLongest(peers: Map<string, number>): void {
  const [longest] = peers.keys()
  if (peers.size > PARTED_LIMIT && longest !== undefined) peers.delete(longest)
}
