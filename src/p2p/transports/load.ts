/**
 * Loads what the plan says, each part by an import of its own. A part that cannot be loaded, such as
 * QUIC where its native package is not installed, is left out and says so.
 */
import type { ConnectionProtector, PeerInfo } from '@libp2p/interface'
import type { Libp2pOptions } from 'libp2p'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Gate } from '../gate.ts'
import {
  CONNECTION_LIMIT,
  INBOUND_UPGRADE_TIMEOUT_MS,
  LISTEN_BACKLOG,
  PENDING_INBOUND_LIMIT,
  RELAYED_BYTES_LIMIT,
  RELAYED_DURATION_LIMIT_MS,
  RELAY_RESERVATIONS_LIMIT,
  RELAY_RESERVATION_MS,
  RELAY_STREAMS_LIMIT,
  STREAMS_PER_CONNECTION_LIMIT,
  STREAM_WINDOW_LIMIT_BYTES,
  STREAM_WRITE_BUFFER_LIMIT_BYTES,
} from '../limits.ts'
import type { Profile } from '../limits.ts'
import type { PartName, Planned, TransportPlan } from './plan.ts'
import { withFreshDials } from './fresh-dials.ts'
import { withPacedWalk } from './paced-walk.ts'
import type { WaitingRoom } from './waiting-room.ts'
import { boundWebSockets } from './web-socket-bounds.ts'

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number]
type Discovery = NonNullable<Libp2pOptions['peerDiscovery']>[number]
type Service = (components: Parameters<TransportFactory>[0]) => unknown

/** What one part came to. */
export interface Loaded extends Planned {
  readonly name: PartName
}

export interface LoadedTransports {
  readonly transports: readonly TransportFactory[]
  readonly services: Readonly<Record<string, Service>>
  readonly discovery: readonly Discovery[]
  readonly protector: (() => ConnectionProtector) | undefined
  readonly parts: readonly Loaded[]
}

export interface LoadOptions {
  readonly network: string
  readonly profile: Profile
  readonly preSharedKey: Uint8Array | undefined
  readonly gate: Gate
  readonly waitingRoom: WaitingRoom
  readonly log: Logger
  /** A peer was found on the LAN. */
  readonly onFound: (peer: PeerInfo) => void
}

/** Not among our dependencies: its packages are not published for every platform. */
const QUIC_PACKAGE: string = '@chainsafe/libp2p-quic'

interface QuicModule {
  readonly quic: (options: {
    readonly handshakeTimeout: number
    readonly maxConcurrentStreamLimit: number
    readonly maxStreamData: number
    readonly maxConnectionData: number
  }) => TransportFactory
}

