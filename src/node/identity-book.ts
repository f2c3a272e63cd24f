/**
 * Every identity this node holds, each as the join of all values seen of it: where its keys stand is in
 * memory, the value itself is on disk and parsed when it is asked for.
 *
 * The book answers at once what the pipeline and the view ask for each record: is this a key of that
 * agent, and does what it signed still count. The writer keeps disk and book in step; nothing else
 * changes it.
 */
import { toHex } from '../base/bytes.ts'
import { Column } from '../base/columns.ts'
import { KeyTable, NO_KEY } from '../base/key-table.ts'
import { PUBLIC_KEY_BYTES } from '../crypto/ed25519.ts'
import { DID_BYTES, DID_PREFIX, didFromBytes, didOf, type Did } from '../identity/did.ts'
import type { IdentityState, KeyPlace } from '../identity/state.ts'
import type { Place } from '../records/replica/replica.ts'
import { Recent } from './columns/recent.ts'
import { RowLists } from './columns/row-lists.ts'
import { nativeSha256 } from './native-crypto.ts'

/** Identities held from which on one that comes unasked is kept only if a record names its agent. */
export const UNNAMED_IDENTITIES_LIMIT = 50_000

/** Where the values are. */
export interface IdentitySource {
  /**
   * At once, from disk; `undefined` when the row is gone or damaged.
   *
   * @param isVerified  whether the signatures in these very bytes have been checked before
   */
  readonly identityAt: (
    did: Did,
    isVerified: (bytes: Uint8Array) => boolean,
  ) => IdentityState | undefined
  /** Of every identity, some at a time. */
  readonly identityBytes: () => AsyncIterable<
    readonly { readonly did: Did; readonly bytes: Uint8Array }[]
  >
}

/** Values parsed last that are kept as they are. */
const RECENT_LIMIT = 512
/** Of the hash of a value: enough that nobody finds another with the same. */
const DIGEST_BYTES = 16
/** Values parsed before others have a turn. */
const PARSED_AT_A_TIME = 16

/** The keys of the log stand in the columns. */
const PLACED = 1
const FORKED = 2

export class IdentityBook {
  readonly #workBits: number
  readonly #source: IdentitySource | undefined
  readonly #recent: Recent<Did, IdentityState>
  readonly #dids: KeyTable
  readonly #flags = Column.ofBytes()
  readonly #workBitsOf = Column.ofShorts()
  /** Hashes of the values held. */
  readonly #values: KeyTable
  /** By agent, counted from 1. */
  readonly #valueOf = Column.ofWords()
  readonly #keys: KeyTable
  readonly #agentOfKey = Column.ofWords()
  readonly #generations = Column.ofWords()
  readonly #rotations = Column.ofWords()
  readonly #keysOf = new RowLists()
  /** Keys that another agent's log named first: by agent, then by key in hex. */
  readonly #shared = new Map<number, Map<string, KeyPlace>>()

  /** Without a source, the values are kept in memory: for few identities, as tests have them. */
  constructor(workBits: number, source?: IdentitySource, salt = 0) {
    this.#workBits = workBits
    this.#source = source
    this.#recent = new Recent(source === undefined ? Infinity : RECENT_LIMIT)
    this.#dids = new KeyTable(DID_BYTES, salt)
    this.#values = new KeyTable(DIGEST_BYTES, salt)
    this.#keys = new KeyTable(PUBLIC_KEY_BYTES, salt)
  }

  get size(): number {
    return this.#dids.size
  }

