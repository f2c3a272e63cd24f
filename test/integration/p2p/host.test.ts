import { connect as connectSocket } from 'node:net'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { portableSigner } from '../../../src/crypto/ed25519.ts'
import { messageId } from '../../../src/p2p/gossip/message-id.ts'
import { topicOf } from '../../../src/p2p/gossip/topics.ts'
import { createHost } from '../../../src/p2p/host.ts'
import { CONNECTIONS_PER_IP_LIMIT, GOSSIP_ANSWER_LIMIT_BYTES } from '../../../src/p2p/limits.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { eventually, freshSeed, localNetwork, loopbackHost } from '../../support/mesh.ts'

const publicNetwork = { ...localNetwork, name: 'main', preset: 'public' as const }

describe('a host', () => {
  test('is known by its operational key, and comes up without a DHT', async () => {
    const seed = freshSeed()
    await using host = await loopbackHost({ seed })
    expect(host.peerId).toBe(peerIdOfKey(portableSigner(seed).publicKey))
    expect(host.peerId).toBe((await generateKeyPairFromSeed('Ed25519', seed)).publicKey.toString())
    expect(host.addresses()).toEqual([
      expect.stringMatching(new RegExp(`^/ip4/127.0.0.1/tcp/\\d+/p2p/${host.peerId}$`)),
    ])
  })

  test('says when it cannot listen, and leaves nothing running', async () => {
    await using first = await loopbackHost()
    const listen = [(first.addresses()[0] ?? '').replace(/\/p2p\/.*/, '')]
    await expect(loopbackHost({ listen })).rejects.toMatchObject({
      fault: { code: 'p2p/listen-failed' },
    })
    await expect(loopbackHost({ listen: ['127.0.0.1:0'] })).rejects.toMatchObject({
      fault: { code: 'p2p/address-invalid' },
    })
  })

  test('may be made first and started later, so that protocols are there when peers come', async () => {
    await using host = await createHost({
      seed: freshSeed(),
      network: localNetwork,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      profile: 'test',
      log: silentLogger,
      userAgent: 'aip-node/test',
    })
    expect(host.addresses()).toEqual([])
    await host.libp2p.handle('/test/1', () => {})
    await host.start()
    expect(host.addresses()).toHaveLength(1)
  })

  test('refuses a seed of another length and a network without a name', async () => {
    await expect(loopbackHost({ seed: new Uint8Array(31) })).rejects.toThrow(RangeError)
    await expect(loopbackHost({ network: { ...localNetwork, name: 'Local!' } })).rejects.toThrow(
      RangeError,
    )
  })
})

describe('on a public network', () => {
  test('private addresses are neither told nor dialled', async () => {
    await using bob = await loopbackHost()
    await using alice = await loopbackHost({ network: publicNetwork })
    expect(alice.addresses()).toEqual([])
    await expect(alice.libp2p.dial(bob.libp2p.getMultiaddrs())).rejects.toMatchObject({
      name: 'DialDeniedError',
    })
    expect(alice.libp2p.getPeers()).toEqual([])
  })

  test('one address gets four seats, and gets them back', async () => {
    await using server = await loopbackHost({ network: publicNetwork })
    const address = multiaddr(server.listening()[0])
    await using stack = new AsyncDisposableStack()
    const clients = []
    for (let n = 0; n < CONNECTIONS_PER_IP_LIMIT; n++) {
      const client = stack.use(await loopbackHost({ listen: [] }))
      await client.libp2p.dial(address)
      clients.push(client)
    }
    await eventually(
      'four are in',
      () => server.libp2p.getPeers().length === CONNECTIONS_PER_IP_LIMIT,
    )
    const late = stack.use(await loopbackHost({ listen: [] }))
    await expect(late.libp2p.dial(address)).rejects.toThrow()
    expect(server.gate.connectionCount('127.0.0.1')).toBe(CONNECTIONS_PER_IP_LIMIT)
    for (const client of clients) await client.stop()
    await eventually('all seats are free', () => server.gate.connectionCount('127.0.0.1') === 0)
  })

  test('a connection that never becomes one gives its seat back', async () => {
    await using server = await loopbackHost({ network: publicNetwork })
    const port = Number(/tcp\/(\d+)/.exec(server.listening()[0] ?? '')?.[1])
    const sockets = Array.from({ length: 3 }, () => connectSocket(port, '127.0.0.1'))
    // A socket that says nothing has no seat yet.
    for (const socket of sockets) socket.write('\u0013/multistream/1.0.0\n')
    await eventually('seats are taken', () => server.gate.connectionCount('127.0.0.1') === 3)
    sockets[0]?.write('GET / HTTP/1.1\r\n\r\n')
    let closedCount = 0
    for (const socket of sockets) {
      socket.on('error', () => {})
      socket.on('close', () => closedCount++)
    }
    await eventually('all were cut', () => closedCount === 3)
    await eventually('seats are free', () => server.gate.connectionCount('127.0.0.1') === 0)
  })
})

describe('an answer to a peer that missed much', () => {
  test('fits in one frame', async () => {
    await using host = await loopbackHost()
    const { pubsub } = host.libp2p.services
    const topic = topicOf(localNetwork, 'records', 0)
    const bodies = Array.from({ length: 600 }, (_, n) => new Uint8Array(4_000).fill(n % 256, 2))
    for (const [n, body] of bodies.entries()) {
      body[0] = n % 256
      body[1] = n >> 8
      await pubsub.publish(topic, body)
    }
    const messageIDs = bodies.map((body) => messageId(topic, body))
    const answer = Reflect.get(pubsub, 'handleIWant') as (
      peer: string,
      wanted: readonly unknown[],
    ) => readonly { data: Uint8Array }[]
    const messages = answer(host.peerId, [{ messageIDs }])
    const bytes = messages.reduce((sum, { data }) => sum + data.length, 0)
    expect(messages.length).toBeGreaterThan(50)
    expect(bytes).toBeLessThanOrEqual(GOSSIP_ANSWER_LIMIT_BYTES)
  })
})
