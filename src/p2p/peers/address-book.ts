/**
 * Whom this node knows and where they answered: pure bookkeeping, no network.
 *
 * libp2p's own address book forgets after an hour, so this one is kept by the store. An entry is a
 * peer with the addresses that worked, that it told, or that its agent signed. A chosen address comes
 * from configuration or from the operator, its peer may not be known yet, and it is never forgotten.
 * An anchor is a peer that proved good before a restart: it is dialled before the others, so that
 * whoever fills the book while this node is young does not decide whom it meets.
 */
import { DAY_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { PEER_AGE_MS } from '../limits.ts'
import type { Anchor } from './anchors.ts'
import type { Standing } from './keep-alive.ts'
import { change, providerOf, Shares } from './provider.ts'
import type { PerProvider } from './provider.ts'
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

/** Somebody to dial. `peerId` is unknown for a chosen address where nobody answered yet. */
export interface Candidate {
  /** The peer id, or the chosen address. */
  readonly key: string
  readonly peerId: string | undefined
  readonly addresses: readonly string[]
  readonly isChosen: boolean
}

interface Entry {
  readonly key: string
  peerId: string | undefined
  did: Did | undefined
  addresses: readonly string[]
  providers: ReadonlySet<string>
  lastSeenMs: number
  lastGoodMs: number
  failureCount: number
  notBeforeMs: number
  isChosen: boolean
  isAnchor: boolean
}

export interface BookOptions {
  readonly entryLimit: number
  readonly addressLimit: number
  /** Entries with an address of one provider's; left out where every node has the same one. */
  readonly perProviderLimit?: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  readonly longestChosenRetryMs: number
  readonly random: () => number
}

/** Who is connected or being dialled already, and what room is left. */
export interface Wanted {
  readonly connected: ReadonlySet<string>
  /** Peers below the target. */
  readonly count: number
  /** Outbound connections of each provider, and how many there may be. */
  readonly perProvider?: PerProvider
}

/** An anchor that was not reached for so long is a peer like others. */
export const ANCHOR_AGE_MS = 7 * DAY_MS
/** How much older what a document says counts than what was seen. */
const HEARSAY_MS = DAY_MS

export class AddressBook {
  readonly #options: BookOptions
  readonly #entries = new Map<string, Entry>()
  readonly #countByProvider = new Map<string, number>()

  constructor(options: BookOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  has(peerId: string): boolean {
    return this.#entries.has(peerId)
  }

  /** Takes over what a store remembered; later knowledge of the same peer stays. */
  recall(notes: readonly PeerNote[]): void {
    for (const note of notes) {
      if (this.#entries.has(note.peerId)) continue
      const entry = this.#enter(note.peerId, note.peerId)
      entry.did = note.did
      entry.lastSeenMs = note.lastSeenMs
      entry.lastGoodMs = note.lastGoodMs
      this.#place(entry, note.addresses)
    }
    this.#forgetSurplus()
  }

  /** Takes over the anchors of before a restart. */
  recallAnchors(anchors: readonly Anchor[]): void {
    for (const { peerId, address, goodMs } of anchors) {
      const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
      entry.isAnchor = true
      entry.lastSeenMs = Math.max(entry.lastSeenMs, goodMs)
      entry.lastGoodMs = Math.max(entry.lastGoodMs, goodMs)
      this.#place(entry, [address, ...entry.addresses])
    }
    this.#forgetSurplus()
  }

  /** From now on these are the anchors. */
  setAnchors(peerIds: ReadonlySet<string>): void {
    for (const entry of this.#entries.values()) entry.isAnchor = peerIds.has(entry.key)
  }

  /** An address to try for ever, whoever answers there. */
  choose(address: string, peerId: string | undefined, did?: Did): void {
    const entry = this.#entries.get(peerId ?? address) ?? this.#enter(peerId ?? address, peerId)
    entry.isChosen = true
    entry.did = did ?? entry.did
    entry.notBeforeMs = 0
    this.#place(entry, [address, ...entry.addresses])
  }

  /** Forgets a peer, a chosen one too. */
  forget(key: string): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#place(entry, [])
    return this.#entries.delete(key)
  }

  /** A connected peer told its addresses. Returns the note to keep, unless there is no room for it. */
  learned(peerId: string, addresses: readonly string[], nowMs: number): PeerNote | undefined {
    const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
    // What the peer says now replaces what it said before; what worked stays in front.
    const worked = entry.lastGoodMs > 0 ? entry.addresses.slice(0, 1) : []
    const kept = entry.isChosen ? entry.addresses : worked
    entry.lastSeenMs = nowMs
    this.#place(entry, [...kept, ...addresses])
    this.#forgetSurplus()
    return this.#noteOf(peerId)
  }

  /**
   * An agent signed where its node is, or somebody calls on the LAN. Nobody has met it there, so it
   * counts less than any peer that was seen, and what is known of a peer already stays in front.
   */
  told(peerId: string, did: Did | undefined, addresses: readonly string[], nowMs: number): void {
    const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
    entry.did ??= did
    if (entry.lastSeenMs === 0) entry.lastSeenMs = nowMs - HEARSAY_MS
    this.#place(entry, [...entry.addresses, ...addresses])
    this.#forgetSurplus()
  }

  /**
   * A peer goes on under another id, at the addresses where it was. Returns the notes to keep: of the
   * new id, and of the old one, at which nobody answers any more.
   */
  renamed(from: string, to: string): readonly PeerNote[] {
    for (const entry of this.#entriesOf(from)) entry.peerId = to
    const before = this.#entries.get(from)
    if (before === undefined || from === to) return []
    const { addresses } = before
    this.forget(from)
    const entry = this.#entries.get(to) ?? this.#enter(to, to)
    const moved = addresses.map((address) => address.replace(`/p2p/${from}`, `/p2p/${to}`))
    entry.isChosen ||= before.isChosen
    entry.isAnchor ||= before.isAnchor
    entry.did ??= before.did
    entry.lastSeenMs = Math.max(entry.lastSeenMs, before.lastSeenMs)
    entry.notBeforeMs = 0
    this.#place(entry, [...entry.addresses, ...moved])
    return [noteOf(entry, to), noteOf({ ...before, addresses: [] }, from)]
  }

  /** A dial reached a peer. A chosen address that was only that becomes that peer. */
  reached(key: string, peerId: string, address: string, nowMs: number): PeerNote | undefined {
    const dialled = this.#entries.get(key)
    if (dialled !== undefined && dialled.peerId === undefined) dialled.peerId = peerId
    const entry = this.#entries.get(peerId) ?? this.#enter(peerId, peerId)
    entry.lastSeenMs = nowMs
    entry.lastGoodMs = nowMs
    this.#place(entry, [address, ...entry.addresses])
    this.#forgetSurplus()
    return this.#noteOf(peerId)
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
   * Who may be dialled now: chosen peers that are away, then anchors, then the others that answered
   * last. Those after the chosen come only while more peers are wanted, and within the share that the
   * provider of their address has of the outbound connections.
   */
  candidates(nowMs: number, wanted: Wanted): Candidate[] {
    const due = [...this.#entries.values()].filter(
      (entry) =>
        entry.notBeforeMs <= nowMs &&
        entry.addresses.length > 0 &&
        (entry.peerId === undefined || !wanted.connected.has(entry.peerId)),
    )
    const isAnchor = (entry: Entry): boolean =>
      entry.isAnchor && entry.lastGoodMs + ANCHOR_AGE_MS > nowMs
    const others = due
      .filter(({ isChosen, lastSeenMs }) => !isChosen && lastSeenMs + PEER_AGE_MS > nowMs)
      .toSorted((a, b) => Number(isAnchor(b)) - Number(isAnchor(a)) || byUse(b, a))
    const shares = wanted.perProvider === undefined ? undefined : new Shares(wanted.perProvider)
    const chosen = due.filter(({ isChosen }) => isChosen).map(candidateOf)
    for (const { addresses } of chosen) shares?.take(addresses)
    const found: Candidate[] = []
    for (const entry of others) {
      if (found.length >= wanted.count) break
      const addresses = shares?.within(entry.addresses) ?? entry.addresses
      if (addresses.length === 0) continue
      shares?.take(addresses)
      found.push({ ...candidateOf(entry), addresses })
    }
    return [...chosen, ...found]
  }

  standingOf(peerId: string): Standing | undefined {
    for (const entry of this.#entriesOf(peerId)) {
      if (entry.isChosen) return 'chosen'
      if (entry.isAnchor) return 'anchor'
    }
    return undefined
  }

  get notes(): readonly PeerNote[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.peerId === entry.key ? [noteOf(entry, entry.key)] : [],
    )
  }

  #noteOf(peerId: string): PeerNote | undefined {
    const entry = this.#entries.get(peerId)
    return entry === undefined ? undefined : noteOf(entry, peerId)
  }

  #enter(key: string, peerId: string | undefined): Entry {
    const entry: Entry = {
      key,
      peerId,
      did: undefined,
      addresses: [],
      providers: new Set(),
      lastSeenMs: 0,
      lastGoodMs: 0,
      failureCount: 0,
      notBeforeMs: 0,
      isChosen: false,
      isAnchor: false,
    }
    this.#entries.set(key, entry)
    return entry
  }

  *#entriesOf(peerId: string): Iterable<Entry> {
    for (const entry of this.#entries.values()) if (entry.peerId === peerId) yield entry
  }

  #failed(entry: Entry, nowMs: number): void {
    const { firstRetryMs, longestRetryMs, longestChosenRetryMs, random } = this.#options
    entry.failureCount++
    const longest = entry.isChosen ? longestChosenRetryMs : longestRetryMs
    entry.notBeforeMs = nowMs + retryDelayMs(entry.failureCount, firstRetryMs, longest, random())
  }

  /** Gives an entry its addresses, the best first, and counts it where they lie. */
  #place(entry: Entry, addresses: readonly string[]): void {
    entry.addresses = [...new Set(addresses)].slice(0, this.#options.addressLimit)
    if (this.#options.perProviderLimit === undefined) return
    for (const provider of entry.providers) change(this.#countByProvider, provider, -1)
    entry.providers = new Set(entry.addresses.flatMap((address) => providerOf(address) ?? []))
    for (const provider of entry.providers) change(this.#countByProvider, provider, 1)
  }

  /** The surplus goes from the end: those of no more use than others, of a full provider first. */
  #forgetSurplus(): void {
    const { entryLimit, perProviderLimit } = this.#options
    if (perProviderLimit !== undefined) {
      for (const [provider, count] of this.#countByProvider) {
        if (count <= perProviderLimit) continue
        this.#forgetWorst(count - perProviderLimit, ({ providers }) => providers.has(provider))
      }
    }
    this.#forgetWorst(this.#entries.size - entryLimit, () => true)
  }

  #forgetWorst(count: number, isMeant: (entry: Entry) => boolean): void {
    if (count <= 0) return
    const worst = [...this.#entries.values()]
      .filter((entry) => !entry.isChosen && !entry.isAnchor && isMeant(entry))
      .toSorted(byUse)
    for (const { key } of worst.slice(0, count)) this.forget(key)
  }
}

/** Those that answered longest ago first. */
function byUse(a: Entry, b: Entry): number {
  return a.lastGoodMs - b.lastGoodMs || a.lastSeenMs - b.lastSeenMs
}

function candidateOf({ key, peerId, addresses, isChosen }: Entry): Candidate {
  return { key, peerId, addresses, isChosen }
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
