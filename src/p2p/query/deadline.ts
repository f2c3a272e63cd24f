/**
 * A limit on waiting: an abort signal that fires after some time, or when its parent does.
 *
 * `AbortSignal.any` keeps each composed signal alive as long as its parents, which a node that runs
 * for months cannot afford; this one lets go of timer and parent when it is disposed.
 */
import { ExchangeError } from './error.ts'

export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #limitMs: number
  readonly #parent: AbortSignal | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(limitMs: number, parent?: AbortSignal) {
    this.#limitMs = limitMs
    this.#parent = parent
    if (parent?.aborted === true) this.#onParent()
    else {
      parent?.addEventListener('abort', this.#onParent, { once: true })
      this.#arm()
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Starts the time anew: for a wait that is repeated, page after page. */
  restart(): void {
    clearTimeout(this.#timer)
    if (!this.signal.aborted) this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#parent?.removeEventListener('abort', this.#onParent)
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#parent?.removeEventListener('abort', this.#onParent)
      const limitMs = this.#limitMs
      this.#controller.abort(new ExchangeError({ code: 'p2p/timed-out', limitMs }))
    }, this.#limitMs)
  }

  readonly #onParent = (): void => {
    clearTimeout(this.#timer)
    const reason: unknown = this.#parent?.reason
    this.#controller.abort(
      reason instanceof ExchangeError ? reason : new ExchangeError({ code: 'p2p/cancelled' }),
    )
  }
}
