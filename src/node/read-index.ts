/**
 * What is on disk, read anew: the index that admission goes by (R10), and where each record lies.
 *
 * Records are read in the order of the disk. An observation brings the promises that it names, so
 * promises that are refused or displaced on the way are considered once more at the end. What no
 * longer belongs here, because time has passed while the node was off, leaves the disk.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { KeyTable } from '../base/key-table.ts'
import { PUBLIC_KEY_BYTES } from '../crypto/ed25519.ts'
import { DID_BYTES, didFromBytes } from '../identity/did.ts'
import { outlineOf } from '../records/outline.ts'
import type { Outline } from '../records/outline.ts'
import type { RecordId } from '../records/record.ts'
import { Replica } from '../records/replica/replica.ts'
import type { Outlined, Place } from '../records/replica/replica.ts'
import type { Store } from '../store/store.ts'
import type { RecordHead, RecordTable } from './columns/record-table.ts'
import type { NetworkConfig } from './config.ts'
import type { Evidence } from './evidence.ts'
import type { IdentityBook } from './identity-book.ts'
import type { IndexState } from './index-state.ts'
import { nativeSha256 } from './native-crypto.ts'

export interface IndexDeps {
  readonly store: Store
  readonly evidence: Evidence
  readonly identities: IdentityBook
  readonly network: Pick<NetworkConfig, 'shardBits' | 'shardLimitBytes' | 'workBits'>
  readonly clock: Clock
  readonly log: Logger
  /** Unknown to others, so that nobody makes ids that crowd each other here. */
  readonly salt: number
  readonly state: IndexState
  /** Ends the reading: the node is closing. */
  readonly signal?: AbortSignal
}

/** Keys whose place is remembered while the disk is read. */
const PLACES_LIMIT = 16_384
/** Records taken in before others have a turn. */
const TAKEN_AT_A_TIME = 64
/** Records that leave the disk in one batch. */
const EVICT_AT_A_TIME = 4_096

/**
 * @throws {StoreError} when the disk cannot be read, or does not let go; all is as before then. The
 *   signal's reason.
 */
export async function readIndex(deps: IndexDeps): Promise<Replica> {
  const { state, store } = deps
  state.begin(store.recordCount)
  try {
    deps.signal?.throwIfAborted()
    const replica = await readAll(deps)
    state.end('ready')
    return replica
  } catch (error) {
    state.end('failed')
    throw error
  }
}

async function readAll(deps: IndexDeps): Promise<Replica> {
  const { store, evidence, clock, log, state } = deps
  const reading = new Reading(deps, evidence.emptyTable(), clock())
  let count = 0
  for await (const slice of store.outlines()) {
    deps.signal?.throwIfAborted()
    for (const one of slice) {
      reading.take(one)
      // A record of an agent that was not met yet is a key log to be verified.
      if (++count % TAKEN_AT_A_TIME === 0) await nextTurn()
    }
    state.progress(count)
  }
  const gone = reading.finish()
  if (gone.length > 0) {
    log.info('records left their retention while the node was off', { count: gone.length })
  }
  for (let at = 0; at < gone.length; at += EVICT_AT_A_TIME) {
    const evict = gone.slice(at, at + EVICT_AT_A_TIME)
    await store.commit({ evict }, { nowMs: clock(), durable: true })
  }
  evidence.adopt(reading.table)
  return reading.replica
}

class Reading {
  readonly table: RecordTable
  readonly replica: Replica
  readonly #deps: IndexDeps
  readonly #nowMs: number
  /** Issuers with their keys, and where those stand. */
  #keys = new KeyTable(DID_BYTES + PUBLIC_KEY_BYTES)
  readonly #places: (Place | undefined)[] = []
  readonly #asked = new Uint8Array(DID_BYTES + PUBLIC_KEY_BYTES)
  readonly #gone = new Set<RecordId>()
  /** Promises that an observation further on may keep. */
  readonly #waiting: Outlined[] = []
  readonly #displaced: RecordHead[] = []

  constructor(deps: IndexDeps, table: RecordTable, nowMs: number) {
    this.#deps = deps
    this.table = table
    this.#nowMs = nowMs
    this.replica = new Replica(deps.network, undefined, { sha256: nativeSha256, salt: deps.salt })
  }

  take(one: Outlined): void {
    if (this.#admit(one)) return
    this.#gone.add(one.id)
    if (one.outline.type === 'promise') this.#waiting.push(one)
  }

  /** Considers promises once more, and says what does not belong here. */
  finish(): readonly RecordId[] {
    const back = [...this.#waiting]
    for (const head of this.#displaced) {
      const record = this.#deps.store.recordAt(head)
      if (record !== undefined) back.push({ id: head.id, outline: outlineOf(head.id, record) })
    }
    for (const one of back) if (this.#admit(one)) this.#gone.delete(one.id)
    return [...this.#gone]
  }

  #admit(one: Outlined): boolean {
    const place = this.#placeOf(one.outline)
    if (place === undefined) return false
    const { admit, evict } = this.replica.apply(one, place, this.#nowMs)
    if (!admit) return false
    this.table.add(one.id, one.outline)
    for (const id of evict) this.#let(id)
    return true
  }

  #let(id: RecordId): void {
    const row = this.table.find(id)
    this.#gone.add(id)
    if (row === undefined) return
    const head = this.table.head(row)
    if (head.type === 'promise') this.#displaced.push(head)
    this.table.remove(row)
  }

  #placeOf({ issuer, key }: Outline): Place | undefined {
    this.#asked.set(issuer)
    this.#asked.set(key, DID_BYTES)
    const before = this.#keys.size
    const at = this.#keys.add(this.#asked)
    if (this.#keys.size === before) return this.#places[at]
    const place = this.#deps.identities.place(didFromBytes(issuer), key)
    this.#places[at] = place
    if (before >= PLACES_LIMIT) this.#keys = new KeyTable(this.#asked.length)
    return place
  }
}

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}
