/** Writes what is worth remembering of peers, and not every time that a peer is seen. */
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS } from '../../base/units.ts'
import { ADDRESS_BOOK_LIMIT } from '../limits.ts'
import type { PeerNote, PeerNotes } from './address-book.ts'

/** How often a note is written when nothing but the time has changed. */
const REFRESH_MS = 10 * MINUTE_MS

export class NoteKeeper {
  readonly #notes: PeerNotes
  readonly #log: Logger
  /** What was written last of each peer, the longest ago first. */
  readonly #written = new Map<string, PeerNote>()

  constructor(notes: PeerNotes, log: Logger) {
    this.#notes = notes
    this.#log = log
  }

  keep(note: PeerNote): void {
    const before = this.#written.get(note.peerId)
    if (before !== undefined && isSame(before, note)) return
    this.#written.delete(note.peerId)
    this.#written.set(note.peerId, note)
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= ADDRESS_BOOK_LIMIT) break
      this.#written.delete(oldest)
    }
    this.#notes.put(note).catch((thrown: unknown) => {
      this.#log.warn('a peer could not be noted', { error: asError(thrown).message })
    })
  }
}

function isSame(before: PeerNote, note: PeerNote): boolean {
  return (
    before.did === note.did &&
    before.addresses.join() === note.addresses.join() &&
    note.lastSeenMs - before.lastSeenMs < REFRESH_MS &&
    before.lastGoodMs > 0 === note.lastGoodMs > 0
  )
}
