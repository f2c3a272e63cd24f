/**
 * The node: builds every part, starts them bottom-up, stops them in reverse. With `mesh.ts`, its
 * network half, this file is the wiring diagram; nothing else in `src` constructs the parts.
 */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { toHex } from '../base/bytes.ts'
import { AipError, asError } from '../base/error.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/units.ts'
import { didOf, parseDid, type Did } from '../identity/did.ts'
import { IdentityState } from '../identity/state.ts'
import { keyOfPeerId, peerIdOfKey } from '../p2p/peer-id.ts'
import { providerOf } from '../p2p/peers/provider.ts'
import type { IngestSink } from '../p2p/ports.ts'
import { shardSubject, type AipRecord } from '../records/record.ts'
import { shardOf } from '../records/replica/lanes.ts'
import type { Verified } from '../records/verified.ts'
import { BALLAST_LIMIT_BYTES } from '../store/ballast.ts'
import { isDamage } from '../store/error.ts'
import { Store } from '../store/store.ts'
import type { TrustContext } from '../trust/context.ts'
import { Author } from './author.ts'
import type { NetworkConfig } from './config.ts'
import { Company } from './company.ts'
import { Confirmations } from './confirmations.ts'
import type { DidWeb } from './did-web/did-web.ts'
import { Events } from './events.ts'
import { Evidence, partiesOf } from './evidence.ts'
import { evidenceOnDisk, evidenceSource } from './evidence-source.ts'
import { IdentityBook } from './identity-book.ts'
import type { Replication } from './interest/choice.ts'
import type { Interest } from './interest/interest.ts'
import { openInterest } from './interest/open-interest.ts'
import type { OwnElsewhere } from './interest/own-elsewhere.ts'
import { openOwnElsewhere } from './interest/open-own-elsewhere.ts'
import { IndexState } from './index-state.ts'
import { OlderLogs } from './ingest/older-logs.ts'
import { Pipeline } from './ingest/pipeline.ts'
import { WantedLogs } from './ingest/wanted-logs.ts'
import { Writer, type WriterDeps } from './ingest/writer.ts'
import { LocalNotes } from './local-notes.ts'
import { MemoryKeeper } from './memory.ts'
import { Mesh } from './mesh.ts'
import { reopenMesh } from './reopen-mesh.ts'
import { HeldSets } from './sync/sync-sets.ts'
import { syncSource } from './sync/sync-source.ts'
import { nativeVerifier } from './native-crypto.ts'
import { NonceBook } from './nonce-book.ts'
import { withPresentDocument } from './own-document.ts'
import { CHECKPOINT_FILE, openOutlook } from './checkpoint/open-outlook.ts'
import type { Outlook } from './outlook.ts'
import { ScoreWatch } from './score-watch.ts'
import type { OwnIdentity } from './own-identity.ts'
import { vouchedFor } from './own-vouches.ts'
import { assertMaySign, ownStanding, type OwnStanding } from './own-standing.ts'
import { readIndex } from './read-index.ts'
import { Scrubbing } from './scrubbing.ts'
import type { P2pOptions } from './p2p-options.ts'
import { PeerClocks } from './peer-clocks.ts'
import { smallNotes } from './small-notes.ts'
import type { Questions } from './use/asking-around.ts'
import { Completions, fetchAll } from './use/completing.ts'
import { Bot } from './bot-key.ts'
import { viewedState } from './use/forks.ts'
import { lookUp } from './use/resolving.ts'

