/**
 * A live view on its way: all records are put into it, some at a time. While nobody waits for it others
 * go first; from the moment that somebody asks it goes on in every turn.
 */
import type { Evidence } from './evidence.ts'
import type { LiveView } from '../trust/live/live-view.ts'

/** Records taken in before others have a turn: about a millisecond. */
const SLICE_RECORDS_LIMIT = 200
/** As long again for everything else, while nobody waits. */
const PAUSE_MS = 1

export class Building {
  readonly view: LiveView
  /** When all records are in; those that come meanwhile are taken as they come. */
  readonly done: Promise<void>
  /** How many records of the store it has been through. */
  count = 0
  isDone = false
  #waiting = 0
  #isStopped = false
  #hurry: (() => void) | undefined

  constructor(view: LiveView, evidence: Pick<Evidence, 'stored' | 'has'>) {
    this.view = view
    this.done = this.#takeAll(evidence)
    // Whoever waits for it learns of it.
    this.done.catch(() => {})
  }

  /** Does not go on. */
  stop(): void {
    this.#isStopped = true
    this.#hurry?.()
  }

  /** Somebody waits until the returned function is called. */
  hurry(): () => void {
    this.#waiting++
    this.#hurry?.()
    return () => {
      this.#waiting--
    }
  }

  /** Lets others have a turn, and more of them when nobody waits. */
  async turn(): Promise<void> {
    if (this.#waiting > 0) {
      await nextTurn()
      return
    }
    await new Promise<void>((next) => {
      const timer = setTimeout(next, PAUSE_MS)
      timer.unref()
      this.#hurry = () => {
        clearTimeout(timer)
        setImmediate(next)
      }
    })
    this.#hurry = undefined
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Records that come while this goes on are met at its end, once more; those that go are not met. */
  async #takeAll(evidence: Pick<Evidence, 'stored' | 'has'>): Promise<void> {
    for await (const one of evidence.stored()) {
      if (this.#isStopped) return
      // In the same turn as it is taken: it may have gone since it was read.
      if (evidence.has(one.id)) this.view.put(one)
      this.count++
      if (this.count % SLICE_RECORDS_LIMIT === 0) await this.turn()
    }
    this.isDone = true
  }
}

export async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}
