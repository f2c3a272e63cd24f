/**
 * Gossip: makes records and identities travel fast.
 *
 * Delivery is not promised here: reconciliation brings what gossip lost. What comes in is offered to
 * the sink and judged by its answer; what was ours goes out. This class knows topics, verdicts and
 * limits; it knows nothing of what the bytes mean. Specification: docs/spec/gossip.md.
 */
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { GossipSub, Message } from '@chainsafe/libp2p-gossipsub'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { NetworkError } from '../error.ts'
import {
  IDENTITY_GAP_MS,
  IDENTITY_HELD_LIMIT,
  IDENTITY_MESSAGE_LIMIT_BYTES,
  IDENTITY_REMEMBERED_LIMIT,
  OFFERS_LIMIT,
  OFFERS_PER_NEW_PEER_LIMIT,
  OFFERS_PER_PEER_LIMIT,
  REFUSALS_PER_BURST_LIMIT,
  OFFER_TIMEOUT_MS,
  RECORD_MESSAGE_LIMIT_BYTES,
  WAITING_PER_PEER_LIMIT,
} from '../limits.ts'
import type { IngestSink, Offered, OfferFaultCode, Source } from '../ports.ts'
import { safely } from '../safely.ts'
import { didOfIdentityValue } from './identity-did.ts'
import { takeFramesInTurn } from './frames-in-turn.ts'
import { Intake } from './intake.ts'
import { Pacer } from './pacer.ts'
import { Publisher } from './publisher.ts'
import { topicOf, topicsOf } from './topics.ts'
import type { TopicKind } from './topics.ts'
import { REFUSAL_VERDICT, verdictOf } from './verdict.ts'
import {
  WATCHDOG_GRACE_MS,
  WATCHDOG_INTERVAL_MS,
  isMeshProtocol,
  reviveMutePeers,
} from './watchdog.ts'

export interface GossipDeps {
  readonly libp2p: Pick<
    Libp2p<{ pubsub: GossipSub }>,
    'services' | 'getPeers' | 'getConnections' | 'hangUp' | 'dial' | 'peerStore'
  >
  readonly sink: IngestSink
  readonly log: Logger
  readonly clock: Clock
}

export interface GossipConfig {
  readonly network: { readonly name: string; readonly shardBits: number }
  /** The shards to follow at first. */
  readonly shards: readonly number[]
  readonly identityGapMs?: number
  readonly offerTimeoutMs?: number
  readonly watchdogIntervalMs?: number
  readonly watchdogGraceMs?: number
}

export interface GossipStats {
  readonly accepted: number
  readonly ignored: number
  readonly rejected: number
  readonly published: number
  /** Messages whose answer came too late. */
  readonly late: number
  /** Values of identities that a later one replaced before their minute came. */
  readonly superseded: number
  readonly refusals: Readonly<Partial<Record<OfferFaultCode, number>>>
}

const MESSAGE_LIMIT_BYTES: Readonly<Record<TopicKind, number>> = {
  records: RECORD_MESSAGE_LIMIT_BYTES,
  identities: IDENTITY_MESSAGE_LIMIT_BYTES,
}

/** Faults kept for peers that have connected and are not introduced to gossip yet, and for how long. */
const EARLY_BLAMES_LIMIT = 1_024
const EARLY_BLAME_LIMIT_MS = 10_000
const EARLY_BLAME_LOOK_MS = 100

interface EarlyBlame {
  readonly peerId: string
  readonly kind: TopicKind
  readonly shard: number
  readonly untilMs: number
}

export class Gossip {
  readonly #deps: GossipDeps
  readonly #config: GossipConfig
  readonly #pubsub: GossipSub
  readonly #intake: Intake
  readonly #pacer: Pacer
  readonly #publisher: Publisher
  readonly #watchdog: NodeJS.Timeout
  readonly #followed = new Set<number>()
  readonly #counts = { accepted: 0, ignored: 0, rejected: 0, published: 0, late: 0, superseded: 0 }
  readonly #refusals = new Map<OfferFaultCode, number>()

  /** Subscribes to the topics of the followed shards. The host has been started. */
  static start(deps: GossipDeps, config: GossipConfig): Gossip {
    return new Gossip(deps, config)
  }

  /** Faults of peers that gossip does not know yet. */
  readonly #early = new Set<EarlyBlame>()
  #earlyTimer: NodeJS.Timeout | undefined

