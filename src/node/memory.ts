/**
 * Gives back what work has left behind. V8 keeps a heap as large as it was while records were read or
 * caught up with, twice what lives in it, and collects the rest when it needs room, which an idle node
 * never does. So a node that has nothing to do collects once, and is then as small as what it holds.
 *
 * Measured by `npm run bench:footprint`; why: docs/adr/0025-memory-given-back.md.
 */
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Logger } from '../base/log.ts'
import { MIB_BYTES, SECOND_MS } from '../base/units.ts'

/** How often it is looked whether there is something to give back. */
const LOOK_INTERVAL_MS = 5 * SECOND_MS
/** Of the time since the last look, what the event loop may have worked for the node to count as idle. */
const IDLE_SHARE = 0.25
/** How much the heap must have grown since the last time. */
const GROWTH_LEAST_BYTES = 24 * MIB_BYTES
/** Collecting a larger heap than this stops everything for more than half a second. */
const HEAP_LIMIT_BYTES = 320 * MIB_BYTES

export interface Heap {
  /** Bytes that V8 holds, whatever of it lives. */
  readonly size: () => number
  /** Of the time since the last call, the share that was worked. */
  readonly busyShare: () => number
  readonly collect: () => void
}

export class MemoryKeeper implements Disposable {
  readonly #heap: Heap
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #settledBytes = 0

  constructor(log: Logger, heap: Heap = processHeap()) {
    this.#heap = heap
    this.#log = log
    this.#timer = setInterval(() => {
      this.look()
    }, LOOK_INTERVAL_MS)
    this.#timer.unref()
  }

  /** Collects if the node is idle and its heap has grown. */
  look(): void {
    const isBusy = this.#heap.busyShare() > IDLE_SHARE
    const before = this.#heap.size()
    if (isBusy || before > HEAP_LIMIT_BYTES) return
    if (before - this.#settledBytes < GROWTH_LEAST_BYTES) return
    this.#heap.collect()
    this.#settledBytes = this.#heap.size()
    this.#log.debug('memory was given back', { before, after: this.#settledBytes })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** The heap of this process. */
function processHeap(): Heap {
  let collector: ((options: object) => void) | undefined
  let last = performance.eventLoopUtilization()
  return {
    size: () => process.memoryUsage().heapTotal,
    busyShare: () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
    collect: () => {
      collector ??= exposedCollector()
      // Of the last resort: it gives the emptied pages back too.
      collector({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    },
  }
}

/** V8's own collector, which it shows to code when it is asked to. */
function exposedCollector(): (options: object) => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof found !== 'function') throw new Error('V8 shows no collector')
  return (options) => {
    found(options)
  }
}
