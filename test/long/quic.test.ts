import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import type { Host } from '../../src/p2p/host.ts'
import { eventually, freshSeed, loopbackHost } from '../support/mesh.ts'

/** Not known to the compiler: it is an optional peer. */
const QUIC_PACKAGE: string = '@chainsafe/libp2p-quic'
const isInstalled = await import(QUIC_PACKAGE).then(
  () => true,
  () => false,
)

async function ping(from: Host, to: Host): Promise<string> {
  const signal = AbortSignal.timeout(10_000)
  const addresses = to.listening().map((address) => multiaddr(`${address}/p2p/${to.peerId}`))
  const connection = await from.libp2p.dial(addresses, { signal })
  await from.libp2p.services.ping.ping(connection.remotePeer, { signal })
  return connection.remoteAddr.toString()
}

test('QUIC carries what TCP carries, through the same gate', async ({ skip }) => {
  if (!isInstalled) skip(`${QUIC_PACKAGE} is not installed`)
  const listen = ['/ip4/127.0.0.1/udp/0/quic-v1']
  const seed = freshSeed()
  await using alice = await loopbackHost({ listen })
  await using bob = await loopbackHost({ listen, seed })
  expect(await ping(bob, alice)).toContain('/quic-v1')
  const denied = { kind: 'peer', subject: bob.peerId, sinceMs: 0, isConfigured: false } as const
  alice.gate.denied.add(denied)
  await bob.stop()
  await using again = await loopbackHost({ listen, seed })
  await expect(ping(again, alice)).rejects.toThrow()
  await eventually('nobody is in', () => alice.libp2p.getPeers().length === 0)
})
