/**
 * One node of the simulation: the parts of the product's node, wired as `src/node/node.ts` and
 * `mesh.ts` wire them, over a simulated disk, network and time. What is left out is what speaks to the
 * real world: libp2p's host, files, the interface.
 */
import { toHex } from '../../../src/base/bytes.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { MINUTE_MS } from '../../../src/base/units.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import type { Did } from '../../../src/identity/did.ts'
import type { IdentityState } from '../../../src/identity/state.ts'
import { Author } from '../../../src/node/author.ts'
import { evidenceOnDisk, evidenceSource } from '../../../src/node/evidence-source.ts'
import { Evidence } from '../../../src/node/evidence.ts'
import { Events } from '../../../src/node/events.ts'
import { IdentityBook } from '../../../src/node/identity-book.ts'
import { IndexState } from '../../../src/node/index-state.ts'
import { OlderLogs } from '../../../src/node/ingest/older-logs.ts'
import { Pipeline } from '../../../src/node/ingest/pipeline.ts'
import { Writer } from '../../../src/node/ingest/writer.ts'
import { Outlook } from '../../../src/node/outlook.ts'
import { readIndex } from '../../../src/node/read-index.ts'
import { syncSource } from '../../../src/node/sync/sync-source.ts'
import { HeldSets } from '../../../src/node/sync/sync-sets.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { REFUSAL_VERDICT } from '../../../src/p2p/gossip/verdict.ts'
import { Reconciliation } from '../../../src/p2p/sync/reconciliation.ts'
import type { SyncSource } from '../../../src/p2p/ports.ts'
import type { AipRecord } from '../../../src/records/record.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { shardOf } from '../../../src/records/replica/lanes.ts'
import type { Replica } from '../../../src/records/replica/replica.ts'
import type { Dice } from '../dice.ts'
import { SimulatedDisk } from './disk.ts'
import { simulatedVerifier } from './keys.ts'
import { format, openStore } from './store.ts'
import type { Life, VirtualTime } from './time.ts'
import type { Endpoint, Parcel, Wire } from './wire.ts'

export const NETWORK = 'simulated'
export const RULES = { shardBits: 1, shardLimitBytes: 4 * 1024 * 1024, workBits: 0 }
/** How many peers a message of gossip is passed on to. */
const DEGREE = 3
/** Peers reconcile this often, give or take half. */
const TIMING = { intervalMs: 2 * MINUTE_MS, apartMs: 1_000 }
/** A peer that wasted this node's time is away for so long. */
const HUNG_UP_MS = MINUTE_MS

export interface NodeSettings {
  readonly index: number
  readonly name: string
  readonly signer: Signer
  /** Its agent's key log, as it begins. */
  readonly state: IdentityState
  readonly shards: readonly number[]
  readonly clockOffsetMs: number
  readonly introducers: readonly { readonly did: Did; readonly level: number }[]
  /** Whose view is computed at every node, so that all can be compared. */
  readonly viewer: Did
  /** A planted defect of admission. */
  readonly spoil?: ((replica: Replica) => Replica) | undefined
  readonly lyingDisk: boolean
}

/** What a node does that others have to know. */
export interface NodeWatcher {
  /** Its agent has signed these bytes; they are not stored yet. */
  readonly signed: (node: SimulatedNode, bytes: Uint8Array) => void
  readonly accepted: (node: SimulatedNode, id: string) => void
  readonly evicted: (node: SimulatedNode, id: string) => void
  readonly identityChanged: (node: SimulatedNode, did: Did) => void
  readonly failed: (node: SimulatedNode, what: string) => void
  /** It has read its disk, and nothing has come since. */
  readonly started: (node: SimulatedNode) => void
}

/** How a liar differs from an honest node. */
export interface Lies {
  readonly mangle: (bytes: Uint8Array) => Uint8Array | undefined
  readonly source: (honest: SyncSource) => SyncSource
  readonly withholdsIdentity: () => boolean
  readonly relays: () => boolean
}

/** What one life of a node is made of. */
interface Parts {
  readonly evidence: Evidence
  readonly identities: IdentityBook
  readonly writer: Writer
  readonly pipeline: Pipeline
  readonly sync: Reconciliation
  readonly author: Author
  readonly outlook: Outlook
  readonly endpoint: Endpoint
}

export interface NodeWorld {
  readonly time: VirtualTime
  readonly wire: Wire
  readonly dice: Dice
  readonly watcher: NodeWatcher
  /** Whether the first of the two dialled the second. */
  readonly dialled: (from: string, to: string) => boolean
}

