/**
 * Stands between a client and the node, and holds one conversation at a chosen moment, so that a test
 * ends the client in the middle of it. Whatever else is said goes through. When the client's end of a
 * connection is gone, so is the node's; a client that is held never hears that the node's end is.
 */
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/**
 * `half-asked`: the node has half of the first piece of the request. `asked`: it has all of that, and
 * nothing was answered yet. `answered`: it has answered, and nothing of it has arrived.
 * `half-answered`: half of the first piece has.
 */
export type Moment = 'half-asked' | 'asked' | 'answered' | 'half-answered'

export interface MidwayOptions {
  /** Where the node is. */
  readonly to: { readonly path: string } | { readonly host: '127.0.0.1'; readonly port: number }
  /** Where clients come; left out, a free port of loopback. */
  readonly path?: string
  /** What the first bytes of a request look like that is to be held. */
  readonly request: RegExp
  readonly moment: Moment
}

export class Midway implements AsyncDisposable {
  /** Resolves when the conversation is held: with what the node has answered so far. */
  readonly reached: Promise<Buffer>
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, reached: Promise<Buffer>) {
    this.#server = server
    this.reached = reached
  }

  static async open(options: MidwayOptions): Promise<Midway> {
    const reached = Promise.withResolvers<Buffer>()
    const server = createServer()
    const midway = new Midway(server, reached.promise)
    server.on('connection', (client) => {
      midway.#join(client, connect(options.to), options, reached.resolve)
    })
    server.listen(options.path === undefined ? { host: '127.0.0.1', port: 0 } : options)
    await once(server, 'listening')
    return midway
  }

  /** Its port, where it has one. */
  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('it has no port')
    return address.port
  }

  #join(
    client: Socket,
    node: Socket,
    { to, request, moment }: MidwayOptions,
    reached: (answer: Buffer) => void,
  ): void {
    let state: 'open' | 'asked' | 'held' = 'open'
    const hold = (answer: Buffer): void => {
      state = 'held'
      reached(answer)
    }
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => {
        // A client that is killed may reset the connection.
      })
      one.once('close', () => {
        this.#sockets.delete(one)
        // A client that is held waits on, however soon the node closes what is idle.
        if (one === client || state !== 'held') other.destroy()
      })
    }
    client.on('data', (sent: Buffer) => {
      if (state !== 'open') return
      const piece = 'port' in to ? withHost(sent, this.port, to.port) : sent
      if (!request.test(piece.toString('latin1'))) {
        node.write(piece)
      } else if (moment === 'half-asked') {
        node.write(piece.subarray(0, piece.length / 2), () => hold(Buffer.of()))
      } else {
        state = 'asked'
        node.write(piece, () => {
          if (moment === 'asked') hold(Buffer.of())
        })
      }
    })
    node.on('data', (answer: Buffer) => {
      if (state === 'held') return
      if (state === 'open') client.write(answer)
      else if (moment === 'half-answered') {
        client.write(answer.subarray(0, answer.length / 2), () => hold(answer))
      } else hold(answer)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** The node's gate asks for the port that it listens on. */
function withHost(sent: Buffer, from: number, to: number): Buffer {
  const text = sent.toString('latin1')
  return Buffer.from(text.replace(`127.0.0.1:${from}`, `127.0.0.1:${to}`), 'latin1')
}

/** A home in which clients find the socket, as they find that of the node in `home`. */
export async function homeBehind(
  home: string,
  path: string,
): Promise<{ readonly socket: string; readonly at: string }> {
  const run = join(path, 'run')
  await mkdir(run, { recursive: true, mode: 0o700 })
  const socket = join(run, 'midway.sock')
  const address = JSON.parse(await readFile(join(home, 'run', 'address.json'), 'utf8')) as object
  await writeFile(join(run, 'address.json'), JSON.stringify({ ...address, socket }))
  return { socket, at: path }
}
