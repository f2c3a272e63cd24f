import { kadDHT, passthroughMapper, type KadDHTInit } from '@libp2p/kad-dht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { equalBytes } from '../../../src/base/bytes.ts'
import type { IdentityState } from '../../../src/identity/state.ts'
import { resolve } from '../../../src/node/use/resolving.ts'
import { dhtKey } from '../../../src/p2p/dht/key.ts'
import { kadProtocol } from '../../../src/p2p/dht/service.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { NETWORK, grownAgent } from '../../support/dht-identity.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode, type InProcess } from '../../support/nodes.ts'
import { kadHost, type KadHost } from '../../support/plain-host.ts'

const NODE_COUNT = 5

const nodes: InProcess[] = []

beforeAll(async () => {
  for (let at = 0; at < NODE_COUNT; at++) {
    const bootstrap = nodes.map(({ address }) => address)
    nodes.push(await startNode({ network: NETWORK, bootstrap }))
  }
  await eventually('everybody has everybody in the routing table', () =>
    nodes.every((node) => routesOf(node.mesh.host.libp2p.services.dht) >= NODE_COUNT - 1),
  )
})

afterAll(async () => {
  await Promise.all(nodes.map(async (node) => node[Symbol.asyncDispose]()))
})

function routesOf(dht: unknown): number {
  return (dht as { readonly routingTable: { readonly size: number } }).routingTable.size
}

/** A peer that runs the library as it comes, with a validator of its own, and knows every node. */
async function foreigner(validate: (value: Uint8Array) => void): Promise<KadHost> {
  const init: KadDHTInit = {
    protocol: kadProtocol(NETWORK),
    clientMode: false,
    allowQueryWithZeroPeers: true,
    peerInfoMapper: passthroughMapper,
    validators: { aip: (_, value) => validate(value) },
    selectors: { aip: () => 0 },
  }
  return kadHost(kadDHT(init))
}

async function joinAll(host: KadHost): Promise<void> {
  const dhts = nodes.map(({ mesh }) => mesh.host.libp2p.services.dht)
  for (const { address } of nodes) await host.dial(multiaddr(address))
  await eventually('everybody has the foreigner in the routing table', () =>
    [host.services.dht, ...dhts].every((dht) => routesOf(dht) >= NODE_COUNT),
  )
}

const signal = (): AbortSignal => AbortSignal.timeout(20_000)

/** @returns how many peers took the value. */
async function put(host: KadHost, state: IdentityState): Promise<number> {
  let taken = 0
  const events = host.services.dht.put(dhtKey(state.did), state.bytes, { signal: signal() })
  for await (const event of events) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') taken++
  }
  return taken
}

describe('a peer that rolls an identity back in the DHT', () => {
  test.for([
    ['a document to an earlier one', 'older', 'newer'],
    ['a key log to what it was before its rotation', 'newer', 'rotated'],
  ] as const)('does not win: %s', async ([, stale, best]) => {
    const attacker = await foreigner(() => {})
    try {
      await joinAll(attacker)
      const agent = grownAgent()
      const [first, ...others] = nodes
      const published = await first?.mesh.directory.publishIdentity(agent[best])
      expect(published?.acknowledged).toBeGreaterThanOrEqual(NODE_COUNT - 1)
      // The attacker now holds the old value itself, and no node took it.
      expect(await put(attacker, agent[stale])).toBe(0)
      for (const { mesh } of nodes) {
        const found = await mesh.directory.resolveIdentity(agent.did, { signal: signal() })
        expect(found?.state.bytes).toEqual(agent[best].bytes)
      }
      for (const { node } of others) {
        const { state, source } = await resolve(node, agent.did, signal())
        expect(source).not.toBe('own')
        expect(state.bytes).toEqual(agent[best].bytes)
        // It stays so on disk, whatever comes later.
        expect((await node.store.identity(agent.did))?.bytes).toEqual(agent[best].bytes)
      }
      expect(await put(attacker, agent[stale])).toBe(0)
      const again = await first?.mesh.directory.resolveIdentity(agent.did, { signal: signal() })
      expect(again?.state.bytes).toEqual(agent[best].bytes)
    } finally {
      await attacker.stop()
    }
  })

  test('wins where nobody knows better, and no longer than that', async () => {
    const attacker = await foreigner(() => {})
    try {
      await joinAll(attacker)
      const { did, older, newer } = grownAgent()
      // The control: the same put is taken by all while there is nothing to roll back.
      expect(await put(attacker, older)).toBe(NODE_COUNT)
      const [first, second] = nodes
      await first?.mesh.directory.publishIdentity(newer)
      const found = await second?.mesh.directory.resolveIdentity(did, { signal: signal() })
      expect(found?.state.bytes).toEqual(newer.bytes)
    } finally {
      await attacker.stop()
    }
  })
})

describe('one stubborn peer with an earlier value', () => {
  test('does not keep a look-up from its answer', async () => {
    const { did, older, newer } = grownAgent()
    const stubborn = await foreigner((value) => {
      if (!equalBytes(value, older.bytes)) throw new Error('no corrections')
    })
    try {
      await put(stubborn, older)
      await joinAll(stubborn)
      const [first, ...others] = nodes
      await first?.mesh.directory.publishIdentity(newer)
      // The control: the library's own get, on this very mesh, does not answer.
      const [second] = others
      await expect(
        second?.mesh.host.libp2p.contentRouting.get(dhtKey(did), { signal: signal() }),
      ).rejects.toThrow()
      for (const { node, mesh } of others) {
        const found = await mesh.directory.resolveIdentity(did, { signal: signal() })
        expect(found?.state.bytes).toEqual(newer.bytes)
        // It was asked, and it lied.
        expect(found?.agreed).toBe((found?.withValue ?? 0) - 1)
        expect((await resolve(node, did, signal())).state.bytes).toEqual(newer.bytes)
      }
    } finally {
      await stubborn.stop()
    }
  })
})
