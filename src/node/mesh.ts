/**
 * The network half of the node: builds what speaks to peers, starts it bottom-up, stops it in
 * reverse. With `node.ts` this is the wiring diagram.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { asError } from '../base/error.ts'
import { SECOND_MS } from '../base/units.ts'
import { didOf, type Did } from '../identity/did.ts'
import type { IdentityState } from '../identity/state.ts'
import { Directory } from '../p2p/dht/directory.ts'
import { Republisher } from '../p2p/dht/republisher.ts'
import { kadService } from '../p2p/dht/service.ts'
import { Gossip } from '../p2p/gossip/gossip.ts'
import { REFUSAL_VERDICT } from '../p2p/gossip/verdict.ts'
import { createHost, type Host } from '../p2p/host.ts'
import type { PeerNotes } from '../p2p/peers/address-book.ts'
import { PeerMemory, type SmallNotes } from '../p2p/peers/memory.ts'
import { Neighbours } from '../p2p/peers/neighbours.ts'
import type { EvidenceSource, IngestSink, Offered, SyncSource } from '../p2p/ports.ts'
import { keyOfPeerId } from '../p2p/peer-id.ts'
import { provePeer, type PeerProof } from '../p2p/possession.ts'
import { QueryAsker, type Asked } from '../p2p/query/asker.ts'
import { ExchangeError, isPeerFault } from '../p2p/query/error.ts'
import { reachHolders } from '../p2p/query/holders.ts'
import { QueryResponder } from '../p2p/query/responder.ts'
import { Reconciliation, SYNC_TIMING } from '../p2p/sync/reconciliation.ts'
import { shardSubject, type RecordId } from '../records/record.ts'
import { shardOf } from '../records/replica/lanes.ts'
import { Candidate } from '../records/verified.ts'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Datastore } from 'interface-datastore'
import type { NetworkConfig } from './config.ts'
import type { Events } from './events.ts'
import type { IdentityBook } from './identity-book.ts'
import type { Interest } from './interest/interest.ts'
import { nativeVerifier, randomBytes } from './native-crypto.ts'
import { syncEvent } from './sync/sync-event.ts'
import { hostOptions, neighboursConfig, type P2pOptions } from './p2p-options.ts'
import { signedEndpoints } from './signed-endpoints.ts'

const PEER_WAIT_LIMIT_MS = 5 * SECOND_MS

export interface MeshDeps {
  readonly sink: IngestSink
  readonly evidence: EvidenceSource
  readonly syncSource: SyncSource
  readonly identities: IdentityBook
  readonly interest: Pick<Interest, 'shards' | 'onChange' | 'replication'>
  /** This agent's state first, then those of the agents it vouches for. */
  readonly published: () => readonly IdentityState[]
  readonly datastore: Datastore
  readonly notes: PeerNotes
  readonly smallNotes: SmallNotes
  readonly events: Events
  /** A peer said the time: how far its clock is ahead of this one. */
  readonly onTime: (peer: string, skewMs: number) => void
  readonly clock: Clock
  readonly log: Logger
}

export interface MeshOptions {
  readonly seed: Uint8Array
  readonly network: NetworkConfig
  readonly profile: 'edge' | 'server' | 'test'
  readonly listen: readonly string[]
  readonly p2p?: P2pOptions
  readonly userAgent: string
  readonly floodPublish?: boolean
}

export class Mesh implements AsyncDisposable {
  readonly host: Host
  readonly gossip: Gossip
  readonly neighbours: Neighbours
  readonly directory: Directory
  readonly asker: QueryAsker
  readonly sync: Reconciliation
  readonly #republisher: Republisher
  readonly #network: NetworkConfig
  readonly #log: Logger
  readonly #parts: AsyncDisposableStack

  private constructor(
    parts: AsyncDisposableStack,
    made: Pick<Mesh, 'host' | 'gossip' | 'neighbours' | 'directory' | 'asker' | 'sync'>,
    republisher: Republisher,
    network: NetworkConfig,
    log: Logger,
  ) {
    this.#parts = parts
    this.host = made.host
    this.gossip = made.gossip
    this.neighbours = made.neighbours
    this.directory = made.directory
    this.asker = made.asker
    this.sync = made.sync
    this.#republisher = republisher
    this.#network = network
    this.#log = log
  }

