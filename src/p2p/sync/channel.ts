/**
 * Messages over one libp2p stream in both directions at once: bytes behind an unsigned varint of
 * their length. What the reader has not taken yet holds the sender back.
 *
 * Knows lengths, not meaning. Specification: docs/spec/query.md, "Frames".
 */
import type { Stream } from '@libp2p/interface'
import { concatBytes } from '../../base/bytes.ts'
import { asError } from '../../base/error.ts'
import { FRAME_LIMIT_BYTES } from '../frames.ts'
import { ExchangeError } from '../query/error.ts'

/** A length of at most {@link FRAME_LIMIT_BYTES} fits in three bytes of varint. */
const LENGTH_LIMIT_BYTES = 3
/** The largest message is whole with this much; the stream is paused then. One window may follow. */
const HELD_LIMIT_BYTES = FRAME_LIMIT_BYTES + LENGTH_LIMIT_BYTES

/** A message may come in single bytes. */
const CHUNKS_LIMIT = 256
const NOTHING = new Uint8Array(0)

export class Channel {
  readonly #stream: Stream
  #chunks: Uint8Array[] = []
  #heldBytes = 0
  /** Before so much is here, there is no message to look for. */
  #neededBytes = 1
  #arrived = 0
  #isEnded = false
  #error: Error | undefined
  #wake: (() => void) | undefined

  /** Takes the stream over. Made at once, before anything is awaited, so that no byte is missed. */
  constructor(stream: Stream) {
    this.#stream = stream
    stream.addEventListener('message', ({ data }) => {
      this.#arrived += data.byteLength
      this.#heldBytes += data.byteLength
      this.#chunks.push(data instanceof Uint8Array ? data : data.subarray())
      if (this.#chunks.length > CHUNKS_LIMIT) this.#chunks = [Buffer.concat(this.#chunks)]
      if (this.#heldBytes >= HELD_LIMIT_BYTES) this.#pause()
      this.#wake?.()
    })
    stream.addEventListener('remoteCloseWrite', () => this.#end(undefined))
    stream.addEventListener('close', ({ error }) => this.#end(error))
  }

  /** Bytes that came, whole messages or not. */
  get arrived(): number {
    return this.#arrived
  }

  /**
   * The next message; `undefined` when the peer has said everything.
   *
   * @throws {ExchangeError} `p2p/frame-too-large`, `p2p/frame-malformed`, `p2p/stream-failed`, or
   *   why the signal fired.
   */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      if (signal.aborted) throw reasonOf(signal)
      const message = this.#take()
      if (message !== undefined) return message
      if (this.#error !== undefined) throw streamFailed(this.#error)
      if (this.#isEnded && this.#heldBytes > 0) {
        throw streamFailed(new Error('it ended in the middle of a message'))
      }
      if (this.#isEnded) return undefined
      await this.#more(signal)
    }
  }

  /**
   * Sends one message; resolves when the stream takes more.
   *
   * @throws {ExchangeError} `p2p/stream-failed`, or why the signal fired.
   */
  async write(message: Uint8Array, signal: AbortSignal): Promise<void> {
    if (message.length > FRAME_LIMIT_BYTES) throw new RangeError('a message of more than the limit')
    try {
      signal.throwIfAborted()
      const takesMore = this.#stream.send(concatBytes(encodeLength(message.length), message))
      if (!takesMore) await this.#stream.onDrain({ signal })
    } catch (thrown) {
      throw signal.aborted ? reasonOf(signal) : streamFailed(asError(thrown))
    }
  }

  /** Says that this side has said everything. Never throws: the peer may have hung up already. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#stream.close({ signal }).catch((error: unknown) => {
      this.abort(asError(error))
    })
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }

  #end(error: Error | undefined): void {
    this.#isEnded = true
    this.#error ??= error
    this.#wake?.()
  }

  async #more(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', this.#onAbort, { once: true })
    try {
      await promise
    } finally {
      this.#wake = undefined
      signal.removeEventListener('abort', this.#onAbort)
    }
  }

  readonly #onAbort = (): void => this.#wake?.()

  #take(): Uint8Array | undefined {
    if (this.#heldBytes < this.#neededBytes) return undefined
    const [first = NOTHING] = this.#chunks
    const held = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first
    this.#chunks = [held]
    const length = lengthIn(held)
    if (length === undefined) {
      this.#neededBytes = held.length + 1
      return undefined
    }
    const end = length.bytes + length.value
    this.#neededBytes = end
    if (held.length < end) return undefined
    this.#chunks = held.length === end ? [] : [held.subarray(end)]
    this.#heldBytes -= end
    this.#neededBytes = 1
    if (this.#heldBytes < HELD_LIMIT_BYTES) this.#resume()
    // Messages are kept for a while; the chunk of the network that they came in is not.
    return Uint8Array.from(held.subarray(length.bytes, end))
  }

  #pause(): void {
    if (this.#stream.readStatus === 'readable') this.#stream.pause()
  }

  #resume(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
  }
}

/** In the shortest form only; `undefined` while it is not whole. @throws {ExchangeError} */
function lengthIn(
  held: Uint8Array,
): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0
  for (let at = 0; at < LENGTH_LIMIT_BYTES; at++) {
    const byte = held[at]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte >= 0x80) continue
    if (byte === 0 && at > 0) break
    if (value <= FRAME_LIMIT_BYTES) return { value, bytes: at + 1 }
    throw new ExchangeError({ code: 'p2p/frame-too-large', limitBytes: FRAME_LIMIT_BYTES })
  }
  throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'length in shortest form' })
}

function encodeLength(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

function reasonOf(signal: AbortSignal): ExchangeError {
  const reason: unknown = signal.reason
  return reason instanceof ExchangeError ? reason : new ExchangeError({ code: 'p2p/cancelled' })
}

function streamFailed(cause: Error): ExchangeError {
  return new ExchangeError({ code: 'p2p/stream-failed', reason: cause.message }, { cause })
}
