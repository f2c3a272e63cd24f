/**
 * Whom this node knows and where they answered: pure bookkeeping, no network.
 *
 * libp2p's own address book forgets after an hour, so this one is kept by the store. An entry is a
 * peer with the addresses that worked or that it told; an anchor is an address from configuration or
 * from the operator, whose peer may not be known yet. Anchors are never forgotten.
 */
import type { Did } from '../../identity/did.ts'
import { PEER_AGE_MS } from '../limits.ts'
import { retryDelayMs } from './timing.ts'

/** What is remembered of one peer over a restart. */
export interface PeerNote {
  readonly peerId: string
  readonly did?: Did
  /** Multiaddrs, the best first. */
  readonly addresses: readonly string[]
  readonly lastSeenMs: number
  /** When a dial of ours last reached it; 0 for never. */
  readonly lastGoodMs: number
}

/** Where notes are kept. */
export interface PeerNotes {
  list(): Promise<readonly PeerNote[]>
  put(note: PeerNote): Promise<void>
}

/** Somebody to dial. `peerId` is unknown for an anchor that never answered. */
export interface Candidate {
  /** The peer id, or the anchor's address. */
  readonly key: string
  readonly peerId: string | undefined
  readonly addresses: readonly string[]
  readonly isAnchor: boolean
}

interface Entry {
  readonly key: string
  peerId: string | undefined
  did: Did | undefined
  addresses: readonly string[]
  lastSeenMs: number
  lastGoodMs: number
  failureCount: number
  notBeforeMs: number
  isAnchor: boolean
}

export interface BookOptions {
  readonly entryLimit: number
  readonly addressLimit: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  readonly longestAnchorRetryMs: number
  readonly random: () => number
}