  /** @throws {NetworkError} when an address cannot be listened on; nothing is left running then. */
  static async start(deps: MeshDeps, options: MeshOptions): Promise<Mesh> {
    await using starting = new AsyncDisposableStack()
    const { sink, evidence, identities, interest, clock, events } = deps
    const { network, profile } = options
    const log = deps.log.child('p2p')

    const kad = kadService({
      network: network.name,
      preset: network.preset,
      // On one machine every node can be dialled; on the internet only those that say so.
      mode: network.preset === 'local' || profile === 'server' ? 'server' : 'client',
      verifier: nativeVerifier,
      floor: async (did) => Promise.resolve(identities.get(did)),
      clock,
    })
    const host = await createHost({
      seed: options.seed,
      network,
      listen: options.listen,
      ...hostOptions(options.p2p),
      profile,
      datastore: deps.datastore,
      log,
      userAgent: options.userAgent,
      dht: kad.create,
      ...(options.floodPublish === undefined ? {} : { floodPublish: options.floodPublish }),
    })
    const { libp2p } = host

    const queries = new QueryResponder({ libp2p, network: network.name, evidence, log })
    await queries.start()
    starting.defer(async () => queries.stop())
    const sync = new Reconciliation({
      libp2p,
      network: network.name,
      shardBits: network.shardBits,
      source: deps.syncSource,
      sink,
      isPeerFault: (code) => REFUSAL_VERDICT[code] === 'reject',
      peers: () =>
        neighbours.connected.map(({ peerId, direction }) => ({
          peerId,
          isChosen: direction === 'outbound',
        })),
      log,
      clock,
      randomBytes,
      timing: SYNC_TIMING[network.preset],
      onEvent: (event) => events.emit(syncEvent(event)),
      onTime: deps.onTime,
      onBlame: (peer, count) => {
        for (let fault = 0; fault < count; fault++) gossip.blame(peer, 'records', 0)
      },
      onDrop: (peer) => void hangUp(host, peer),
    })
    await sync.listen()

    await host.start()
    starting.use(host)

    const gossip = Gossip.start(
      { libp2p, sink, log, clock },
      {
        network: { name: network.name, shardBits: network.shardBits },
        shards: interest.shards(),
      },
    )
    starting.defer(async () => gossip.stop())

    const idAbout = (bytes: Uint8Array, did: Did): RecordId | undefined => {
      const { id, record } = Candidate.parse(bytes, { network: network.name })
      return shardSubject(record) === did ? id : undefined
    }
    const asker = new QueryAsker({ libp2p, network: network.name, sink, idAbout })
    // Comes unasked, as far as room for identities goes: anybody can connect.
    const unasked: IngestSink = {
      offer: async (bytes, source) => sink.offer(bytes, source),
      offerIdentity: async (bytes, source) =>
        sink.offerIdentity(bytes, source.via === 'api' ? source : { ...source, via: 'sync' }),
    }
    const introductions = new QueryAsker({ libp2p, network: network.name, sink: unasked, idAbout })
    /** Asks a peer who it is: sets of records say nothing of an agent that has none yet. */
    const meet = async (peer: string): Promise<void> => {
      const key = keyOfPeerId(peer)
      if (key === undefined || identities.agentOf(key) !== undefined) return
      const limit = AbortSignal.timeout(PEER_WAIT_LIMIT_MS)
      await introductions.askIdentity(peer, didOf(key), limit).catch((error: unknown) => {
        log.debug('a peer did not say who it is', { peer, reason: asError(error).message })
      })
    }
    const dht = libp2p.services.dht
    if (dht === undefined) throw new Error('the host was made without its DHT')
    const directory = new Directory({ dht, parts: kad.parts(), log })
    starting.use(directory)
    const republisher = new Republisher({
      directory,
      sweep: async () => kad.parts().guard.sweep(),
      states: deps.published,
      peerCount: () => neighbours.count,
      log,
    })

    const agents = inTurns(deps)
    const neighbours = await Neighbours.start(
      {
        libp2p,
        gate: host.gate,
        notes: deps.notes,
        memory: new PeerMemory(deps.smallNotes, log),
        endpoints: () => signedEndpoints(agents(), clock),
        speaks: host.speaks,
        onFound: host.onFound,
        log,
        clock,
      },
      { network, profile, ...neighboursConfig(options.p2p) },
    )
    starting.use(neighbours)
    const onChange = neighbours.onChange(({ kind, peerId }) => {
      events.emit({ kind: kind === 'up' ? 'peer.up' : 'peer.down', peer: peerId })
      if (kind === 'up') {
        sync.peerUp(peerId)
        void meet(peerId)
        republisher.peersChanged()
      } else sync.peerDown(peerId)
    })
    starting.defer(onChange)
    const followAnew = interest.onChange((shards) => {
      const isMore = shards.some((shard) => !gossip.followed.has(shard))
      gossip.follow(shards)
      if (!isMore) return
      for (const { peerId } of neighbours.connected) sync.peerUp(peerId)
    })
    starting.defer(followAnew)
    sync.start()
    starting.defer(async () => sync.stop())
    republisher.start()
    starting.defer(async () => republisher.stop())

    const made = { host, gossip, neighbours, directory, asker, sync }
    return new Mesh(starting.move(), made, republisher, network, log)
  }

