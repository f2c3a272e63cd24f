/**
 * Which nonces this node gave out, for what, and which of them were used.
 *
 * A nonce is good for one proof. It is kept until its challenge has expired, used or not, so that a
 * second proof with it is known as a replay; after that the expiry refuses it. Nothing is ever pushed
 * out to make room: a flood of questions delays new ones, and cannot make an old nonce fresh again.
 */
import { toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Challenge, Question } from '../identity/challenge.ts'
import { NodeError } from './error.ts'

/** Nonces kept at a time, some 0.5 KiB each: more than 1,800 questions a second. */
export const NONCES_LIMIT = 65_536

interface Entry {
  readonly terms: Question | Challenge
  used: boolean
}

export class NonceBook {
  readonly #clock: Clock
  readonly #limit: number
  /** In the order in which they were given out, which is nearly that of their expiry. */
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, limit = NONCES_LIMIT) {
    this.#clock = clock
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Remembers a nonce with what it was given out for.
   *
   * @throws {NodeError} `node/busy` when too many are open.
   */
  open(nonce: Uint8Array, terms: Question | Challenge): void {
    this.#forgetExpired()
    if (this.#entries.size >= this.#limit) throw new NodeError({ code: 'node/busy' })
    this.#entries.set(toHex(nonce), { terms, used: false })
  }

  /** What the nonce was given out for; whether it was used; `undefined` when it is not known. */
  find(
    nonce: Uint8Array,
  ): { readonly terms: Question | Challenge; readonly used: boolean } | undefined {
    return this.#entries.get(toHex(nonce))
  }

  /** Uses a nonce up. Returns whether this was the first time. */
  use(nonce: Uint8Array): boolean {
    const entry = this.#entries.get(toHex(nonce))
    if (entry === undefined || entry.used) return false
    entry.used = true
    return true
  }

  #forgetExpired(): void {
    const nowMs = this.#clock()
    for (const [nonce, { terms }] of this.#entries) {
      if (terms.expiresAtMs > nowMs) return
      this.#entries.delete(nonce)
    }
  }
}
