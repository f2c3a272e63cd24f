/**
 * The door between gossip, which knows no patience, and the sink, which has a queue.
 *
 * The library calls a validator for every message at once, without bound. Here messages wait for
 * their turn: so many offers at a time for one peer, so many for all, peers taking turns. When a
 * peer's line grows long its stream is paused, so that the peer, and not this node's memory, holds
 * what comes next. Nothing is dropped but what waits behind so many refusals that gossip's score
 * silences the sender: judging that costs a signature each and changes nothing. And no answer takes longer than a limit, since the library
 * keeps state for each open question: a message that waited too long is answered `undefined`.
 */
import type { Offered } from '../ports.ts'

export interface IntakeLimits {
  readonly perPeer: number
  readonly inAll: number
  /** Waiting messages of a peer at which its stream is paused; it flows again at half of it. */
  readonly waitingPerPeer: number
  readonly timeoutMs: number
  /** Refusals that cost score, in one burst, after which the rest of it is not judged. */
  readonly refusedPerBurst: number
}

interface Waiting {
  readonly offer: () => Promise<Offered>
  readonly answer: (offered: Offered | undefined) => void
}

/** One peer's line. */
interface Line {
  readonly waiting: Waiting[]
  inFlight: number
  isPaused: boolean
  refusedCount: number
}

export class Intake {
  readonly #limits: IntakeLimits
  readonly #setPaused: (peer: string, isPaused: boolean) => void
  readonly #costs: (offered: Offered) => boolean
  /** In the order of whose turn it is; a peer without messages has no line. */
  readonly #lines = new Map<string, Line>()
  #inFlight = 0
  #isClosed = false

  /**
   * @param setPaused - stops or restarts the flow of a peer's messages; never throws
   * @param costs - whether an answer costs the sender score
   */
  constructor(
    limits: IntakeLimits,
    setPaused: (peer: string, isPaused: boolean) => void,
    costs: (offered: Offered) => boolean,
  ) {
    this.#limits = limits
    this.#costs = costs
    this.#setPaused = setPaused
  }

  get inFlightCount(): number {
    return this.#inFlight
  }

  get waitingCount(): number {
    let count = 0
    for (const line of this.#lines.values()) count += line.waiting.length
    return count
  }

  /** What became of one message, or `undefined` when nobody could say in time. Never rejects. */
  async take(peer: string, offer: () => Promise<Offered>): Promise<Offered | undefined> {
    if (this.#isClosed) return undefined
    const { promise, resolve } = Promise.withResolvers<Offered | undefined>()
    const waiting: Waiting = { offer, answer: resolve }
    const line = this.#lines.get(peer) ?? {
      waiting: [],
      inFlight: 0,
      isPaused: false,
      refusedCount: 0,
    }
    if (this.#isSilenced(line)) return undefined
    this.#lines.set(peer, line)
    line.waiting.push(waiting)
    if (!line.isPaused && line.waiting.length >= this.#limits.waitingPerPeer) {
      line.isPaused = true
      this.#setPaused(peer, true)
    }
    const timer = setTimeout(() => {
      this.#giveUp(peer, waiting)
    }, this.#limits.timeoutMs)
    this.#advance()
    const offered = await promise
    clearTimeout(timer)
    return offered
  }

  /** Answers everything that waits, and takes nothing more. */
  close(): void {
    this.#isClosed = true
    for (const [peer, line] of this.#lines) {
      for (const waiting of line.waiting.splice(0)) waiting.answer(undefined)
      if (line.isPaused) this.#setPaused(peer, false)
    }
    this.#lines.clear()
  }

  /** Starts what may start: one message of each peer in turn. */
  #advance(): void {
    let hasMore = true
    while (hasMore && this.#inFlight < this.#limits.inAll) {
      hasMore = false
      for (const [peer, line] of this.#lines) {
        if (this.#inFlight >= this.#limits.inAll) break
        if (line.inFlight >= this.#limits.perPeer) continue
        const next = line.waiting.shift()
        if (next === undefined) continue
        this.#lines.delete(peer)
        this.#lines.set(peer, line)
        this.#start(peer, line, next)
        hasMore = true
        break
      }
    }
  }

  #start(peer: string, line: Line, next: Waiting): void {
    line.inFlight++
    this.#inFlight++
    this.#flowAgain(peer, line)
    const settle = (offered: Offered | undefined): void => {
      line.inFlight--
      this.#inFlight--
      next.answer(offered)
      if (offered !== undefined && this.#costs(offered)) line.refusedCount++
      if (this.#isSilenced(line)) {
        for (const waiting of line.waiting.splice(0)) waiting.answer(undefined)
        this.#flowAgain(peer, line)
      }
      this.#forgetIfIdle(peer, line)
      if (!this.#isClosed) this.#advance()
    }
    void next.offer().then(settle, () => {
      settle(undefined)
    })
  }

  #isSilenced({ refusedCount }: Line): boolean {
    return refusedCount >= this.#limits.refusedPerBurst
  }

  /** The answer is late: the offer, if it has begun, keeps its place until it ends. */
  #giveUp(peer: string, waiting: Waiting): void {
    const line = this.#lines.get(peer)
    const at = line?.waiting.indexOf(waiting) ?? -1
    if (line !== undefined && at >= 0) {
      line.waiting.splice(at, 1)
      this.#flowAgain(peer, line)
      this.#forgetIfIdle(peer, line)
    }
    waiting.answer(undefined)
  }

  #flowAgain(peer: string, line: Line): void {
    if (!line.isPaused || line.waiting.length > this.#limits.waitingPerPeer / 2) return
    line.isPaused = false
    this.#setPaused(peer, false)
  }

  #forgetIfIdle(peer: string, line: Line): void {
    if (line.inFlight === 0 && line.waiting.length === 0 && this.#lines.get(peer) === line) {
      this.#lines.delete(peer)
    }
  }
}
