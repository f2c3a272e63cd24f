/**
 * The time between a full disk and the first write after it.
 *
 * LevelDB's handle fails for ever after a write that found no room, so it has to be closed and opened
 * again, which itself takes some room: the ballast gives it. Specification: docs/spec/store.md,
 * "A full disk".
 */
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { MIB_BYTES, SECOND_MS } from '../base/units.ts'
import { makeBallast, releaseBallast, roomAt } from './ballast.ts'
import type { Room } from './ballast.ts'

/** Between two looks at the room on the disk. */
const LOOK_INTERVAL_MS = 1 * SECOND_MS
/** Free bytes from which writes are taken again: the ballast, and as much to write into. */
const RESUME_LIMIT_BYTES = 128 * MIB_BYTES
/** On a small disk, this part of it. */
const RESUME_SHARE = 4

export interface RoomOptions {
  /** The most that the ballast takes; 0 for none. */
  readonly ballastBytes: number
  readonly lookIntervalMs: number
  readonly roomAt: (path: string) => Promise<Room>
}

export const ROOM: RoomOptions = { ballastBytes: 0, lookIntervalMs: LOOK_INTERVAL_MS, roomAt }

export class Outage implements AsyncDisposable {
  readonly #home: string
  readonly #file: string
  readonly #options: RoomOptions
  readonly #log: Logger
  /** Opens the database again; rejects when it cannot be opened yet. */
  readonly #reopen: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false
  /** Why the last look did not end it, so that a long outage does not fill the log. */
  #lastReason = ''

  constructor(parts: {
    readonly home: string
    readonly file: string
    readonly options: RoomOptions
    readonly log: Logger
    readonly reopen: () => Promise<void>
  }) {
    this.#home = parts.home
    this.#file = parts.file
    this.#options = parts.options
    this.#log = parts.log
    this.#reopen = parts.reopen
  }

  /** Takes room for the ballast, where there is enough. Nothing waits for it. */
  prepare(): void {
    if (this.#options.ballastBytes === 0 || this.#isClosed) return
    this.#looking = this.#looking.then(async () => this.#takeBallast())
  }

  /** A write found no room: looks for some until there is. */
  begin(): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#looking = this.#looking
      .then(async () => releaseBallast(this.#file))
      .catch((error: unknown) => {
        this.#log.warn('the ballast was not given up', { error: asError(error) })
      })
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(async () => this.#look())
    }, this.#options.lookIntervalMs)
    this.#timer.unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#looking
  }

  async #takeBallast(): Promise<void> {
    const { ballastBytes: limitBytes } = this.#options
    try {
      const { freeBytes } = await this.#options.roomAt(this.#home)
      const bytes = await makeBallast(this.#file, { freeBytes, limitBytes })
      if (bytes === 0) this.#log.warn('there is no room for ballast', { freeBytes })
    } catch (error) {
      this.#log.warn('the ballast was not made', { error: asError(error) })
    }
  }

  async #look(): Promise<void> {
    if (this.#isClosed || this.#timer === undefined) return
    try {
      const { freeBytes, totalBytes } = await this.#options.roomAt(this.#home)
      if (freeBytes < Math.min(RESUME_LIMIT_BYTES, totalBytes / RESUME_SHARE)) return
      await this.#reopen()
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#log.info('the disk has room again; writes are taken', { freeBytes })
      this.prepare()
    } catch (error) {
      const { message } = asError(error)
      if (message === this.#lastReason) return
      this.#lastReason = message
      this.#log.warn('the database could not be opened again yet', { error: asError(error) })
    }
  }
}
