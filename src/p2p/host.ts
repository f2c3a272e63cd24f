/**
 * The libp2p host: every option of libp2p, in one file.
 *
 * TCP, noise, yamux, identify, ping, gossip, and Kademlia where it is given; other transports and
 * what helps against address translation come from transports/, where profile and settings want them.
 * Two presets: `local` (one machine or one LAN, private addresses welcome) and `public`. What travels
 * over the host is the business of the folders beside this file. Specification: docs/spec/gossip.md;
 * the limits are in limits.ts.
 */
import { noise } from '@chainsafe/libp2p-noise'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import type { Identify, IdentifyPush } from '@libp2p/identify'
import type { Libp2p, Listener, PeerInfo } from '@libp2p/interface'
import type { KadDHT, KadDHTComponents } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import type { Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import type { Datastore } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import type { Libp2pOptions } from 'libp2p'
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { NETWORK_NAME } from '../crypto/domain.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { parseAddress, transportOf } from './addresses.ts'
import type { Transport } from './addresses.ts'
import { NetworkError } from './error.ts'
import { Gate } from './gate.ts'
import type { Preset } from './gate.ts'
import { gossipService } from './gossip/service.ts'
import { libp2pLog } from './libp2p-log.ts'
import {
  ADDRESSES_DIALLED_PER_PEER_LIMIT,
  ADDRESS_DIAL_TIMEOUT_MS,
  CONNECTION_LIMIT,
  DIAL_QUEUE_LIMIT,
  DIAL_TIMEOUT_MS,
  IDENTIFY_LIMIT_BYTES,
  INBOUND_RATE_LIMIT,
  INBOUND_UPGRADE_TIMEOUT_MS,
  LEAVING_INBOUND_LIMIT,
  LISTEN_BACKLOG,
  LOCAL_INBOUND_RATE_LIMIT,
  PARALLEL_DIAL_LIMIT,
  PEER_ADDRESS_AGE_MS,
  PEER_AGE_MS,
  PENDING_INBOUND_LIMIT,
  PROTOCOL_NEGOTIATION_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  STREAMS_PER_CONNECTION_LIMIT,
  STREAM_READ_BUFFER_LIMIT_BYTES,
  STREAM_WINDOW_LIMIT_BYTES,
  STREAM_WRITE_BUFFER_LIMIT_BYTES,
} from './limits.ts'
import type { Profile } from './limits.ts'
import type { DenyList } from './peers/deny-list.ts'
import { loadTransports } from './transports/load.ts'
import type { Loaded, LoadedTransports } from './transports/load.ts'
import { planTransports, TRANSPORT_SWITCHES } from './transports/plan.ts'
import type { TransportSwitches } from './transports/plan.ts'
import { Reach } from './transports/reach.ts'
import type { Reachability, ReachComponents } from './transports/reach.ts'
import { WaitingRoom } from './transports/waiting-room.ts'

/**
 * Of a connection, at a time: a keep-alive may be under way when the same peer is asked for a proof, and by
 * libp2p's own limit of one the second to come fails.
 */
const PING_STREAMS = { maxOutboundStreams: 4, maxInboundStreams: 4 } as const

/** What the network layer needs of a network's configuration. */
export interface NetworkConfig {
  readonly name: string
  readonly preset: Preset
  /** Multiaddrs, with or without peer ids. */
  readonly bootstrap: readonly string[]
  readonly shardBits: number
}

export interface HostServices {
  readonly identify: Identify
  readonly identifyPush: IdentifyPush
  readonly ping: Ping
  readonly pubsub: GossipSub
  readonly dht?: KadDHT
  readonly reach: Reach
  /** Where this node is a relay. */
  readonly relay?: { readonly reservations: { readonly size: number } }
  readonly [other: string]: unknown
}

export interface HostOptions {
  /** The operational key's 32 secret bytes. */
  readonly seed: Uint8Array
  readonly network: NetworkConfig
  /** Multiaddrs to listen on; empty for a node that only dials. */
  readonly listen: readonly string[]
  /** Addresses to tell peers beside those, when a router forwards to this machine. */
  readonly announce?: readonly string[]
  readonly profile: Profile
  /** Addresses to listen on where their transport is there. */
  readonly listenWherePossible?: readonly string[]
  /** Which transports may be loaded; the profile and the network have their say too. */
  readonly switches?: TransportSwitches
  /** Closes connections to those who lack it: a `/key/swarm/psk/1.0.0/` file. */
  readonly preSharedKey?: Uint8Array
  /** How often it looks whether a relay is needed. */
  readonly relayCheckMs?: number
  /** Whom to keep out. */
  readonly denied?: DenyList
  /** libp2p's own corner of the store; in memory when absent. The caller closes it after the host. */
  readonly datastore?: Datastore
  readonly log: Logger
  readonly userAgent: string
  readonly dht?: (components: KadDHTComponents) => KadDHT
  readonly floodPublish?: boolean
  /** Between 0 and 1: how well a peer's owner stands with ours. */
  readonly standing?: (peerId: string) => number
}

export interface Host extends AsyncDisposable {
  readonly libp2p: Libp2p<HostServices>
  readonly gate: Gate
  readonly peerId: string
  /** Where peers can dial this node, peer id included: what it tells them. */
  addresses(): readonly string[]
  /** What it listens on, told or not. */
  listening(): readonly string[]
  /** Every transport and helper, whether it is there, and why. */
  readonly parts: readonly Loaded[]
  /** Whether it can dial addresses of this kind. */
  readonly speaks: (transport: Transport) => boolean
  reach(): Reachability
  /** Calls `listener` for each peer found on the LAN. Returns what ends that. */
  readonly onFound: (listener: (peer: PeerInfo) => void) => () => void
  /** @throws {NetworkError} `p2p/listen-failed`. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** A host that runs. @throws {NetworkError} `p2p/listen-failed`, `p2p/address-invalid`. */
export async function startHost(options: HostOptions): Promise<Host> {
  const host = await createHost(options)
  await host.start()
  return host
}

/**
 * A host that does not run yet: protocols are registered on `libp2p` first, so that peers learn of
 * them when they connect.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { network, listen } = options
  if (options.seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`)
  if (!NETWORK_NAME.test(network.name)) {
    throw new RangeError(`not a network name: ${network.name}`)
  }
  for (const address of listen) parseAddress(address)
  const gate = new Gate(network.preset, {
    ...(options.denied === undefined ? {} : { denied: options.denied }),
    connectionLimit: CONNECTION_LIMIT[options.profile],
  })
  for (const address of network.bootstrap) gate.choose(parseAddress(address))
  const found = new Set<(peer: PeerInfo) => void>()
  const waitingRoom = new WaitingRoom(network.preset)
  const loaded = await loadTransports(
    planTransports({
      preset: network.preset,
      profile: options.profile,
      named: [...listen, ...network.bootstrap, ...(options.announce ?? [])],
      switches: options.switches ?? TRANSPORT_SWITCHES,
      hasPreSharedKey: options.preSharedKey !== undefined,
    }),
    {
      network: network.name,
      profile: options.profile,
      preSharedKey: options.preSharedKey,
      gate,
      waitingRoom,
      log: options.log,
      onFound: (peer) => {
        for (const listener of found) listener(peer)
      },
    },
  )
  const speaks = (transport: Transport): boolean =>
    loaded.parts.some(({ name, isOn }) => isOn && name === PART_OF[transport])
  for (const address of listen) {
    const transport = transportOf(parseAddress(address))
    if (!speaks(transport)) throw new NetworkError({ code: 'p2p/transport-off', transport })
  }
  const possible = (options.listenWherePossible ?? []).filter((address) =>
    speaks(transportOf(parseAddress(address))),
  )
  const libp2p = await createLibp2p(
    await libp2pOptions(
      { ...options, listen: [...listen, ...possible] },
      { gate, waitingRoom, loaded },
    ),
  )
  const listeners = new Set<Listener>()
  libp2p.addEventListener('transport:listening', ({ detail }) => listeners.add(detail))
  libp2p.addEventListener('transport:close', ({ detail }) => listeners.delete(detail))
  return {
    libp2p,
    gate,
    peerId: libp2p.peerId.toString(),
    addresses: () => libp2p.getMultiaddrs().map((address) => address.toString()),
    listening: () => [...listeners].flatMap((one) => one.getAddrs().map(String)),
    parts: loaded.parts,
    speaks,
    reach: () => libp2p.services.reach.now(libp2p.services.relay?.reservations.size ?? 0),
    onFound: (listener) => {
      found.add(listener)
      return () => found.delete(listener)
    },
    start: async () => {
      try {
        await libp2p.start()
      } catch (thrown) {
        await libp2p.stop()
        throw new NetworkError(
          { code: 'p2p/listen-failed', address: listen.join(', ') },
          { cause: asError(thrown) },
        )
      }
    },
    stop: () => stopWithin(libp2p, options.log),
    [Symbol.asyncDispose]: () => stopWithin(libp2p, options.log),
  }
}

/** The part that dials addresses of each kind. */
const PART_OF = {
  tcp: 'tcp',
  webSocket: 'webSocket',
  quic: 'quic',
  relay: 'relayClient',
} as const satisfies Record<Transport, Loaded['name']>

interface HostParts {
  readonly gate: Gate
  /** One for all transports that have listeners of their own. */
  readonly waitingRoom: WaitingRoom
  readonly loaded: LoadedTransports
}

async function libp2pOptions(
  options: HostOptions,
  { gate, waitingRoom, loaded }: HostParts,
): Promise<Libp2pOptions<HostServices>> {
  const { network, profile, dht } = options
  const isLocal = network.preset === 'local'
  const listensForTcp = tcp({
    maxConnections: CONNECTION_LIMIT[profile] + PENDING_INBOUND_LIMIT + LISTEN_BACKLOG,
    backlog: LISTEN_BACKLOG,
  })
  return {
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.seed),
    ...(options.datastore === undefined ? {} : { datastore: options.datastore }),
    logger: libp2pLog(options.log.child('libp2p')),
    nodeInfo: { userAgent: options.userAgent },
    addresses: {
      listen: [...options.listen],
      appendAnnounce: [...(options.announce ?? [])],
      announceFilter: gate.announced,
    },
    connectionGater: gate.connectionGater,
    connectionManager: {
      maxConnections: CONNECTION_LIMIT[profile],
      maxIncomingPendingConnections: PENDING_INBOUND_LIMIT + LEAVING_INBOUND_LIMIT,
      inboundConnectionThreshold: isLocal ? LOCAL_INBOUND_RATE_LIMIT : INBOUND_RATE_LIMIT,
      inboundUpgradeTimeout: INBOUND_UPGRADE_TIMEOUT_MS,
      maxParallelDials: PARALLEL_DIAL_LIMIT,
      maxDialQueueLength: DIAL_QUEUE_LIMIT,
      maxPeerAddrsToDial: ADDRESSES_DIALLED_PER_PEER_LIMIT,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: PROTOCOL_NEGOTIATION_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: PROTOCOL_NEGOTIATION_TIMEOUT_MS,
    },
    // It cuts connections at the first slow answer; peers/liveness.ts counts misses instead.
    connectionMonitor: { enabled: false },
    peerStore: { maxAddressAge: PEER_ADDRESS_AGE_MS, maxPeerAge: PEER_AGE_MS },
    transports: [
      (components) => waitingRoom.before(listensForTcp(components)),
      ...loaded.transports,
    ],
    peerDiscovery: [...loaded.discovery],
    ...(loaded.protector === undefined ? {} : { connectionProtector: loaded.protector }),
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: STREAMS_PER_CONNECTION_LIMIT,
        maxOutboundStreams: STREAMS_PER_CONNECTION_LIMIT,
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_LIMIT_BYTES,
          maxReadBufferLength: STREAM_READ_BUFFER_LIMIT_BYTES,
          maxWriteBufferLength: STREAM_WRITE_BUFFER_LIMIT_BYTES,
        },
      }),
    ],
    services: {
      identify: identify({ maxMessageSize: IDENTIFY_LIMIT_BYTES }),
      identifyPush: identifyPush({ maxMessageSize: IDENTIFY_LIMIT_BYTES }),
      ping: ping(PING_STREAMS),
      pubsub: gossipService(options),
      ...(dht === undefined ? {} : { dht }),
      ...loaded.services,
      reach: (components: ReachComponents) =>
        new Reach(components, {
          usesRelays:
            profile === 'edge' &&
            loaded.parts.some(({ name, isOn }) => isOn && name === 'relayClient'),
          ...(options.relayCheckMs === undefined ? {} : { checkMs: options.relayCheckMs }),
          log: options.log,
        }),
    },
  }
}

/** libp2p waits for its parts without limit; what still hangs then is cut off with the process. */
async function stopWithin(libp2p: Libp2p, log: Logger): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => {
    resolve('late')
  }, STOP_TIMEOUT_MS)
  const stopped = await Promise.race([libp2p.stop(), late])
  clearTimeout(timer)
  if (stopped === 'late') log.warn('the network host did not stop in time')
}
