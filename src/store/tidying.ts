/**
 * Gives back what deleted rows still take: LevelDB keeps them until it compacts their range, which for
 * old records, that nobody writes beside, may be never.
 */
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { KeyRange } from './keys.ts'

/** Records that have left since the last time, before it is worth it. */
const LEFT_LEAST_COUNT = 4_096
/** And this part of those that are there. */
const LEFT_SHARE = 1 / 8

export class Tidying implements AsyncDisposable {
  readonly #compact: (range: KeyRange) => Promise<void>
  readonly #ranges: readonly KeyRange[]
  readonly #log: Logger
  #left = 0
  #isClosed = false
  #running: Promise<void> | undefined

  /** @param ranges  compacted one after another, so that none takes long. */
  constructor(
    ranges: readonly KeyRange[],
    compact: (range: KeyRange) => Promise<void>,
    log: Logger,
  ) {
    this.#ranges = ranges
    this.#compact = compact
    this.#log = log
  }

  /** So many records have left, and so many are there. Nothing waits for what follows of it. */
  left(count: number, present: number): void {
    this.#left += count
    if (this.#isClosed || this.#running !== undefined) return
    if (this.#left < Math.max(LEFT_LEAST_COUNT, present * LEFT_SHARE)) return
    this.#left = 0
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      for (const range of this.#ranges) if (!this.#isClosed) await this.#compact(range)
    } catch (error) {
      this.#log.warn('the store was not compacted', { error: asError(error) })
    }
  }
}
