import { multiaddrConnectionPair } from '@libp2p/utils'
import type { MultiaddrConnection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { Gate } from '../../../src/p2p/gate.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { DenyList } from '../../../src/p2p/peers/deny-list.ts'

const peer = peerIdFromString(peerIdOfKey(new Uint8Array(32).fill(3)))
const other = peerIdFromString(peerIdOfKey(new Uint8Array(32).fill(4)))

/** A connection from somewhere, not yet upgraded. */
function from(address: string): MultiaddrConnection {
  const [connection] = multiaddrConnectionPair()
  Object.defineProperty(connection, 'remoteAddr', { value: multiaddr(address) })
  return connection
}

const admits = (gate: Gate, connection: MultiaddrConnection): boolean =>
  gate.connectionGater.denyInboundConnection?.(connection) === false

describe('seats on a public network', () => {
  test('are four an address and sixteen a /24', () => {
    const gate = new Gate('public')
    for (let n = 0; n < 4; n++) expect(admits(gate, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
    expect(admits(gate, from('/ip4/8.8.8.8/tcp/1'))).toBe(false)
    for (let host = 10; host < 13; host++) {
      for (let n = 0; n < 4; n++) {
        expect(admits(gate, from(`/ip4/8.8.8.${host}/tcp/1`))).toBe(true)
      }
    }
    expect(admits(gate, from('/ip4/8.8.8.99/tcp/1'))).toBe(false)
    expect(admits(gate, from('/ip4/8.8.9.99/tcp/1'))).toBe(true)
  })

  test('count an IPv6 /64 as one address', () => {
    const gate = new Gate('public')
    for (let n = 0; n < 4; n++) {
      expect(admits(gate, from(`/ip6/2a00:1450:4001:82a::${n + 1}/tcp/1`))).toBe(true)
    }
    expect(admits(gate, from('/ip6/2a00:1450:4001:82a:ffff::1/tcp/1'))).toBe(false)
    expect(admits(gate, from('/ip6/2a00:1450:4001:82b::1/tcp/1'))).toBe(true)
  })

  test('are free again when the connection closes, however it closes', () => {
    const gate = new Gate('public')
    const connections = Array.from({ length: 4 }, () => from('/ip4/8.8.8.8/tcp/1'))
    for (const connection of connections) expect(admits(gate, connection)).toBe(true)
    connections[0]?.abort(new Error('gone'))
    expect(gate.connectionCount('8.8.8.8')).toBe(3)
    expect(admits(gate, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
  })

  test('are counted for outbound connections too, and not for private ones on one machine', () => {
    const gate = new Gate('public')
    const gater = gate.connectionGater
    for (let n = 0; n < 4; n++)
      expect(gater.denyOutboundConnection?.(peer, from('/ip4/8.8.8.8/tcp/1'))).toBe(false)
    expect(gater.denyOutboundConnection?.(peer, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
    const local = new Gate('local')
    for (let n = 0; n < 99; n++) expect(admits(local, from('/ip4/127.0.0.1/tcp/1'))).toBe(true)
    for (let n = 0; n < 4; n++) expect(admits(local, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
    expect(admits(local, from('/ip4/8.8.8.8/tcp/1'))).toBe(false)
  })
})

const relayed = (n: number): string =>
  `/ip4/8.8.8.8/tcp/1/p2p/${peer.toString()}/p2p-circuit/p2p/${peerIdOfKey(new Uint8Array(32).fill(n))}`

describe('seats behind one relay', () => {
  test('are eight, on one machine too, and none of those of the relay’s address', () => {
    for (const preset of ['local', 'public'] as const) {
      const gate = new Gate(preset)
      for (let n = 0; n < 8; n++) expect(admits(gate, from(relayed(n)))).toBe(true)
      expect(admits(gate, from(relayed(9)))).toBe(false)
      expect(admits(gate, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
    }
  })
})

const dials = (gate: Gate, address: string): boolean =>
  gate.connectionGater.denyOutboundConnection?.(peer, from(address)) === false
const host = (n: number): string => `/ip4/8.8.${n}.1/tcp/1`

describe('outbound connections of a public network', () => {
  test('go to one provider up to a fourth of all, and further to those that were chosen', () => {
    const gate = new Gate('public', { connectionLimit: 8 })
    expect([1, 2, 3].map((n) => dials(gate, host(n)))).toEqual([true, true, false])
    expect(admits(gate, from(host(3)))).toBe(true)
    expect(dials(gate, '/ip4/8.9.1.1/tcp/1')).toBe(true)
    gate.choose(multiaddr(host(4)))
    expect(dials(gate, host(4))).toBe(true)
    const local = new Gate('local', { connectionLimit: 8 })
    expect([1, 2, 3].map((n) => dials(local, host(n)))).toEqual([true, true, true])
  })
})

describe('a denied range', () => {
  test('is neither dialled nor let in, over any transport, on one machine too', () => {
    const gate = new Gate('local', { denied: new DenyList(['10.1.0.0/16']) })
    for (const rest of ['tcp/1', 'tcp/1/ws', 'udp/1/quic-v1']) {
      expect(gate.mayDial(multiaddr(`/ip4/10.1.2.3/${rest}`))).toBe(false)
      expect(admits(gate, from(`/ip4/10.1.2.3/${rest}`))).toBe(false)
      expect(admits(gate, from(`/ip4/10.2.2.3/${rest}`))).toBe(true)
    }
  })
})

describe('dialling', () => {
  test.each([
    '/ip4/127.0.0.1/tcp/22',
    '/ip4/10.0.0.1/tcp/22',
    '/ip4/192.168.1.1/tcp/80',
    '/ip4/169.254.169.254/tcp/80',
    '/ip4/100.64.0.1/tcp/80',
    '/ip4/0.0.0.0/tcp/80',
    '/ip4/224.0.0.1/tcp/80',
    '/ip6/::1/tcp/22',
    '/ip6/0:0:0:0:0:0:0:1/tcp/22',
    '/ip6/::ffff:127.0.0.1/tcp/22',
    '/ip6/::ffff:7f00:1/tcp/22',
    '/ip6/64:ff9b::7f00:1/tcp/22',
    '/ip6/fe80::1/tcp/22',
    '/ip6/fd00::1/tcp/22',
    '/dns4/localhost/tcp/22',
    '/dns/internal.example.org/tcp/22',
    '/ip4/127.0.0.1/tcp/80/ws',
    '/ip4/10.0.0.1/udp/53/quic-v1',
    `/ip4/10.0.0.1/tcp/1/p2p/${peer.toString()}/p2p-circuit`,
  ])('%s is denied on a public network and allowed on one machine', (text) => {
    const address = multiaddr(text)
    expect(new Gate('public').mayDial(address)).toBe(false)
    expect(new Gate('local').mayDial(address)).toBe(true)
    expect(new Gate('public').connectionGater.filterMultiaddrForPeer?.(peer, address)).toBe(false)
  })

  test('global addresses are allowed, and names that the operator chose, port and all', () => {
    const gate = new Gate('public')
    expect(gate.mayDial(multiaddr('/ip4/8.8.8.8/tcp/4001'))).toBe(true)
    expect(gate.mayDial(multiaddr('/ip6/2a00:1450:4001:82a::1/tcp/4001'))).toBe(true)
    gate.choose(multiaddr(`/dns4/boot.example.org/tcp/4001/p2p/${peer.toString()}`))
    expect(gate.mayDial(multiaddr('/dns4/boot.example.org/tcp/4001'))).toBe(true)
    expect(gate.mayDial(multiaddr('/dns4/boot.example.org/tcp/22'))).toBe(false)
  })
})

describe('announcing', () => {
  test('leaves private addresses out on a public network', () => {
    const addresses = ['/ip4/127.0.0.1/tcp/1', '/ip4/8.8.8.8/tcp/1', '/dns4/me.example.org/tcp/1']
    const told = (preset: 'local' | 'public'): string[] =>
      new Gate(preset).announced(addresses.map((text) => multiaddr(text))).map(String)
    expect(told('public')).toEqual(addresses.slice(1))
    expect(told('local')).toEqual(addresses)
  })
})

describe('a banned peer', () => {
  test('is kept out both ways, until it is readmitted', () => {
    const gate = new Gate('local')
    const gater = gate.connectionGater
    const subject = peer.toString()
    gate.denied.add({ kind: 'peer', subject, sinceMs: 1, isConfigured: false })
    expect(gater.denyDialPeer?.(peer)).toBe(true)
    expect(gater.denyInboundEncryptedConnection?.(peer, from('/ip4/8.8.8.8/tcp/1'))).toBe(true)
    expect(gater.denyInboundRelayReservation?.(peer)).toBe(true)
    expect(gater.denyInboundRelayedConnection?.(other, peer)).toBe(true)
    expect(gater.denyInboundRelayedConnection?.(peer, other)).toBe(true)
    expect(gater.denyInboundRelayedConnection?.(other, other)).toBe(false)
    expect(gater.denyOutboundRelayedConnection?.(other, peer)).toBe(true)
    gate.denied.remove(subject)
    expect(gater.denyDialPeer?.(peer)).toBe(false)
  })
})
