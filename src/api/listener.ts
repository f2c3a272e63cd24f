/**
 * The sockets of the local interface: where they are, who may reach them, how long they wait.
 *
 * The unix socket's guard is its directory, 0700 and ours. A path longer than the system's limit for
 * sockets moves to a fresh directory under the temporary one; `address.json` names it.
 */
import { chmod, lstat, mkdir, mkdtemp, stat, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Socket } from 'node:net'
import { SECOND_MS } from '../base/units.ts'
import { NodeError } from '../node/error.ts'
import { ApiError } from './error.ts'
import { UPLOAD_TIMEOUT_MS } from './body-wait.ts'

/** Systems allow 104 or 108 bytes, the ending zero included. */
export const SOCKET_PATH_LIMIT_BYTES = 100
export const HEADERS_TIMEOUT_MS = 5 * SECOND_MS
export const CONNECTION_LIMIT_COUNT = 256
const HEADER_LIMIT_BYTES = 16_384

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export function createHttpServer(listener: Listener): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: UPLOAD_TIMEOUT_MS,
      connectionsCheckingInterval: SECOND_MS,
      maxHeaderSize: HEADER_LIMIT_BYTES,
      // A missing Host is refused by the gate, as a wrong one is.
      requireHostHeader: false,
      insecureHTTPParser: false,
    },
    listener,
  )
  server.maxConnections = CONNECTION_LIMIT_COUNT
  server.on('clientError', (_error, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    socket.destroySoon()
  })
  return server
}

/** Listens on a unix socket. @returns the path in use. @throws {ApiError} `api/run-directory`. */
export async function listenOnSocket(server: Server, wanted: string): Promise<string> {
  const path =
    Buffer.byteLength(wanted) > SOCKET_PATH_LIMIT_BYTES
      ? join(await mkdtemp(join(tmpdir(), 'aip-node-')), 'aip-node.sock')
      : wanted
  await guardDirectory(dirname(path))
  await removeStale(path)
  await listening(server, () => server.listen({ path }))
  await chmod(path, 0o600)
  return path
}

/** Listens on loopback. @returns the port in use. @throws {NodeError} `node/port-taken`. */
export async function listenOnPort(server: Server, port: number): Promise<number> {
  try {
    await listening(server, () => server.listen({ host: '127.0.0.1', port }))
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE')) throw error
    throw new NodeError({ code: 'node/port-taken', port, flag: '--api-port' }, { cause: error })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}

async function listening(server: Server, listen: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    listen()
  })
}

async function guardDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { mode, uid } = await stat(path)
  if (process.platform === 'win32') return
  if ((mode & 0o077) !== 0) {
    const reason = `others may enter it; run: chmod 700 ${path}`
    throw new ApiError({ code: 'api/run-directory', path, reason })
  }
  if (uid !== process.getuid?.()) {
    throw new ApiError({ code: 'api/run-directory', path, reason: 'it belongs to another user' })
  }
}

/** A socket file outlives a killed node; the caller holds the lock, so nobody listens on it. */
async function removeStale(path: string): Promise<void> {
  try {
    const found = await lstat(path)
    if (!found.isSocket() || (process.getuid !== undefined && found.uid !== process.getuid())) {
      throw new ApiError({
        code: 'api/run-directory',
        path,
        reason: 'it is no socket of this user',
      })
    }
    await unlink(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
