/**
 * The node: builds every part, starts them bottom-up, stops them in reverse. With `mesh.ts`, its
 * network half, this file is the wiring diagram; nothing else in `src` constructs the parts.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { AipError } from '../base/error.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'
import { IdentityState } from '../identity/state.ts'
import type { IngestSink } from '../p2p/ports.ts'
import { shardSubject, type AipRecord } from '../records/record.ts'
import type { Verified } from '../records/verified.ts'
import { Store } from '../store/store.ts'
import type { TrustContext } from '../trust/context.ts'
import { Author } from './author.ts'
import type { NetworkConfig } from './config.ts'
import { Confirmations } from './confirmations.ts'
import type { DidWeb } from './did-web/did-web.ts'
import { Events } from './events.ts'
import { Evidence, partiesOf } from './evidence.ts'
import { evidenceSource } from './evidence-source.ts'
import { IdentityBook } from './identity-book.ts'
import { Pipeline } from './ingest/pipeline.ts'
import { WantedLogs } from './ingest/wanted-logs.ts'
import { Writer } from './ingest/writer.ts'
import { LocalNotes } from './local-notes.ts'
import { Mesh } from './mesh.ts'
import { nativeVerifier } from './native-crypto.ts'
import { NonceBook } from './nonce-book.ts'
import { withPresentDocument } from './own-document.ts'
import { Outlook } from './outlook.ts'
import type { OwnIdentity } from './own-identity.ts'
import { vouchedFor } from './own-vouches.ts'
import { readReplica } from './read-replica.ts'
import type { Questions } from './use/asking-around.ts'
import { viewedState } from './use/forks.ts'
import { lookUp } from './use/resolving.ts'

export interface NodeOptions {
  /** Directory of `store/` and `store.json`. */
  readonly home: string
  readonly identity: OwnIdentity
  readonly network: NetworkConfig
  readonly profile: 'edge' | 'server' | 'offline' | 'test'
  readonly listen: readonly string[]
  readonly trust: Pick<TrustContext, 'profile' | 'introducers'>
  readonly userAgent: string
  readonly clock: Clock
  readonly log: Logger
  /** Held while the node runs; beside the store when left out. */
  readonly lockFile?: string
  readonly floodPublish?: boolean
  /** Resolves `did:web`; left out, nothing does. */
  readonly didWeb?: DidWeb
  /** Origins at which the agent answers over HTTP. */
  readonly origins?: readonly string[]
}

const EXPIRY_INTERVAL_MS = HOUR_MS
const DOCUMENT_CHECK_INTERVAL_MS = 5 * MINUTE_MS

export class AipNode implements AsyncDisposable {
  readonly did: Did
  readonly identity: OwnIdentity
  readonly network: NetworkConfig
  readonly startedAtMs: number
  readonly store: Store
  readonly events: Events
  readonly identities: IdentityBook
  readonly evidence: Evidence
  readonly writer: Writer
  readonly pipeline: Pipeline
  readonly author: Author
  readonly notes: LocalNotes
  /** How everybody looks from here. */
  readonly outlook: Outlook
  /** Absent under the profile `offline`. */
  readonly mesh: Mesh | undefined
  readonly confirmations: Confirmations
  /** Key logs that others are being asked for. */
  readonly questions: Questions
  readonly didWeb: DidWeb | undefined
  readonly clock: Clock
  readonly origins: readonly string[]
  /** Of challenges, opened and answered. */
  readonly nonces: NonceBook
  readonly #parts: AsyncDisposableStack

  private constructor(
    parts: AsyncDisposableStack,
    options: NodeOptions,
    made: Pick<
      AipNode,
      | 'store'
      | 'events'
      | 'identities'
      | 'evidence'
      | 'writer'
      | 'pipeline'
      | 'author'
      | 'notes'
      | 'outlook'
      | 'mesh'
      | 'confirmations'
      | 'questions'
    >,
  ) {
    this.#parts = parts
    this.did = options.identity.did
    this.identity = options.identity
    this.network = options.network
    this.clock = options.clock
    this.origins = options.origins ?? []
    this.nonces = new NonceBook(options.clock)
    this.startedAtMs = options.clock()
    this.store = made.store
    this.events = made.events
    this.identities = made.identities
    this.evidence = made.evidence
    this.writer = made.writer
    this.pipeline = made.pipeline
    this.author = made.author
    this.notes = made.notes
    this.outlook = made.outlook
    this.mesh = made.mesh
    this.confirmations = made.confirmations
    this.questions = made.questions
    this.didWeb = options.didWeb
  }

