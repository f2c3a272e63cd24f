/**
 * The one way in, for records from the API, gossip, reconciliation and queries alike.
 *
 *     bytes → R1–R3 form → R4, R5 time → R6 known? → R7 signature → R8 key → R10 best K → disk → view
 *
 * The cheap checks come first; signatures are verified on the thread pool; one writer puts what is
 * admitted on disk in batches and answers only after that. Sources wait (back-pressure), nothing is
 * dropped for being too fast, and the order of arrival changes nothing that is decided here.
 * Specification: docs/spec/records.md.
 */
import { equalBytes } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import { CryptoError } from '../../crypto/error.ts'
import { SignatureProof, type Verifier } from '../../crypto/ed25519.ts'
import { sha256Hex } from '../../crypto/hash.ts'
import type { Did } from '../../identity/did.ts'
import { IdentityError } from '../../identity/error.ts'
import { IdentityState } from '../../identity/state.ts'
import type { IngestSink, Offered, OfferFaultCode, Source } from '../../p2p/ports.ts'
import { RecordError } from '../../records/error.ts'
import { Candidate, CLOCK_SKEW_LIMIT_MS, judgeTime, Verified } from '../../records/verified.ts'
import type { AipRecord } from '../../records/record.ts'
import { NodeError } from '../error.ts'
import type { Events } from '../events.ts'
import type { IdentityBook } from '../identity-book.ts'
import { FreshRecords } from './fresh-records.ts'
import { Gate } from './gate.ts'
import { Pending } from './pending.ts'
import { senderOf } from './sender.ts'
import type { Writer } from './writer.ts'

/**
 * Records between the door and the disk, all sources together: what two batches and some parcels of
 * signatures hold. More would wait inside, behind the batch that is on its way, instead of in turn.
 */
export const IN_FLIGHT_LIMIT = 512
/** Records between the door and the disk, from one source: a peer, or the API. */
export const IN_FLIGHT_PER_SOURCE_LIMIT = 256
/** Of the places inside, those kept for sources with little inside. */
export const IN_FLIGHT_RESERVED_LIMIT = 64
/** A source with so few inside takes a reserved place, and its signatures are checked ahead of others'. */
export const LIGHT_SOURCE_LIMIT = 4
/** Records of one source before the door; a source that lets more wait is told that the node is busy. */
export const WAITING_PER_SOURCE_LIMIT = 8_192
/** How long a record from the future may wait for its time (R4). */
const FUTURE_WAIT_LIMIT_MS = 10 * MINUTE_MS
export const FUTURE_LIMIT = 1_024
export const FUTURE_PER_SENDER_LIMIT = 64
const FUTURE_INTERVAL_MS = 5 * SECOND_MS

export interface PipelineDeps {
  readonly network: string
  readonly verifier: Verifier
  readonly clock: Clock
  readonly identities: IdentityBook
  readonly writer: Writer
  readonly events: Events
  readonly log: Logger
  /** Asks a peer for the key log of an agent, and offers it here; `undefined`: it has none. */
  readonly askIdentity: (
    peer: string,
    did: Did,
    signal: AbortSignal,
  ) => Promise<Offered | undefined>
  /** Whether a record that comes unasked is of a part of the network that this node follows. */
  readonly isFollowed?: (record: AipRecord) => boolean
  /** Somebody holds a key log that says less than the one that is held here. */
  readonly onOlderLog?: (did: Did, source: Source) => void
  /** A peer sent a record whose key log it could not serve (R8). */
  readonly onMisbehaviour: (peer: string, code: OfferFaultCode) => void
}

interface HeldForLater {
  readonly bytes: Uint8Array
  readonly source: Source
  readonly dueMs: number
}

