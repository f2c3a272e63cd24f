/**
 * The one writer: decides admission (R10), puts a batch on disk, then lets the rest of the node see
 * it.
 *
 * Jobs that wait while a batch is on its way to disk are the next batch, one of each sender in turn, so
 * batches grow with the load, and who brings little does not wait for those who bring much. Admission is decided in the replica's index, which is ahead
 * of the disk for the length of one batch; when the disk refuses a batch, every job of the batch
 * fails, and the index is read from disk again before the next.
 */
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import type { IdentityBook } from '../identity-book.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { Source } from '../../p2p/ports.ts'
import type { AipRecord, RecordId } from '../../records/record.ts'
import type { Replica } from '../../records/replica/replica.ts'
import type { Verified } from '../../records/verified.ts'
import { StoreError } from '../../store/error.ts'
import type { Store } from '../../store/store.ts'
import { NodeError } from '../error.ts'
import type { Events } from '../events.ts'
import {
  BatchDraft,
  type DraftDeps,
  type IdentityOutcome,
  type OwnSequence,
} from './batch-draft.ts'
import { FairQueue } from './fair-queue.ts'
import { senderOf } from './sender.ts'

/**
 * Records in one LevelDB batch, unless one job alone has more. Who comes while a batch is on its way
 * waits for all of it, so it is no larger than it takes to share the cost of a synced write.
 */
export const BATCH_LIMIT = 64
/** No peer's id, and no other sender's name. */
const OWN_LINE = ''

export interface WriterDeps extends DraftDeps {
  readonly store: Pick<Store, 'commit' | 'failed' | 'isTight'>
  readonly events: Events
  readonly log: Logger
  /** Reads the disk anew, the evidence too. */
  readonly readIndex: () => Promise<Replica>
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

interface LeavingJob {
  readonly kind: 'leaving'
  /** Lost by the disk, or not wanted here any more. */
  readonly how: 'lose' | 'forget'
  readonly ids: readonly RecordId[]
  readonly settle: (gone: number) => void
  readonly fail: (error: Error) => void
}

type Job = RecordJob | IdentityJob | ExpiryJob | LeavingJob

/** What this node's own operator waits for, who can do something about a full disk. */
function isOwn(job: Job): boolean {
  return job.kind === 'records' && job.own !== undefined
}

function isDiskFull(error: Error): boolean {
  return error instanceof StoreError && error.fault.code === 'store/disk-full'
}

type StoredListener = (record: AipRecord, source: Source, id: RecordId) => void

export class Writer {
  readonly #deps: WriterDeps
  /** Undefined until the disk is read. */
  #replica: Replica | undefined
  /** By sender; what the node itself has to do is a line of its own. */
  readonly #queue = new FairQueue<Job>()
  readonly #listeners = new Set<StoredListener>()
  #draining: Promise<void> | undefined
  /** The first reading of the disk; it does not fail. */
  #reading: Promise<void> | undefined
  /** The batch on its way to disk; it does not fail. */
  #underWay: Promise<void> | undefined
  /** Set when the disk refused a batch: the index is ahead of the disk until it is read again. */
  #isAhead = false

  private constructor(deps: WriterDeps) {
    this.#deps = deps
  }

  /** A writer that has read the disk. @throws what keeps the disk from being read. */
  static async open(deps: WriterDeps): Promise<Writer> {
    const writer = new Writer(deps)
    writer.#replica = await deps.readIndex()
    return writer
  }

  /** Whether the record is on disk, or on its way there, or nobody knows yet: {@link holds} does. */
  mayHold(id: RecordId): boolean {
    return this.#replica?.has(id) ?? true
  }

  /** A writer that still reads the disk; what is handed in meanwhile waits. */
  static start(deps: WriterDeps): Writer {
    const writer = new Writer(deps)
    writer.#reading = writer.#read()
    return writer
  }

  /**
   * R6: whether the record is on disk. One that is on its way there is waited for.
   *
   * @throws {NodeError} `node/busy` when the disk cannot be read.
   */
  async holds(id: RecordId): Promise<boolean> {
    const { evidence } = this.#deps
    await this.#reading
    if (this.#replica === undefined) throw new NodeError({ code: 'node/busy' })
    if (!this.#replica.has(id) || evidence.has(id)) return this.#replica.has(id)
    await this.#underWay
    return evidence.has(id)
  }

  get recordCount(): number {
    return this.#deps.evidence.size
  }

  /**
   * Stores what belongs here. A foreign record that does not belong is named as refused; of this
   * node's own records all are stored or none.
   *
   * @throws {NodeError} `node/busy` when the disk refused the batch, or the store has reached its limit
   *   and the records are of others: nothing was stored.
   * @throws {StoreError} `store/disk-full` in place of it, for this node's own records.
   */
  async put(
    records: readonly Verified[],
    source: Source,
    own?: OwnSequence,
  ): Promise<{ readonly refused: readonly RecordId[] }> {
    if (own === undefined) this.#assertRoom(source)
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
    this.#assertRoom(source)
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

  /** Lets records go that the disk has lost, and says how many were held. */
  async lose(ids: readonly RecordId[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'leaving', how: 'lose', ids, settle: resolve, fail: reject })
    })
  }