  /**
   * A running node. When any part fails to start, those already started are stopped again.
   *
   * @throws {StoreError} when the store is locked, damaged or of another network.
   * @throws {NetworkError} when an address cannot be listened on.
   */
  static async start(options: NodeOptions): Promise<AipNode> {
    await using starting = new AsyncDisposableStack()
    const { network, identity, clock, log } = options

    const store = await Store.open(options.home, {
      network: network.name,
      log: log.child('store'),
      verifier: nativeVerifier,
      ...(options.lockFile === undefined ? {} : { lockFile: options.lockFile }),
    })
    starting.use(store)

    const events = new Events(clock)
    const identities = new IdentityBook(network.workBits)
    for await (const state of store.identities()) identities.set(state)
    const evidence = new Evidence()
    const writer = await Writer.open({
      store,
      identities,
      evidence,
      events,
      shardBits: network.shardBits,
      clock,
      log: log.child('writer'),
      readReplica: async () => readReplica({ store, evidence, identities, network, clock, log }),
    })

    /** The mesh is built on the pipeline, and the pipeline asks the mesh for key logs. */
    const late: { mesh?: Mesh } = {}
    const pipeline = new Pipeline({
      network: network.name,
      verifier: nativeVerifier,
      clock,
      identities,
      writer,
      events,
      log: log.child('ingest'),
      askIdentity: async (peer, did, signal) => late.mesh?.askIdentity(peer, did, signal),
      onMisbehaviour: (peer) => late.mesh?.gossip.blame(peer, 'records', 0),
    })
    starting.use(pipeline)
    await writer.putIdentity(IdentityState.of(identity.log))

    const notes = await LocalNotes.open(store)
    const outlook = starting.use(
      new Outlook({
        evidence,
        clock,
        context: () => ({
          viewer: identity.did,
          profile: options.trust.profile,
          introducers: options.trust.introducers,
          identityOf: (did) =>
            viewedState({ did: identity.did, identity, notes }, identities.get(did)),
          pins: notes.pins,
          privateOutcomes: notes.privateOutcomes,
        }),
      }),
    )
    const author = new Author(
      {
        network: network.name,
        did: identity.did,
        signer: identity.signer,
        pipeline,
        clock,
        publish: (records) => publishAll(records, late.mesh),
      },
      await store.ownSequence(identity.log.current?.keyHex ?? ''),
    )

    if (options.profile !== 'offline') {
      const sink: IngestSink = pipeline
      late.mesh = await Mesh.start(
        {
          sink,
          evidence: evidenceSource(store),
          identities,
          published: () => publishedStates(identity.did, { evidence, identities, clock }),
          datastore: store.libp2pDatastore(),
          notes: notes.peers,
          cursors: notes.cursors,
          events,
          clock,
          log,
        },
        {
          seed: identity.seed,
          network,
          profile: options.profile,
          listen: options.listen,
          userAgent: options.userAgent,
          ...(options.floodPublish === undefined ? {} : { floodPublish: options.floodPublish }),
        },
      )
      starting.use(late.mesh)
      const { mesh } = late
      const describe = async (): Promise<void> => {
        const own = identities.get(identity.did)
        if (own === undefined) return
        const described = withPresentDocument(own, {
          addresses: mesh.host.addresses(),
          signer: identity.signer,
          network: network.name,
          nowMs: clock(),
        })
        if (described !== undefined) await writer.putIdentity(described)
      }
      await describe()
      const own = identities.get(identity.did)
      if (own !== undefined) mesh.identityChanged(own)
      const describing = setInterval(() => {
        describe().catch((error: unknown) => {
          log.error('the document was not renewed', { error })
        })
      }, DOCUMENT_CHECK_INTERVAL_MS)
      starting.defer(() => clearInterval(describing))
    }

    const questions: Questions = new Map()
    const asking = { confirmations: new Confirmations(), questions }
    const logs = starting.use(
      new WantedLogs({
        isHeld: (did) => identities.get(did) !== undefined,
        fetch: async (did, peer, signal) => {
          const { mesh } = late
          if (mesh === undefined) return
          if (peer !== undefined) await askFirst(mesh, { peer, did, signal })
          const asker = { did: identity.did, identities, writer, mesh, clock, ...asking }
          await lookUp(asker, did, signal)
        },
        log: log.child('logs'),
      }),
    )
    for (const { record } of evidence.all()) wantLogs(logs, record)
    starting.defer(
      writer.onStored((record, source) => {
        wantLogs(logs, record, source.via === 'api' ? undefined : source.peer)
      }),
    )

    const unlisten = events.listen(({ event }) => {
      if (event.kind === 'identity.changed') {
        const state = identities.get(event.did)
        if (event.did !== identity.did) late.mesh?.keptChanged(event.did)
        else if (state !== undefined) late.mesh?.identityChanged(state)
      } else if (event.kind === 'identity.forked') {
        const { did } = event
        const isMine = did === identity.did
        log.warn('two key logs claim one agent', { did, isMine })
        const proof = identities.get(did)
        // Of agents that nobody speaks of anyone can make any number. (A pin would give itself away.)
        const isOfUse = isMine || evidence.names(did)
        if (proof !== undefined && isOfUse) late.mesh?.gossipIdentity(proof)
      }
    })
    starting.defer(unlisten)

    const expiry = setInterval(() => {
      writer.expire().catch((error: unknown) => {
        log.error('expired records were not let go', { error })
      })
    }, EXPIRY_INTERVAL_MS)
    starting.defer(() => clearInterval(expiry))

    const { mesh } = late
    const parts = { store, events, identities, evidence, writer, pipeline, author, notes, mesh }
    const made = { ...parts, ...asking, outlook }
    return new AipNode(starting.move(), options, made)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

const FIRST_ASK_LIMIT_MS = 4 * SECOND_MS

/** The peer that spoke of an agent; when it has no log, or no answer, others may. */
async function askFirst(
  mesh: Mesh,
  { peer, did, signal }: { peer: string; did: Did; signal: AbortSignal },
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FIRST_ASK_LIMIT_MS)])
  try {
    await mesh.askIdentity(peer, did, limit)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof AipError)) throw error
  }
}

/** Whoever a record names, in order of use. */
function wantLogs(logs: WantedLogs, record: AipRecord, peer?: string): void {
  for (const did of partiesOf(record)) logs.want(did, peer)
}

function publishAll(records: readonly Verified[], mesh: Mesh | undefined): void {
  for (const { bytes, record } of records) mesh?.publishRecord(bytes, shardSubject(record))
}

/** This agent first, then the agents it vouches for: they stay resolvable while they are off. */
function publishedStates(
  did: Did,
  { identities, ...rest }: { evidence: Evidence; identities: IdentityBook; clock: Clock },
): readonly IdentityState[] {
  const dids = new Set<Did>([did, ...vouchedFor({ did, ...rest })])
  return [...dids].flatMap((one) => identities.get(one) ?? [])
}
