/**
 * Whether this node's set is complete, as far as it can know: peers that it chose itself hold nothing
 * that it lacks. A peer that dials in says nothing about it, since anybody can dial.
 */

/** Peers that must agree, or all that were chosen when there are fewer. */
export const AGREEING_PEERS_WANTED = 3

export interface Completeness {
  readonly isComplete: boolean
  /** Chosen peers that held nothing more when they were last asked, and how many are needed. */
  readonly agreed: number
  readonly needed: number
  /** When the set was last found complete, and by how many peers. */
  readonly lastCompleteMs: number | undefined
  readonly lastAgreed: number
}

export class Agreement {
  readonly #chosen: () => readonly string[]
  readonly #nowMs: () => number
  readonly #agreed = new Set<string>()
  #lastCompleteMs: number | undefined
  #lastAgreed = 0

  /** @param chosen  The connected peers that count. */
  constructor(chosen: () => readonly string[], nowMs: () => number) {
    this.#chosen = chosen
    this.#nowMs = nowMs
  }

  /** @returns whether the set is complete with this, and was not before. */
  agrees(peer: string): boolean {
    const was = this.#isComplete()
    this.#agreed.add(peer)
    if (!this.#isComplete()) return false
    this.#lastCompleteMs = this.#nowMs()
    this.#lastAgreed = this.#count()
    return !was
  }

  /** A peer held much that this node lacked: what the others said is of no use any more. */
  differs(): void {
    this.#agreed.clear()
  }

  /** A peer is gone, or could not be asked. */
  forget(peer: string): void {
    this.#agreed.delete(peer)
  }

  get state(): Completeness {
    return {
      isComplete: this.#isComplete(),
      agreed: this.#count(),
      needed: this.#needed(),
      lastCompleteMs: this.#lastCompleteMs,
      lastAgreed: this.#lastAgreed,
    }
  }

  #count(): number {
    return this.#chosen().filter((peer) => this.#agreed.has(peer)).length
  }

  #needed(): number {
    return Math.min(AGREEING_PEERS_WANTED, this.#chosen().length)
  }

  #isComplete(): boolean {
    const needed = this.#needed()
    return needed > 0 && this.#count() >= needed
  }
}