export class AddressBook {
  readonly #options: BookOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: BookOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Takes over what a store remembered; later knowledge of the same peer stays. */
  recall(notes: readonly PeerNote[]): void {
    for (const note of notes) {
      if (this.#entries.has(note.peerId)) continue
      const entry = this.#enter(note.peerId, note.peerId)
      entry.did = note.did
      entry.addresses = note.addresses.slice(0, this.#options.addressLimit)
      entry.lastSeenMs = note.lastSeenMs
      entry.lastGoodMs = note.lastGoodMs
    }
    this.#forgetSurplus()
  }

  /** An address to try for ever, whoever answers there. */
  anchor(address: string, peerId: string | undefined, did?: Did): void {
    const entry = this.#entries.get(peerId ?? address) ?? this.#enter(peerId ?? address, peerId)
    entry.isAnchor = true
    entry.did = did ?? entry.did
    entry.addresses = this.#joined([address], entry.addresses)
    entry.notBeforeMs = 0
  }

  /** Forgets a peer, an anchor too. */
  forget(key: string): boolean {
    return this.#entries.delete(key)
  }

  /** A connected peer told its addresses. Returns the note to keep. */
  learned(peerId: string, addresses: readonly string[], nowMs: number): PeerNote {
    const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
    // What the peer says now replaces what it said before; what worked stays in front.
    const worked = entry.lastGoodMs > 0 ? entry.addresses.slice(0, 1) : []
    const kept = entry.isAnchor ? entry.addresses : worked
    entry.addresses = this.#joined(kept, addresses)
    entry.lastSeenMs = nowMs
    this.#forgetSurplus()
    return noteOf(entry, peerId)
  }

  /**
   * A peer goes on under another id, at the addresses where it was. Returns the notes to keep: of the
   * new id, and of the old one, at which nobody answers any more.
   */
  renamed(from: string, to: string): readonly PeerNote[] {
    for (const entry of this.#entriesOf(from)) entry.peerId = to
    const before = this.#entries.get(from)
    if (before === undefined || from === to) return []
    this.#entries.delete(from)
    const entry = this.#entries.get(to) ?? this.#enter(to, to)
    const moved = before.addresses.map((address) => address.replace(`/p2p/${from}`, `/p2p/${to}`))
    entry.addresses = this.#joined(entry.addresses, moved)
    entry.isAnchor ||= before.isAnchor
    entry.did ??= before.did
    entry.lastSeenMs = Math.max(entry.lastSeenMs, before.lastSeenMs)
    entry.notBeforeMs = 0
    return [noteOf(entry, to), noteOf({ ...before, addresses: [] }, from)]
  }

  /** A dial reached a peer. An anchor that was only an address becomes that peer. */
  reached(key: string, peerId: string, address: string, nowMs: number): PeerNote {
    const dialled = this.#entries.get(key)
    if (dialled !== undefined && dialled.peerId === undefined) dialled.peerId = peerId
    const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
    entry.addresses = this.#joined([address], entry.addresses)
    entry.lastSeenMs = nowMs
    entry.lastGoodMs = nowMs
    this.#forgetSurplus()
    return noteOf(entry, peerId)
  }

  /** A connection ended. After a life worth the name the next dial is soon, else it is a failure. */
  lost(peerId: string, nowMs: number, wasShort: boolean): void {
    for (const entry of this.#entriesOf(peerId)) {
      if (wasShort) {
        this.#failed(entry, nowMs)
      } else {
        entry.failureCount = 0
        entry.lastSeenMs = nowMs
        entry.notBeforeMs =
          nowMs + retryDelayMs(0, this.#options.firstRetryMs, Infinity, this.#options.random())
      }
    }
  }

  /** A dial failed. */
  missed(key: string, nowMs: number): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#failed(entry, nowMs)
  }

  /**
   * Who may be dialled now: anchors that are away, then, while more peers are wanted, the others
   * that answered last.
   */
  candidates(nowMs: number, connected: ReadonlySet<string>, wantedCount: number): Candidate[] {
    const due = [...this.#entries.values()].filter(
      (entry) =>
        entry.notBeforeMs <= nowMs &&
        entry.addresses.length > 0 &&
        (entry.peerId === undefined || !connected.has(entry.peerId)),
    )
    const anchors = due.filter(({ isAnchor }) => isAnchor)
    const others = due
      .filter(({ isAnchor, lastSeenMs }) => !isAnchor && lastSeenMs + PEER_AGE_MS > nowMs)
      .toSorted((a, b) => b.lastGoodMs - a.lastGoodMs || b.lastSeenMs - a.lastSeenMs)
      .slice(0, Math.max(0, wantedCount))
    return [...anchors, ...others].map(({ key, peerId, addresses, isAnchor }) => ({
      key,
      peerId,
      addresses,
      isAnchor,
    }))
  }

  get notes(): readonly PeerNote[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.peerId === entry.key ? [noteOf(entry, entry.key)] : [],
    )
  }

  #enter(key: string, peerId: string | undefined): Entry {
    const entry: Entry = {
      key,
      peerId,
      did: undefined,
      addresses: [],
      lastSeenMs: 0,
      lastGoodMs: 0,
      failureCount: 0,
      notBeforeMs: 0,
      isAnchor: false,
    }
    this.#entries.set(key, entry)
    return entry
  }

  *#entriesOf(peerId: string): Iterable<Entry> {
    for (const entry of this.#entries.values()) if (entry.peerId === peerId) yield entry
  }

  #failed(entry: Entry, nowMs: number): void {
    const { firstRetryMs, longestRetryMs, longestAnchorRetryMs, random } = this.#options
    entry.failureCount++
    const longest = entry.isAnchor ? longestAnchorRetryMs : longestRetryMs
    entry.notBeforeMs = nowMs + retryDelayMs(entry.failureCount, firstRetryMs, longest, random())
  }

  #joined(first: readonly string[], then: readonly string[]): readonly string[] {
    return [...new Set([...first, ...then])].slice(0, this.#options.addressLimit)
  }

  /** The surplus goes from the end: those that were never anchors and answered longest ago. */
  #forgetSurplus(): void {
    const surplus = this.#entries.size - this.#options.entryLimit
    if (surplus <= 0) return
    const oldest = [...this.#entries.values()]
      .filter(({ isAnchor }) => !isAnchor)
      .toSorted((a, b) => a.lastGoodMs - b.lastGoodMs || a.lastSeenMs - b.lastSeenMs)
    for (const { key } of oldest.slice(0, surplus)) this.#entries.delete(key)
  }
}

function noteOf(entry: Entry, peerId: string): PeerNote {
  return {
    peerId,
    ...(entry.did === undefined ? {} : { did: entry.did }),
    addresses: entry.addresses,
    lastSeenMs: entry.lastSeenMs,
    lastGoodMs: entry.lastGoodMs,
  }
}
