/**
 * From where this node can be reached, as far as it knows, and listening through relays while that is
 * from nowhere.
 *
 * libp2p tells an address as verified when AutoNAT had it dialled back, when the operator announces
 * it, or when it is private. A mapping that a router gave by UPnP shows as an address of its own kind.
 */
import type { Connection, Libp2pEvents, TypedEventTarget } from '@libp2p/interface'
import type {
  AddressManager,
  ConnectionManager,
  TransportManager,
} from '@libp2p/interface-internal'
import { multiaddr } from '@multiformats/multiaddr'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'
import { isPublicAddress, relayOf, transportOf } from '../addresses.ts'
import { safely } from '../safely.ts'

/** What is known of one own address. */
export interface OwnAddress {
  readonly address: string
  /** How it came to be: listened on, announced, seen by a peer, mapped by a router. */
  readonly origin: 'transport' | 'announce' | 'observed' | 'ip-mapping' | 'dns-mapping'
  readonly isVerified: boolean
  readonly isPublic: boolean
  readonly isRelayed: boolean
}

export interface Reachability {
  readonly addresses: readonly OwnAddress[]
  /** Peers that hold a place for this node as relays. */
  readonly relays: readonly string[]
  /** Connections through relays now. */
  readonly relayedCount: number
  /** Relayed connections that became direct since the start. */
  readonly punchedCount: number
  /** Places that this node holds for others as a relay. */
  readonly reservationCount: number
}

export interface ReachComponents {
  readonly addressManager: AddressManager
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly events: TypedEventTarget<Libp2pEvents>
}

export interface ReachOptions {
  /** Whether to take places at relays while this node is not reachable otherwise. */
  readonly usesRelays: boolean
  readonly checkMs?: number
  readonly log: Logger
}

const CHECK_MS = 10 * SECOND_MS
const RELAY_SEARCH = '/p2p-circuit'

export class Reach {
  readonly #components: ReachComponents
  readonly #options: ReachOptions
  /** Peers that were connected through a relay. */
  readonly #relayed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isSearching = false
  #punchedCount = 0

  constructor(components: ReachComponents, options: ReachOptions) {
    this.#components = components
    this.#options = options
  }

  start(): void {
    const { events } = this.#components
    events.addEventListener('connection:open', this.#opened)
    events.addEventListener('connection:close', this.#closed)
    if (!this.#options.usesRelays) return
    const check = safely(this.#options.log, 'relays', () => this.#check())
    this.#timer = setInterval(check, this.#options.checkMs ?? CHECK_MS)
  }

  stop(): void {
    const { events } = this.#components
    events.removeEventListener('connection:open', this.#opened)
    events.removeEventListener('connection:close', this.#closed)
    clearInterval(this.#timer)
  }

  /** Whether the world can dial this node without a relay, as far as is known. */
  get isReachable(): boolean {
    return this.#addresses.some((one) => one.isVerified && one.isPublic && !one.isRelayed)
  }

  now(reservationCount: number): Reachability {
    const addresses = this.#addresses
    const connections = this.#components.connectionManager.getConnections()
    return {
      addresses,
      relays: [
        ...new Set(addresses.flatMap(({ address }) => relayOf(multiaddr(address)) ?? [])),
      ].filter((relay) => relay !== ''),
      relayedCount: connections.filter(isRelayed).length,
      punchedCount: this.#punchedCount,
      reservationCount,
    }
  }

  get #addresses(): readonly OwnAddress[] {
    return this.#components.addressManager
      .getAddressesWithMetadata()
      .map(({ multiaddr: address, type, verified }) => ({
        address: address.toString(),
        origin: type,
        isVerified: verified,
        isPublic: isPublicAddress(address),
        isRelayed: transportOf(address) === 'relay',
      }))
  }

  readonly #opened = ({ detail }: CustomEvent<Connection>): void => {
    const peerId = detail.remotePeer.toString()
    if (isRelayed(detail)) this.#relayed.add(peerId)
    else if (this.#relayed.delete(peerId)) this.#punchedCount++
  }

  readonly #closed = ({ detail }: CustomEvent<Connection>): void => {
    if (isRelayed(detail)) this.#relayed.delete(detail.remotePeer.toString())
  }

  /** Once is enough: libp2p goes on looking for relays by itself. */
  async #check(): Promise<void> {
    const { connectionManager, transportManager } = this.#components
    if (this.#isSearching || this.isReachable) return
    if (connectionManager.getConnections().length === 0) return
    this.#isSearching = true
    try {
      await transportManager.listen([multiaddr(RELAY_SEARCH)])
      this.#options.log.info('nobody can dial this node directly; it looks for a relay')
    } catch (thrown) {
      this.#isSearching = false
      this.#options.log.debug('no relay is to be had', { error: asError(thrown).message })
    }
  }
}

function isRelayed({ remoteAddr }: Connection): boolean {
  return relayOf(remoteAddr) !== undefined
}
