/**
 * Virtual time: whatever product code waits for is an event in one queue, and the run takes the events
 * in order. An event belongs to one life of one node; what that life starts is its own, and ends with it.
 *
 * While a run lasts, the timers of the runtime, its clocks and `Math.random` are those of the run. So the
 * product runs as it is, and a thread runs one simulation at a time.
 */
import type { Dice } from '../dice.ts'

/** One life of a node, from a start to a crash; or the world outside of all nodes. */
export interface Life {
  readonly name: string
  isOver: boolean
}

interface Due {
  readonly atMs: number
  readonly order: number
  readonly life: Life
  readonly work: () => void
  isOff: boolean
}

/** What product code gets for a timer. */
class VirtualTimer {
  readonly #time: VirtualTime
  readonly #everyMs: number | undefined
  readonly #work: () => void
  #due: Due

  constructor(time: VirtualTime, delayMs: number, work: () => void, everyMs?: number) {
    this.#time = time
    this.#everyMs = everyMs
    this.#work = work
    this.#due = time.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    if (this.#everyMs !== undefined) {
      this.#due = this.#time.after(this.#everyMs, () => this.#fire())
    }
    this.#work()
  }

  clear(): void {
    this.#due.isOff = true
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return false
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}

function clear(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.clear()
}

const nextTurn = globalThis.setImmediate

export class VirtualTime {
  readonly world: Life = { name: 'world', isOver: false }
  readonly #queue: Due[] = []
  readonly #startMs: number
  readonly #dice: Dice
  readonly #onEvent: (atMs: number, life: Life) => void
  #nowMs = 0
  #order = 0
  #present: Life = this.world
  /** Events that were carried out. */
  count = 0

  /** @param startMs  What the clock shows when the run begins, in ms since 1970. */
  constructor(startMs: number, dice: Dice, onEvent: (atMs: number, life: Life) => void) {
    this.#startMs = startMs
    this.#dice = dice
    this.#onEvent = onEvent
  }

  /** Since the beginning of the run. */
  get elapsedMs(): number {
    return this.#nowMs
  }

  /** Since 1970, by a clock that is right. */
  get nowMs(): number {
    return this.#startMs + Math.floor(this.#nowMs)
  }

  /** Of the life whose event is being carried out, unless another is named. */
  after(delayMs: number, work: () => void, life: Life = this.#present): Due {
    const wait = Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0
    const due = { atMs: this.#nowMs + wait, order: this.#order++, life, work, isOff: false }
    push(this.#queue, due)
    return due
  }

  /** Carries out what is due until then, each with all that follows from it at once. */
  async runUntil(endMs: number): Promise<void> {
    for (;;) {
      const [first] = this.#queue
      if (first === undefined || first.atMs > endMs) break
      pop(this.#queue)
      if (first.isOff || first.life.isOver) continue
      this.#nowMs = first.atMs
      this.#present = first.life
      this.count++
      this.#onEvent(first.atMs, first.life)
      first.work()
      await new Promise((settled) => {
        nextTurn(settled)
      })
    }
    this.#nowMs = endMs
    this.#present = this.world
  }

  /** Puts the run's clocks, timers and chance in place of the runtime's, until it is disposed of. */
  install(): Disposable {
    const { performance, Date: date } = globalThis
    const kept = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
      setImmediate: globalThis.setImmediate,
      clearImmediate: globalThis.clearImmediate,
    }
    // oxlint-disable-next-line typescript/unbound-method -- put back where it was
    const now = performance.now
    const dateNow = date.now
    const random = Math.random
    // oxlint-disable-next-line typescript/unbound-method -- put back where it was
    const timeout = AbortSignal.timeout
    const virtual = {
      setTimeout: (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
        new VirtualTimer(this, delayMs, () => work(...args)),
      setInterval: (work: (...args: unknown[]) => void, everyMs = 1, ...args: unknown[]) =>
        new VirtualTimer(this, everyMs, () => work(...args), everyMs),
      setImmediate: (work: (...args: unknown[]) => void, ...args: unknown[]) =>
        new VirtualTimer(this, 0, () => work(...args)),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    }
    Object.assign(globalThis, virtual)
    performance.now = () => this.#nowMs
    date.now = () => this.nowMs
    Math.random = () => this.#dice.next()
    AbortSignal.timeout = (delayMs) => {
      const controller = new AbortController()
      const abort = (): void => controller.abort(new DOMException('too late', 'TimeoutError'))
      this.after(delayMs, abort)
      return controller.signal
    }
    return {
      [Symbol.dispose]: () => {
        Object.assign(globalThis, kept)
        performance.now = now
        date.now = dateNow
        Math.random = random
        AbortSignal.timeout = timeout
      },
    }
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: Due[], due: Due): void {
  let at = heap.length
  heap.push(due)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(due, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = due
}

function pop(heap: Due[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    const [left, right] = [heap[below], heap[below + 1]]
    let child = left
    if (left !== undefined && right !== undefined && isBefore(right, left)) {
      child = right
      below++
    }
    if (child === undefined || !isBefore(child, last)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
}
