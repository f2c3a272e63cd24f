/**
 * The one writer: decides admission (R10), puts a batch on disk, then lets the rest of the node see
 * it.
 *
 * Jobs that wait while a batch is on its way to disk are the next batch, so batches grow with the
 * load and a lone record does not wait. Admission is decided in the replica's index, which is ahead
 * of the disk for the length of one batch; when the disk refuses a batch, every job of the batch
 * fails, and the index is read from disk again before the next.
 */
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { Source } from '../../p2p/ports.ts'
import { shardSubject, type AipRecord, type RecordId } from '../../records/record.ts'
import { laneOf, shardOf } from '../../records/replica/lanes.ts'
import type { Place, Replica } from '../../records/replica/replica.ts'
import type { Verified } from '../../records/verified.ts'
import type { Store, StoreBatch } from '../../store/store.ts'
import { NodeError } from '../error.ts'
import { observationsFirst } from '../evidence.ts'
import type { Events } from '../events.ts'
import type { Evidence } from '../evidence.ts'
import { UNNAMED_IDENTITIES_LIMIT, type IdentityBook } from '../identity-book.ts'

/** Records in one LevelDB batch, unless one job alone has more. */
export const BATCH_LIMIT = 1_024

export interface WriterDeps {
  readonly store: Store
  readonly identities: IdentityBook
  readonly evidence: Evidence
  readonly events: Events
  readonly shardBits: number
  readonly clock: Clock
  readonly log: Logger
  /** The index of what is on disk. */
  readonly readReplica: () => Promise<Replica>
}

export interface OwnSequence {
  readonly keyHex: string
  readonly sequence: number
}

interface RecordJob {
  readonly kind: 'records'
  readonly records: readonly Verified[]
  readonly source: Source
  readonly own: OwnSequence | undefined
  readonly settle: (refused: readonly RecordId[]) => void
  readonly fail: (error: Error) => void
}

interface IdentityJob {
  readonly kind: 'identity'
  readonly state: IdentityState
  readonly source: Source
  readonly settle: (outcome: IdentityOutcome) => void
  readonly fail: (error: Error) => void
}

interface ExpiryJob {
  readonly kind: 'expiry'
  readonly settle: (gone: number) => void
  readonly fail: (error: Error) => void
}

export type IdentityOutcome = 'changed' | 'known' | 'full'

type Job = RecordJob | IdentityJob | ExpiryJob

type StoredListener = (record: AipRecord, source: Source) => void

/** What a batch will change, gathered before it goes to disk. */
interface Draft {
  readonly put: Map<RecordId, { readonly verified: Verified; readonly source: Source }>
  readonly evict: Set<RecordId>
  /** Evicted at some point of this batch, though they may have come back in it since. */
  readonly left: Set<RecordId>
  readonly identities: Map<Did, IdentityState>
  readonly answers: (() => void)[]
  own: OwnSequence | undefined
}

export class Writer {
  readonly #deps: WriterDeps
  #replica: Replica
  readonly #queue: Job[] = []
  readonly #listeners = new Set<StoredListener>()
  #draining: Promise<void> | undefined
  /** The batch on its way to disk; it does not fail. */
  #underWay: Promise<void> | undefined
  /** Set when the disk refused a batch: the index is ahead of the disk until it is read again. */
  #isAhead = false

  private constructor(deps: WriterDeps, replica: Replica) {
    this.#deps = deps
    this.#replica = replica
  }

  static async open(deps: WriterDeps): Promise<Writer> {
    return new Writer(deps, await deps.readReplica())
  }

