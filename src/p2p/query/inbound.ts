/**
 * Answering streams that peers open: how many at once, for how long, and what a peer that breaks
 * the rules is told. Knows frames and statuses, not what is asked.
 */
import type { Stream } from '@libp2p/interface'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { Frames } from '../frames.ts'
import { Deadline } from './deadline.ts'
import { ExchangeError } from './error.ts'
import { statusCode, type RefusedStatus } from './status.ts'

export interface InboundLimits {
  /** Streams answered at once, over all peers. */
  readonly answersLimit: number
  /** From the first byte to the last. */
  readonly sessionLimitMs: number
  /** The largest message that a peer may send. */
  readonly readLimitBytes: number
}

/** Answers one stream; a returned status refuses, and is sent for it. */
export type Answer = (frames: Frames, signal: AbortSignal) => Promise<RefusedStatus | undefined>

export class Inbound {
  readonly #limits: InboundLimits
  readonly #log: Logger
  readonly #closing = new AbortController()
  #answering = 0

  constructor(limits: InboundLimits, log: Logger) {
    this.#limits = limits
    this.#log = log
  }

  get answering(): number {
    return this.#answering
  }

  /** Ends every stream that is being answered. */
  close(): void {
    this.#closing.abort(new ExchangeError({ code: 'p2p/cancelled' }))
  }

  /** Never throws: what goes wrong with a peer's stream ends that stream. */
  async serve(stream: Stream, answer: Answer): Promise<void> {
    const frames = new Frames(stream, this.#limits.readLimitBytes)
    using deadline = new Deadline(this.#limits.sessionLimitMs, this.#closing.signal)
    const { signal } = deadline
    this.#answering++
    try {
      const isFull = this.#answering > this.#limits.answersLimit
      const refused = isFull ? 'RATE_LIMITED' : await this.#answered(frames, signal, answer)
      if (refused !== undefined) await frames.write({ s: statusCode(refused) }, signal)
      await frames.close(signal)
    } catch (thrown) {
      const error = asError(thrown)
      this.#log.debug('a stream could not be answered', { reason: error.message })
      frames.abort(error)
    } finally {
      this.#answering--
    }
  }

  async #answered(
    frames: Frames,
    signal: AbortSignal,
    answer: Answer,
  ): Promise<RefusedStatus | undefined> {
    try {
      return await answer(frames, signal)
    } catch (thrown) {
      if (!(thrown instanceof ExchangeError)) {
        this.#log.error('answering a peer failed', { reason: asError(thrown).message })
        return 'ERROR'
      }
      if (thrown.fault.code === 'p2p/frame-malformed') return 'BAD_REQUEST'
      throw thrown
    }
  }
}
