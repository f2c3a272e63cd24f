/**
 * Who may connect, and whom this node dials.
 *
 * libp2p on Node allows everything: a peer may advertise `127.0.0.1:22` and have it dialled. On a
 * public network the gate keeps this node away from private addresses and from names that only
 * peers gave it; everywhere it keeps out peers that the operator banned; and it counts connections
 * by address, so that one host or one /24 cannot take all the seats.
 */
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ipOf, isPrivateAddress, isPublicAddress, neighbourhoods } from './addresses.ts'
import { CONNECTIONS_PER_IP_LIMIT, CONNECTIONS_PER_SUBNET_LIMIT } from './limits.ts'

export type Preset = 'local' | 'public'

export class Gate {
  readonly #preset: Preset
  readonly #banned = new Set<string>()
  /** Addresses that configuration or the operator named: only these may be names to look up. */
  readonly #chosen = new Set<string>()
  readonly #countByHost = new Map<string, number>()
  readonly #countBySubnet = new Map<string, number>()

  constructor(preset: Preset) {
    this.#preset = preset
  }

  /** Keeps a peer out from now on. Connections that it has are the caller's to close. */
  ban(peerId: string): void {
    this.#banned.add(peerId)
  }

  readmit(peerId: string): void {
    this.#banned.delete(peerId)
  }

  get banned(): readonly string[] {
    return [...this.#banned]
  }

  /** Lets an address that is a name, not a number, be dialled. */
  choose(address: Multiaddr): void {
    this.#chosen.add(placeOf(address))
  }

  /** Connections counted under an IP address: open, or being made. */
  connectionCount(ip: string): number {
    return this.#countByHost.get(neighbourhoods(ip).host) ?? 0
  }

  /** Whether this node may dial an address at all. */
  mayDial(address: Multiaddr): boolean {
    if (this.#preset === 'local') return true
    if (ipOf(address) !== undefined) return isPublicAddress(address)
    return this.#chosen.has(placeOf(address))
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
    const isBanned = (peerId: PeerId): boolean => this.#banned.has(peerId.toString())
    return {
      denyDialPeer: isBanned,
      denyDialMultiaddr: (address) => !this.mayDial(address),
      denyInboundConnection: (connection) => !this.#seat(connection),
      denyOutboundConnection: (_, connection) => !this.#seat(connection),
      denyInboundEncryptedConnection: isBanned,
      denyOutboundEncryptedConnection: isBanned,
      // Names are kept out of the peer store on a public network unless they were chosen.
      filterMultiaddrForPeer: (_, address) => this.mayDial(address),
    }
  }

  /** Takes a seat for a connection until it closes; false when its neighbourhood has none left. */
  #seat(connection: MultiaddrConnection): boolean {
    const ip = ipOf(connection.remoteAddr)
    if (ip === undefined) return true
    if (this.#preset === 'local' && isPrivateAddress(ip)) return true
    const { host, subnet } = neighbourhoods(ip)
    if ((this.#countByHost.get(host) ?? 0) >= CONNECTIONS_PER_IP_LIMIT) return false
    if ((this.#countBySubnet.get(subnet) ?? 0) >= CONNECTIONS_PER_SUBNET_LIMIT) return false
    add(this.#countByHost, host, 1)
    add(this.#countBySubnet, subnet, 1)
    connection.addEventListener(
      'close',
      () => {
        add(this.#countByHost, host, -1)
        add(this.#countBySubnet, subnet, -1)
      },
      { once: true },
    )
    return true
  }
}

/** Counts, and forgets what counts zero. */
function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

/** Host and port, without the peer. */
function placeOf(address: Multiaddr): string {
  return address
    .getComponents()
    .filter((part) => part.name !== 'p2p')
    .map((part) => `${part.name}/${part.value ?? ''}`)
    .join('/')
}
