/** The ingest half of a node on a LevelDB of its own, with a clock and a disk that tests command. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import type { Did } from '../../../src/identity/did.ts'
import { Events, type NodeEvent } from '../../../src/node/events.ts'
import { Evidence } from '../../../src/node/evidence.ts'
import { IdentityBook } from '../../../src/node/identity-book.ts'
import { IndexState } from '../../../src/node/index-state.ts'
import { Pipeline, type PipelineDeps } from '../../../src/node/ingest/pipeline.ts'
import { Writer, type WriterDeps } from '../../../src/node/ingest/writer.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { evidenceOnDisk } from '../../../src/node/evidence-source.ts'
import { readIndex } from '../../../src/node/read-index.ts'
import type { Offered } from '../../../src/p2p/ports.ts'
import { Store, type StoreBatch } from '../../../src/store/store.ts'
import type { StoreError } from '../../../src/store/error.ts'
import { NETWORK, NOW_MS } from '../../support/records.ts'

export interface PartsOptions {
  /** Left out, every record is of a followed shard. */
  readonly isFollowed?: PipelineDeps['isFollowed']
  readonly home?: string
  readonly nowMs?: number
  readonly workBits?: number
  readonly shardLimitBytes?: number
  readonly identitiesLimit?: number
  /** Opens before the disk is read; the reading waits for this. */
  readonly reading?: Promise<void>
  /** Told of key logs that say less than the one held. */
  readonly onOlderLog?: PipelineDeps['onOlderLog']
  /** What a peer answers when it is asked for a key log. */
  readonly askIdentity?: (
    peer: string,
    did: Did,
    pipeline: Pipeline,
  ) => Promise<Offered | undefined>
}

/** A disk that can be told to refuse, or to be slow. */
export class Disk {
  readonly #store: Store
  readonly batches: StoreBatch[] = []
  /** Batches that will be refused. */
  refusals = 0
  failed: StoreError | undefined
  isTight = false
  /** Awaited before each batch. */
  before: () => Promise<void> = async () => {}

  constructor(store: Store) {
    this.#store = store
  }

  async commit(
    batch: StoreBatch,
    options: { readonly nowMs: number; readonly durable: boolean },
  ): Promise<void> {
    await this.before()
    if (this.refusals > 0) {
      this.refusals--
      throw new Error('the disk refused')
    }
    this.batches.push(batch)
    await this.#store.commit(batch, options)
  }
}

export class Parts implements AsyncDisposable {
  readonly home: string
  readonly time: { nowMs: number }
  readonly store: Store
  readonly disk: Disk
  readonly identities: IdentityBook
  readonly evidence: Evidence
  readonly events: NodeEvent[]
  readonly writer: Writer
  readonly pipeline: Pipeline
  /** Peers that were blamed. */
  readonly blamed: string[]
  /** How often the index was read from disk. */
  readonly reads: { count: number; refusals: number }

  private constructor(made: Omit<Parts, 'offer' | typeof Symbol.asyncDispose>) {
    this.home = made.home
    this.time = made.time
    this.store = made.store
    this.disk = made.disk
    this.identities = made.identities
    this.evidence = made.evidence
    this.events = made.events
    this.writer = made.writer
    this.pipeline = made.pipeline
    this.blamed = made.blamed
    this.reads = made.reads
  }

  /** Closed when the test ends, if it is still open then. */
  static async open(options: PartsOptions = {}): Promise<Parts> {
    const home = options.home ?? (await temporaryHome())
    const time = { nowMs: options.nowMs ?? NOW_MS }
    const clock = (): number => time.nowMs
    const { workBits = 0, shardLimitBytes = 2 ** 30 } = options
    const network = { shardBits: 0, shardLimitBytes, workBits }
    const store = await Store.open(home, {
      network: NETWORK,
      log: silentLogger,
      verifier: nativeVerifier,
    })
    const disk = new Disk(store)
    const identities = new IdentityBook(workBits, store)
    await identities.load()
    const evidence = new Evidence({ source: evidenceOnDisk(store), shardBits: 0, salt: 0 })
    const events: NodeEvent[] = []
    const stream = new Events(clock)
    stream.listen(({ event }) => events.push(event))
    const reads = { count: 0, refusals: 0 }
    const writing: WriterDeps = {
      store: disk,
      identities,
      evidence,
      events: stream,
      shardBits: 0,
      ...(options.identitiesLimit !== undefined && { identitiesLimit: options.identitiesLimit }),
      clock,
      log: silentLogger,
      readIndex: async () => {
        await options.reading
        reads.count++
        if (reads.refusals > 0) {
          reads.refusals--
          throw new Error('the disk cannot be read')
        }
        const state = new IndexState()
        const parts = { store, evidence, identities, network, clock, salt: 0, state }
        return readIndex({ ...parts, log: silentLogger })
      },
    }
    const isEarly = options.reading !== undefined
    const writer = isEarly ? Writer.start(writing) : await Writer.open(writing)
    const blamed: string[] = []
    const pipeline: Pipeline = new Pipeline({
      network: NETWORK,
      verifier: nativeVerifier,
      clock,
      identities,
      writer,
      events: stream,
      log: silentLogger,
      askIdentity: async (peer, did) => options.askIdentity?.(peer, did, pipeline),
      onMisbehaviour: (peer) => blamed.push(peer),
      ...(options.isFollowed === undefined ? {} : { isFollowed: options.isFollowed }),
      ...(options.onOlderLog === undefined ? {} : { onOlderLog: options.onOlderLog }),
    })
    const parts = new Parts({
      home,
      time,
      store,
      disk,
      identities,
      evidence,
      events,
      writer,
      pipeline,
      blamed,
      reads,
    })
    onTestFinished(async () => parts[Symbol.asyncDispose]())
    return parts
  }

  async offer(bytes: Uint8Array, via: 'api' | 'gossip' | 'sync' = 'sync', peer = 'p1') {
    return this.pipeline.offer(bytes, via === 'api' ? { via } : { via, peer })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pipeline[Symbol.asyncDispose]()
    await this.store[Symbol.asyncDispose]()
  }
}

/** A directory that goes when the test ends. */
export async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-node-'))
  onTestFinished(async () => rm(home, { recursive: true, force: true }))
  return home
}

export async function idsIn(store: Store): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { id } of store.records()) ids.push(id)
  return ids.toSorted()
}
