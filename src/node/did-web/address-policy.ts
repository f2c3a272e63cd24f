/**
 * Which addresses a name from outside may lead this node to: global unicast, and nothing else.
 *
 * What is not listed as global is refused: loopback, private, link-local, unique-local, carrier NAT,
 * multicast, reserved, documentation, and every form in which IPv6 carries an IPv4 address, but for
 * NAT64, whose embedded address is judged. A network's own NAT64 prefix, other than 64:ff9b::/96,
 * cannot be told from global unicast. Source: IANA special-purpose address registries, RFC 6890,
 * RFC 6052, RFC 8215.
 */
import { BlockList, isIP } from 'node:net'

const REFUSED_IPV4 = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and the metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // former 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const

const NAT64_PREFIX = '64:ff9b::'
const NAT64_BITS = 96

/** All that may be global; what lies elsewhere has no use in the open internet. */
const POSSIBLE_IPV6 = [
  ['2000::', 3],
  [NAT64_PREFIX, NAT64_BITS],
] as const

const REFUSED_IPV6 = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3fff::', 20], // documentation
] as const

const possible = new BlockList()
for (const [net, bits] of POSSIBLE_IPV6) possible.addSubnet(net, bits, 'ipv6')

const refused = new BlockList()
for (const [net, bits] of REFUSED_IPV6) refused.addSubnet(net, bits, 'ipv6')

const refusedIpv4 = new BlockList()
for (const [net, bits] of REFUSED_IPV4) {
  refusedIpv4.addSubnet(net, bits, 'ipv4')
  refused.addSubnet(`${NAT64_PREFIX}${net}`, NAT64_BITS + bits, 'ipv6')
}

/** Whether an address, as the resolver of names gave it, lies on the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refusedIpv4.check(address, 'ipv4')
    case 6:
      // A zone names an interface of this machine.
      if (address.includes('%')) return false
      return possible.check(address, 'ipv6') && !refused.check(address, 'ipv6')
    default:
      return false // no address, or a spelling that only some programs read as one
  }
}
