/**
 * Back-pressure: at most so many inside at once; the rest wait their turn, in order.
 *
 * Nothing is dropped here: arrival may be delayed, never refused, or views would not converge. The
 * number of those who wait is bounded by their sources, each of which waits for its own answer.
 */
export class Gate {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  readonly #onEmpty: (() => void)[] = []
  #inside = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get load(): number {
    return this.#inside + this.#waiting.length
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#limit) {
      await new Promise<void>((enter) => {
        this.#waiting.push(enter)
      })
    } else {
      this.#inside++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside--
      else next()
      if (this.load === 0) for (const done of this.#onEmpty.splice(0)) done()
    }
  }

  /** Resolves when nobody is inside and nobody waits. */
  async empty(): Promise<void> {
    if (this.load === 0) return
    await new Promise<void>((done) => {
      this.#onEmpty.push(done)
    })
  }
}
