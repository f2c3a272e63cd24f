import { connect as connectSocket, type Socket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { SECOND_MS } from '../../../src/base/units.ts'
import type { Host } from '../../../src/p2p/host.ts'
import { TRANSPORT_SWITCHES } from '../../../src/p2p/transports/plan.ts'
import { eventually, localNetwork, loopbackHost } from '../../support/mesh.ts'

const SOCKETS = 1_000
const HONEST_DIALS = 20
const HONEST_LIMIT_MS = 2 * SECOND_MS
const TCP = '/ip4/127.0.0.1/tcp/0'
const WEB_SOCKET = `${TCP}/ws`
/** As a peer begins that speaks libp2p, and then goes on with nothing. */
const FIRST_WORDS = '\u0013/multistream/1.0.0\n'
const HALF_A_REQUEST = 'GET / HTTP/1.1\r\nHost: node\r\nUpgrade: webso'
const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: node',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '\r\n',
].join('\r\n')

/** Sockets to a host from many addresses of loopback; whoever is cut off comes back. */
class Crowd implements Disposable {
  readonly #sockets = new Set<Socket>()
  readonly #port: number
  readonly #words: string
  #isOpen = true
  arrivedCount = 0

  constructor(host: Host, words: string) {
    this.#port = Number(/tcp\/(\d+)/.exec(host.listening()[0] ?? '')?.[1])
    this.#words = words
    for (let n = 0; n < SOCKETS; n++) this.#arrive(n)
  }

  #arrive(n: number): void {
    const socket = connectSocket({
      port: this.#port,
      host: '127.0.0.1',
      localAddress: `127.0.1.${1 + (n % 100)}`,
    })
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('connect', () => {
      this.arrivedCount++
      if (this.#words !== '') socket.write(this.#words)
    })
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (this.#isOpen) setTimeout(() => this.#isOpen && this.#arrive(n), SECOND_MS)
    })
  }

  [Symbol.dispose](): void {
    this.#isOpen = false
    for (const socket of this.#sockets) socket.destroy()
  }
}

test.each([
  ['say nothing', '', TCP],
  ['stop in the middle of the handshake', FIRST_WORDS, TCP],
  ['say nothing to a WebSocket', '', WEB_SOCKET],
  ['stop in the middle of a request', HALF_A_REQUEST, WEB_SOCKET],
  ['are upgraded and say nothing', UPGRADE, WEB_SOCKET],
])('a thousand sockets that %s keep no peer out', async (_, words, listen) => {
  await using server = await loopbackHost({ listen: [listen] })
  const address = multiaddr(server.listening()[0])
  using crowd = new Crowd(server, words)
  await eventually('all have come', () => crowd.arrivedCount >= SOCKETS)
  const switches = { ...TRANSPORT_SWITCHES, webSocket: true }
  let inCount = 0
  for (let n = 0; n < HONEST_DIALS; n++) {
    await using peer = await loopbackHost({ listen: [], switches })
    const dial = peer.libp2p.dial(address, { signal: AbortSignal.timeout(HONEST_LIMIT_MS) })
    inCount += await dial.then(
      () => 1,
      () => 0,
    )
  }
  expect(inCount).toBe(HONEST_DIALS)
})

test('on a public network the sockets of one address make room for each other alone', async () => {
  await using server = await loopbackHost({
    network: { ...localNetwork, name: 'main', preset: 'public' },
  })
  const port = Number(/tcp\/(\d+)/.exec(server.listening()[0] ?? '')?.[1])
  const closed: number[] = []
  const open = async (n: number, localAddress: string): Promise<Socket> => {
    const socket = connectSocket({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    socket.once('close', () => closed.push(n))
    await new Promise((done) => {
      socket.once('connect', done)
    })
    return socket
  }
  const other = await open(0, '127.0.3.1')
  const sockets = []
  for (let n = 1; n <= 5; n++) sockets.push(await open(n, '127.0.2.1'))
  await eventually('one was cut off', () => closed.length === 1)
  expect(closed).toEqual([1])
  for (const socket of [other, ...sockets]) socket.destroy()
})