  /** Learns from the source which identities there are, without parsing them. */
  async load(): Promise<void> {
    if (this.#source === undefined) return
    for await (const slice of this.#source.identityBytes()) {
      for (const { did, bytes } of slice) {
        const agent = this.#dids.addHex(did, PREFIX)
        if (!this.#hold(agent, bytes)) continue
        // Its keys are those of another value than before.
        this.#flags.set(agent, 0)
        this.#recent.delete(did)
      }
    }
  }

  /** Parses, in slices, the logs of which no key has been asked for yet. */
  async placeAll(signal: AbortSignal): Promise<void> {
    let count = 0
    for (let agent = 0; agent < this.#dids.end && !signal.aborted; agent++) {
      if (!this.#isHere(agent) || this.#has(agent, PLACED)) continue
      this.get(this.#didOf(agent))
      count++
      if (count % PARSED_AT_A_TIME === 0) await nextTurn()
    }
  }

  /** Whether there is one of that agent, without reading it. */
  has(did: Did): boolean {
    return this.#agent(did) !== NO_KEY
  }

  get(did: Did): IdentityState | undefined {
    const agent = this.#agent(did)
    if (agent === NO_KEY) return undefined
    const recent = this.#recent.get(did)
    if (recent !== undefined) return recent
    // Its keys stand in the columns only once its signatures have been checked.
    const isPlaced = this.#has(agent, PLACED)
    const value = this.#valueOf.get(agent) - 1
    const state = this.#source?.identityAt(
      did,
      (bytes) => isPlaced && this.#values.find(digestOf(bytes)) === value,
    )
    if (state === undefined) return undefined
    this.#recent.put(did, state)
    if (!isPlaced) this.#place(agent, state)
    return state
  }

  /** Whether two logs claim the agent's name, as far as this node has looked. */
  isForked(did: Did): boolean {
    const agent = this.#agent(did)
    return agent !== NO_KEY && this.#has(agent, FORKED)
  }

  *dids(): Generator<Did> {
    for (let agent = 0; agent < this.#dids.end; agent++) {
      if (this.#isHere(agent)) yield this.#didOf(agent)
    }
  }

  /** Whether these very bytes are held: the usual case of gossip, told without a signature check. */
  isHeld(bytes: Uint8Array): boolean {
    return this.#values.find(digestOf(bytes)) !== NO_KEY
  }

  set(state: IdentityState): void {
    const { did, bytes } = state
    const agent = this.#dids.addHex(did, PREFIX)
    this.#hold(agent, bytes)
    this.#recent.put(did, state)
    this.#place(agent, state)
  }

  /** Whether the state adds nothing to what is held. */
  covers(state: IdentityState): boolean {
    const held = this.get(state.did)
    return held !== undefined && held.join(state).compare(held) === 0
  }

  /** The agent in whose log this key stands, first or last; of keys that have been looked at. */
  agentOf(key: Uint8Array): Did | undefined {
    const row = this.#keys.find(key)
    if (row !== NO_KEY) return this.#didOf(this.#agentOfKey.get(row))
    const genesis = didOf(key)
    return this.has(genesis) ? genesis : undefined
  }

  delete(did: Did): void {
    const agent = this.#agent(did)
    if (agent === NO_KEY) return
    this.#unplace(agent)
    const value = this.#valueOf.get(agent)
    if (value > 0) this.#values.delete(value - 1)
    this.#valueOf.set(agent, 0)
    this.#flags.set(agent, 0)
    this.#recent.delete(did)
    this.#dids.delete(agent)
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
    const agent = this.#agent(issuer)
    const isKnown = agent !== NO_KEY && (this.#has(agent, PLACED) || this.get(issuer) !== undefined)
    if (!isKnown) {
      if (this.#workBits > 0 || didOf(key) !== issuer) return undefined
      return { generation: 0, rotation: 0, workBits: undefined }
    }
    const workBits = this.#workBitsOf.get(agent)
    const row = this.#keys.find(key)
    if (row !== NO_KEY && this.#agentOfKey.get(row) === agent) {
      return {
        generation: this.#generations.get(row),
        rotation: this.#rotations.get(row),
        workBits,
      }
    }
    const shared = this.#shared.get(agent)?.get(toHex(key))
    return shared && { generation: shared.generation, rotation: shared.rotation, workBits }
  }

  /** The same, when a state is on its way to disk that is better than the one held. */
  placeAmong(issuer: Did, key: Uint8Array, coming: IdentityState | undefined): Place | undefined {
    return coming === undefined ? this.place(issuer, key) : this.placeIn(coming, toHex(key))
  }

  placeIn(state: IdentityState, keyHex: string): Place | undefined {
    const place = state.place(keyHex)
    if (place === undefined) return undefined
    return { generation: place.generation, rotation: place.rotation, workBits: workBitsIn(state) }
  }

  #agent(did: Did): number {
    return this.#dids.findHex(did, PREFIX)
  }

  #didOf(agent: number): Did {
    return didFromBytes(this.#dids.bytesOf(agent))
  }

  /** Numbers of those that were deleted are given out again. */
  #isHere(agent: number): boolean {
    return this.#valueOf.get(agent) > 0
  }

  #has(agent: number, flag: number): boolean {
    return (this.#flags.get(agent) & flag) !== 0
  }

  /** Takes the place of the value held so far. @returns whether it is another. */
  #hold(agent: number, bytes: Uint8Array): boolean {
    const digest = digestOf(bytes)
    const before = this.#valueOf.get(agent) - 1
    if (before >= 0) {
      if (this.#values.find(digest) === before) return false
      this.#values.delete(before)
    }
    const value = this.#values.add(digest)
    this.#valueOf.set(agent, value + 1)
    return true
  }

  /** The keys of the log as it is now, in place of those that stood there. */
  #place(agent: number, state: IdentityState): void {
    this.#unplace(agent)
    for (const keyHex of keysOf(state)) {
      const place = state.place(keyHex)
      if (place !== undefined) this.#placeKey(agent, keyHex, place)
    }
    this.#workBitsOf.set(agent, workBitsIn(state))
    this.#flags.set(agent, PLACED | (state.isForked ? FORKED : 0))
  }

  #unplace(agent: number): void {
    for (const row of this.#keysOf.rowsOf(agent)) {
      this.#keysOf.remove(agent, row)
      this.#keys.delete(row)
    }
    this.#shared.delete(agent)
  }

  #placeKey(agent: number, keyHex: string, place: KeyPlace): void {
    const known = this.#keys.findHex(keyHex)
    if (known !== NO_KEY) {
      const shared = this.#shared.get(agent) ?? new Map<string, KeyPlace>()
      this.#shared.set(agent, shared.set(keyHex, place))
      return
    }
    const row = this.#keys.addHex(keyHex)
    this.#agentOfKey.set(row, agent)
    this.#generations.set(row, place.generation)
    this.#rotations.set(row, place.rotation)
    this.#keysOf.append(agent, row)
  }
}

const PREFIX = DID_PREFIX.length

function digestOf(bytes: Uint8Array): Uint8Array {
  return nativeSha256(bytes).subarray(0, DIGEST_BYTES)
}

function workBitsIn({ branches }: IdentityState): number {
  return Math.max(...branches.map((log) => log.workBits))
}

/** Every key that may have a place in the log, in hex. */
function keysOf({ branches }: IdentityState): ReadonlySet<string> {
  return new Set(
    branches.flatMap(({ epochs, genesisKey }) => [
      ...epochs.map(({ keyHex }) => keyHex),
      toHex(genesisKey),
    ]),
  )
}

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}