export class Pipeline implements IngestSink, AsyncDisposable {
  readonly #deps: PipelineDeps
  readonly #gate = new Gate({
    inAll: IN_FLIGHT_LIMIT,
    perSource: IN_FLIGHT_PER_SOURCE_LIMIT,
    reserved: IN_FLIGHT_RESERVED_LIMIT,
    light: LIGHT_SOURCE_LIMIT,
    waitingPerSource: WAITING_PER_SOURCE_LIMIT,
  })
  readonly #fresh: FreshRecords
  readonly #pending: Pending
  /** By their whole bytes: a copy with a broken signature does not stand in for the true one. */
  readonly #future = new Map<string, HeldForLater>()
  readonly #futureTimer: NodeJS.Timeout
  readonly refused = new Map<OfferFaultCode, number>()
  #closing = false

  constructor(deps: PipelineDeps) {
    this.#deps = deps
    this.#fresh = new FreshRecords(deps.clock)
    this.#pending = new Pending({
      ask: deps.askIdentity,
      retry: async (bytes, source) => this.#offer(bytes, source, false),
      onUnserved: (peer) => deps.onMisbehaviour(peer, 'record/key-unknown'),
      log: deps.log,
    })
    this.#futureTimer = setInterval(() => this.#admitDue(), FUTURE_INTERVAL_MS)
    this.#futureTimer.unref()
  }

  /** Records between the door and the disk, and those that wait for a key log or for their time. */
  get load(): { inFlight: number; pending: number; future: number } {
    return {
      inFlight: this.#gate.load,
      pending: this.#pending.size,
      future: this.#future.size,
    }
  }

  async offer(bytes: Uint8Array, source: Source): Promise<Offered> {
    return this.#offer(bytes, source, true)
  }

  #offer(bytes: Uint8Array, source: Source, mayWait: boolean): Promise<Offered> {
    return this.#inTurn(source, async () => this.#judge(bytes, source, mayWait))
  }

  async offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered> {
    return this.#inTurn(source, async () => this.#judgeIdentity(bytes, source))
  }

  async #inTurn(source: Source, work: () => Promise<Offered>): Promise<Offered> {
    const offered = await this.#gate.through(senderOf(source), work)
    return offered ?? this.#refuse('node/busy', source)
  }

  async #judgeIdentity(bytes: Uint8Array, source: Source): Promise<Offered> {
    if (this.#closing) return CLOSING
    const { network, verifier, writer, identities } = this.#deps
    if (identities.isHeld(bytes)) return { kind: 'taken', fresh: false }
    try {
      const state = IdentityState.parse(bytes, { network, verifier })
      const outcome = await writer.putIdentity(state, source)
      if (outcome === 'full') return this.#refuse('node/busy', source)
      const fresh = outcome === 'changed'
      const held = identities.get(state.did)
      if (held === undefined || equalBytes(held.bytes, state.bytes)) return { kind: 'taken', fresh }
      this.#deps.onOlderLog?.(state.did, source)
      return { kind: 'taken', fresh, isOlder: true }
    } catch (error) {
      if (error instanceof IdentityError || error instanceof CryptoError) {
        return this.#refuse(error.fault.code, source)
      }
      return this.#fail(error, source)
    }
  }

  /**
   * Stores records that this node has just signed, all or none, and answers when they are on disk.
   *
   * @throws {RecordError} when one is not admitted; nothing is stored then.
   */
  async offerOwn(
    signed: readonly Uint8Array[],
    own: { readonly keyHex: string; readonly sequence: number },
  ): Promise<readonly Verified[]> {
    const verified = await Promise.all(
      signed.map(async (bytes) => {
        const candidate = Candidate.parse(bytes, { network: this.#deps.network })
        const fault = judgeTime(candidate.record, this.#deps.clock())
        if (fault !== undefined) throw new RecordError(fault)
        const proof = await SignatureProof.of(candidate.check, this.#deps.verifier, true)
        if (proof === undefined) throw new RecordError({ code: 'record/signature-invalid' })
        return Verified.of(candidate, proof)
      }),
    )
    const { refused } = await this.#deps.writer.put(verified, { via: 'api' }, own)
    if (refused.length > 0) throw new RecordError({ code: 'record/quota' })
    for (const { id } of verified) this.#fresh.note(id)
    return verified
  }

  async #judge(bytes: Uint8Array, source: Source, mayWait: boolean): Promise<Offered> {
    if (this.#closing) return CLOSING
    const { network, clock, verifier, identities, writer } = this.#deps
    try {
      const candidate = Candidate.parse(bytes, { network })
      const { id, record } = candidate

      const fault = judgeTime(record, clock())
      if (fault?.code === 'record/from-future') this.#holdForLater(candidate, source, fault.aheadMs)
      if (fault !== undefined) return this.#refuse(fault.code, source)

      // What was not asked for is taken of the shards that are followed.
      const isUnasked = source.via === 'gossip' || source.via === 'sync'
      if (isUnasked && this.#deps.isFollowed?.(record) === false) {
        return this.#refuse('record/quota', source)
      }

      // R6: known already; passed on once if it is so new that gossip has not had it yet.
      if (writer.mayHold(id) && (await writer.holds(id))) {
        return { kind: 'taken', fresh: source.via === 'gossip' && this.#fresh.take(id) }
      }

      // R7: the key is in the record, so garbage is refused before any log is fetched.
      const isUrgent = this.#gate.insideOf(senderOf(source)) <= LIGHT_SOURCE_LIMIT
      const proof = await SignatureProof.of(candidate.check, verifier, isUrgent)
      if (proof === undefined) return this.#refuse('record/signature-invalid', source)

      // R8: the key is the DID's own, or one that its log names.
      if (!identities.mayJudge(record.issuer, record.key)) {
        if (mayWait) this.#pending.add(record.issuer, candidate.bytes, source)
        return this.#refuse('record/key-unknown', source)
      }

      // R9 needs no check: two records of one key and sequence are kept both, and the view tells.
      // R10: the writer asks the replica.
      const { refused } = await writer.put([Verified.of(candidate, proof)], source)
      if (refused.length > 0) return this.#refuse('record/quota', source)
      if (source.via !== 'gossip') this.#fresh.note(id)
      return { kind: 'taken', fresh: true }
    } catch (error) {
      if (error instanceof RecordError || error instanceof CryptoError) {
        return this.#refuse(error.fault.code, source)
      }
      return this.#fail(error, source)
    }
  }

  /** Not the sender's fault, so it says nothing of the record. The writer has logged the disk's. */
  #fail(thrown: unknown, source: Source): Offered {
    const error = asError(thrown)
    if (!(error instanceof NodeError)) this.#deps.log.error('an offer failed', { error })
    return this.#refuse('node/busy', source)
  }

  #refuse(code: OfferFaultCode, source: Source): Offered {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1)
    this.#deps.events.emit({ kind: 'record.rejected', code, via: source.via })
    return { kind: 'refused', code }
  }

  #holdForLater(candidate: Candidate, source: Source, aheadMs: number): void {
    if (aheadMs > FUTURE_WAIT_LIMIT_MS || this.#future.size >= FUTURE_LIMIT) return
    const sender = senderOf(source)
    let bySender = 0
    for (const held of this.#future.values()) if (senderOf(held.source) === sender) bySender++
    if (bySender >= FUTURE_PER_SENDER_LIMIT) return
    const { bytes } = candidate
    const dueMs = this.#deps.clock() + aheadMs - CLOCK_SKEW_LIMIT_MS
    this.#future.set(sha256Hex(bytes), { bytes, source, dueMs })
  }

  #admitDue(): void {
    const nowMs = this.#deps.clock()
    for (const [key, { bytes, source, dueMs }] of this.#future) {
      if (dueMs > nowMs) continue
      this.#future.delete(key)
      void this.offer(bytes, source)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    clearInterval(this.#futureTimer)
    this.#pending.close()
    await this.#gate.empty()
    await this.#deps.writer.drained()
  }
}

const CLOSING: Offered = { kind: 'refused', code: 'node/closing' }
