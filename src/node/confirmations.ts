/**
 * When each identity was last confirmed: when a peer or the DHT last answered a question about it
 * with a value that holds, and which of them it was.
 *
 * Kept in memory alone, so after a start everything is asked again when it is wanted. What comes
 * unasked, by gossip or from a file, confirms nothing: nobody knows how old it was where it came from.
 * Specification: docs/spec/resolution.md, "How fresh".
 */
import { MINUTE_MS, SECOND_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'

/** For this long a confirmed value is given without asking again. */
export const FRESH_LIMIT_MS = 10 * MINUTE_MS
/** After a question that nobody answered, the next one waits this long. */
export const ASK_AGAIN_GAP_MS = 30 * SECOND_MS
/** Identities remembered; the ones asked about longest ago are forgotten first. */
export const CONFIRMATIONS_LIMIT = 10_000

/** Who answered: a connected peer, the DHT alone, or the agent's own node. */
export type AnsweredBy = 'peer' | 'dht' | 'subject'

interface Note {
  readonly confirmedAtMs: number | undefined
  readonly confirmedBy: AnsweredBy | undefined
  readonly askedAtMs: number
}

export class Confirmations {
  readonly #notes = new Map<Did, Note>()

  /** When a value of this DID was last confirmed, in milliseconds since 1970. */
  confirmedAtMs(did: Did): number | undefined {
    return this.#notes.get(did)?.confirmedAtMs
  }

  /**
   * Whether it was the DHT alone that last confirmed it, or nobody. Ids in the DHT are free, so whoever
   * takes the places near one key decides what is found there.
   */
  isUnconfirmed(did: Did): boolean {
    const by = this.#notes.get(did)?.confirmedBy
    return by === undefined || by === 'dht'
  }

  /** Whether what is held was confirmed so lately that nobody need be asked. */
  isFresh(did: Did, nowMs: number): boolean {
    const confirmedAtMs = this.confirmedAtMs(did)
    return confirmedAtMs !== undefined && isWithin(nowMs - confirmedAtMs, FRESH_LIMIT_MS)
  }

  /** Whether somebody should be asked now: not fresh, and not asked in vain a moment ago. */
  isDue(did: Did, nowMs: number): boolean {
    const note = this.#notes.get(did)
    if (note === undefined) return true
    return !this.isFresh(did, nowMs) && !isWithin(nowMs - note.askedAtMs, ASK_AGAIN_GAP_MS)
  }

  /** Notes that a question about this DID ended, and who answered it, if anybody did. */
  asked(did: Did, nowMs: number, by: AnsweredBy | undefined): void {
    const before = this.#notes.get(did)
    const confirmedAtMs = by === undefined ? before?.confirmedAtMs : nowMs
    const confirmedBy = by ?? before?.confirmedBy
    this.#notes.delete(did)
    this.#notes.set(did, { confirmedAtMs, confirmedBy, askedAtMs: nowMs })
    if (this.#notes.size <= CONFIRMATIONS_LIMIT) return
    const [oldest] = this.#notes.keys()
    if (oldest !== undefined) this.#notes.delete(oldest)
  }
}

/** A clock that was set back makes nothing fresh. */
function isWithin(ageMs: number, limitMs: number): boolean {
  return ageMs >= 0 && ageMs < limitMs
}