export async function loadTransports(
  plan: TransportPlan,
  options: LoadOptions,
): Promise<LoadedTransports> {
  const transports: TransportFactory[] = []
  const services: Record<string, Service> = {}
  const discovery: Discovery[] = []
  const parts: Loaded[] = []
  let protector: LoadedTransports['protector']

  const part = async (name: PartName, load: () => Promise<void>): Promise<void> => {
    const planned = plan[name]
    let missing: string | undefined
    if (planned.isOn) {
      try {
        await load()
      } catch (thrown) {
        // Without it nobody would be kept out.
        if (name === 'preSharedKey') throw thrown
        missing = reasonOf(asError(thrown))
      }
    }
    parts.push(
      missing === undefined ? { name, ...planned } : { name, isOn: false, reason: missing },
    )
  }

  parts.push({ name: 'tcp', ...plan.tcp })
  await part('webSocket', async () => {
    const { webSockets } = await import('@libp2p/websockets')
    const create = webSockets({
      maxBufferedAmount: STREAM_WRITE_BUFFER_LIMIT_BYTES,
      http: {
        headersTimeout: INBOUND_UPGRADE_TIMEOUT_MS,
        requestTimeout: INBOUND_UPGRADE_TIMEOUT_MS,
      },
    })
    // Before the upgrade of HTTP, in the waiting room after it, and those that are let go just now.
    const waitingLimit = 2 * PENDING_INBOUND_LIMIT + LISTEN_BACKLOG
    const bounds = {
      gate: options.gate,
      socketsLimit: CONNECTION_LIMIT[options.profile] + waitingLimit,
      waitingLimit: PENDING_INBOUND_LIMIT,
    }
    transports.push((components) =>
      options.waitingRoom.before(boundWebSockets(create(components), bounds)),
    )
  })
  await part('quic', async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const { quic } = (await import(QUIC_PACKAGE)) as QuicModule
    transports.push(
      quic({
        handshakeTimeout: INBOUND_UPGRADE_TIMEOUT_MS,
        maxConcurrentStreamLimit: STREAMS_PER_CONNECTION_LIMIT,
        maxStreamData: STREAM_WINDOW_LIMIT_BYTES,
        maxConnectionData: STREAM_WINDOW_LIMIT_BYTES * STREAMS_PER_CONNECTION_LIMIT,
      }),
    )
  })
  await part('relayClient', async () => {
    const { circuitRelayTransport } = await import('@libp2p/circuit-relay-v2')
    const create = circuitRelayTransport({
      maxInboundStopStreams: RELAY_STREAMS_LIMIT,
      maxOutboundStopStreams: RELAY_STREAMS_LIMIT,
      reservationConcurrency: 1,
      maxReservationQueueLength: RELAY_STREAMS_LIMIT,
    })
    transports.push((components) => create(withPacedWalk(components, options.log)))
  })
  await part('relayServer', async () => {
    const { circuitRelayServer } = await import('@libp2p/circuit-relay-v2')
    services['relay'] = circuitRelayServer({
      hopTimeout: 5 * SECOND_MS,
      maxInboundHopStreams: RELAY_STREAMS_LIMIT,
      maxOutboundHopStreams: RELAY_STREAMS_LIMIT,
      maxOutboundStopStreams: RELAY_STREAMS_LIMIT,
      reservations: {
        maxReservations: RELAY_RESERVATIONS_LIMIT,
        reservationTtl: RELAY_RESERVATION_MS,
        applyDefaultLimit: true,
        defaultDurationLimit: RELAYED_DURATION_LIMIT_MS,
        defaultDataLimit: BigInt(RELAYED_BYTES_LIMIT),
      },
    })
  })
  await part('holePunching', async () => {
    const { dcutr } = await import('@libp2p/dcutr')
    services['dcutr'] = dcutr()
  })
  await part('autonat', async () => {
    const { autoNAT } = await import('@libp2p/autonat')
    const create = autoNAT({ maxInboundStreams: 1, maxOutboundStreams: 1 })
    services['autonat'] = (components) =>
      create(withFreshDials(withPacedWalk(components, options.log)))
  })
  await part('upnp', async () => {
    const { uPnPNAT } = await import('@libp2p/upnp-nat')
    services['upnp'] = uPnPNAT({ portMappingDescription: 'aip-node' })
  })
  await part('mdns', async () => {
    const { mdns } = await import('@libp2p/mdns')
    const create = mdns({ serviceTag: mdnsTag(options.network) })
    discovery.push((components) => {
      const found = create(components)
      found.addEventListener('peer', ({ detail }) => options.onFound(detail))
      return found
    })
  })
  await part('preSharedKey', async () => {
    const { preSharedKey } = await import('@libp2p/pnet')
    const psk = options.preSharedKey
    if (psk === undefined) throw new Error('the plan has a pre-shared key, and there is none')
    protector = preSharedKey({ psk })
  })
  return { transports, services, discovery, protector, parts }
}

/** Networks do not find each other's nodes. */
function mdnsTag(network: string): string {
  return `_aip-${network}._udp.local`
}

function reasonOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code')
  if (code === 'ERR_MODULE_NOT_FOUND') return 'its package is not installed'
  return `it does not load: ${error.message.split('\n')[0] ?? ''}`
}
