/**
 * What this node knows and never sends: pins, whom it hides, private observations, peers' addresses.
 *
 * The first three are read by every view or list, so they are kept in memory and written through; the
 * last is passed on to the network layer as it wants it.
 */
import { encodeCbor, decodeCbor } from '../crypto/cbor.ts'
import { didBytes, didFromBytes, type Did } from '../identity/did.ts'
import type { PeerNotes } from '../p2p/peers/address-book.ts'
import type { Outcome } from '../records/record.ts'
import {
  PRIVATE_OBSERVATION_LIMIT_BYTES,
  type Pin as StoredPin,
  type PrivateObservation,
} from '../store/local-state.ts'
import type { Store, StoreBatch } from '../store/store.ts'
import type { Pin, PrivateOutcomes } from '../trust/context.ts'

export interface PrivateNote extends PrivateOutcomes {
  readonly madeAtMs: number
}

export class LocalNotes {
  readonly #store: Store
  readonly #stored = new Map<Did, StoredPin>()
  readonly #pins = new Map<Did, Pin>()
  readonly #forgotten = new Map<Did, number>()
  #private: readonly PrivateNote[] = []

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<LocalNotes> {
    const notes = new LocalNotes(store)
    for (const pin of await store.pins.list()) notes.#keep(pin)
    for (const { did, sinceMs } of await store.forgotten.list()) notes.#forgotten.set(did, sinceMs)
    notes.#private = (await store.privateObservations.list()).map(parseNote)
    return notes
  }

  /** The overrides, without those entries that are a name only. */
  get pins(): ReadonlyMap<Did, Pin> {
    return this.#pins
  }

  /** Overrides and petnames as they were set. */
  get named(): ReadonlyMap<Did, StoredPin> {
    return this.#stored
  }

  /** The agents that lists and events leave out, and since when. Scores take no notice of it. */
  get forgotten(): ReadonlyMap<Did, number> {
    return this.#forgotten
  }

  /** @returns since when the agent is hidden: `nowMs`, or before. */
  async forget(did: Did, nowMs: number): Promise<number> {
    const before = this.#forgotten.get(did)
    if (before !== undefined) return before
    await this.#commit({ forgotten: { put: [{ did, sinceMs: nowMs }] } }, nowMs)
    this.#forgotten.set(did, nowMs)
    return nowMs
  }

  /** @returns whether it was hidden. */
  async recall(did: Did, nowMs: number): Promise<boolean> {
    if (!this.#forgotten.has(did)) return false
    await this.#commit({ forgotten: { delete: [did] } }, nowMs)
    return this.#forgotten.delete(did)
  }

  get privateOutcomes(): readonly PrivateNote[] {
    return this.#private
  }

  async putPin(pin: StoredPin, nowMs: number): Promise<void> {
    await this.#commit({ pins: { put: [pin] } }, nowMs)
    this.#keep(pin)
  }

  async deletePin(did: Did, nowMs: number): Promise<boolean> {
    if (!this.#stored.has(did)) return false
    await this.#commit({ pins: { delete: [did] } }, nowMs)
    this.#stored.delete(did)
    this.#pins.delete(did)
    return true
  }

  async addPrivate(note: PrivateNote): Promise<void> {
    const row = { id: note.id, bytes: noteBytes(note) }
    await this.#commit({ privateObservations: { put: [row] } }, note.madeAtMs)
    this.#private = [...this.#private, note]
  }

  async removePrivate(id: string, nowMs: number): Promise<void> {
    await this.#commit({ privateObservations: { delete: [id] } }, nowMs)
    this.#private = this.#private.filter((note) => note.id !== id)
  }

  /** What the peer manager keeps of the peers it knows. */
  get peers(): PeerNotes {
    const store = this.#store
    return {
      list: async () => store.peers.list(),
      put: async (note) =>
        store.commit({ peers: { put: [note] } }, { nowMs: note.lastSeenMs, durable: false }),
    }
  }

  #keep(pin: StoredPin): void {
    this.#stored.set(pin.did, pin)
    if (pin.kind === undefined) this.#pins.delete(pin.did)
    else {
      const { kind, cap } = pin
      this.#pins.set(pin.did, cap === undefined ? { kind } : { kind, cap })
    }
  }

  async #commit(batch: StoreBatch, nowMs: number): Promise<void> {
    await this.#store.commit(batch, { nowMs, durable: true })
  }
}

interface NoteShape {
  readonly d: Uint8Array
  readonly o: readonly Outcome[]
  readonly a: number
}

function noteBytes({ subject, outcomes, madeAtMs }: PrivateNote): Uint8Array {
  const shape: NoteShape = { d: didBytes(subject), o: outcomes, a: madeAtMs }
  return encodeCbor(shape)
}

/** The row is sealed by the store: what comes back is what {@link noteBytes} wrote. */
function parseNote({ id, bytes }: PrivateObservation): PrivateNote {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { d, o, a } = decodeCbor(bytes, PRIVATE_OBSERVATION_LIMIT_BYTES) as NoteShape
  return { id, subject: didFromBytes(d), outcomes: o, madeAtMs: a }
}
