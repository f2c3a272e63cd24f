/**
 * Where signatures are checked: on libuv's thread pool one by one, or by the parcel on threads of our
 * own.
 *
 * A job for the pool costs this thread and the kernel about a fifth of the check itself; a parcel of
 * 64 shares that. So while there is much to check, threads are hired: one after so many checks
 * without a pause, another when those are busy; they leave after a pause. A few checks at a time, and
 * all checks until a thread is ready, go to the pool, as do those of a thread that failed.
 *
 * The pool does what it is given in order, and the disk's work too: so few checks are there at a time,
 * and the rest wait here, where an urgent one goes ahead of them.
 */
import { SECOND_MS } from '../../base/units.ts'
import type { SignatureCheck } from '../../crypto/ed25519.ts'
import { packChecks, VERDICT } from './parcel.ts'
import type { VerifyThread, VerifyThreadEvents } from './thread.ts'

/** Checks of one parcel. */
export const PARCEL_LIMIT = 64
/** Fewer that come in one turn of the event loop go to the pool. */
export const PARCEL_LEAST = 8
/** A thread takes some 100 ms of processor time to start: this many checks earn it back. */
export const HIRE_AFTER_CHECKS = 2_048
/** Parcels that each thread has in hand before another is hired. */
const BUSY_PARCELS = 4
/** Checks that the thread pool has in hand, at most: some milliseconds' worth, a turn of a busy loop. */
export const AT_POOL_LIMIT = 16
/** Without a parcel for this long, a thread is let go; so are the checks that count for hiring. */
export const PAUSE_MS = 10 * SECOND_MS
/** A system that lets no threads start is not asked for ever. */
const FAILURES_LIMIT = 3

export interface CrewDeps {
  readonly onPool: (check: SignatureCheck) => Promise<boolean>
  readonly startThread: (events: VerifyThreadEvents) => VerifyThread
  readonly threadsLimit: number
}

interface Job {
  readonly check: SignatureCheck
  readonly settle: (isSound: boolean) => void
  readonly fail: (error: unknown) => void
}

interface Hand {
  readonly thread: VerifyThread
  /** In the order in which they were given, which is that of the answers. */
  readonly parcels: (readonly Job[])[]
  isReady: boolean
}

export class VerifyCrew {
  readonly #deps: CrewDeps
  /** Of this turn of the event loop. */
  #jobs: Job[] = []
  #isTurnNoted = false
  readonly #hands = new Set<Hand>()
  /** Wait for the pool: urgent ones, and the others. What may wait is bounded by who asks. */
  readonly #urgent: Job[] = []
  #waiting: Job[] = []
  /** Of those that wait, how many have gone. */
  #goneCount = 0
  #atPoolCount = 0
  /** Checks that came in parcels since the last pause. */
  #bulkCount = 0
  #failureCount = 0
  #pause: NodeJS.Timeout | undefined

  constructor(deps: CrewDeps) {
    this.#deps = deps
  }

  get threadCount(): number {
    return this.#hands.size
  }

  /**
   * @param check  a strict one.
   * @param isUrgent  goes to the pool by itself, ahead of what waits for it.
   */
  async verify(check: SignatureCheck, isUrgent = false): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (isUrgent) {
        this.#urgent.push({ check, settle, fail })
        this.#feedPool()
        return
      }
      this.#jobs.push({ check, settle, fail })
      if (this.#jobs.length >= PARCEL_LIMIT) this.#assign()
      else if (!this.#isTurnNoted) {
        this.#isTurnNoted = true
        setImmediate(() => {
          this.#isTurnNoted = false
          this.#assign()
        })
      }
    })
  }

  #assign(): void {
    const jobs = this.#jobs
    this.#jobs = []
    const hand = jobs.length < PARCEL_LEAST ? undefined : this.#handFor(jobs.length)
    if (hand === undefined) return this.#toPool(jobs)
    hand.parcels.push(jobs)
    hand.thread.give(packChecks(jobs.map(({ check }) => check)))
  }

  #toPool(jobs: readonly Job[]): void {
    for (const job of jobs) this.#waiting.push(job)
    this.#feedPool()
  }

  #feedPool(): void {
    while (this.#atPoolCount < AT_POOL_LIMIT) {
      const job = this.#urgent.shift() ?? this.#nextWaiting()
      if (job === undefined) return
      this.#atPoolCount++
      const { check, settle, fail } = job
      void this.#deps
        .onPool(check)
        .then(settle, fail)
        .finally(() => {
          this.#atPoolCount--
          this.#feedPool()
        })
    }
  }

  #nextWaiting(): Job | undefined {
    const job = this.#waiting[this.#goneCount]
    if (job === undefined) return undefined
    this.#goneCount++
    if (this.#goneCount === this.#waiting.length) {
      this.#waiting = []
      this.#goneCount = 0
    }
    return job
  }

  /** The thread with the fewest parcels in hand, where there is one and the work is worth it. */
  #handFor(checkCount: number): Hand | undefined {
    this.#pause ??= this.#startPause()
    this.#pause.refresh()
    this.#bulkCount += checkCount
    let best: Hand | undefined
    let isStarting = false
    for (const hand of this.#hands) {
      if (!hand.isReady) isStarting = true
      else if (best === undefined || hand.parcels.length < best.parcels.length) best = hand
    }
    const isEarned = best === undefined && this.#bulkCount >= HIRE_AFTER_CHECKS
    const isBusy = best !== undefined && best.parcels.length >= BUSY_PARCELS
    if (!isStarting && (isEarned || isBusy)) this.#hire()
    return best
  }

  #hire(): void {
    if (this.#hands.size >= this.#deps.threadsLimit || this.#failureCount >= FAILURES_LIMIT) return
    const hand: Hand = {
      parcels: [],
      isReady: false,
      thread: this.#deps.startThread({
        onReady: () => {
          hand.isReady = true
        },
        onVerdicts: (verdicts) => this.#answer(hand, verdicts),
        onEnd: () => this.#lose(hand),
      }),
    }
    this.#hands.add(hand)
  }

  #answer(hand: Hand, verdicts: Uint8Array): void {
    const jobs = hand.parcels.shift() ?? []
    for (const [at, job] of jobs.entries()) {
      const verdict = verdicts[at]
      if (verdict === VERDICT.sound) job.settle(true)
      else if (verdict === VERDICT.unsound) job.settle(false)
      else this.#toPool([job])
    }
  }

  /** It ended by itself: what it had in hand is checked all the same. */
  #lose(hand: Hand): void {
    if (!this.#hands.delete(hand)) return
    this.#failureCount++
    for (const jobs of hand.parcels.splice(0)) this.#toPool(jobs)
  }

  #startPause(): NodeJS.Timeout {
    return setTimeout(() => this.#rest(), PAUSE_MS).unref()
  }

  #rest(): void {
    this.#pause = undefined
    this.#bulkCount = 0
    for (const hand of this.#hands) {
      // A thread that is stuck with a parcel is as good as none.
      this.#hands.delete(hand)
      hand.thread.stop()
      for (const jobs of hand.parcels.splice(0)) this.#toPool(jobs)
    }
  }
}
