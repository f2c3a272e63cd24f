/**
 * What one batch will change, worked out before it goes to disk.
 *
 * Each job is decided on what the jobs before it have left in the replica's index (R8, R10), so the
 * index is ahead of the disk while a draft exists. Nothing here waits and nothing is shown to others.
 */
import type { Clock } from '../../base/clock.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { Source } from '../../p2p/ports.ts'
import { shardSubject, type RecordId } from '../../records/record.ts'
import { laneOf, shardOf } from '../../records/replica/lanes.ts'
import type { Place, Replica } from '../../records/replica/replica.ts'
import type { Verified } from '../../records/verified.ts'
import type { StoreBatch } from '../../store/store.ts'
import { observationsFirst, type Evidence } from '../evidence.ts'
import { UNNAMED_IDENTITIES_LIMIT, type IdentityBook } from '../identity-book.ts'

export interface DraftDeps {
  readonly identities: IdentityBook
  readonly evidence: Evidence
  readonly clock: Clock
  readonly shardBits: number
  /** Identities that stay although no record names them. */
  readonly keeps?: (did: Did) => boolean
  /** Identities from which on those that nothing names leave; 50,000 unless it says otherwise. */
  readonly identitiesLimit?: number
}

export interface OwnSequence {
  readonly keyHex: string
  readonly sequence: number
}

export type IdentityOutcome = 'changed' | 'known' | 'full'

export class BatchDraft {
  readonly #replica: Replica
  readonly #deps: DraftDeps
  readonly put = new Map<RecordId, { readonly verified: Verified; readonly source: Source }>()
  readonly evict = new Set<RecordId>()
  /** Evicted at some point of this batch, though they may have come back in it since. */
  readonly #left = new Set<RecordId>()
  readonly identities = new Map<Did, IdentityState>()
  readonly dropped = new Set<Did>()
  #own: OwnSequence | undefined

  constructor(replica: Replica, deps: DraftDeps) {
    this.#replica = replica
    this.#deps = deps
  }

  /** Foreign records: those that belong here come in. Which those were, the end of the batch tells. */
  addRecords(records: readonly Verified[], source: Source): void {
    const nowMs = this.#deps.clock()
    for (const verified of records) {
      const { id } = verified
      const place = this.#placeOf(verified)
      if (place === undefined || this.#replica.has(id)) continue
      const { admit, evict } = this.#replica.apply(verified, place, nowMs)
      if (!admit) continue
      this.put.set(id, { verified, source })
      this.evict.delete(id)
      this.#let(evict)
    }
  }

  /**
   * Records of this node: all or none. When one is refused, or displaced by another of them, the
   * index is as before.
   */
  addOwn(records: readonly Verified[], source: Source, own: OwnSequence): boolean {
    const nowMs = this.#deps.clock()
    const ids = records.map(({ id }) => id)
    const evicted: RecordId[] = []
    for (const verified of records) {
      const place = this.#placeOf(verified)
      if (place !== undefined) evicted.push(...this.#replica.apply(verified, place, nowMs).evict)
    }
    if (ids.some((id) => !this.#replica.has(id))) {
      const left = this.#replica.remove(ids)
      this.#admitAgain([...evicted, ...left], nowMs)
      return false
    }
    for (const verified of records) {
      this.put.set(verified.id, { verified, source })
      this.evict.delete(verified.id)
    }
    this.#let(evicted)
    this.#own = own
    return true
  }

  /** Joins a state with what is held of its agent, and judges the agent's records anew. */
  addIdentity(state: IdentityState, source: Source): IdentityOutcome {
    const { identities } = this.#deps
    const { did } = state
    const held = this.identities.get(did) ?? identities.get(did)
    if (held === undefined && !this.#hasRoomFor(did, source)) return 'full'
    const joined = held === undefined ? state : held.join(state)
    if (held !== undefined && joined.compare(held) === 0) return 'known'
    this.identities.set(did, joined)
    this.dropped.delete(did)
    this.#let(this.#replica.rejudge(did, (keyHex) => identities.placeIn(joined, keyHex)))
    return 'changed'
  }

  /** Lets go what its lane no longer keeps, and says how many. */
  expire(): number {
    const gone = this.#replica.expire(this.#deps.clock())
    this.#let(gone)
    this.#dropUnnamed()
    return gone.length
  }

  /** Lets go what the disk has lost, so that it is taken again from whoever has it. */
  lose(ids: readonly RecordId[]): number {
    const gone = this.#replica.remove(ids)
    this.#let([...new Set([...gone, ...ids])])
    return gone.length
  }

  /** Lets go what is not wanted here any more, and the promises that only it had pinned. */
  forget(ids: readonly RecordId[]): number {
    const gone = this.#replica.remove(ids)
    this.#let(gone)
    return gone.length
  }

  get isEmpty(): boolean {
    const { put, evict, identities } = this
    return (
      put.size + evict.size + identities.size + this.dropped.size === 0 && this.#own === undefined
    )
  }

  toBatch(): StoreBatch {
    const { shardBits } = this.#deps
    return {
      put: [...this.put.values()].map(({ verified }) => ({
        verified,
        shard: shardOf(shardSubject(verified.record), shardBits),
        lane: laneOf(verified.record),
      })),
      evict: [...this.evict],
      identities: [...this.identities.values()],
      dropIdentities: [...this.dropped],
      ...(this.#own === undefined ? {} : { ownSequence: this.#own }),
    }
  }

  /**
   * Identities come in with the records that name them; when those have gone, and there are too many,
   * the ones held longest go too.
   */
  #dropUnnamed(): void {
    const { identities, evidence, keeps, identitiesLimit = UNNAMED_IDENTITIES_LIMIT } = this.#deps
    let excess = identities.size - identitiesLimit
    for (const did of identities.dids()) {
      if (excess <= 0) return
      if (this.identities.has(did) || evidence.names(did) || keeps?.(did) === true) continue
      this.dropped.add(did)
      excess--
    }
  }

  #let(evicted: readonly RecordId[]): void {
    for (const id of evicted) {
      const isOnDisk = !this.put.delete(id) || this.#left.has(id)
      if (!isOnDisk) continue
      this.evict.add(id)
      this.#left.add(id)
    }
  }

  /** What left for records that are gone again has its place back: observations first, they pin. */
  #admitAgain(evicted: readonly RecordId[], nowMs: number): void {
    const back = evicted.flatMap((id) => {
      const record = this.put.get(id)?.verified.record ?? this.#deps.evidence.get(id)
      return record === undefined ? [] : [{ id, record }]
    })
    for (const one of observationsFirst(back)) {
      const place = this.#placeOf(one)
      if (place !== undefined) this.#replica.apply(one, place, nowMs)
    }
  }

  #placeOf({ record }: Pick<Verified, 'record'>): Place | undefined {
    const drafted = this.identities.get(record.issuer)
    return this.#deps.identities.placeAmong(record.issuer, record.key, drafted)
  }

  /**
   * Identities cost nothing to make, so those that come unasked are bounded; an agent that a record
   * names, or that this node has looked up, is always let in.
   */
  #hasRoomFor(did: Did, { via }: Source): boolean {
    const { identities, evidence } = this.#deps
    if (identities.size + this.identities.size < UNNAMED_IDENTITIES_LIMIT) return true
    return via === 'api' || via === 'query' || evidence.names(did)
  }
}
