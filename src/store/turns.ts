/** One after another, in the order of asking; only so many wait. */
export class Turns {
  readonly #waitingLimit: number
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(waitingLimit: number) {
    this.#waitingLimit = waitingLimit
  }

  get isFull(): boolean {
    return this.#waiting >= this.#waitingLimit
  }

  /** Does the work when all that was asked before is done, well or badly. */
  async take(work: () => Promise<void>): Promise<void> {
    this.#waiting++
    const turn = this.#last.then(work).finally(() => this.#waiting--)
    this.#last = turn.catch(() => {})
    await turn
  }
}
