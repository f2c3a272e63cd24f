/**
 * One catch-up session with one peer, from the asker's side: page by page, each page offered to the
 * node's pipeline and taken before the cursor moves and the next page is asked for.
 *
 * The cursor is written after the entries it covers; a store that keeps both in one log therefore
 * never remembers a cursor without what came before it. Protocol: `protocol.ts`.
 */
import type { Frames } from '../frames.ts'
import type { IngestSink, JournalEntry, OfferFaultCode, Offered, Source } from '../ports.ts'
import { Deadline } from '../query/deadline.ts'
import { ExchangeError } from '../query/error.ts'
import { onStream, type Dialer } from '../query/outbound.ts'
import { NEXT_FRAME } from '../query/protocol.ts'
import {
  PAGE_WAIT_LIMIT_MS,
  SESSION_LIMIT_BYTES,
  SESSION_LIMIT_MS,
  SESSION_PAGES_LIMIT,
  catchUpProtocol,
  parsePage,
  questionFrame,
  type Cursor,
  type JournalPage,
} from './protocol.ts'

/** Entries by the peer's own fault refused before the session is broken off. */
export const SESSION_FAULTS_LIMIT = 16
/** Entries kept to be offered again at the session's end, when more identities are known. */
const SESSION_WAITING_LIMIT = 512

/** Where a node keeps how far it has read each peer's journal. */
export interface Cursors {
  get(peer: string): Promise<Cursor | undefined>
  put(peer: string, cursor: Cursor): Promise<void>
}

export interface SessionOptions {
  readonly libp2p: Dialer
  readonly network: string
  readonly sink: IngestSink
  readonly cursors: Cursors
  /** Whether a refusal is the sending peer's fault: what an honest peer never sends. */
  readonly isPeerFault: (code: OfferFaultCode) => boolean
  readonly onProgress?: (received: number) => void
  readonly signal?: AbortSignal
  readonly pageWaitLimitMs?: number
}

export interface CaughtUp {
  readonly received: number
  readonly fresh: number
  /** Refusals that are the peer's fault, and how many of each. */
  readonly faults: ReadonlyMap<OfferFaultCode, number>
  /** `end`: all the peer has; `limit`: more next time; `faults`, `sink`: broken off by this side. */
  readonly ended: 'end' | 'limit' | 'faults' | 'sink'
}

/**
 * Reads what is new in a peer's journal.
 *
 * @throws {ExchangeError} when the peer cannot be asked, does not answer, or breaks the protocol.
 *   What came before that is kept, and so is the cursor.
 */
export async function catchUpWith(peer: string, options: SessionOptions): Promise<CaughtUp> {
  using whole = new Deadline(SESSION_LIMIT_MS, options.signal)
  const session = new Session(peer, options, await options.cursors.get(peer))
  const protocol = catchUpProtocol(options.network)
  const opening = { libp2p: options.libp2p, peer, protocol, signal: whole.signal }
  return await onStream(opening, (frames) => session.run(frames, whole.signal))
}

class Session {
  readonly #peer: string
  readonly #options: SessionOptions
  readonly #source: Source
  readonly #faults = new Map<OfferFaultCode, number>()
  /** Records of keys not known yet: the identity may be further down the journal. */
  readonly #waiting: JournalEntry[] = []
  #cursor: Cursor | undefined
  #received = 0
  #receivedBytes = 0
  #fresh = 0
  #faultCount = 0
  #isSinkUnable = false

  constructor(peer: string, options: SessionOptions, cursor: Cursor | undefined) {
    this.#peer = peer
    this.#options = options
    this.#source = { via: 'catch-up', peer }
    this.#cursor = cursor
  }

