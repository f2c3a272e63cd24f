/** One HTTP exchange with the node, over its socket or a URL, with every failure named. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MIB_BYTES } from '../base/units.ts'
import type { Address } from './address.ts'
import { ClientError } from './error.ts'

export const CONNECTION_LIMIT_COUNT = 16
export const ANSWER_LIMIT_BYTES = 64 * MIB_BYTES

export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<Uint8Array> | undefined
  readonly signal: AbortSignal | undefined
  /** Until the answer begins. */
  readonly timeoutMs: number
}

export class Transport implements Disposable {
  readonly #address: Address
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTION_LIMIT_COUNT })

  constructor(address: Address) {
    this.#address = address
  }

  /** The answer once its head is here. @throws {ClientError} */
  async open(exchange: Exchange): Promise<IncomingMessage> {
    const timeout = new AbortController()
    const timer = setTimeout(() => {
      timeout.abort()
    }, exchange.timeoutMs)
    try {
      return await this.#send(exchange, timeout.signal)
    } catch (error) {
      throw this.#translated(error, exchange, timeout.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Idle connections are closed; a program may end. */
  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  async #send(exchange: Exchange, timeout: AbortSignal): Promise<IncomingMessage> {
    const { method, target, headers, body } = exchange
    const base = this.#address
    // Said aloud, because Node frames no body of a DELETE by itself.
    const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}
    const options = {
      method,
      headers: { ...headers, ...length, ...credentials(base) },
      agent: this.#agent,
    }
    const outgoing =
      'socketPath' in base
        ? httpRequest({ ...options, socketPath: base.socketPath, path: target })
        : httpRequest(new URL(target, base.url), options)

    const stop = (): void => {
      outgoing.destroy(new Error('stopped'))
    }
    timeout.addEventListener('abort', stop, { once: true })
    exchange.signal?.addEventListener('abort', stop, { once: true })
    if (exchange.signal?.aborted === true) stop()

    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve)
      outgoing.on('error', reject)
    })
    if (body === undefined || typeof body === 'string') outgoing.end(body)
    else {
      // The node may answer before it has read everything, so sending must not be awaited first.
      pipeline(Readable.from(body, { objectMode: false }), outgoing).catch((error: unknown) => {
        outgoing.destroy(error instanceof Error ? error : new Error(String(error)))
      })
    }
    const incoming = await answered.catch(async (error: unknown) => {
      // The node closed an idle connection just as it was used: for a read, another one will do.
      if (!outgoing.reusedSocket || method !== 'GET' || !isReset(error)) throw error
      return this.#send(exchange, timeout)
    })
    incoming.once('close', () => {
      exchange.signal?.removeEventListener('abort', stop)
    })
    return incoming
  }

  #translated(error: unknown, exchange: Exchange, timeout: AbortSignal): unknown {
    if (error instanceof ClientError) return error
    if (exchange.signal?.aborted === true) {
      return new ClientError({ code: 'client/aborted' }, { cause: error })
    }
    if (timeout.aborted) {
      const limitMs = exchange.timeoutMs
      return new ClientError({ code: 'client/timeout', limitMs }, { cause: error })
    }
    const where = 'socketPath' in this.#address ? this.#address.socketPath : this.#address.url
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    switch (code) {
      case 'ENOENT':
      case 'ECONNREFUSED':
        return new ClientError({ code: 'client/not-running', where }, { cause: error })
      case 'EACCES':
      case 'EPERM':
        return new ClientError({ code: 'client/no-permission', where }, { cause: error })
      default: {
        const reason = 'the connection broke'
        return new ClientError({ code: 'client/answer-invalid', reason }, { cause: error })
      }
    }
  }
}

function credentials(address: Address): Record<string, string> {
  if ('socketPath' in address) return { host: 'aip-node.sock' }
  return address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }
}

function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'EPIPE'
}

/** The whole body as text, bounded. */
export async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const stream: AsyncIterable<Buffer> = incoming
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > ANSWER_LIMIT_BYTES) {
      incoming.destroy()
      throw new ClientError({ code: 'client/answer-too-large', limitBytes: ANSWER_LIMIT_BYTES })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