export class SimulatedNode {
  readonly settings: NodeSettings
  readonly peer: string
  /** With which its agent signs now. */
  signer: Signer
  readonly lies: Lies | undefined
  readonly #world: NodeWorld
  readonly #disk: SimulatedDisk
  readonly #up = new Set<string>()
  readonly #hungUp = new Map<string, number>()
  #life: Life | undefined
  #parts: Parts | undefined
  #isFormatted = false

  constructor(settings: NodeSettings, world: NodeWorld, lies?: Lies) {
    this.settings = settings
    this.signer = settings.signer
    this.lies = lies
    this.#world = world
    this.peer = peerIdOfKey(settings.signer.publicKey)
    this.#disk = new SimulatedDisk(world.time, world.dice, settings.lyingDisk)
  }

  get isHonest(): boolean {
    return this.lies === undefined
  }

  get isOff(): boolean {
    return this.#life === undefined
  }

  /** Undefined while it is off, or begins. */
  get parts(): Parts | undefined {
    return this.#parts
  }

  /** Sorted. */
  heldIn(shard: number): readonly string[] {
    return [...(this.#parts?.writer.idsIn(shard) ?? [])].toSorted()
  }

  get clock(): number {
    return this.#world.time.nowMs + this.settings.clockOffsetMs
  }

  /** Does something at the node, in its present life. */
  act(work: (parts: Parts) => Promise<void> | void): void {
    const life = this.#life
    if (life === undefined) return
    this.#world.time.after(
      0,
      () => {
        if (this.#parts === undefined) return
        const done = work(this.#parts)
        done?.catch((error: unknown) => this.#world.watcher.failed(this, String(error)))
      },
      life,
    )
  }

  start(): void {
    const life: Life = { name: this.settings.name, isOver: false }
    this.#life = life
    this.#world.time.after(
      0,
      () => {
        this.#boot(life).catch((error: unknown) => {
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
          this.#world.watcher.failed(this, `it does not start: ${text}`)
        })
      },
      life,
    )
  }

  /** Ends its life at once: what was not synced is lost, and nobody is told. */
  crash(): void {
    if (this.#life === undefined) return
    this.#life.isOver = true
    this.#life = undefined
    if (this.#parts !== undefined) this.#world.wire.leave(this.#parts.endpoint)
    this.#parts = undefined
    this.#up.clear()
    this.#hungUp.clear()
    this.#disk.crash()
  }

  /** Passes a message to some peers. */
  gossip(kind: Parcel, bytes: Uint8Array, except?: string): void {
    const { wire, dice } = this.#world
    const others = [...this.#up].filter((peer) => peer !== except)
    for (const peer of dice.some(others, DEGREE)) wire.post(kind, bytes, this.peer, peer)
  }

  #peers(): { readonly peerId: string; readonly isChosen: boolean }[] {
    const { dialled, time } = this.#world
    return [...this.#up]
      .filter((peer) => (this.#hungUp.get(peer) ?? 0) <= time.elapsedMs)
      .map((peerId) => ({ peerId, isChosen: dialled(this.peer, peerId) }))
  }

  async #boot(life: Life): Promise<void> {
    const { settings } = this
    const { dice, wire, watcher } = this.#world
    const clock = (): number => this.clock
    const log = silentLogger
    const storeSettings = { network: NETWORK, verifier: simulatedVerifier, clock, log }
    if (!this.#isFormatted) {
      await format(this.#disk, storeSettings)
      this.#isFormatted = true
    }
    const store = await openStore(this.#disk, storeSettings)
    const events = new Events(clock)
    const salt = dice.below(2 ** 31)
    const index = new IndexState()
    const identities = new IdentityBook(RULES.workBits, store, salt)
    await identities.load()
    const source = evidenceOnDisk(store, index)
    const evidence = new Evidence({ source, shardBits: RULES.shardBits, salt })
    const reading = { store, evidence, identities, network: RULES, clock, log, salt, state: index }
    const writer = await Writer.open({
      store,
      identities,
      evidence,
      events,
      shardBits: RULES.shardBits,
      clock,
      log,
      readIndex: async () => {
        const replica = await readIndex(reading)
        return settings.spoil?.(replica) ?? replica
      },
    })
    events.listen(({ event }) => {
      if (event.kind === 'record.accepted') watcher.accepted(this, event.id)
      if (event.kind === 'record.evicted') watcher.evicted(this, event.id)
      if (event.kind === 'identity.changed') watcher.identityChanged(this, event.did)
    })
    const outlook = new Outlook({
      evidence,
      clock,
      context: () => ({
        viewer: settings.viewer,
        profile: 'strict',
        introducers: settings.introducers,
        identityOf: (did) => identities.get(did),
        pins: new Map(),
        privateOutcomes: [],
      }),
    })
    outlook.begin()
    const olderLogs = new OlderLogs({
      identityOf: (did) => identities.get(did),
      tell: ({ bytes }) => this.gossip('identity', bytes),
    })
    const follows = (record: AipRecord): boolean =>
      settings.shards.includes(shardOf(shardSubject(record), RULES.shardBits))
    const pipeline: Pipeline = new Pipeline({
      network: NETWORK,
      verifier: simulatedVerifier,
      clock,
      identities,
      writer,
      events,
      log,
      askIdentity: async (peer, did, signal) => {
        const bytes = await wire.ask(endpoint, peer, did)
        signal.throwIfAborted()
        return bytes === undefined
          ? undefined
          : pipeline.offerIdentity(bytes, { via: 'query', peer })
      },
      onMisbehaviour: () => undefined,
      onOlderLog: (did, from) => olderLogs.met(did, from),
      isFollowed: (record) => record.issuer === settings.state.did || follows(record),
    })
    if (!identities.covers(settings.state)) await writer.putIdentity(settings.state)
    const identityOf = (did: Did): IdentityState | undefined => identities.get(did)
    const sets = new HeldSets({
      store,
      isHeld: (id) => evidence.hasBytes(id),
      identityOf,
      shardBits: RULES.shardBits,
      shards: () => settings.shards,
      clock,
      log,
    })
    evidence.watch(sets)
    void sets.read()
    const served = evidenceSource(store, () => ({
      did: settings.state.did,
      ofKey: settings.state.did,
    }))
    const endpoint: Endpoint = {
      peer: this.peer,
      life,
      receive: (kind, bytes, from) => this.#receive(kind, bytes, from),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was a DID when it was asked for
      identity: async (did) =>
        this.lies?.withholdsIdentity() === true ? undefined : served.identity(did as Did),
      linkChanged: (peer, isUp) => this.#linkChanged(peer, isUp),
      ...(this.lies === undefined ? {} : { mangle: this.lies.mangle }),
    }
    const honestSource = syncSource({ sets, store, identityOf })
    const sync = new Reconciliation({
      libp2p: wire.libp2pOf(endpoint),
      network: NETWORK,
      shardBits: RULES.shardBits,
      source: this.lies?.source(honestSource) ?? honestSource,
      sink: pipeline,
      isPeerFault: (code) => REFUSAL_VERDICT[code] === 'reject',
      peers: () => this.#peers(),
      log,
      clock,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => dice.below(256)),
      timing: TIMING,
      onDrop: (peer) => {
        this.#hungUp.set(peer, this.#world.time.elapsedMs + HUNG_UP_MS)
      },
      random: () => dice.next(),
    })
    const author = new Author(
      {
        network: NETWORK,
        did: settings.state.did,
        signer: this.signer,
        pipeline: {
          offerOwn: async (signed, own) => {
            for (const bytes of signed) watcher.signed(this, bytes)
            return pipeline.offerOwn(signed, own)
          },
        },
        clock,
        publish: (records) => {
          for (const { bytes } of records) this.gossip('record', bytes)
        },
        assertMaySign: () => undefined,
      },
      await store.ownSequence(toHex(this.signer.publicKey)),
    )
    this.#parts = { evidence, identities, writer, pipeline, sync, author, outlook, endpoint }
    watcher.started(this)
    wire.join(endpoint)
    await sync.listen()
    sync.start()
  }

  #receive(kind: Parcel, bytes: Uint8Array, from: string): void {
    const pipeline = this.#parts?.pipeline
    if (pipeline !== undefined) void this.#take(pipeline, kind, bytes, from)
  }

  /** Passes on what is new here. */
  async #take(pipeline: Pipeline, kind: Parcel, bytes: Uint8Array, from: string): Promise<void> {
    const source = { via: 'gossip', peer: from } as const
    const offered = await (kind === 'record'
      ? pipeline.offer(bytes, source)
      : pipeline.offerIdentity(bytes, source))
    const isNew = offered.kind === 'taken' && offered.fresh
    if (isNew && this.lies?.relays() !== false) this.gossip(kind, bytes, from)
  }

  #linkChanged(peer: string, isUp: boolean): void {
    const sync = this.#parts?.sync
    // What was true when it was sent may be so no more.
    if (sync === undefined || this.#world.wire.areLinked(this.peer, peer) !== isUp) return
    if (isUp === this.#up.has(peer)) return
    if (isUp) {
      this.#up.add(peer)
      sync.peerUp(peer)
    } else {
      this.#up.delete(peer)
      sync.peerDown(peer)
    }
  }
}
