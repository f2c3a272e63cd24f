/**
 * The door between gossip, which knows no patience, and the sink, which has a queue.
 *
 * The library calls a validator for every message at once, without bound. Here messages wait for
 * their turn: so many offers at a time for one peer, so many for all, peers taking turns. A peer begins
 * with few, and each of its messages that was no fault lets one more in. Its next frame is looked at
 * when few of its messages wait, and when its line grows long all the same its stream is paused, so that the peer, and
 * not this node's memory, holds what comes next. Nothing is dropped but what waits behind so many
 * refusals that gossip's score silences the sender: judging that costs a signature each and changes
 * nothing. And no answer takes longer than a limit, since the library keeps state for each open
 * question: a message that waited too long is answered `undefined`.
 */
import type { Offered } from '../ports.ts'

export interface IntakeLimits {
  readonly perPeer: number
  /** Offers at a time of a peer whose last answer was a fault, or that has had none yet. */
  readonly perNewPeer: number
  readonly inAll: number
  /** Waiting messages of a peer at which its stream is paused, however they came. */
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
  /** Offers that it may have under way. */
  places: number
  /** Told when few of its messages wait. */
  readonly onRoom: (() => void)[]
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
      places: this.#limits.perNewPeer,
      onRoom: [],
      isPaused: false,
      refusedCount: 0,
    }
    if (this.#isSilenced(line)) return undefined
    this.#lines.set(peer, line)
    line.waiting.push(waiting)
    if (line.waiting.length >= this.#limits.waitingPerPeer) this.#pause(peer, line)
    const timer = setTimeout(() => {
      this.#giveUp(peer, waiting)
    }, this.#limits.timeoutMs)
    this.#advance()
    const offered = await promise
    clearTimeout(timer)
    return offered
  }

  /** Messages that a peer may have under way: few while it has shown nothing. At least 1. */
  placesOf(peer: string): number {
    return this.#lines.get(peer)?.places ?? this.#limits.perNewPeer
  }

  /**
   * Resolves when fewer of a peer's messages wait than it may have under way; its stream is paused until
   * then, since what is not looked at would gather before this. Never rejects.
   */
  async room(peer: string): Promise<void> {
    const line = this.#lines.get(peer)
    if (line === undefined || this.#isRoomy(line)) return
    this.#pause(peer, line)
    await new Promise<void>((resolve) => {
      line.onRoom.push(resolve)
    })
  }

  /** Answers everything that waits, and takes nothing more. */
  close(): void {
    this.#isClosed = true
    for (const [peer, line] of this.#lines) {
      for (const waiting of line.waiting.splice(0)) waiting.answer(undefined)
      this.#tellRoom(line)
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
        if (line.inFlight >= line.places) continue
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
      if (offered !== undefined && this.#costs(offered)) {
        line.refusedCount++
        line.places = this.#limits.perNewPeer
      } else if (offered !== undefined && line.places < this.#limits.perPeer) line.places++
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

  #isRoomy(line: Line): boolean {
    return line.waiting.length < line.places
  }

  #tellRoom(line: Line): void {
    for (const resolve of line.onRoom.splice(0)) resolve()
  }

  #pause(peer: string, line: Line): void {
    if (line.isPaused) return
    line.isPaused = true
    this.#setPaused(peer, true)
  }

  #flowAgain(peer: string, line: Line): void {
    if (!line.isPaused || !this.#isRoomy(line)) return
    line.isPaused = false
    this.#setPaused(peer, false)
    this.#tellRoom(line)
  }

  #forgetIfIdle(peer: string, line: Line): void {
    if (line.inFlight === 0 && line.waiting.length === 0 && this.#lines.get(peer) === line) {
      this.#lines.delete(peer)
    }
  }
}
