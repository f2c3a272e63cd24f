import { connect as connectSocket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import type { Host } from '../../../src/p2p/host.ts'
import { Neighbours } from '../../../src/p2p/peers/neighbours.ts'
import { TRANSPORT_SWITCHES } from '../../../src/p2p/transports/plan.ts'
import { eventually, freshSeed, localNetwork, loopbackHost } from '../../support/mesh.ts'

const publicNetwork = { ...localNetwork, name: 'main', preset: 'public' as const }
const WS = ['/ip4/127.0.0.1/tcp/0/ws']
const switches = { ...TRANSPORT_SWITCHES, webSocket: true }
const psk = (digit: string): Uint8Array =>
  Buffer.from(`/key/swarm/psk/1.0.0/\n/base16/\n${digit.repeat(64)}\n`)

const isOn = ({ parts }: Host, part: string): boolean =>
  parts.some(({ name, isOn: on }) => name === part && on)

async function ping(from: Host, to: Host): Promise<string> {
  const connection = await from.libp2p.dial(
    to.listening().map((address) => multiaddr(`${address}/p2p/${to.peerId}`)),
    { signal: AbortSignal.timeout(10_000) },
  )
  await from.libp2p.services.ping.ping(connection.remotePeer, {
    signal: AbortSignal.timeout(10_000),
  })
  return connection.remoteAddr.toString()
}

async function neighboursOf(host: Host, isPrivate = false): Promise<Neighbours> {
  return Neighbours.start(
    {
      libp2p: host.libp2p,
      gate: host.gate,
      notes: { list: async () => [], put: async () => {} },
      speaks: host.speaks,
      log: silentLogger,
      clock: Date.now,
    },
    { network: localNetwork, profile: 'test', isPrivate, timing: { dialTimeoutMs: 4_000 } },
  )
}

const dialling = (host: Partial<Parameters<typeof loopbackHost>[0]> = {}): Promise<Host> =>
  loopbackHost({ listen: [], ...host })

describe('what is not switched on', () => {
  test('is not there, and is neither listened on nor dialled', async () => {
    await using alice = await loopbackHost()
    const on = alice.parts.filter((part) => part.isOn).map(({ name }) => name)
    expect(on).toEqual(['tcp'])
    await using neighbours = await neighboursOf(alice)
    await expect(
      neighbours.add(`/ip4/127.0.0.1/udp/1/quic-v1/p2p/${alice.peerId}`),
    ).rejects.toMatchObject({ fault: { code: 'p2p/transport-off', transport: 'quic' } })
    await expect(neighbours.add('/ip4/127.0.0.1/tcp/1/ws')).rejects.toMatchObject({
      fault: { code: 'p2p/transport-off', transport: 'webSocket' },
    })
  })
})

describe('WebSocket', () => {
  test('is listened on where an address says so, and carries what TCP carries', async () => {
    await using alice = await loopbackHost({ listen: WS })
    expect(isOn(alice, 'webSocket')).toBe(true)
    await using bob = await dialling({ switches })
    expect(await ping(bob, alice)).toContain('/ws')
    await using neighbours = await neighboursOf(alice)
    await eventually('bob is in', () => neighbours.count === 1)
  })

  test('gives one address four seats on a public network, and a silent socket no more', async () => {
    await using server = await loopbackHost({ listen: WS, network: publicNetwork })
    const address = multiaddr(server.listening()[0])
    const port = Number(/tcp\/(\d+)/.exec(String(address))?.[1])
    const waiting = Array.from({ length: 5 }, () => connectSocket(port, '127.0.0.1'))
    let cutCount = 0
    for (const socket of waiting) socket.on('error', () => {}).on('close', () => cutCount++)
    await eventually('the fifth that waits is cut at once', () => cutCount === 1)
    await eventually('the others when they are late', () => cutCount === 5)

    await using stack = new AsyncDisposableStack()
    for (let n = 0; n < 4; n++) {
      const client = stack.use(await dialling({ switches }))
      await client.libp2p.dial(address)
    }
    await eventually('four are in', () => server.libp2p.getPeers().length === 4)
    const late = stack.use(await dialling({ switches }))
    await expect(
      late.libp2p.dial(address, { signal: AbortSignal.timeout(5_000) }),
    ).rejects.toThrow()
    expect(server.gate.connectionCount('127.0.0.1')).toBe(4)
  })

  test('takes no message over its limit', async () => {
    await using server = await loopbackHost({ listen: WS })
    const port = Number(/tcp\/(\d+)/.exec(server.listening()[0] ?? '')?.[1])
    const closed = async (bytes: number): Promise<number> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      return new Promise((resolve) => {
        socket.addEventListener('open', () => socket.send(new Uint8Array(bytes)))
        socket.addEventListener('close', ({ code }) => resolve(code))
        socket.addEventListener('error', () => {})
      })
    }
    expect(await closed(2 ** 20 + 1)).toBe(1009)
    expect(await closed(2 ** 20)).not.toBe(1009)
  })
})

describe('a peer that breaks the framing of WebSocket', () => {
  test('loses its connection, and nothing else happens', async () => {
    await using server = await loopbackHost({ listen: WS })
    const port = Number(/tcp\/(\d+)/.exec(server.listening()[0] ?? '')?.[1])
    const socket = connectSocket(port, '127.0.0.1')
    const upgrade = ['GET / HTTP/1.1', 'Host: a', 'Upgrade: websocket', 'Connection: Upgrade']
    const rest = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
    socket.write(`${[...upgrade, ...rest].join('\r\n')}\r\n\r\n`)
    socket.once('data', () => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff])))
    await new Promise((resolve) => socket.once('close', resolve))
    await using bob = await dialling({ switches })
    expect(await ping(bob, server)).toContain('/ws')
  })
})

describe('QUIC', () => {
  test('says when its package is not there, and is wanted only where it may be', async () => {
    await using alice = await loopbackHost({
      listenWherePossible: ['/ip4/127.0.0.1/udp/0/quic-v1'],
    })
    expect(alice.parts.find(({ name }) => name === 'quic')?.isOn).toBe(false)
    expect(alice.listening()).toHaveLength(1)
  })
})

describe('a private mesh', () => {
  test('lets in whoever has its key, and tells a key that differs from nobody being there', async () => {
    await using alice = await loopbackHost({ preSharedKey: psk('a') })
    expect(isOn(alice, 'preSharedKey')).toBe(true)
    await using bob = await dialling({ preSharedKey: psk('a') })
    expect(await ping(bob, alice)).toContain('/tcp/')

    const address = `${alice.listening()[0] ?? ''}/p2p/${alice.peerId}`
    await using carol = await dialling({ preSharedKey: psk('b') })
    await using hers = await neighboursOf(carol, true)
    await expect(hers.add(address)).rejects.toMatchObject({
      fault: { code: 'p2p/no-common-key', address },
    })
    await using mallory = await dialling()
    await using his = await neighboursOf(mallory)
    await expect(his.add(address)).rejects.toMatchObject({ fault: { code: 'p2p/dial-failed' } })
    expect(alice.libp2p.getPeers().map(String)).toEqual([bob.peerId])
    await expect(hers.add('/ip4/127.0.0.1/tcp/1')).rejects.toMatchObject({
      fault: { code: 'p2p/dial-failed' },
    })
  })

  test('has no QUIC, which would go round the key', async () => {
    const listen = ['/ip4/127.0.0.1/udp/0/quic-v1']
    await expect(
      loopbackHost({ listen, preSharedKey: psk('a'), seed: freshSeed() }),
    ).rejects.toMatchObject({ fault: { code: 'p2p/transport-off', transport: 'quic' } })
  })
})