  async run(frames: Frames, signal: AbortSignal): Promise<CaughtUp> {
    let ended: CaughtUp['ended']
    try {
      ended = await this.#pages(frames, signal)
    } finally {
      // Also after a break: the cursor has passed these already.
      await this.#offer(this.#waiting.splice(0))
    }
    return { received: this.#received, fresh: this.#fresh, faults: this.#faults, ended }
  }

  async #pages(frames: Frames, signal: AbortSignal): Promise<CaughtUp['ended']> {
    await frames.write(questionFrame(this.#cursor), signal)
    for (let pages = 1; ; pages++) {
      const page = await this.#page(frames, signal)
      const next = this.#checked(page, pages)
      await this.#take(page.entries)
      // What this side could not take is asked for again: the cursor stays before it.
      if (this.#isSinkUnable) return 'sink'
      if (this.#faultCount >= SESSION_FAULTS_LIMIT) return 'faults'
      await this.#advance(next)
      this.#options.onProgress?.(this.#received)
      if (!page.more) return 'end'
      if (pages >= SESSION_PAGES_LIMIT || this.#receivedBytes >= SESSION_LIMIT_BYTES) return 'limit'
      await frames.write(NEXT_FRAME, signal)
    }
  }

  async #page(frames: Frames, whole: AbortSignal): Promise<JournalPage> {
    using wait = new Deadline(this.#options.pageWaitLimitMs ?? PAGE_WAIT_LIMIT_MS, whole)
    return parsePage(await frames.read(wait.signal))
  }

  /** The cursor after a page. @throws {ExchangeError} when the page does not follow the cursor. */
  #checked({ storeId, entries, more }: JournalPage, pages: number): Cursor {
    const isSameStore = this.#cursor?.storeId === storeId
    if (pages > 1 && !isSameStore) outOfBounds('another store in mid-answer')
    let arrival = isSameStore ? (this.#cursor?.arrival ?? 0) : 0
    if (more && entries.length === 0) outOfBounds('an empty page before the last')
    for (const entry of entries) {
      if (entry.arrival <= arrival) outOfBounds('entries out of order')
      arrival = entry.arrival
    }
    return { storeId, arrival }
  }

  async #take(entries: readonly JournalEntry[]): Promise<void> {
    this.#received += entries.length
    for (const { bytes } of entries) this.#receivedBytes += bytes.length
    const waiting = await this.#offer(entries)
    const room = SESSION_WAITING_LIMIT - this.#waiting.length
    this.#waiting.push(...waiting.slice(0, room))
  }

  /** Identities first, since records are judged by them; then all at once, so that they batch. */
  async #offer(entries: readonly JournalEntry[]): Promise<readonly JournalEntry[]> {
    const { sink } = this.#options
    const identities = entries.filter(({ kind }) => kind === 'identity')
    const records = entries.filter(({ kind }) => kind === 'record')
    const offers = identities.map(({ bytes }) => sink.offerIdentity(bytes, this.#source))
    for (const offered of await Promise.all(offers)) this.#count(offered)
    const answers = await Promise.all(records.map(({ bytes }) => sink.offer(bytes, this.#source)))
    for (const offered of answers) this.#count(offered)
    return records.filter((_, at) => isWaiting(answers[at]))
  }

  #count(offered: Offered): void {
    if (offered.kind === 'taken') {
      if (offered.fresh) this.#fresh++
      return
    }
    const { code } = offered
    if (code === 'node/closing' || code === 'node/busy') this.#isSinkUnable = true
    if (!this.#options.isPeerFault(code)) return
    this.#faultCount++
    this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1)
  }

  async #advance(next: Cursor): Promise<void> {
    const isSame = this.#cursor?.storeId === next.storeId && this.#cursor.arrival === next.arrival
    this.#cursor = next
    if (!isSame) await this.#options.cursors.put(this.#peer, next)
  }
}

function isWaiting(offered: Offered | undefined): boolean {
  return offered?.kind === 'refused' && offered.code === 'record/key-unknown'
}

function outOfBounds(what: string): never {
  throw new ExchangeError({ code: 'p2p/answer-out-of-bounds', what })
}