  /** R6: whether the record is on disk. One that is on its way there is waited for. */
  async holds(id: RecordId): Promise<boolean> {
    const { evidence } = this.#deps
    if (!this.#replica.has(id) || evidence.get(id) !== undefined) return this.#replica.has(id)
    await this.#underWay
    return evidence.get(id) !== undefined
  }

  get recordCount(): number {
    return this.#deps.evidence.size
  }

  /**
   * Stores what belongs here. A foreign record that does not belong is named as refused; of this
   * node's own records all are stored or none.
   *
   * @throws {NodeError} `node/busy` when the disk refused the batch: nothing was stored.
   */
  async put(
    records: readonly Verified[],
    source: Source,
    own?: OwnSequence,
  ): Promise<{ readonly refused: readonly RecordId[] }> {
    return new Promise((resolve, reject) => {
      const settle = (refused: readonly RecordId[]): void => resolve({ refused })
      this.#enqueue({ kind: 'records', records, source, own, settle, fail: reject })
    })
  }

  /** Joins the state with what is held of that DID, and judges its records again (R8, R10). */
  async putIdentity(
    state: IdentityState,
    source: Source = { via: 'api' },
  ): Promise<IdentityOutcome> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'identity', state, source, settle: resolve, fail: reject })
    })
  }

  /** Calls `listener` for each record that has just been stored, until the returned function is called. */
  onStored(listener: StoredListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Lets records go whose lane no longer keeps them, and says how many. */
  async expire(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'expiry', settle: resolve, fail: reject })
    })
  }

  /** Resolves when nothing is queued or on its way to disk. */
  async drained(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining
  }

  #enqueue(job: Job): void {
    this.#queue.push(job)
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
    })
  }

  async #drain(): Promise<void> {
    // One turn of the event loop lets everything that is ready join the first batch.
    await new Promise<void>((next) => {
      setImmediate(next)
    })
    while (this.#queue.length > 0) {
      const jobs: Job[] = []
      this.#underWay = this.#writeBatch(jobs).catch((thrown: unknown) => {
        const error = asError(thrown)
        this.#deps.log.error('a batch was not stored', { error })
        this.#isAhead = true
        const fault = new NodeError({ code: 'node/busy' }, { cause: error })
        for (const job of jobs) job.fail(fault)
      })
      await this.#underWay
    }
    this.#underWay = undefined
  }

  /** Takes jobs from the queue into `jobs`. @throws what the disk says; nothing was stored then. */
  async #writeBatch(jobs: Job[]): Promise<void> {
    if (this.#isAhead) await this.#readAgain(jobs)
    const draft = this.#draft(jobs)
    await this.#commit(this.#batchOf(draft))
    this.#show(draft)
    for (const answer of draft.answers) answer()
  }

  /** When even that fails, all jobs that wait for it fail with it. */
  async #readAgain(jobs: Job[]): Promise<void> {
    const { store, readReplica } = this.#deps
    try {
      // A disk that takes nothing any more need not be read either.
      if (store.failed !== undefined) throw store.failed
      this.#replica = await readReplica()
      this.#isAhead = false
    } catch (error) {
      jobs.push(...this.#queue.splice(0))
      throw error
    }
  }

  #draft(jobs: Job[]): Draft {
    const draft: Draft = {
      put: new Map(),
      evict: new Set(),
      left: new Set(),
      identities: new Map(),
      answers: [],
      own: undefined,
    }
    let count = 0
    while (count < BATCH_LIMIT) {
      const job = this.#queue.shift()
      if (job === undefined) break
      jobs.push(job)
      count += job.kind === 'records' ? job.records.length : 1
      if (job.kind === 'identity') this.#draftIdentity(job, draft)
      else if (job.kind === 'expiry') this.#draftExpiry(job, draft)
      else if (job.own === undefined) this.#draftRecords(job, draft)
      else this.#draftOwn(job, job.own, draft)
    }
    return draft
  }

  #draftRecords(job: RecordJob, draft: Draft): void {
    const nowMs = this.#deps.clock()
    for (const verified of job.records) {
      const { id } = verified
      const place = this.#placeOf(verified, draft)
      if (place === undefined || this.#replica.has(id)) continue
      const { admit, evict } = this.#replica.apply(verified, place, nowMs)
      if (!admit) continue
      draft.put.set(id, { verified, source: job.source })
      draft.evict.delete(id)
      this.#draftEvictions(evict, draft)
    }
    // Judged by how the batch ended: a later record of it may have taken an earlier one's place.
    draft.answers.push(() => {
      job.settle(job.records.flatMap(({ id }) => (this.#replica.has(id) ? [] : [id])))
    })
  }

  /** All or none: when one is refused, or displaced by another of them, the index is as before. */
  #draftOwn(job: RecordJob, own: OwnSequence, draft: Draft): void {
    const nowMs = this.#deps.clock()
    const ids = job.records.map(({ id }) => id)
    const evicted: RecordId[] = []
    for (const verified of job.records) {
      const place = this.#placeOf(verified, draft)
      if (place !== undefined) evicted.push(...this.#replica.apply(verified, place, nowMs).evict)
    }
    if (ids.some((id) => !this.#replica.has(id))) {
      const left = this.#replica.remove(ids)
      this.#admitAgain([...evicted, ...left], draft, nowMs)
      draft.answers.push(() => job.settle(ids))
      return
    }
    for (const verified of job.records) {
      draft.put.set(verified.id, { verified, source: job.source })
      draft.evict.delete(verified.id)
    }
    this.#draftEvictions(evicted, draft)
    draft.own = own
    draft.answers.push(() => job.settle([]))
  }

  /** What left for records that are gone again has its place back: observations first, they pin. */
  #admitAgain(evicted: readonly RecordId[], draft: Draft, nowMs: number): void {
    const { evidence, identities } = this.#deps
    const back = evicted.flatMap((id) => {
      const record = draft.put.get(id)?.verified.record ?? evidence.get(id)
      return record === undefined ? [] : [{ id, record }]
    })
    for (const one of observationsFirst(back)) {
      const drafted = draft.identities.get(one.record.issuer)
      const place = identities.placeAmong(one.record.issuer, one.record.key, drafted)
      if (place !== undefined) this.#replica.apply(one, place, nowMs)
    }
  }

  #draftExpiry(job: ExpiryJob, draft: Draft): void {
    const gone = this.#replica.expire(this.#deps.clock())
    this.#draftEvictions(gone, draft)
    draft.answers.push(() => job.settle(gone.length))
  }

  #draftIdentity(job: IdentityJob, draft: Draft): void {
    const { identities } = this.#deps
    const { did } = job.state
    const held = draft.identities.get(did) ?? identities.get(did)
    if (held === undefined && !this.#hasRoomFor(job, draft)) {
      draft.answers.push(() => job.settle('full'))
      return
    }
    const joined = held === undefined ? job.state : held.join(job.state)
    if (held !== undefined && joined.compare(held) === 0) {
      draft.answers.push(() => job.settle('known'))
      return
    }
    draft.identities.set(did, joined)
    const evicted = this.#replica.rejudge(did, (keyHex) => identities.placeIn(joined, keyHex))
    this.#draftEvictions(evicted, draft)
    draft.answers.push(() => job.settle('changed'))
  }

  /**
   * Identities cost nothing to make, so those that come unasked are bounded; an agent that a record
   * names, or that this node has looked up, is always let in.
   */
  #hasRoomFor({ state, source }: IdentityJob, draft: Draft): boolean {
    const { identities, evidence } = this.#deps
    if (identities.size + draft.identities.size < UNNAMED_IDENTITIES_LIMIT) return true
    return source.via === 'api' || source.via === 'query' || evidence.names(state.did)
  }

  #draftEvictions(evicted: readonly RecordId[], draft: Draft): void {
    for (const id of evicted) {
      const isOnDisk = !draft.put.delete(id) || draft.left.has(id)
      if (!isOnDisk) continue
      draft.evict.add(id)
      draft.left.add(id)
    }
  }

  #placeOf({ record }: Verified, draft: Draft): Place | undefined {
    const drafted = draft.identities.get(record.issuer)
    return this.#deps.identities.placeAmong(record.issuer, record.key, drafted)
  }

  #batchOf({ put, evict, identities, own }: Draft): StoreBatch {
    const { shardBits } = this.#deps
    return {
      put: [...put.values()].map(({ verified }) => ({
        verified,
        shard: shardOf(shardSubject(verified.record), shardBits),
        lane: laneOf(verified.record),
      })),
      evict: [...evict],
      identities: [...identities.values()],
      ...(own === undefined ? {} : { ownSequence: own }),
    }
  }

  async #commit(batch: StoreBatch): Promise<void> {
    const isEmpty =
      (batch.put?.length ?? 0) + (batch.evict?.length ?? 0) + (batch.identities?.length ?? 0) === 0
    if (isEmpty && batch.ownSequence === undefined) return
    await this.#deps.store.commit(batch, { nowMs: this.#deps.clock(), durable: true })
  }

  /** The batch is on disk: views, look-ups and listeners may know. */
  #show({ put, evict, identities }: Draft): void {
    const { events, evidence, identities: book } = this.#deps
    for (const state of identities.values()) {
      const wasForked = book.get(state.did)?.isForked === true
      book.set(state)
      evidence.changed()
      events.emit({ kind: 'identity.changed', did: state.did })
      if (state.isForked && !wasForked) events.emit({ kind: 'identity.forked', did: state.did })
    }
    for (const id of evict) this.#forget(id)
    for (const [id, { verified, source }] of put) {
      const { record } = verified
      evidence.add(id, record)
      const subject = record.type === 'promise' ? record.delegator : record.subject
      const { type, issuer } = record
      events.emit({ kind: 'record.accepted', id, type, issuer, subject, via: source.via })
      for (const listener of this.#listeners) listener(record, source)
    }
  }

  #forget(id: RecordId): void {
    this.#deps.evidence.remove(id)
    this.#deps.events.emit({ kind: 'record.evicted', id })
  }
}
