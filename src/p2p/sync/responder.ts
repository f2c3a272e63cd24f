/** Answers the catch-up protocol from the node's journal. Bounds: `protocol.ts`. */
import type { Libp2p, Stream } from '@libp2p/interface'
import type { Logger } from '../../base/log.ts'
import type { Frames } from '../frames.ts'
import type { EvidenceSource, JournalEntry } from '../ports.ts'
import { Buckets, type BucketRate } from '../query/buckets.ts'
import { Deadline } from '../query/deadline.ts'
import { Inbound, type InboundLimits } from '../query/inbound.ts'
import { parseNext } from '../query/protocol.ts'
import type { RefusedStatus } from '../query/status.ts'
import {
  PAGE_CONTENT_LIMIT_BYTES,
  PAGE_ENTRIES_LIMIT,
  QUESTION_LIMIT_BYTES,
  SESSION_LIMIT_MS,
  SESSION_PAGES_LIMIT,
  TAKE_WAIT_LIMIT_MS,
  catchUpProtocol,
  pageFrame,
  parseQuestion,
} from './protocol.ts'

/** Streams of this protocol on one connection. */
const CATCH_UP_STREAMS_LIMIT = 2
const CATCH_UP_RATE: BucketRate = { burst: 16, perSecond: 1 }

const LIMITS: InboundLimits = {
  answersLimit: 8,
  sessionLimitMs: SESSION_LIMIT_MS,
  readLimitBytes: QUESTION_LIMIT_BYTES,
}

export interface CatchUpResponderOptions {
  readonly libp2p: Pick<Libp2p, 'handle' | 'unhandle'>
  readonly network: string
  readonly evidence: EvidenceSource
  readonly log: Logger
  readonly rate?: BucketRate
  readonly limits?: Partial<InboundLimits>
  readonly takeWaitLimitMs?: number
}

export class CatchUpResponder {
  readonly #libp2p: CatchUpResponderOptions['libp2p']
  readonly #protocol: string
  readonly #evidence: EvidenceSource
  readonly #inbound: Inbound
  readonly #buckets: Buckets
  readonly #takeWaitLimitMs: number

  constructor(options: CatchUpResponderOptions) {
    this.#libp2p = options.libp2p
    this.#protocol = catchUpProtocol(options.network)
    this.#evidence = options.evidence
    this.#inbound = new Inbound({ ...LIMITS, ...options.limits }, options.log)
    this.#buckets = new Buckets(options.rate ?? CATCH_UP_RATE)
    this.#takeWaitLimitMs = options.takeWaitLimitMs ?? TAKE_WAIT_LIMIT_MS
  }

  async start(): Promise<void> {
    const serve = async (
      stream: Stream,
      connection: { readonly remotePeer: { toString(): string } },
    ): Promise<void> => {
      const peer = connection.remotePeer.toString()
      await this.#inbound.serve(stream, (frames, signal) => this.#answer(frames, signal, peer))
    }
    await this.#libp2p.handle(this.#protocol, serve, {
      maxInboundStreams: CATCH_UP_STREAMS_LIMIT,
      maxOutboundStreams: CATCH_UP_STREAMS_LIMIT,
    })
  }

  async stop(): Promise<void> {
    this.#inbound.close()
    await this.#libp2p.unhandle(this.#protocol)
  }

  /** One page in memory at a time: the next is read when the asker has taken the one before. */
  async #answer(
    frames: Frames,
    whole: AbortSignal,
    peer: string,
  ): Promise<RefusedStatus | undefined> {
    using wait = new Deadline(this.#takeWaitLimitMs, whole)
    const { signal } = wait
    const known = parseQuestion(await frames.read(signal))
    if (!this.#buckets.take(peer)) return 'RATE_LIMITED'
    const { storeId } = this.#evidence
    let after = known.storeId === storeId ? known.arrival : 0
    for (let pages = 0; pages < SESSION_PAGES_LIMIT; pages++) {
      const read = await this.#evidence.journal(after, PAGE_ENTRIES_LIMIT)
      const entries = fitting(read)
      const isLast = pages + 1 === SESSION_PAGES_LIMIT
      const more = !isLast && (entries.length < read.length || read.length === PAGE_ENTRIES_LIMIT)
      wait.restart()
      await frames.write(pageFrame({ storeId, entries, more }), signal)
      if (!more) return undefined
      after = entries.at(-1)?.arrival ?? after
      wait.restart()
      parseNext(await frames.read(signal))
    }
    return undefined
  }
}

/** As many of the first entries as one page holds; at least one, since a page holds the largest. */
function fitting(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  let pageBytes = 0
  const end = entries.findIndex(({ bytes }) => {
    pageBytes += bytes.length
    return pageBytes > PAGE_CONTENT_LIMIT_BYTES
  })
  return end === -1 ? entries : entries.slice(0, end)
}
