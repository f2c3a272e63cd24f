/** Garbage collection that holds everything up: how often, and for how long at most. */
import { PerformanceObserver } from 'node:perf_hooks'
import type { PerformanceEntry } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'

const COUNTED_FROM_MS = 10

export class Pauses {
  count = 0
  longestMs = 0
  readonly #observer = new PerformanceObserver((list) => this.#note(list.getEntries()))

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** Entries arrive between two turns of the event loop. */
  async stop(): Promise<void> {
    await setImmediate()
    this.#note(this.#observer.takeRecords())
    this.#observer.disconnect()
  }

  #note(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) {
      this.longestMs = Math.max(this.longestMs, duration)
      if (duration >= COUNTED_FROM_MS) this.count++
    }
  }
}
