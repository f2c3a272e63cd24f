/**
 * Messages over one libp2p stream: canonical DAG-CBOR behind an unsigned varint of its length.
 *
 * Knows lengths and encoding, not meaning. Both sides take turns: whoever sends a message before it
 * is asked for overflows the reader's buffer, which holds one message. Specification:
 * docs/spec/query.md, "Frames".
 */
import type { Stream } from '@libp2p/interface'
import { lpStream, type LengthPrefixedStream } from '@libp2p/utils'
import { asError } from '../base/error.ts'
import { KIB_BYTES } from '../base/units.ts'
import { CryptoError } from '../crypto/error.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import { ExchangeError } from './query/error.ts'

/** The largest message of any of the protocols: one page. */
export const FRAME_LIMIT_BYTES = 256 * KIB_BYTES
/** A length of at most {@link FRAME_LIMIT_BYTES} fits in three bytes of varint. */
const LENGTH_LIMIT_BYTES = 3

export class Frames {
  readonly #stream: Stream
  readonly #messages: LengthPrefixedStream
  readonly #readLimitBytes: number

  /** Takes the stream over. Made at once, before anything is awaited, so that no byte is missed. */
  constructor(stream: Stream, readLimitBytes: number) {
    if (readLimitBytes > FRAME_LIMIT_BYTES) throw new RangeError('larger than any frame')
    this.#stream = stream
    this.#readLimitBytes = readLimitBytes
    this.#messages = lpStream(stream, {
      maxDataLength: readLimitBytes,
      maxBufferSize: readLimitBytes + LENGTH_LIMIT_BYTES,
      lengthDecoder: decodeLength,
    })
  }

  /**
   * The next message's value.
   *
   * @throws {ExchangeError} `p2p/frame-too-large`, `p2p/frame-malformed`, `p2p/stream-failed`, or
   *   why the signal fired.
   */
  async read(signal: AbortSignal): Promise<unknown> {
    let bytes: Uint8Array
    try {
      signal.throwIfAborted()
      bytes = (await this.#messages.read({ signal })).subarray()
    } catch (thrown) {
      throw this.#exchangeError(thrown, signal)
    }
    try {
      return decodeCbor(bytes, this.#readLimitBytes)
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause
      throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'canonical message' }, { cause })
    }
  }

  /** Sends one message; resolves when the stream takes more. */
  async write(value: unknown, signal: AbortSignal): Promise<void> {
    const bytes = encodeCbor(value)
    if (bytes.length > FRAME_LIMIT_BYTES) throw new RangeError('a frame of more than the limit')
    try {
      signal.throwIfAborted()
      await this.#messages.write(bytes, { signal })
    } catch (thrown) {
      throw this.#exchangeError(thrown, signal)
    }
  }

  /** Says that this side has said everything. */
  async close(signal: AbortSignal): Promise<void> {
    try {
      await this.#stream.close({ signal })
    } catch (thrown) {
      throw this.#exchangeError(thrown, signal)
    }
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }

  #exchangeError(thrown: unknown, signal: AbortSignal): ExchangeError {
    if (thrown instanceof ExchangeError) return thrown
    const reason: unknown = signal.aborted ? signal.reason : undefined
    if (reason instanceof ExchangeError) return reason
    const cause = asError(thrown)
    switch (cause.name) {
      case 'InvalidDataLengthError':
      case 'StreamBufferError': {
        const limitBytes = this.#readLimitBytes
        return new ExchangeError({ code: 'p2p/frame-too-large', limitBytes }, { cause })
      }
      default:
        if (signal.aborted) return new ExchangeError({ code: 'p2p/cancelled' }, { cause })
        return new ExchangeError({ code: 'p2p/stream-failed', reason: cause.message }, { cause })
    }
  }
}

/**
 * The length that the bytes read so far spell, shortest form only.
 *
 * @throws {RangeError} while more bytes are needed, which makes the caller read on. A varint that
 *   never ends is refused at its third byte: the library would collect it for ever.
 */
function decodeLength(bytes: { readonly byteLength: number; get(at: number): number }): number {
  let length = 0
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = bytes.get(at)
    length += (byte & 0x7f) * 2 ** (7 * at)
    const isLast = byte < 0x80
    if ((isLast && byte === 0 && at > 0) || (!isLast && at + 1 === LENGTH_LIMIT_BYTES)) {
      throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'length in shortest form' })
    }
    if (isLast) return length
  }
  throw new RangeError('the length goes on')
}