export interface NodeOptions {
  /** Directory of `store/` and `store.json`. */
  readonly home: string
  readonly identity: OwnIdentity
  readonly network: NetworkConfig
  readonly profile: 'edge' | 'server' | 'offline' | 'test'
  readonly listen: readonly string[]
  /** How much of the network's records to keep; left out, all. */
  readonly replication?: Replication
  readonly p2p?: P2pOptions
  readonly trust: Pick<TrustContext, 'profile' | 'introducers'>
  readonly userAgent: string
  readonly clock: Clock
  readonly log: Logger
  /** Held while the node runs; beside the store when left out. */
  readonly lockFile?: string
  /** What the store may take on disk. */
  readonly storeLimitBytes?: number
  readonly floodPublish?: boolean
  /** Resolves `did:web`; left out, nothing does. */
  readonly didWeb?: DidWeb
  /**
   * Whether it answers before it has read what it holds, which it begins when it is told to; what needs
   * that waits (`index`).
   */
  readonly answersEarly?: boolean
  /** Origins at which the agent answers over HTTP. */
  readonly origins?: readonly string[]
  /** The origin for whose directory it signs requests a second time; left out, none. */
  readonly botAgent?: string
}

const EXPIRY_INTERVAL_MS = HOUR_MS
/** Many short-lived nodes on one machine would fill its disk with ballast. */
const KEEPS_BALLAST = { edge: true, server: true, offline: false, test: false }
const DOCUMENT_CHECK_INTERVAL_MS = 5 * MINUTE_MS