  /**
   * Asks one peer for an agent's key log and offers it to the sink. What only the peer can be blamed
   * for costs it score, as it would in gossip.
   *
   * @throws {ExchangeError} when the peer cannot be asked or breaks the protocol.
   */
  async askIdentity(peer: string, did: Did, signal: AbortSignal): Promise<Offered | undefined> {
    try {
      const offered = await this.asker.askIdentity(peer, did, signal)
      if (offered?.kind === 'refused' && REFUSAL_VERDICT[offered.code] === 'reject') {
        this.gossip.blame(peer, 'identities', 0)
      }
      return offered
    } catch (error) {
      if (error instanceof ExchangeError && isPeerFault(error.fault.code)) {
        this.gossip.blame(peer, 'identities', 0)
      }
      throw error
    }
  }

  /**
   * Asks one peer for all it holds about an agent and by it; what came is in the store afterwards.
   *
   * @throws {ExchangeError} when the peer cannot be asked or breaks the protocol.
   */
  async askAll(peer: string, did: Did, signal: AbortSignal): Promise<Asked> {
    try {
      const asked = await this.asker.ask(peer, did, { want: 'all', signal })
      for (const [code, count] of asked.refused) {
        if (REFUSAL_VERDICT[code] !== 'reject') continue
        for (let fault = 0; fault < count; fault++) this.gossip.blame(peer, 'records', 0)
      }
      return asked
    } catch (error) {
      if (error instanceof ExchangeError && isPeerFault(error.fault.code)) {
        this.gossip.blame(peer, 'records', 0)
      }
      throw error
    }
  }

  /** Connects to peers nearest to an agent's key in the DHT, and names those that it reached. */
  async reachHolders(
    did: Did,
    options: Parameters<typeof reachHolders>[2],
  ): Promise<readonly string[]> {
    const { libp2p } = this.host
    const { dht } = libp2p.services
    return dht === undefined ? [] : reachHolders({ dht, libp2p, log: this.#log }, did, options)
  }

  /**
   * Has a peer prove its key.
   *
   * @throws {NetworkError} `p2p/peer-unreachable` or `p2p/other-key`.
   */
  async prove(
    peerId: string,
    addresses: readonly string[],
    signal?: AbortSignal,
  ): Promise<PeerProof> {
    return provePeer(this.host, { peerId, addresses, ...(signal === undefined ? {} : { signal }) })
  }

  /** Sends a record of this node to the peers of its shard; reconciliation brings it where this fails. */
  publishRecord(bytes: Uint8Array, about: Did): void {
    this.gossip
      .publishRecord(bytes, shardOf(about, this.#network.shardBits))
      .catch((error: unknown) => {
        this.#log.warn('a record was not gossiped', { reason: asError(error).message })
      })
  }

  /** A vouch has made another agent's log worth keeping alive in the DHT. */
  publishedChanged(): void {
    this.#republisher.changed()
  }

  /** Another agent's identity has changed: is it one that this node keeps alive, that is done again. */
  keptChanged(did: Did): void {
    this.#republisher.changed(did)
  }

  /** This agent's identity has changed. */
  identityChanged(own: IdentityState): void {
    this.#republisher.changed()
    this.gossipIdentity(own)
  }

  /** Sends an identity value to the peers of its shard. */
  gossipIdentity({ bytes, did }: IdentityState): void {
    this.gossip
      .publishIdentity(bytes, shardOf(did, this.#network.shardBits))
      .catch((error: unknown) => {
        this.#log.warn('the identity was not gossiped', { reason: asError(error).message })
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

/** Whether or not the peer hears of it. */
async function hangUp({ libp2p }: Host, peer: string): Promise<void> {
  const signal = AbortSignal.timeout(PEER_WAIT_LIMIT_MS)
  await libp2p.hangUp(peerIdFromString(peer), { signal }).catch(() => undefined)
}

/** Agents whose documents are read in one look for addresses: each is a key log to be verified. */
const LOOK_LIMIT_COUNT = 64

/**
 * Those this node keeps alive first: they are the agents that it vouches for. Of the others some at
 * each look, in turn, so that a look costs the same however many there are.
 */
function inTurns({
  published,
  identities,
}: Pick<MeshDeps, 'published' | 'identities'>): () => Generator<IdentityState> {
  let from = 0
  return function* look() {
    yield* published()
    let at = 0
    let isEnd = false
    try {
      for (const did of identities.dids()) {
        if (at >= from + LOOK_LIMIT_COUNT) return
        if (at++ < from) continue
        const state = identities.get(did)
        if (state !== undefined) yield state
      }
      isEnd = true
    } finally {
      // Whoever has enough stops here; the next look goes on behind.
      from = isEnd ? 0 : at
    }
  }
}
