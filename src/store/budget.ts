/**
 * How much room on disk the database may take.
 *
 * Near the limit the database is compacted first, since what was deleted and replaced takes room until
 * then. If it is still near, it is tight: whoever asks is told to take nothing of others, until there is
 * room again. The last part is for this node's own records. Specification: docs/spec/store.md,
 * "A limit on disk".
 */
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { MINUTE_MS } from '../base/units.ts'

/** Parts of the limit from which nothing of others is taken, and below which it is taken again. */
const TIGHT_SHARE = 0.9
const EASED_SHARE = 0.85
/** Measured again when this part of the limit was written. */
const MEASURE_SHARE = 1 / 64
/** Between two compactions that are to make room. */
const COMPACT_INTERVAL_MS = 10 * MINUTE_MS
const LOOK_INTERVAL_MS = 1 * MINUTE_MS

export interface BudgetParts {
  /** Left out: as much as the disk has. */
  readonly limitBytes: number | undefined
  readonly bytesOnDisk: () => Promise<number>
  readonly compact: () => Promise<void>
  readonly onTurn: () => void
  readonly log: Logger
}

export class Budget implements AsyncDisposable {
  readonly #parts: BudgetParts
  #isTight = false
  #measuredBytes = 0
  #writtenBytes = 0
  #compactedAtMs = -Infinity
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: BudgetParts) {
    this.#parts = parts
  }

  get limitBytes(): number | undefined {
    return this.#parts.limitBytes
  }

  /** Nothing of others may be taken. */
  get isTight(): boolean {
    return this.#isTight
  }

  /** Measures for the first time. */
  async start(): Promise<void> {
    const { limitBytes, bytesOnDisk } = this.#parts
    if (limitBytes === undefined) return
    await this.#measure(bytesOnDisk)
    if (this.#measuredBytes >= limitBytes * TIGHT_SHARE) this.#turn(true)
    this.#lookSoon()
    this.#timer = setInterval(() => this.#lookSoon(), LOOK_INTERVAL_MS)
    this.#timer.unref()
  }

  /** So many bytes were handed to the database. */
  wrote(bytes: number): void {
    const { limitBytes } = this.#parts
    if (limitBytes === undefined) return
    this.#writtenBytes += bytes
    // Before it is measured: writes go on meanwhile.
    if (this.#measuredBytes + this.#writtenBytes >= limitBytes * TIGHT_SHARE) this.#turn(true)
    if (this.#writtenBytes >= limitBytes * MEASURE_SHARE) this.#lookSoon()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#looking
  }

  #lookSoon(): void {
    if (this.#isClosed) return
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  async #look(): Promise<void> {
    const { limitBytes, bytesOnDisk, compact, log } = this.#parts
    if (limitBytes === undefined) return
    try {
      await this.#measure(bytesOnDisk)
      const isNear = this.#measuredBytes >= limitBytes * TIGHT_SHARE
      const isDue = performance.now() - this.#compactedAtMs >= COMPACT_INTERVAL_MS
      if (isNear && isDue) {
        await compact()
        this.#compactedAtMs = performance.now()
        await this.#measure(bytesOnDisk)
      }
      if (this.#measuredBytes >= limitBytes * TIGHT_SHARE) this.#turn(true)
      else if (this.#measuredBytes < limitBytes * EASED_SHARE) this.#turn(false)
    } catch (error) {
      log.warn('the room that the store takes could not be told', { error: asError(error) })
    }
  }

  async #measure(bytesOnDisk: () => Promise<number>): Promise<void> {
    const before = this.#writtenBytes
    this.#measuredBytes = await bytesOnDisk()
    this.#writtenBytes -= before
  }

  #turn(isTight: boolean): void {
    if (isTight === this.#isTight) return
    this.#isTight = isTight
    const { limitBytes, log, onTurn } = this.#parts
    if (isTight)
      log.warn('the store has reached its limit; nothing of others is taken', { limitBytes })
    else log.info('the store is below its limit again', { limitBytes })
    onTurn()
  }
}