export class AipNode implements AsyncDisposable {
  readonly did: Did
  readonly network: NetworkConfig
  readonly profile: NodeOptions['profile']
  readonly startedAtMs: number
  readonly store: Store
  readonly events: Events
  readonly identities: IdentityBook
  readonly evidence: Evidence
  /** How far the evidence has been read from disk. */
  readonly index: IndexState
  readonly writer: Writer
  readonly pipeline: Pipeline
  readonly author: Author
  readonly notes: LocalNotes
  /** How everybody looks from here. */
  readonly outlook: Outlook
  /** Tells when agents that matter here look different than before. */
  readonly scoreWatch: ScoreWatch
  readonly confirmations: Confirmations
  /** Key logs that others are being asked for. */
  readonly questions: Questions
  /** Which shards are followed. */
  readonly interest: Interest
  /** What this agent said about agents whose shard is not followed. */
  readonly ownElsewhere: OwnElsewhere
  /** What peers answered lately about agents whose shard is not followed. */
  readonly completions: Completions
  readonly didWeb: DidWeb | undefined
  /** Since when it has had no peers; left out where there is no network. */
  readonly company: Company | undefined
  /** Whether its clock goes with those of its peers. */
  readonly peerClocks: PeerClocks
  readonly clock: Clock
  readonly origins: readonly string[]
  /** Signs for Web Bot Auth where it is set up. */
  readonly bot: Bot | undefined
  /** Of challenges, opened and answered. */
  readonly nonces: NonceBook
  /** Where the seed and the key log are on disk. */
  readonly keyFile: string
  readonly #own: OwnPart
  readonly #log: Logger
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
      | 'index'
      | 'writer'
      | 'pipeline'
      | 'author'
      | 'notes'
      | 'outlook'
      | 'scoreWatch'
      | 'confirmations'
      | 'questions'
      | 'interest'
      | 'ownElsewhere'
      | 'completions'
      | 'company'
      | 'peerClocks'
    >,
    own: OwnPart,
  ) {
    this.#parts = parts
    this.#own = own
    this.#log = options.log
    this.did = options.identity.did
    this.keyFile = join(options.home, 'keys', 'operational.key')
    this.network = options.network
    this.profile = options.profile
    this.clock = options.clock
    this.origins = options.origins ?? []
    this.bot =
      options.botAgent === undefined
        ? undefined
        : new Bot(options.botAgent, join(options.home, 'keys', 'web-bot-auth.key'))
    this.nonces = new NonceBook(options.clock)
    this.startedAtMs = options.clock()
    this.store = made.store
    this.events = made.events
    this.identities = made.identities
    this.evidence = made.evidence
    this.index = made.index
    this.writer = made.writer
    this.pipeline = made.pipeline
    this.author = made.author
    this.notes = made.notes
    this.outlook = made.outlook
    this.scoreWatch = made.scoreWatch
    this.confirmations = made.confirmations
    this.questions = made.questions
    this.interest = made.interest
    this.ownElsewhere = made.ownElsewhere
    this.completions = made.completions
    this.company = made.company
    this.peerClocks = made.peerClocks
    this.didWeb = options.didWeb
  }

  /**
   * A running node. When any part fails to start, those already started are stopped again.
   *
   * @throws {StoreError} when the store is locked, damaged or of another network.
   * @throws {NetworkError} when an address cannot be listened on.
   */
  static async start(options: NodeOptions): Promise<AipNode> {
    try {
      return await AipNode.#start(options, 'if-damaged')
    } catch (error) {
      if (!isDamage(error)) throw error
      // It opened, and what the node begins with could not be read.
      options.log.error('the store cannot be read', { error })
      return AipNode.#start(options, 'now')
    }
  }

  static async #start(options: NodeOptions, repair: 'if-damaged' | 'now'): Promise<AipNode> {
    await using starting = new AsyncDisposableStack()
    const { network, identity, clock, log } = options

    const store = await Store.open(options.home, {
      network: network.name,
      log: log.child('store'),
      verifier: nativeVerifier,
      copiesBeforeSteps: true,
      repair,
      ...(options.storeLimitBytes === undefined ? {} : { limitBytes: options.storeLimitBytes }),
      room: { ballastBytes: KEEPS_BALLAST[options.profile] ? BALLAST_LIMIT_BYTES : 0 },
      ...(options.lockFile === undefined ? {} : { lockFile: options.lockFile }),
    })
    starting.use(store)

    const events = new Events(clock)
    const salt = randomInt(2 ** 32)
    const index = new IndexState()
    const identities = new IdentityBook(network.workBits, store, salt)
    await identities.load()
    const evidence = new Evidence({
      source: evidenceOnDisk(store, index),
      shardBits: network.shardBits,
      salt,
    })
    const closing = new AbortController()
    /** A node that answers early reads when it answers: it would be late for the reading else. */
    const begun = Promise.withResolvers<void>()
    const isEarly = options.answersEarly === true
    if (!isEarly) begun.resolve()
    let isRead = false
    /** The mesh is built on the pipeline, and the pipeline asks the mesh for key logs. */
    const late: OwnPart = { identity, trust: options.trust }
    const reading = { store, evidence, identities, network, clock, log }
    const writing: WriterDeps = {
      store,
      identities,
      evidence,
      events,
      shardBits: network.shardBits,
      keeps: (did) => did === identity.did || late.notes?.named.has(did) === true,
      clock,
      log: log.child('writer'),
      readIndex: async () => {
        await begun.promise
        // After a write that failed the disk may know more than the book.
        if (isRead) await identities.load()
        isRead = true
        const { signal } = closing
        return readIndex({ ...reading, salt, state: index, signal })
      },
    }
    const writer = isEarly ? Writer.start(writing) : await Writer.open(writing)
    starting.defer(
      store.onTurn(() => {
        events.emit({
          kind: 'warning',
          message: storeWarning(store) ?? 'The store takes records again.',
        })
      }),
    )

    const olderLogs = starting.use(
      new OlderLogs({
        identityOf: (did) => identities.get(did),
        tell: (state) => late.mesh?.gossipIdentity(state),
      }),
    )
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
      onOlderLog: (did, source) => olderLogs.met(did, source),
      isFollowed: (record) =>
        record.issuer === identity.did ||
        late.interest?.follows(shardOf(shardSubject(record), network.shardBits)) !== false,
    })
    starting.use(pipeline)
    const ownState = IdentityState.of(identity.log)
    if (!identities.covers(ownState)) {
      // The writer takes nothing before all is read.
      begun.resolve()
      await writer.putIdentity(ownState)
    }

    const notes = await LocalNotes.open(store)
    late.notes = notes
    const context = (): Omit<TrustContext, 'nowMs'> => ({
      viewer: identity.did,
      ...late.trust,
      identityOf: (did) =>
        viewedState({ did: identity.did, identity: late.identity, notes }, identities.get(did)),
      pins: notes.pins,
      privateOutcomes: notes.privateOutcomes,
    })
    const outlook = await openOutlook(starting, {
      path: join(options.home, CHECKPOINT_FILE),
      network: network.name,
      ownKey: () => late.identity.signer.publicKey,
      store,
      notes,
      evidence,
      clock,
      context,
      log: log.child('outlook'),
    })
    const scoreWatch = starting.use(
      new ScoreWatch({
        own: identity.did,
        outlook,
        evidence,
        named: () => notes.named.keys(),
        events,
      }),
    )
    starting.defer(outlook.onChange((about) => scoreWatch.changed(about)))
    const completions = new Completions()
    const interest = starting.use(
      openInterest({
        own: identity.did,
        replication: options.replication ?? 'all',
        shardBits: network.shardBits,
        trust: () => late.trust,
        evidence,
        outlook,
        notes,
        writer,
        events,
        clock,
        log: log.child('interest'),
        scout: async (did, signal) =>
          fetchAll({ network, identities, completions, mesh: late.mesh, clock }, did, signal),
      }),
    )
    late.interest = interest
    const ownElsewhere = starting.use(
      openOwnElsewhere({
        own: identity.did,
        shardBits: network.shardBits,
        interest,
        evidence,
        store,
        writer,
        whenRead: async () => index.whenReady(closing.signal),
        mesh: () => late.mesh,
        clock,
        log: log.child('interest'),
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
        assertMaySign: (keyHex) => {
          assertMaySign(identities.get(identity.did), keyHex)
        },
      },
      lastSequence(
        identity.did,
        evidence,
        await store.ownSequence(toHex(identity.signer.publicKey)),
      ),
    )

    const tell = (message: string): void => {
      log.warn(message)
      events.emit({ kind: 'warning', message })
    }
    const isLocal = network.preset === 'local'
    const peerClocks = new PeerClocks({
      clock,
      peers: () => clockPeers(late.mesh, isLocal),
      onWrong: (sentence) => tell(`${sentence} Set the clock; run NTP.`),
    })
    let company: Company | undefined
    if (options.profile !== 'offline') {
      const identityOf = (did: Did): IdentityState | undefined => identities.get(did)
      const { shardBits } = network
      const sets = new HeldSets({
        store,
        isHeld: (id) => evidence.hasBytes(id),
        identityOf,
        shardBits,
        shards: () => interest.shards(),
        clock,
        log: log.child('sync'),
      })
      starting.defer(evidence.watch(sets))
      starting.defer(async () => sets.stop())
      // While the index is read, the sets are read after it: they are told when it is there.
      if (index.state !== 'reading') void sets.read()
      const sink: IngestSink = pipeline
      const { profile } = options
      const openMesh = async (listen: readonly string[]): Promise<Mesh> => {
        const mesh = await Mesh.start(
          {
            sink,
            evidence: evidenceSource(store, () => ({
              did: identity.did,
              ofKey: didOf(late.identity.signer.publicKey),
            })),
            syncSource: syncSource({ sets, store, identityOf }),
            identities,
            interest,
            published: () => publishedStates(identity.did, { evidence, identities, clock }),
            datastore: store.libp2pDatastore(),
            notes: notes.peers,
            smallNotes: smallNotes(store, clock),
            events,
            onTime: (peer, skewMs) => peerClocks.told(peer, skewMs),
            clock,
            log,
          },
          {
            seed: late.identity.seed,
            network,
            profile,
            listen,
            ...(options.p2p === undefined ? {} : { p2p: options.p2p }),
            userAgent: options.userAgent,
            ...(options.floodPublish === undefined ? {} : { floodPublish: options.floodPublish }),
          },
        )
        late.mesh = mesh
        followKnown(mesh, identities)
        return mesh
      }
      const describe = async (): Promise<void> => {
        const own = identities.get(identity.did)
        const { mesh, identity: present } = late
        if (own === undefined || mesh === undefined) return
        const described = withPresentDocument(own, {
          addresses: mesh.host.addresses(),
          signer: present.signer,
          network: network.name,
          nowMs: clock(),
        })
        if (described !== undefined) await writer.putIdentity(described)
      }
      const announce = async (mesh: Mesh): Promise<void> => {
        await describe()
        const own = identities.get(identity.did)
        if (own !== undefined) mesh.identityChanged(own)
      }
      starting.defer(async () => late.mesh?.[Symbol.asyncDispose]())
      const announced = announce(await openMesh(options.listen))
      company = starting.use(
        new Company({
          peers: () => ({
            connectedCount: late.mesh?.neighbours.count ?? 0,
            knownCount: late.mesh?.neighbours.known.length ?? 0,
          }),
          isLocal,
          onLong: ({ found, hint }) => tell(`${found} ${hint}`),
        }),
      )
      if (isEarly && index.state === 'reading') {
        announced.catch((error: unknown) => {
          log.error('the document was not renewed', { error })
        })
      } else await announced
      late.reopen = async () => {
        const mesh = await reopenMesh(late, { listen: options.listen, open: openMesh, log })
        await learnNewKeys(mesh, identities, writer)
        await announce(mesh)
      }
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
        isHeld: (did) => identities.has(did),
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
    starting.defer(() => {
      closing.abort()
      begun.resolve()
    })
    const afterReading = async (): Promise<void> => {
      await index.whenReady(closing.signal)
      for (const did of evidence.named()) logs.want(did)
      await identities.placeAll(closing.signal)
      if (late.mesh === undefined) return
      followKnown(late.mesh, identities)
      late.mesh.publishedChanged()
    }
    afterReading().catch((error: unknown) => {
      if (!closing.signal.aborted) log.error('key logs were not looked through', { error })
    })
    starting.defer(
      writer.onStored((record, source) => {
        wantLogs(logs, record, source.via === 'api' ? undefined : source.peer)
      }),
    )

    const unlisten = events.listen(({ event }) => {
      if (event.kind === 'peer.up') company?.came()
      else if (event.kind === 'peer.down') {
        peerClocks.gone(event.peer)
        company?.went()
      } else if (event.kind === 'identity.changed') {
        const state = identities.get(parseDid(event.did))
        if (state === undefined || late.mesh === undefined) return
        if (state.did === identity.did) late.mesh.identityChanged(state)
        else {
          late.mesh.keptChanged(state.did)
          followKeys(late.mesh, state)
        }
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

    const scrubbing = starting.use(
      new Scrubbing({
        store,
        writer,
        identities,
        author,
        clock,
        log: log.child('scrub'),
        want: (did) => logs.want(did),
        warn: (message) => events.emit({ kind: 'warning', message }),
      }),
    )
    scrubbing.start()

    const parts = { store, events, identities, evidence, index, writer, pipeline, author, notes }
    const seen = { outlook, scoreWatch, interest, ownElsewhere, completions, company, peerClocks }
    const made = { ...parts, ...asking, ...seen }
    starting.use(new MemoryKeeper(log.child('memory')))
    outlook.begin()
    late.beginReading = begun.resolve
    return new AipNode(starting.move(), options, made, late)
  }

  /**
   * Begins to read what is held, of a node that answers early: to be called when all that answers is
   * there, which would be late for the reading else.
   */
  beginReading(): void {
    this.#own.beginReading?.()
  }

  /** Whom this node's owner trusts by configuration. */
  get introducers(): TrustContext['introducers'] {
    return this.#own.trust.introducers
  }

  /** Takes others in their place; everybody is seen anew. */
  introduce(introducers: TrustContext['introducers']): void {
    this.#own.trust = { ...this.#own.trust, introducers }
    this.outlook.noted()
  }

  /** Scores by another profile from here on; how far this node looks around follows it. */
  judgeBy(profile: TrustContext['profile']): void {
    this.#own.trust = { ...this.#own.trust, profile }
    this.outlook.judgesAnew()
    this.interest.changed()
  }

  /** The key that speaks for this node now, and its log. */
  get identity(): OwnIdentity {
    return this.#own.identity
  }

  /** Absent under the profile `offline`, and while the key changes. */
  get mesh(): Mesh | undefined {
    return this.#own.mesh
  }

  /** Whether the key of this home still speaks for its agent. */
  get standing(): OwnStanding {
    return ownStanding(this.identities.get(this.did), this.author.keyHex)
  }

  /**
   * Speaks with another key from here on: the network host starts again under its peer id. When that
   * fails, the node is the new one all the same, without peers until it starts again.
   */
  async become(identity: OwnIdentity): Promise<void> {
    this.#own.identity = identity
    try {
      await this.#own.reopen?.()
    } catch (error) {
      this.warn(`The network did not start again under the new key: ${asError(error).message}`)
    }
  }

  /** The log has ended; the key stays, to pass on that it has. */
  ended(identity: OwnIdentity): void {
    this.#own.identity = identity
  }

  /** Tells the operator, in the log and in the events. */
  warn(message: string): void {
    this.#log.warn(message)
    this.events.emit({ kind: 'warning', message })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

/** What changes while the node runs: with its key, or with its owner's settings. */
interface OwnPart {
  identity: OwnIdentity
  /** How this node's owner judges by configuration, and whom they trust. */
  trust: NodeOptions['trust']
  notes?: LocalNotes
  mesh?: Mesh
  interest?: Interest
  beginReading?: () => void
  /** Left out where there is no network. */
  reopen?: () => Promise<void>
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

/** The connected peers, as far as their clocks are concerned. */
function clockPeers(mesh: Mesh | undefined, isLocal: boolean) {
  return (mesh?.neighbours.connected ?? []).map(({ peerId, address, direction }) => ({
    peerId,
    isChosen: direction === 'outbound',
    // On one machine addresses tell nobody apart.
    group: (isLocal ? undefined : providerOf(address)) ?? peerId,
  }))
}

/** The agents whose key the peers of the address book have, or had. */
function knownAgents({ neighbours }: Mesh, identities: IdentityBook): ReadonlySet<Did> {
  const dids = new Set<Did>()
  for (const { peerId } of neighbours.known) {
    const key = keyOfPeerId(peerId)
    const did = key === undefined ? undefined : identities.agentOf(key)
    if (did !== undefined) dids.add(did)
  }
  return dids
}

function followKnown(mesh: Mesh, identities: IdentityBook): void {
  for (const did of knownAgents(mesh, identities)) {
    const state = identities.get(did)
    if (state !== undefined) followKeys(mesh, state)
  }
}

/** An agent whose key was replaced is dialled under its new peer id, where it answered before. */
function followKeys({ neighbours }: Mesh, { did, branches, isForked }: IdentityState): void {
  const [{ epochs, current }] = branches
  if (neighbours.isDenied(did)) {
    for (const log of branches) {
      for (const { key } of log.epochs) neighbours.agentHas(did, peerIdOfKey(key))
    }
  }
  if (isForked || current === undefined || epochs.length === 1) return
  const present = peerIdOfKey(current.key)
  for (const { key } of epochs) neighbours.renamed(peerIdOfKey(key), present)
}

/**
 * Peers that changed their key while this node changed its own cannot be met under their old id. They
 * put their log into this node's part of the DHT before they went.
 */
async function learnNewKeys(mesh: Mesh, identities: IdentityBook, writer: Writer): Promise<void> {
  for (const did of knownAgents(mesh, identities)) {
    const held = await mesh.directory.held(did)
    if (held !== undefined) await writer.putIdentity(held)
  }
}

/** Why the store takes less than it should. */
export function storeWarning(store: Store): string | undefined {
  if (store.failed !== undefined) return store.failed.message
  if (store.needsRepair) {
    return 'A part of the store cannot be read. Start the node again: it repairs the store.'
  }
  if (!store.isTight) return undefined
  return `The store has reached its limit of ${store.limitBytes} bytes: nothing of others is taken. Raise store.limitBytes, or follow fewer shards.`
}

/** The highest that is known: a store that lost a part may have lost the number or the records. */
function lastSequence(
  did: Did,
  evidence: Evidence,
  stored: number | undefined,
): number | undefined {
  let highest = stored
  for (const { record } of evidence.by(did)) {
    if (highest === undefined || record.sequence > highest) highest = record.sequence
  }
  return highest
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
