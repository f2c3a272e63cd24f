/**
 * Asks peers what they hold about an agent, and offers all of it to the node's pipeline: nothing
 * that a peer answers is believed here. Protocol: `protocol.ts`.
 */
import type { Did } from '../../identity/did.ts'
import type { RecordId } from '../../records/record.ts'
import type { IngestSink, OfferFaultCode, Offered, Source } from '../ports.ts'
import { Deadline } from './deadline.ts'
import { ExchangeError } from './error.ts'
import type { Frames } from '../frames.ts'
import { onStream, type Dialer } from './outbound.ts'
import {
  ANSWER_LIMIT_BYTES,
  ANSWER_LIMIT_MS,
  ANSWER_RECORDS_LIMIT,
  NEXT_FRAME,
  PAGE_WAIT_LIMIT_MS,
  parsePage,
  questionFrame,
  queryProtocol,
  type Page,
  type Question,
} from './protocol.ts'

export interface Asked {
  /** Whether the peer knew anything of the agent. */
  readonly found: boolean
  readonly identity: Offered | undefined
  /** Records that came, and of them the new and the refused. */
  readonly records: number
  readonly fresh: number
  readonly refused: ReadonlyMap<OfferFaultCode, number>
  /** Of what came and was taken, what {@link QueryAskerOptions.idAbout} named, sorted. */
  readonly about: readonly RecordId[]
  /** Whether the peer holds no more than it sent. */
  readonly complete: boolean
}

export interface QueryAskerOptions {
  readonly libp2p: Dialer
  readonly network: string
  readonly sink: IngestSink
  /** The id of a record that was taken, when it is of the agent's own shard: all its holders have it. */
  readonly idAbout?: (bytes: Uint8Array, did: Did) => RecordId | undefined
  readonly pageWaitLimitMs?: number
}

export class QueryAsker {
  readonly #libp2p: Dialer
  readonly #protocol: string
  readonly #sink: IngestSink
  readonly #idAbout: NonNullable<QueryAskerOptions['idAbout']>
  readonly #pageWaitLimitMs: number

  constructor({ libp2p, network, sink, idAbout, pageWaitLimitMs }: QueryAskerOptions) {
    this.#libp2p = libp2p
    this.#protocol = queryProtocol(network)
    this.#sink = sink
    this.#idAbout = idAbout ?? (() => undefined)
    this.#pageWaitLimitMs = pageWaitLimitMs ?? PAGE_WAIT_LIMIT_MS
  }

  /**
   * Asks one peer for an agent's identity, or for that and the records about and by the agent.
   * What came is offered to the sink page by page, and taken before the next page is asked for.
   *
   * @throws {ExchangeError} for anything but an answer or NOT_FOUND.
   */
  async ask(
    peer: string,
    did: Did,
    { want, signal }: { readonly want: Question['want']; readonly signal?: AbortSignal },
  ): Promise<Asked> {
    using whole = new Deadline(ANSWER_LIMIT_MS, signal)
    const answer = new Answer(this.#sink, { via: 'query', peer }, (bytes) =>
      this.#idAbout(bytes, did),
    )
    const options = { libp2p: this.#libp2p, peer, protocol: this.#protocol, signal: whole.signal }
    try {
      await onStream(options, async (frames) => {
        await frames.write(questionFrame({ did, want }), whole.signal)
        let page = await this.#page(frames, whole.signal)
        await answer.take(page, want)
        while (page.ending === 'more') {
          await frames.write(NEXT_FRAME, whole.signal)
          page = await this.#page(frames, whole.signal)
          await answer.take(page, want)
        }
      })
    } catch (error) {
      const isNotFound =
        error instanceof ExchangeError &&
        error.fault.code === 'p2p/answer-refused' &&
        error.fault.status === 'NOT_FOUND'
      if (!isNotFound || answer.pages > 0) throw error
      return answer.asked(false)
    }
    return answer.asked(true)
  }

  /**
   * Asks one peer for an agent's identity value, which is offered to the sink.
   *
   * @returns what became of it; `undefined` when the peer holds none.
   */
  async askIdentity(peer: string, did: Did, signal?: AbortSignal): Promise<Offered | undefined> {
    const options = { want: 'identity' as const }
    const asked = await this.ask(peer, did, signal === undefined ? options : { ...options, signal })
    return asked.identity
  }

  async #page(frames: Frames, whole: AbortSignal): Promise<Page> {
    using wait = new Deadline(this.#pageWaitLimitMs, whole)
    return parsePage(await frames.read(wait.signal))
  }
}

/** Counts an answer while it comes, and holds it to its bounds. */
class Answer {
  readonly #sink: IngestSink
  readonly #source: Source
  readonly #refused = new Map<OfferFaultCode, number>()
  pages = 0
  #identity: Offered | undefined
  #records = 0
  #bytes = 0
  #fresh = 0
  #complete = false
  readonly #about = new Set<RecordId>()
  readonly #idOf: (bytes: Uint8Array) => RecordId | undefined

  constructor(sink: IngestSink, source: Source, idOf: (bytes: Uint8Array) => RecordId | undefined) {
    this.#sink = sink
    this.#source = source
    this.#idOf = idOf
  }

  /** The identity first, since the records are judged by it; then the records side by side. */
  async take(page: Page, want: Question['want']): Promise<void> {
    this.#bound(page, want)
    this.#complete = page.ending === 'end'
    if (page.identity !== undefined) {
      this.#identity = await this.#sink.offerIdentity(page.identity, this.#source)
      this.#count(this.#identity)
    }
    const offers = page.records.map((bytes) => this.#sink.offer(bytes, this.#source))
    for (const [at, offered] of (await Promise.all(offers)).entries()) {
      this.#count(offered)
      if (offered.kind !== 'taken') continue
      if (offered.fresh) this.#fresh++
      const bytes = page.records[at]
      const id = bytes === undefined ? undefined : this.#idOf(bytes)
      if (id !== undefined) this.#about.add(id)
    }
  }

  asked(found: boolean): Asked {
    return {
      found,
      identity: this.#identity,
      records: this.#records,
      fresh: this.#fresh,
      refused: this.#refused,
      about: [...this.#about].toSorted(),
      complete: this.#complete || !found,
    }
  }

  #count(offered: Offered): void {
    if (offered.kind !== 'refused') return
    this.#refused.set(offered.code, (this.#refused.get(offered.code) ?? 0) + 1)
  }

  #bound(page: Page, want: Question['want']): void {
    this.pages++
    this.#records += page.records.length
    this.#bytes += page.records.reduce((sum, record) => sum + record.length, 0)
    const broken = this.#broken(page, want)
    if (broken !== undefined) {
      throw new ExchangeError({ code: 'p2p/answer-out-of-bounds', what: broken })
    }
  }

  #broken(page: Page, want: Question['want']): string | undefined {
    if (this.#records > ANSWER_RECORDS_LIMIT) return 'too many records'
    if (this.#bytes > ANSWER_LIMIT_BYTES) return 'too many bytes'
    if (page.identity !== undefined && this.pages > 1) return 'an identity after the first page'
    if (page.ending === 'more' && page.records.length === 0) return 'an empty page before the last'
    if (want === 'identity' && (page.records.length > 0 || page.ending !== 'end')) {
      return 'records where an identity was asked for'
    }
    return undefined
  }
}
