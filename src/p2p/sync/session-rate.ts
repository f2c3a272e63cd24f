/** What a session has brought so far, how fast, and how long the rest will take. */
import { SECOND_MS } from '../../base/units.ts'
import type { SyncProgress } from './step.ts'

export interface SessionView {
  readonly peer: string
  /** Whether this node began it. */
  readonly isOwn: boolean
  readonly received: number
  readonly fresh: number
  readonly sent: number
  readonly toReceive: number
  readonly toSend: number
  /** Records of both directions. */
  readonly perSecond: number
  /** Of what is known to differ; `undefined` while nothing moves. */
  readonly secondsLeft: number | undefined
}

export class SessionRate {
  readonly #peer: string
  readonly #isOwn: boolean
  readonly #begunMs: number
  readonly #progress: () => SyncProgress

  constructor(peer: string, isOwn: boolean, progress: () => SyncProgress) {
    this.#peer = peer
    this.#isOwn = isOwn
    this.#progress = progress
    this.#begunMs = performance.now()
  }

  get view(): SessionView {
    const { received, fresh, sent, toReceive, toSend } = this.#progress()
    const seconds = Math.max(1, performance.now() - this.#begunMs) / SECOND_MS
    const rate = (received + sent) / seconds
    const left = toReceive + toSend
    return {
      peer: this.#peer,
      isOwn: this.#isOwn,
      received,
      fresh,
      sent,
      toReceive,
      toSend,
      perSecond: Math.round(rate),
      secondsLeft: left === 0 ? 0 : rate === 0 ? undefined : Math.ceil(left / rate),
    }
  }
}