  private constructor(deps: GossipDeps, config: GossipConfig) {
    this.#deps = deps
    this.#config = config
    this.#pubsub = deps.libp2p.services.pubsub
    this.#publisher = new Publisher(deps.libp2p)
    this.#intake = new Intake(
      {
        perPeer: OFFERS_PER_PEER_LIMIT,
        perNewPeer: OFFERS_PER_NEW_PEER_LIMIT,
        inAll: OFFERS_LIMIT,
        waitingPerPeer: WAITING_PER_PEER_LIMIT,
        timeoutMs: config.offerTimeoutMs ?? OFFER_TIMEOUT_MS,
        refusedPerBurst: REFUSALS_PER_BURST_LIMIT,
      },
      (peer, isPaused) => {
        this.#setPaused(peer, isPaused)
      },
      (offered) => offered.kind === 'refused' && REFUSAL_VERDICT[offered.code] === 'reject',
    )
    takeFramesInTurn(this.#pubsub, this.#intake)
    this.#pacer = new Pacer({
      gapMs: config.identityGapMs ?? IDENTITY_GAP_MS,
      heldLimit: IDENTITY_HELD_LIMIT,
      rememberedLimit: IDENTITY_REMEMBERED_LIMIT,
      clock: deps.clock,
    })
    this.follow(config.shards)
    this.#watchdog = setInterval(
      safely(deps.log, 'gossip watchdog', () => this.revive()),
      config.watchdogIntervalMs ?? WATCHDOG_INTERVAL_MS,
    )
  }

  /** Unsubscribes, and answers every open question. */
  stop(): void {
    clearInterval(this.#watchdog)
    clearInterval(this.#earlyTimer)
    this.#intake.close()
    this.#pacer.close()
    // A host that stopped first has forgotten its subscriptions, and this loop finds none.
    for (const topic of this.#pubsub.getTopics()) this.#leave(topic)
    this.#followed.clear()
  }

  /**
   * Follows these shards and no others: joins the topics of those that are new and leaves those of
   * the rest. What is published in a shard that is not followed reaches the peers that follow it.
   *
   * @throws {RangeError} for a shard that the network does not have; nothing is changed then.
   */
  follow(shards: Iterable<number>): void {
    const wanted = new Set(shards)
    const coming = [...wanted].filter((shard) => !this.#followed.has(shard))
    const joining = coming.flatMap((shard) => topicsOf(this.#config.network, shard))
    for (const { topic, kind, shard } of joining) {
      this.#followed.add(shard)
      this.#pubsub.topicValidators.set(topic, (from, message) => this.#judge(kind, from, message))
      this.#pubsub.subscribe(topic)
    }
    for (const shard of [...this.#followed].filter((one) => !wanted.has(one))) {
      this.#followed.delete(shard)
      for (const { topic } of topicsOf(this.#config.network, shard)) this.#leave(topic)
    }
  }

  /** The followed shards, in no order. */
  get followed(): ReadonlySet<number> {
    return this.#followed
  }

  /**
   * Sends one record to the peers of its shard; to be awaited, since it waits while they are behind.
   *
   * @returns how many peers it was sent to: 0 is no failure, reconciliation brings it later.
   * @throws {NetworkError} `p2p/message-too-large`.
   */
  async publishRecord(bytes: Uint8Array, shard: number): Promise<number> {
    return this.#publish('records', bytes, shard)
  }

  /**
   * Sends one identity value, at most one a minute per DID. A value inside that minute waits for its
   * end and is replaced by a later one: then it is sent to 0 peers.
   *
   * @throws {NetworkError} `p2p/message-too-large`.
   * @throws {TypeError} when the bytes are no identity value.
   */
  async publishIdentity(bytes: Uint8Array, shard: number): Promise<number> {
    assertFits('identities', bytes)
    const did = didOfIdentityValue(bytes)
    if (did === undefined) throw new TypeError('not an identity value')
    if (!(await this.#pacer.turn(did))) {
      this.#counts.superseded++
      return 0
    }
    return this.#publish('identities', bytes, shard)
  }

  /** Gossip's score of a peer: 0 for a stranger, below 0 for one that sent garbage. */
  score(peerId: string): number {
    return scored(this.#pubsub).getScore(peerId)
  }

  /**
   * Costs a peer as much as one refused message, for a fault found after the message was answered
   * (R8: it sent a record and could not serve the issuer's key log).
   */
  blame(peerId: string, kind: TopicKind, shard: number): void {
    const { score } = scored(this.#pubsub)
    if (score.peerStats.has(peerId)) {
      score.rejectInvalidMessage(peerId, topicOf(this.#config.network, kind, shard))
      return
    }
    // Connected, and not introduced to gossip yet: a fault must not go free for being early.
    if (this.#early.size >= EARLY_BLAMES_LIMIT) return
    const early = { peerId, kind, shard, untilMs: Date.now() + EARLY_BLAME_LIMIT_MS }
    this.#early.add(early)
    this.#earlyTimer ??= setInterval(() => {
      this.#blameEarly()
    }, EARLY_BLAME_LOOK_MS).unref()
  }

  #blameEarly(): void {
    const { score } = scored(this.#pubsub)
    for (const early of this.#early) {
      const { peerId, kind, shard, untilMs } = early
      const isKnown = score.peerStats.has(peerId)
      if (isKnown) score.rejectInvalidMessage(peerId, topicOf(this.#config.network, kind, shard))
      if (isKnown || Date.now() > untilMs) this.#early.delete(early)
    }
    if (this.#early.size > 0) return
    clearInterval(this.#earlyTimer)
    this.#earlyTimer = undefined
  }

  /** Peers that speak of a shard's records. */
  peersOf(shard: number): readonly string[] {
    return this.#pubsub
      .getSubscribers(topicOf(this.#config.network, 'records', shard))
      .map((peer) => peer.toString())
  }

  get stats(): GossipStats {
    return { ...this.#counts, refusals: Object.fromEntries(this.#refusals) }
  }

  /** Connects again to peers that hear nothing from us any more. Runs by itself every 30 s. */
  async revive(): Promise<readonly string[]> {
    const graceMs = this.#config.watchdogGraceMs ?? WATCHDOG_GRACE_MS
    return reviveMutePeers(this.#deps.libp2p, this.#deps.log, graceMs)
  }

  /** A validator: never throws, and always answers within the limit. */
  async #judge(kind: TopicKind, from: PeerId, message: Message): Promise<TopicValidatorResult> {
    try {
      return this.#counted(await this.#verdict(kind, from.toString(), message.data))
    } catch (thrown) {
      this.#deps.log.error('judging a message failed', { error: asError(thrown).message })
      return this.#counted(TopicValidatorResult.Ignore)
    }
  }

  async #verdict(kind: TopicKind, peer: string, bytes: Uint8Array): Promise<TopicValidatorResult> {
    // R1, before anything is queued for it.
    if (bytes.length > MESSAGE_LIMIT_BYTES[kind]) {
      return this.#refused(kind === 'records' ? 'record/too-large' : 'identity/too-large')
    }
    const source: Source = { via: 'gossip', peer }
    const { sink } = this.#deps
    const offered = await this.#intake.take(peer, () =>
      kind === 'records' ? sink.offer(bytes, source) : sink.offerIdentity(bytes, source),
    )
    if (offered === undefined) {
      this.#counts.late++
      return TopicValidatorResult.Ignore
    }
    if (offered.kind === 'refused') return this.#refused(offered.code)
    if (kind === 'identities' && offered.fresh) return this.#paced(bytes, offered)
    return verdictOf(offered)
  }

  async #paced(bytes: Uint8Array, offered: Offered): Promise<TopicValidatorResult> {
    const did = didOfIdentityValue(bytes)
    if (did === undefined || (await this.#pacer.turn(did))) return verdictOf(offered)
    this.#counts.superseded++
    return TopicValidatorResult.Ignore
  }

  #refused(code: OfferFaultCode): TopicValidatorResult {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
    return REFUSAL_VERDICT[code] === 'reject'
      ? TopicValidatorResult.Reject
      : TopicValidatorResult.Ignore
  }

  #counted(verdict: TopicValidatorResult): TopicValidatorResult {
    if (verdict === TopicValidatorResult.Accept) this.#counts.accepted++
    else if (verdict === TopicValidatorResult.Reject) this.#counts.rejected++
    else this.#counts.ignored++
    return verdict
  }

  #leave(topic: string): void {
    this.#pubsub.topicValidators.set(topic, ignoreAll)
    this.#pubsub.unsubscribe(topic)
  }

  async #publish(kind: TopicKind, bytes: Uint8Array, shard: number): Promise<number> {
    assertFits(kind, bytes)
    const topic = topicOf(this.#config.network, kind, shard)
    const recipientCount = await this.#publisher.publish(topic, bytes)
    this.#counts.published++
    return recipientCount
  }

  #setPaused(peer: string, isPaused: boolean): void {
    for (const { streams } of this.#deps.libp2p.getConnections(peerIdFromString(peer))) {
      for (const stream of streams) {
        if (stream.direction !== 'inbound' || !isMeshProtocol(stream.protocol)) continue
        try {
          if (isPaused) stream.pause()
          else stream.resume()
        } catch {
          // closing already: nothing more comes
        }
      }
    }
  }
}

const ignoreAll = (): TopicValidatorResult => TopicValidatorResult.Ignore

function assertFits(kind: TopicKind, bytes: Uint8Array): void {
  const limitBytes = MESSAGE_LIMIT_BYTES[kind]
  if (bytes.length > limitBytes) {
    throw new NetworkError({ code: 'p2p/message-too-large', bytes: bytes.length, limitBytes })
  }
}

/** What the library's class has and its interface does not. */
interface Scored {
  getScore(peerId: string): number
  readonly score: {
    readonly peerStats: ReadonlyMap<string, unknown>
    rejectInvalidMessage(peerId: string, topic: string): void
  }
}

function scored(pubsub: GossipSub): Scored {
  if (!isScored(pubsub)) throw new Error('gossipsub keeps no scores')
  return pubsub
}

function isScored(pubsub: GossipSub): pubsub is GossipSub & Scored {
  return 'getScore' in pubsub && 'score' in pubsub
}
