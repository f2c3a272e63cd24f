/**
 * How far the node is in reading what it holds: it answers before it has read everything, and what needs
 * all of it waits here.
 */
import { SECOND_MS } from '../base/units.ts'
import { NodeError } from './error.ts'

/** How long anybody waits: as long as a large store takes on a slow disk. */
const WAIT_LIMIT_MS = 120 * SECOND_MS

export class IndexState {
  #state: 'reading' | 'ready' | 'failed' = 'reading'
  #read = 0
  #records = 0
  readonly #waiting = new Set<() => void>()

  get state(): 'reading' | 'ready' | 'failed' {
    return this.#state
  }

  /** Records read so far. */
  get read(): number {
    return this.#read
  }

  /** Records that there are to read. */
  get records(): number {
    return this.#records
  }

  begin(records: number): void {
    this.#state = 'reading'
    this.#read = 0
    this.#records = records
  }

  progress(read: number): void {
    this.#read = read
  }

  /** All is read, or it cannot be. */
  end(state: 'ready' | 'failed'): void {
    this.#state = state
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  /**
   * Resolves when everything is read.
   *
   * @throws {NodeError} `node/busy` when it cannot be read, or takes too long; the signal's reason.
   */
  async whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'reading') await this.#turn(signal)
    signal?.throwIfAborted()
    if (this.#state !== 'ready') throw new NodeError({ code: 'node/busy' })
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(limit)
        signal?.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      const limit = setTimeout(wake, WAIT_LIMIT_MS)
      signal?.addEventListener('abort', wake)
      this.#waiting.add(wake)
    })
  }
}
