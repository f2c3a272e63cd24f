/** Questions about multiaddrs: where they lead, and whether that place is private. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { getNetConfig } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { NetworkError } from './error.ts'

/** The IP address that a multiaddr starts with; `undefined` when it starts with a name or nothing. */
export function ipOf(address: Multiaddr): string | undefined {
  try {
    const { type, host } = getNetConfig(address)
    return type === 'ip4' || type === 'ip6' ? host : undefined
  } catch {
    return undefined // no network address at all
  }
}

/** Source: IANA special-purpose address registries, and multicast. All spellings of an address match. */
const SPECIAL = new BlockList()
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]) {
  const [net = '', bits] = range.split('/')
  SPECIAL.addSubnet(net, Number(bits), 'ipv4')
}
for (const range of [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) {
  const [net = '', bits] = range.split('/')
  SPECIAL.addSubnet(net, Number(bits), 'ipv6')
}

/** Loopback, link-local, private, translated, documentation and multicast ranges. */
export function isPrivateAddress(ip: string): boolean {
  if (isIPv4(ip)) return SPECIAL.check(ip, 'ipv4')
  return isIPv6(ip) && SPECIAL.check(ip, 'ipv6')
}

/** Whether the whole world can dial it: a global IP address. Names resolve to anything, so they are not. */
export function isPublicAddress(address: Multiaddr): boolean {
  const ip = ipOf(address)
  return ip !== undefined && !isPrivateAddress(ip)
}

/** Longer than any multiaddr of ours. */
export const ADDRESS_LIMIT_CHARS = 256
const ADDRESS =
  /^\/(?:ip4|ip6|dns|dns4|dns6)\/[0-9A-Za-z.:_-]{1,128}(?:\/tcp\/\d{1,5}(?:\/ws|\/wss|\/tls\/ws)?|\/udp\/\d{1,5}\/quic-v1)(?:\/p2p\/[1-9A-HJ-NP-Za-km-z]{46,60}(?:\/p2p-circuit(?:\/p2p\/[1-9A-HJ-NP-Za-km-z]{46,60})?)?)?$/

/**
 * A multiaddr of a kind that a node can speak, with or without a peer id.
 *
 * @throws {NetworkError} `p2p/address-invalid`.
 */
export function parseAddress(text: string): Multiaddr {
  if (text.length > ADDRESS_LIMIT_CHARS) throw invalid('it is too long')
  if (!ADDRESS.test(text)) {
    throw invalid(
      'a multiaddr looks like /ip4/203.0.113.7/tcp/4001/p2p/12D3KooW…, with /ws after the port for WebSocket, or /udp/4001/quic-v1',
    )
  }
  try {
    return multiaddr(text)
  } catch (cause) {
    throw new NetworkError(
      { code: 'p2p/address-invalid', reason: 'its parts do not parse' },
      { cause },
    )
  }
}

/** What it takes to dial an address. */
export type Transport = 'tcp' | 'webSocket' | 'quic' | 'relay'

/** By the parts of a multiaddr that {@link parseAddress} takes. */
export function transportOf(address: Multiaddr): Transport {
  const names = new Set(address.getComponents().map(({ name }) => name))
  if (names.has('p2p-circuit')) return 'relay'
  if (names.has('quic-v1')) return 'quic'
  return names.has('ws') || names.has('wss') ? 'webSocket' : 'tcp'
}

/** The peer id that an address ends with: behind a relay, not that of the relay. */
export function peerIdOf(address: Multiaddr): string | undefined {
  const parts = address.getComponents()
  const last = parts.findLastIndex(({ name }) => name === 'p2p')
  return parts[last + 1]?.name === 'p2p-circuit' ? undefined : parts[last]?.value
}

/** The peer id of the relay that an address leads over. */
export function relayOf(address: Multiaddr): string | undefined {
  const parts = address.getComponents()
  const circuit = parts.findIndex(({ name }) => name === 'p2p-circuit')
  if (circuit < 0) return undefined
  return parts.slice(0, circuit).findLast(({ name }) => name === 'p2p')?.value ?? ''
}

/** `address`, ending with the peer's id. */
export function withPeerId(address: Multiaddr, peerId: string): Multiaddr {
  return peerIdOf(address) === undefined ? address.encapsulate(`/p2p/${peerId}`) : address
}

/** The neighbourhoods an address counts in: an IPv4 address and its /24, an IPv6 /64 and its /48. */
export function neighbourhoods(ip: string): { readonly host: string; readonly subnet: string } {
  if (ip.includes('.')) {
    const ip4 = ip.slice(ip.lastIndexOf(':') + 1) // an IPv4 peer may arrive in IPv6 dress
    return { host: ip4, subnet: ip4.slice(0, ip4.lastIndexOf('.')) }
  }
  const groups = ipv6Groups(ip)
  return { host: groups.slice(0, 4).join(':'), subnet: groups.slice(0, 3).join(':') }
}

/** The eight groups of an IPv6 address, without leading zeros. */
export function ipv6Groups(ip: string): string[] {
  const [head = '', tail = ''] = ip.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
}

function invalid(reason: string): NetworkError {
  return new NetworkError({ code: 'p2p/address-invalid', reason })
}
