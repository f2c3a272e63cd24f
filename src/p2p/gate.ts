/**
 * Who may connect, and whom this node dials, over whatever transport.
 *
 * libp2p on Node allows everything: a peer may advertise `127.0.0.1:22` and have it dialled. On a
 * public network the gate keeps this node away from private addresses and from names that only
 * peers gave it; everywhere it keeps out whom the operator denied; and it counts connections by
 * address, so that one host, one /24 or one relay cannot take all the seats, and by provider, so that
 * one of them cannot take all the connections that this node makes.
 */
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ipOf, isPrivateAddress, isPublicAddress, neighbourhoods, relayOf } from './addresses.ts'
import {
  CONNECTIONS_PER_IP_LIMIT,
  CONNECTIONS_PER_RELAY_LIMIT,
  CONNECTIONS_PER_SUBNET_LIMIT,
  CONNECTION_LIMIT,
} from './limits.ts'
import { DenyList } from './peers/deny-list.ts'
import { change, PROVIDER_SHARE, providerOfIp } from './peers/provider.ts'
import { Traffic } from './traffic.ts'

export type Preset = 'local' | 'public'

export interface GateOptions {
  readonly denied?: DenyList
  /** Of all connections of this host. */
  readonly connectionLimit?: number
}

export class Gate {
  /** What the connections that were let in have carried. */
  readonly traffic = new Traffic()
  readonly denied: DenyList
  readonly #preset: Preset
  readonly #outboundPerProviderLimit: number
  /** Addresses that configuration or the operator named: only these may be names to look up. */
  readonly #chosen = new Set<string>()
  readonly #countByHost = new Map<string, number>()
  readonly #countBySubnet = new Map<string, number>()
  readonly #waitingByHost = new Map<string, number>()
  readonly #countByRelay = new Map<string, number>()
  readonly #outboundByProvider = new Map<string, number>()

  constructor(preset: Preset, options: GateOptions = {}) {
    this.#preset = preset
    this.denied = options.denied ?? new DenyList()
    const limit = options.connectionLimit ?? CONNECTION_LIMIT.server
    this.#outboundPerProviderLimit = Math.max(1, Math.floor(limit * PROVIDER_SHARE))
  }

  /** Lets an address that is a name, not a number, be dialled. */
  choose(address: Multiaddr): void {
    this.#chosen.add(placeOf(address))
  }

  /** Connections counted under an IP address: open, or being made. */
  connectionCount(ip: string): number {
    return this.#countByHost.get(neighbourhoods(ip).host) ?? 0
  }

  /**
   * A place for a socket that is no connection yet, for transports that do something before. Returns
   * what gives the place back, or `undefined` when there is none.
   */
  wait(ip: string | undefined): (() => void) | undefined {
    if (ip === undefined || this.denied.deniesIp(ip)) return undefined
    if (this.#preset === 'local' && isPrivateAddress(ip)) return () => {}
    const { host } = neighbourhoods(ip)
    if ((this.#waitingByHost.get(host) ?? 0) >= CONNECTIONS_PER_IP_LIMIT) return undefined
    change(this.#waitingByHost, host, 1)
    let isHere = true
    return () => {
      if (isHere) change(this.#waitingByHost, host, -1)
      isHere = false
    }
  }

  /** Whether this node may dial an address at all. */
  mayDial(address: Multiaddr): boolean {
    const ip = ipOf(address)
    if (ip !== undefined && this.denied.deniesIp(ip)) return false
    if (this.#preset === 'local') return true
    return ip === undefined ? this.#chosen.has(placeOf(address)) : isPublicAddress(address)
  }

  /** What this node tells others of its own addresses. */
  readonly announced = (addresses: Multiaddr[]): Multiaddr[] =>
    this.#preset === 'local'
      ? addresses
      : addresses.filter((address) => {
          const ip = ipOf(address)
          return ip === undefined || !isPrivateAddress(ip)
        })

  /** The same rules in the shape that libp2p asks for. */
  get connectionGater(): ConnectionGater {
    const isDenied = (peerId: PeerId): boolean => this.denied.deniesPeer(peerId.toString())
    return {
      denyDialPeer: isDenied,
      denyDialMultiaddr: (address) => !this.mayDial(address),
      denyInboundConnection: (connection) => !this.#admit(connection, 'inbound'),
      denyOutboundConnection: (_, connection) => !this.#admit(connection, 'outbound'),
      denyInboundEncryptedConnection: isDenied,
      denyOutboundEncryptedConnection: isDenied,
      denyInboundRelayReservation: isDenied,
      denyInboundRelayedConnection: (relay, peerId) => isDenied(relay) || isDenied(peerId),
      denyOutboundRelayedConnection: (from, to) => isDenied(from) || isDenied(to),
      // Names are kept out of the peer store on a public network unless they were chosen.
      filterMultiaddrForPeer: (_, address) => this.mayDial(address),
    }
  }

  #admit(connection: MultiaddrConnection, direction: 'inbound' | 'outbound'): boolean {
    if (!this.#seat(connection, direction)) return false
    this.traffic.watch(connection)
    return true
  }

  /** Takes a seat for a connection until it closes; false when its neighbourhood has none left. */
  #seat(connection: MultiaddrConnection, direction: 'inbound' | 'outbound'): boolean {
    const { remoteAddr } = connection
    // Whence a relayed peer comes only the relay knows.
    const relay = relayOf(remoteAddr)
    if (relay !== undefined) {
      return this.#take(connection, [[this.#countByRelay, relay, CONNECTIONS_PER_RELAY_LIMIT]])
    }
    const ip = ipOf(remoteAddr)
    if (ip === undefined) return true
    if (this.denied.deniesIp(ip)) return false
    if (this.#preset === 'local' && isPrivateAddress(ip)) return true
    const { host, subnet } = neighbourhoods(ip)
    const seats: Seat[] = [
      [this.#countByHost, host, CONNECTIONS_PER_IP_LIMIT],
      [this.#countBySubnet, subnet, CONNECTIONS_PER_SUBNET_LIMIT],
    ]
    // The operator knows whose the peers are that were named.
    if (
      direction === 'outbound' &&
      this.#preset === 'public' &&
      !this.#chosen.has(placeOf(remoteAddr))
    ) {
      seats.push([this.#outboundByProvider, providerOfIp(ip), this.#outboundPerProviderLimit])
    }
    return this.#take(connection, seats)
  }

  #take(connection: MultiaddrConnection, seats: readonly Seat[]): boolean {
    if (seats.some(([counts, key, limit]) => (counts.get(key) ?? 0) >= limit)) return false
    for (const [counts, key] of seats) change(counts, key, 1)
    connection.addEventListener(
      'close',
      () => {
        for (const [counts, key] of seats) change(counts, key, -1)
      },
      { once: true },
    )
    return true
  }
}

/** What is counted, under which name, up to which number. */
type Seat = readonly [counts: Map<string, number>, key: string, limit: number]

/** Host and port, without the peer; of a relayed address those of the relay. */
function placeOf(address: Multiaddr): string {
  const parts = address.getComponents()
  const circuit = parts.findIndex((part) => part.name === 'p2p-circuit')
  return (circuit < 0 ? parts : parts.slice(0, circuit))
    .filter((part) => part.name !== 'p2p')
    .map((part) => `${part.name}/${part.value ?? ''}`)
    .join('/')
}
