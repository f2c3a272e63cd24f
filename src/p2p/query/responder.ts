/** Answers the query protocol from what the node holds. Bounds: `protocol.ts`. */
import type { Libp2p, Stream } from '@libp2p/interface'
import type { Logger } from '../../base/log.ts'
import type { Did } from '../../identity/did.ts'
import type { Frames } from '../frames.ts'
import type { EvidenceSource } from '../ports.ts'
import { Buckets, type BucketRate } from './buckets.ts'
import { Inbound, type InboundLimits } from './inbound.ts'
import {
  ANSWER_LIMIT_BYTES,
  ANSWER_LIMIT_MS,
  ANSWER_RECORDS_LIMIT,
  PAGE_CONTENT_LIMIT_BYTES,
  PAGE_RECORDS_LIMIT,
  QUESTION_LIMIT_BYTES,
  pageFrame,
  parseNext,
  parseQuestion,
  queryProtocol,
} from './protocol.ts'
import type { RefusedStatus } from './status.ts'

/** Streams of this protocol on one connection. */
const QUERY_STREAMS_LIMIT = 8
/** A burst is the issuers of a few pages of records; then 32 identities, or 4 full answers, a second. */
const QUERY_RATE: BucketRate = { burst: 512, perSecond: 32 }
const IDENTITY_COST = 1
const ALL_COST = 8

const LIMITS: InboundLimits = {
  answersLimit: 32,
  sessionLimitMs: ANSWER_LIMIT_MS,
  readLimitBytes: QUESTION_LIMIT_BYTES,
}

export interface QueryResponderOptions {
  readonly libp2p: Pick<Libp2p, 'handle' | 'unhandle'>
  readonly network: string
  readonly evidence: EvidenceSource
  readonly log: Logger
  readonly rate?: BucketRate
  readonly limits?: Partial<InboundLimits>
}

export class QueryResponder {
  readonly #libp2p: QueryResponderOptions['libp2p']
  readonly #protocol: string
  readonly #evidence: EvidenceSource
  readonly #inbound: Inbound
  readonly #buckets: Buckets

  constructor({ libp2p, network, evidence, log, rate, limits }: QueryResponderOptions) {
    this.#libp2p = libp2p
    this.#protocol = queryProtocol(network)
    this.#evidence = evidence
    this.#inbound = new Inbound({ ...LIMITS, ...limits }, log)
    this.#buckets = new Buckets(rate ?? QUERY_RATE)
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
      runOnLimitedConnection: true, // through a relay
      maxInboundStreams: QUERY_STREAMS_LIMIT,
      maxOutboundStreams: QUERY_STREAMS_LIMIT,
    })
  }

  async stop(): Promise<void> {
    this.#inbound.close()
    await this.#libp2p.unhandle(this.#protocol)
  }

  async #answer(
    frames: Frames,
    signal: AbortSignal,
    peer: string,
  ): Promise<RefusedStatus | undefined> {
    const { did, want } = parseQuestion(await frames.read(signal))
    if (!this.#buckets.take(peer, want === 'all' ? ALL_COST : IDENTITY_COST)) return 'RATE_LIMITED'
    const identity = await this.#evidence.identity(did)
    if (want === 'all') return this.#answerAll(frames, signal, did, identity)
    if (identity === undefined) return 'NOT_FOUND'
    await frames.write(pageFrame({ identity, records: [], ending: 'end' }), signal)
    return undefined
  }

  /** Holds one page and one record beyond it, whatever the agent's history. */
  async #answerAll(
    frames: Frames,
    signal: AbortSignal,
    did: Did,
    identity: Uint8Array | undefined,
  ): Promise<RefusedStatus | undefined> {
    let head = identity === undefined ? {} : { identity }
    let records: Uint8Array[] = []
    let pageBytes = identity?.length ?? 0
    let answered = 0
    let answerBytes = pageBytes
    for await (const record of this.#evidence.recordsOf(did)) {
      if (answered === ANSWER_RECORDS_LIMIT || answerBytes + record.length > ANSWER_LIMIT_BYTES) {
        await frames.write(pageFrame({ ...head, records, ending: 'cut-off' }), signal)
        return undefined
      }
      const isFull =
        records.length === PAGE_RECORDS_LIMIT ||
        pageBytes + record.length > PAGE_CONTENT_LIMIT_BYTES
      if (isFull) {
        await frames.write(pageFrame({ ...head, records, ending: 'more' }), signal)
        parseNext(await frames.read(signal))
        head = {}
        records = []
        pageBytes = 0
      }
      records.push(record)
      answered++
      pageBytes += record.length
      answerBytes += record.length
    }
    if (identity === undefined && answered === 0) return 'NOT_FOUND'
    await frames.write(pageFrame({ ...head, records, ending: 'end' }), signal)
    return undefined
  }
}
