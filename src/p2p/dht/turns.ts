/** Taking turns: at most so many at once, at most so many that wait, each no longer than its signal. */
import { ExchangeError } from '../query/error.ts'
import { DhtError } from './error.ts'

export class Turns {
  readonly #limit: number
  readonly #waitingLimit: number
  readonly #waiting = new Set<() => void>()
  #taken = 0

  constructor(limit: number, waitingLimit: number) {
    this.#limit = limit
    this.#waitingLimit = waitingLimit
  }

  /** @throws {DhtError} `p2p/dht-busy`; {ExchangeError} `p2p/cancelled` when the signal fires first. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#limit) this.#taken++
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      const [next] = this.#waiting
      if (next === undefined) this.#taken--
      else next()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#waitingLimit) {
      throw new DhtError({ code: 'p2p/dht-busy', limit: this.#waitingLimit })
    }
    await new Promise<void>((enter, refuse) => {
      const settle = (done: () => void): void => {
        this.#waiting.delete(onTurn)
        signal.removeEventListener('abort', onAbort)
        done()
      }
      const onTurn = (): void => settle(enter)
      const onAbort = (): void =>
        settle(() => {
          const reason: unknown = signal.reason
          const cancelled = new ExchangeError({ code: 'p2p/cancelled' })
          refuse(reason instanceof ExchangeError ? reason : cancelled)
        })
      this.#waiting.add(onTurn)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
  }
}