  /** Lets these records go, and says how many went. */
  async forget(ids: readonly RecordId[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'leaving', how: 'forget', ids, settle: resolve, fail: reject })
    })
  }

  /** The shards of which records are held. */
  heldShards(): ReadonlySet<number> {
    return this.#replica?.heldShards() ?? new Set()
  }

  idsIn(shard: number): Iterable<RecordId> {
    return this.#replica?.idsIn(shard) ?? []
  }

  /** Resolves when nothing is queued or on its way to disk. */
  async drained(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining
  }

  /** What comes from others waits until the store is below its limit; it is not lost to them. */
  #assertRoom({ via }: Source): void {
    if (this.#deps.store.isTight && via !== 'api') throw new NodeError({ code: 'node/busy' })
  }

  #enqueue(job: Job): void {
    this.#queue.push('source' in job ? senderOf(job.source) : OWN_LINE, job)
    this.#draining ??= this.#drain()
  }

  async #read(): Promise<void> {
    try {
      this.#replica = await this.#deps.readIndex()
    } catch (thrown) {
      const error = asError(thrown)
      const isClosing = error.name === 'AbortError'
      if (!isClosing) this.#deps.log.error('what is on disk could not be read', { error })
      this.#isAhead = true
    }
    this.#reading = undefined
  }

  async #drain(): Promise<void> {
    await this.#reading
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
        const busy = new NodeError({ code: 'node/busy' }, { cause: error })
        for (const job of jobs) job.fail(isOwn(job) && isDiskFull(error) ? error : busy)
      })
      await this.#underWay
    }
    // In the same turn as the look into the empty queue: a job that comes later starts anew.
    this.#underWay = undefined
    this.#draining = undefined
  }

  /** Takes jobs from the queue into `jobs`. @throws what the disk says; nothing was stored then. */
  async #writeBatch(jobs: Job[]): Promise<void> {
    if (this.#isAhead) await this.#readAgain(jobs)
    const answers: (() => void)[] = []
    const replica = this.#replica
    if (replica === undefined) throw new Error('the index was not read')
    const draft = this.#draft(replica, jobs, answers)
    if (!draft.isEmpty) {
      const { store, clock, evidence } = this.#deps
      // What leaves is read while it is there: views are told what it was.
      if (draft.evict.size > 0) await evidence.prepareRemoval(draft.evict)
      await store.commit(draft.toBatch(), { nowMs: clock(), durable: true })
      this.#show(draft)
    }
    for (const answer of answers) answer()
  }

  /** When even that fails, all jobs that wait for it fail with it. */
  async #readAgain(jobs: Job[]): Promise<void> {
    const { store, readIndex } = this.#deps
    try {
      // A disk that takes nothing any more need not be read either.
      if (store.failed !== undefined) throw store.failed
      this.#replica = await readIndex()
      this.#isAhead = false
    } catch (error) {
      jobs.push(...this.#queue.takeAll())
      throw error
    }
  }

  /** Jobs from the queue, as many as a batch holds; `answers` are given when it is on disk. */
  #draft(replica: Replica, jobs: Job[], answers: (() => void)[]): BatchDraft {
    const draft = new BatchDraft(replica, this.#deps)
    for (let count = 0; count < BATCH_LIMIT;) {
      const job = this.#queue.shift()
      if (job === undefined) break
      jobs.push(job)
      answers.push(added(job, draft, replica))
      count += job.kind === 'records' ? job.records.length : 1
    }
    return draft
  }

  /** The batch is on disk: views, look-ups and listeners may know. */
  #show({ put, evict, identities, dropped }: BatchDraft): void {
    const { events, evidence, identities: book } = this.#deps
    for (const did of dropped) book.delete(did)
    for (const state of identities.values()) {
      const wasForked = book.isForked(state.did)
      const next = newKeyOf(book, state)
      book.set(state)
      evidence.identityChanged(state.did)
      events.emit({ kind: 'identity.changed', did: state.did })
      if (state.isForked && !wasForked) events.emit({ kind: 'identity.forked', did: state.did })
      if (next !== undefined) events.emit({ kind: 'identity.rotated', did: state.did, key: next })
    }
    evidence.remove(evict)
    for (const id of evict) events.emit({ kind: 'record.evicted', id })
    for (const [id, { verified, source }] of put) {
      const { record } = verified
      evidence.add(id, record)
      const subject = record.type === 'promise' ? record.delegator : record.subject
      const { type, issuer } = record
      events.emit({ kind: 'record.accepted', id, type, issuer, subject, via: source.via })
      for (const listener of this.#listeners) listener(record, source, id)
    }
  }
}

/** Puts a job into the draft; what to answer when the draft is on disk. */
function added(job: Job, draft: BatchDraft, replica: Replica): () => void {
  if (job.kind === 'expiry') {
    const count = draft.expire()
    return () => job.settle(count)
  }
  if (job.kind === 'leaving') {
    const count = draft[job.how](job.ids)
    return () => job.settle(count)
  }
  const { source } = job
  if (job.kind === 'identity') {
    const outcome = draft.addIdentity(job.state, source)
    return () => job.settle(outcome)
  }
  const { records, own, settle } = job
  if (own !== undefined) {
    const isIn = draft.addOwn(records, source, own)
    return () => settle(isIn ? [] : records.map(({ id }) => id))
  }
  draft.addRecords(records, source)
  // Judged by how the batch ended: a later record of it may have taken an earlier one's place.
  return () => settle(records.flatMap(({ id }) => (replica.has(id) ? [] : [id])))
}

/** The key of a known agent that it did not have before, in hex. */
function newKeyOf(
  book: IdentityBook,
  { did, branches, isForked }: IdentityState,
): string | undefined {
  const { current } = branches[0]
  if (isForked || current === undefined || !book.has(did)) return undefined
  return book.place(did, current.key) === undefined ? current.keyHex : undefined
}
