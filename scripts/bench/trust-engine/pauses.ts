/** Garbage collection that holds everything up: how often, and for how long at most. */
import { PerformanceObserver } from 'node:perf_hooks'
import type { PerformanceEntry } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

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

/** All that can be collected, now: what is left is in use. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const collect = runInNewContext('gc') as () => void
  collect()
}
