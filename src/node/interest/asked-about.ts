/** The agents that this node was asked about lately. In memory alone: after a start nobody was. */
import { DAY_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'

/** Agents remembered; the one asked about longest ago is forgotten first. */
export const ASKED_ABOUT_LIMIT = 256
/** For how long after the last question. */
export const ASKED_ABOUT_MS = 7 * DAY_MS

export class AskedAbout {
  /** When each was asked about last, the latest at the end. */
  readonly #askedAtMs = new Map<Did, number>()

  /** @returns whether nobody remembered it before. */
  add(did: Did, nowMs: number): boolean {
    const isNew = !this.#askedAtMs.delete(did)
    this.#askedAtMs.set(did, nowMs)
    if (this.#askedAtMs.size > ASKED_ABOUT_LIMIT) {
      const [oldest] = this.#askedAtMs.keys()
      if (oldest !== undefined) this.#askedAtMs.delete(oldest)
    }
    return isNew
  }

  /** Latest first. */
  lately(nowMs: number): readonly Did[] {
    for (const [did, atMs] of this.#askedAtMs) {
      if (nowMs - atMs >= ASKED_ABOUT_MS) this.#askedAtMs.delete(did)
    }
    return [...this.#askedAtMs.keys()].toReversed()
  }
}
