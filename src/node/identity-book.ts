/**
 * Every identity this node holds, in memory, each as the join of all values seen of it.
 *
 * The book answers at once what the pipeline and the view ask for each record: is this a key of that
 * agent, and does what it signed still count. The writer keeps disk and book in step; nothing else
 * changes it.
 */
import { equalBytes, toHex } from '../base/bytes.ts'
import { sha256Hex } from '../crypto/hash.ts'
import { didOf, type Did } from '../identity/did.ts'
import type { IdentityState } from '../identity/state.ts'
import type { Place } from '../records/replica/replica.ts'

/** Identities held from which on one that comes unasked is kept only if a record names its agent. */
export const UNNAMED_IDENTITIES_LIMIT = 50_000
/** Agents whose last place is at hand; all are forgotten when there are more. */
const LAST_PLACES_LIMIT = 4_096

/** Where the key of an agent's last record stood, by the state that said so. */
interface LastPlace {
  readonly state: IdentityState
  readonly key: Uint8Array
  readonly place: Place
}

export class IdentityBook {
  readonly #states = new Map<Did, IdentityState>()
  readonly #heldValues = new Map<string, Did>()
  /** An agent signs many records with one key, and each is placed twice. */
  readonly #lastPlaces = new Map<Did, LastPlace>()
  readonly #workBits: number

  constructor(workBits: number) {
    this.#workBits = workBits
  }

  get size(): number {
    return this.#states.size
  }

  get(did: Did): IdentityState | undefined {
    return this.#states.get(did)
  }

  states(): IterableIterator<IdentityState> {
    return this.#states.values()
  }

  /** Whether these very bytes are held: the usual case of gossip, told without a signature check. */
  isHeld(bytes: Uint8Array): boolean {
    const did = this.#heldValues.get(sha256Hex(bytes))
    const state = did === undefined ? undefined : this.#states.get(did)
    return state !== undefined && equalBytes(state.bytes, bytes)
  }

  set(state: IdentityState): void {
    const before = this.#states.get(state.did)
    if (before !== undefined) this.#heldValues.delete(sha256Hex(before.bytes))
    this.#states.set(state.did, state)
    this.#heldValues.set(sha256Hex(state.bytes), state.did)
  }

  delete(did: Did): void {
    const before = this.#states.get(did)
    if (before !== undefined) this.#heldValues.delete(sha256Hex(before.bytes))
    this.#states.delete(did)
  }

  /** R8: whether a record by this key can be judged now, or has to wait for a key log. */
  mayJudge(issuer: Did, key: Uint8Array): boolean {
    return this.place(issuer, key) !== undefined
  }

  /**
   * Where a key stands in its agent's log. An agent whose log is not here stands as its genesis key
   * does, unless the network asks for work, which only the log can show.
   */
  place(issuer: Did, key: Uint8Array): Place | undefined {
    return this.placeAmong(issuer, key, undefined)
  }

  /** The same, when a state is on its way to disk that is better than the one held. */
  placeAmong(issuer: Did, key: Uint8Array, coming: IdentityState | undefined): Place | undefined {
    const state = coming ?? this.#states.get(issuer)
    if (state !== undefined) return this.#placeOf(state, key)
    if (this.#workBits > 0 || didOf(key) !== issuer) return undefined
    return { generation: 0, rotation: 0, workBits: undefined }
  }

  #placeOf(state: IdentityState, key: Uint8Array): Place | undefined {
    const last = this.#lastPlaces.get(state.did)
    if (last?.state === state && equalBytes(last.key, key)) return last.place
    const place = this.placeIn(state, toHex(key))
    if (place === undefined) return undefined
    if (this.#lastPlaces.size >= LAST_PLACES_LIMIT) this.#lastPlaces.clear()
    this.#lastPlaces.set(state.did, { state, key, place })
    return place
  }

  placeIn(state: IdentityState, keyHex: string): Place | undefined {
    const place = state.place(keyHex)
    if (place === undefined) return undefined
    const workBits = Math.max(...state.branches.map((log) => log.workBits))
    return { generation: place.generation, rotation: place.rotation, workBits }
  }
}
