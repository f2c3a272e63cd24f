/**
 * Bounds that the WebSocket transport lacks.
 *
 * Its listener counts nobody before the HTTP upgrade is done, waits for the first byte without limit,
 * takes messages of 100 MiB, and lets a peer that breaks the framing end the process: nothing listens
 * for the socket's error. So sockets are counted as they come and cut when the upgrade is late or, oldest first,
 * when others need their places, a message has a size, and an error costs the connection alone. It reaches into the listener's own fields: the version is pinned, and
 * `test/integration/p2p/transports.test.ts` sees each bound hold.
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { CreateListenerOptions, Listener, Transport } from '@libp2p/interface'
import type { Gate } from '../gate.ts'
import { INBOUND_UPGRADE_TIMEOUT_MS, WEB_SOCKET_MESSAGE_LIMIT_BYTES } from '../limits.ts'

interface Insides {
  readonly server: Server
  readonly http?: HttpServer
  readonly https?: HttpServer
  readonly wsServer: {
    readonly options: { maxPayload?: number }
    handleUpgrade: (...given: [IncomingMessage, Socket, Buffer, Upgraded]) => void
  }
}

type Upgraded = (webSocket: FaultySocket, request: IncomingMessage) => void

interface FaultySocket {
  on: (event: 'error', listener: () => void) => unknown
  terminate: () => void
}

export interface WebSocketBounds {
  readonly gate: Gate
  /** Sockets of one listener; whoever comes when there are as many is refused. */
  readonly socketsLimit: number
  /** Those among them that have not asked for the upgrade; the oldest goes when another comes. */
  readonly waitingLimit: number
}

export function boundWebSockets(transport: Transport, bounds: WebSocketBounds): Transport {
  const create = transport.createListener.bind(transport)
  transport.createListener = (options: CreateListenerOptions): Listener => {
    const listener = create(options)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    bound(listener as Listener & Insides, bounds)
    return listener
  }
  return transport
}

function bound(
  listener: Listener & Insides,
  { gate, socketsLimit, waitingLimit }: WebSocketBounds,
): void {
  const { server, wsServer } = listener
  const waiting = new Map<Socket, () => void>()
  server.maxConnections = socketsLimit
  wsServer.options.maxPayload = WEB_SOCKET_MESSAGE_LIMIT_BYTES
  const upgrade = wsServer.handleUpgrade.bind(wsServer)
  wsServer.handleUpgrade = (request, socket, head, done) => {
    upgrade(request, socket, head, (webSocket, asked) => {
      webSocket.on('error', () => webSocket.terminate())
      done(webSocket, asked)
    })
  }
  server.prependListener('connection', (socket: Socket) => {
    const leave = gate.wait(socket.remoteAddress)
    if (leave === undefined) {
      socket.destroy()
      return
    }
    const [oldest] = waiting.size >= waitingLimit ? waiting.keys() : []
    if (oldest !== undefined) {
      waiting.get(oldest)?.()
      oldest.destroy()
    }
    const late = setTimeout(() => socket.destroy(), INBOUND_UPGRADE_TIMEOUT_MS)
    const settle = (): void => {
      clearTimeout(late)
      waiting.delete(socket)
      leave()
    }
    waiting.set(socket, settle)
    socket.once('close', settle)
  })
  // From the upgrade on the gate counts it as it does every connection.
  const upgraded = (_: IncomingMessage, socket: Socket): void => waiting.get(socket)?.()
  listener.addEventListener('listening', () => {
    for (const one of [listener.http, listener.https]) {
      if (one?.listeners('upgrade').includes(upgraded) === false) {
        one.prependListener('upgrade', upgraded)
      }
    }
  })
}
