/**
 * Keeps this node among others: knows peers, dials those that are missing, remembers what worked.
 *
 * libp2p redials five times and forgets, and its bootstrap dials once. So a look every now and then
 * finds who is missing: bootstrap addresses and peers the operator named for ever; anchors and others
 * while there are fewer than the profile wants, each with a back-off of its own. Specification:
 * docs/spec/gossip.md, "Peers".
 */
import type { IdentifyResult, Libp2p, PeerId, PeerInfo } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { ipOf, parseAddress, peerIdOf, relayOf, transportOf, withPeerId } from '../addresses.ts'
import type { Transport } from '../addresses.ts'
import { NetworkError } from '../error.ts'
import type { Gate } from '../gate.ts'
import { ADDRESSES_PER_PEER_LIMIT, ADDRESS_BOOK_LIMIT, TARGET_PEER_COUNT } from '../limits.ts'
import type { Profile } from '../limits.ts'
import { safely } from '../safely.ts'
import { AddressBook } from './address-book.ts'
import type { Candidate, PeerNote, PeerNotes } from './address-book.ts'
import { areSameAnchors, chooseAnchors } from './anchors.ts'
import type { Anchor } from './anchors.ts'
import { parseDenied } from './deny-list.ts'
import type { Denied } from './deny-list.ts'
import { closeIdleDuplicates } from './duplicates.ts'
import { INVITE_SCHEME, parseInvite } from './invite.ts'
import { tagPeer } from './keep-alive.ts'
import { Liveness } from './liveness.ts'
import type { PeerMemory } from './memory.ts'
import type { Carried } from '../traffic.ts'
import { NoteKeeper } from './note-keeper.ts'
import { trimPeerStore } from './peer-store.ts'
import { change, PROVIDER_SHARE, providerOf } from './provider.ts'
import { PEER_TIMING } from './timing.ts'
import type { PeerTiming } from './timing.ts'

export interface NeighboursDeps {
  readonly libp2p: Pick<
    Libp2p<{ ping: Ping }>,
    | 'addEventListener'
    | 'removeEventListener'
    | 'dial'
    | 'getConnections'
    | 'getPeers'
    | 'hangUp'
    | 'peerId'
    | 'peerStore'
    | 'services'
  >
  readonly gate: Gate
  readonly notes: PeerNotes
  /** Anchors and the deny list; without it they go with the process. */
  readonly memory?: PeerMemory
  /** Where agents that are known here say that their nodes are, in order of interest. */
  readonly endpoints?: () => Iterable<SignedEndpoint>
  /** Tells of peers found on the LAN. */
  readonly onFound?: (listener: (peer: PeerInfo) => void) => () => void
  /** What the host can dial; TCP alone when absent. */
  readonly speaks?: (transport: Transport) => boolean
  readonly log: Logger
  readonly clock: Clock
  /** In [0, 1); for jitter only. */
  readonly random?: () => number
}

export interface NeighboursConfig {
  readonly network: {
    readonly name: string
    readonly preset: 'local' | 'public'
    readonly bootstrap: readonly string[]
  }
  readonly profile: Profile
  /** Whether connections are closed to those without a pre-shared key. */
  readonly isPrivate?: boolean
  readonly targetCount?: number
  readonly timing?: Partial<PeerTiming>
}

export interface PeerEvent {
  readonly kind: 'up' | 'down'
  readonly peerId: string
  /** Peers connected now. */
  readonly count: number
}

/** One connected peer, for people. */
export interface Neighbour {
  readonly peerId: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly connectedSinceMs: number
  readonly latencyMs: number | undefined
  /** `undefined` where they are not counted. */
  readonly carried: Carried | undefined
}

/** What an agent's signed document says of its node. */
export interface SignedEndpoint {
  readonly peerId: string
  readonly did: Did
  /** Multiaddrs that end with the peer's id. */
  readonly addresses: readonly string[]
}

/** Dials under way at a time. */
const DIALS_LIMIT = 8
const PEER_STORE_CHECK_MS = 10 * MINUTE_MS
/** Peers that documents tell of, taken in at one look. */
const ENDPOINTS_LIMIT = 32

export class Neighbours implements AsyncDisposable {
  readonly #deps: NeighboursDeps
  readonly #config: NeighboursConfig
  readonly #timing: PeerTiming
  readonly #book: AddressBook
  readonly #liveness: Liveness
  readonly #keeper: NoteKeeper
  readonly #targetCount: number
  readonly #listeners = new Set<(event: PeerEvent) => void>()
  readonly #upSinceMs = new Map<string, number>()
  readonly #dialling = new Map<string, Promise<unknown>>()
  readonly #closing = new AbortController()
  readonly #stopped: (() => void)[] = []
  #anchors: readonly Anchor[] = []
  #askedEndpointsMs = -Infinity

  /** Recalls what was noted, and dials at once. The host has been started. */
  static async start(deps: NeighboursDeps, config: NeighboursConfig): Promise<Neighbours> {
    const neighbours = new Neighbours(deps, config)
    neighbours.#book.recall(await deps.notes.list())
    neighbours.#anchors = (await deps.memory?.anchors()) ?? []
    neighbours.#book.recallAnchors(neighbours.#anchors)
    for (const entry of (await deps.memory?.denied()) ?? []) deps.gate.denied.add(entry)
    for (const address of config.network.bootstrap) {
      neighbours.#book.choose(address, peerIdOf(parseAddress(address)))
    }
    neighbours.#begin()
    return neighbours
  }

  private constructor(deps: NeighboursDeps, config: NeighboursConfig) {
    this.#deps = deps
    this.#config = config
    this.#timing = { ...PEER_TIMING[config.network.preset], ...config.timing }
    this.#targetCount = config.targetCount ?? TARGET_PEER_COUNT[config.profile]
    this.#book = new AddressBook({
      entryLimit: ADDRESS_BOOK_LIMIT,
      addressLimit: ADDRESSES_PER_PEER_LIMIT,
      ...(this.#isPublic ? { perProviderLimit: ADDRESS_BOOK_LIMIT * PROVIDER_SHARE } : {}),
      ...this.#timing,
      random: deps.random ?? Math.random,
    })
    this.#keeper = new NoteKeeper(deps.notes, deps.log)
    this.#liveness = new Liveness(deps.libp2p, deps.log, this.#timing.pingTimeoutMs)
  }

  /** Calls `listener` for each peer that comes or goes. Returns what ends that. */
  onChange(listener: (event: PeerEvent) => void): () => void {
    const safe = safely(this.#deps.log, 'peer event', listener)
    this.#listeners.add(safe)
    return () => this.#listeners.delete(safe)
  }

  /** Where addresses tell owners apart. */
  get #isPublic(): boolean {
    return this.#config.network.preset === 'public'
  }

  get count(): number {
    return this.#deps.libp2p.getPeers().length
  }

  get connected(): readonly Neighbour[] {
    return this.#deps.libp2p.getPeers().flatMap((peer) => {
      const connections = this.#deps.libp2p.getConnections(peer)
      const connection = connections.find(({ limits }) => limits === undefined) ?? connections[0]
      if (connection === undefined) return []
      return [
        {
          peerId: peer.toString(),
          address: connection.remoteAddr.toString(),
          direction: connection.direction,
          connectedSinceMs: connection.timeline.open,
          latencyMs: this.#liveness.latencyMs(peer.toString()),
          carried: this.#deps.gate.traffic.of(connection.remoteAddr.toString()),
        },
      ]
    })
  }

  /** Everybody in the address book, connected or not. */
  get known(): readonly PeerNote[] {
    return this.#book.notes
  }

  /**
   * Adds a peer by invite or multiaddr, dials it now, and keeps trying for ever after.
   *
   * @returns the peer that answered.
   * @throws {NetworkError} `p2p/address-invalid`, `p2p/invite-invalid`, `p2p/other-network`,
   *   `p2p/transport-off`; and `p2p/dial-failed` or `p2p/no-common-key` when nobody answers now whom
   *   this node can speak with (the address is kept).
   */
  async add(text: string): Promise<{ readonly peerId: string }> {
    const { address, did } = this.#readAddress(text)
    const parsed = parseAddress(address)
    const transport = transportOf(parsed)
    if (!this.#speaks(transport)) throw new NetworkError({ code: 'p2p/transport-off', transport })
    this.#deps.gate.choose(parsed)
    const peerId = peerIdOf(parsed)
    // Whoever names a peer wants it; a range or an agent that is denied stays so.
    if (peerId !== undefined) await this.readmit(peerId)
    if (!this.#deps.gate.mayDial(parsed)) {
      throw new NetworkError({
        code: 'p2p/address-invalid',
        reason: 'it is denied, or private on a public network',
      })
    }
    this.#book.choose(address, peerId, did)
    const key = peerId ?? address
    await this.#dialling.get(key)
    const found = await this.#dial({ key, peerId, addresses: [address], isChosen: true })
    if (typeof found === 'string') return { peerId: found }
    const code =
      found.isHandshake && this.#config.isPrivate === true ? 'no-common-key' : 'dial-failed'
    throw new NetworkError({ code: `p2p/${code}`, address })
  }

  /** A peer's key was replaced: from now on it is looked for under its new id, where it was. */
  renamed(from: string, to: string): void {
    for (const note of this.#book.renamed(from, to)) this.#keeper.keep(note)
  }

  isDenied(did: Did): boolean {
    return this.#deps.gate.denied.deniesAgent(did)
  }

  /** An agent goes under this peer id; where the agent is denied, so is the peer from now on. */
  agentHas(did: Did, peerId: string): void {
    if (!this.#deps.gate.denied.agentHas(did, peerId)) return
    this.#hangUpDenied().catch((thrown: unknown) => {
      this.#deps.log.warn('a denied peer is still here', { error: asError(thrown).message })
    })
  }

  /** Forgets a peer or a chosen address, and hangs up. Returns whether it was known. */
  async remove(key: string): Promise<boolean> {
    const wasKnown = this.#book.forget(key)
    const peer = this.#deps.libp2p.getPeers().find((one) => one.toString() === key)
    if (peer !== undefined) await this.#hangUp(peer)
    return wasKnown || peer !== undefined
  }

  /**
   * Keeps a peer, an agent or a range of addresses out, and hangs up on whom that is.
   *
   * @param peerIds  under which a denied agent is known to go.
   * @throws {NetworkError} `p2p/deny-invalid`, `p2p/deny-full`.
   */
  async ban(text: string, peerIds: readonly string[] = []): Promise<Denied> {
    const { gate, memory, clock } = this.#deps
    const made = { ...parseDenied(text), sinceMs: clock(), isConfigured: false }
    const entry = gate.denied.add(made)
    if (entry.kind === 'agent') for (const id of peerIds) gate.denied.agentHas(entry.subject, id)
    if (!entry.isConfigured) await memory?.keepDenied(entry)
    if (entry.kind === 'peer') this.#book.forget(entry.subject)
    await this.#hangUpDenied()
    return entry
  }

  /** Lets somebody in again. Returns whether they were kept out, and not by the configuration. */
  async readmit(text: string): Promise<boolean> {
    const { subject } = parseDenied(text)
    const wasDenied = this.#deps.gate.denied.remove(subject)
    if (wasDenied) await this.#deps.memory?.dropDenied(subject)
    return wasDenied
  }

  get denied(): readonly Denied[] {
    return this.#deps.gate.denied.entries
  }

  async stop(): Promise<void> {
    await this.#keepAnchors()
    this.#closing.abort()
    for (const undo of this.#stopped.splice(0)) undo()
    this.#listeners.clear()
    await Promise.allSettled(this.#dialling.values())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #begin(): void {
    const { libp2p, log } = this.#deps
    const up = safely(log, 'peer:connect', ({ detail }: CustomEvent<PeerId>) => {
      this.#wentUp(detail)
    })
    const down = safely(log, 'peer:disconnect', ({ detail }: CustomEvent<PeerId>) => {
      this.#wentDown(detail)
    })
    const told = safely(log, 'peer:identify', ({ detail }: CustomEvent<IdentifyResult>) =>
      this.#identified(detail),
    )
    const unfound = this.#deps.onFound?.(safely(log, 'peer found', (peer) => this.#found(peer)))
    if (unfound !== undefined) this.#stopped.push(unfound)
    libp2p.addEventListener('peer:connect', up)
    libp2p.addEventListener('peer:disconnect', down)
    libp2p.addEventListener('peer:identify', told)
    this.#stopped.push(
      () => {
        libp2p.removeEventListener('peer:connect', up)
        libp2p.removeEventListener('peer:disconnect', down)
        libp2p.removeEventListener('peer:identify', told)
      },
      this.#every(this.#timing.tickMs, 'missing peers', () => {
        this.#look()
      }),
      this.#every(this.#timing.pingMs, 'liveness', () => this.#liveness.askAll()),
      this.#every(PEER_STORE_CHECK_MS, 'peer store', () => trimPeerStore(this.#deps.libp2p)),
      this.#every(this.#timing.anchorCheckMs, 'anchors', () => this.#keepAnchors()),
    )
    for (const peer of libp2p.getPeers()) this.#upSinceMs.set(peer.toString(), this.#deps.clock())
    this.#look()
  }

  #every(ms: number, what: string, work: () => unknown): () => void {
    const timer = setInterval(safely(this.#deps.log, what, work), ms)
    return () => {
      clearInterval(timer)
    }
  }

  /** Dials who is missing. */
  #look(): void {
    const connected = new Set(this.#deps.libp2p.getPeers().map(String))
    const count = this.#targetCount - connected.size - this.#dialling.size
    connected.add(this.#deps.libp2p.peerId.toString())
    const wanted = {
      connected,
      count,
      ...(this.#isPublic ? { perProvider: this.#perProvider() } : {}),
    }
    let candidates = this.#book.candidates(this.#deps.clock(), wanted)
    if (candidates.length < count && this.#askDocuments()) {
      candidates = this.#book.candidates(this.#deps.clock(), wanted)
    }
    for (const candidate of candidates) {
      if (this.#dialling.size >= DIALS_LIMIT) break
      if (!this.#dialling.has(candidate.key)) void this.#dial(candidate)
    }
    closeIdleDuplicates(this.#deps.libp2p, this.#timing.duplicateGraceMs)
  }

  get #outbound(): readonly { readonly peerId: string; readonly address: string }[] {
    return this.#deps.libp2p
      .getConnections()
      .filter(({ direction, limits }) => direction === 'outbound' && limits === undefined)
      .map(({ remotePeer, remoteAddr }) => ({
        peerId: remotePeer.toString(),
        address: remoteAddr.toString(),
      }))
  }

  #perProvider() {
    const counts = new Map<string, number>()
    for (const { address } of this.#outbound) {
      const provider = providerOf(address)
      if (provider !== undefined) change(counts, provider, 1)
    }
    return { counts, limit: Math.max(1, Math.floor(this.#targetCount * PROVIDER_SHARE)) }
  }

  /** Takes in where known agents say they are, now and then. Returns whether that brought anybody. */
  #askDocuments(): boolean {
    const { endpoints, clock, libp2p } = this.#deps
    const nowMs = clock()
    if (endpoints === undefined || nowMs - this.#askedEndpointsMs < this.#timing.documentsMs) {
      return false
    }
    this.#askedEndpointsMs = nowMs
    const self = libp2p.peerId.toString()
    let taken = 0
    for (const { peerId, did, addresses } of endpoints()) {
      if (taken >= ENDPOINTS_LIMIT) break
      if (peerId === self || this.#book.has(peerId)) continue
      const dialable = addresses.filter((address) => this.#isDialable(address))
      if (dialable.length === 0) continue
      this.#book.told(peerId, did, dialable, nowMs)
      taken++
    }
    return taken > 0
  }

  #speaks(transport: Transport): boolean {
    return transport === 'tcp' || (this.#deps.speaks?.(transport) ?? false)
  }

  #isDialable(text: string): boolean {
    try {
      const address = parseAddress(text)
      return this.#speaks(transportOf(address)) && this.#deps.gate.mayDial(address)
    } catch {
      return false // a transport that nobody here speaks, or too long
    }
  }

  async #keepAnchors(): Promise<void> {
    const nowMs = this.#deps.clock()
    const outbound = this.#outbound.map(({ peerId, address }) => ({
      peerId,
      address,
      sinceMs: this.#upSinceMs.get(peerId) ?? nowMs,
    }))
    const before = this.#anchors
    this.#anchors = chooseAnchors(outbound, before, {
      nowMs,
      leastMs: this.#timing.anchorAfterMs,
      onePerProvider: this.#isPublic,
    })
    this.#book.setAnchors(new Set(this.#anchors.map(({ peerId }) => peerId)))
    if (!areSameAnchors(before, this.#anchors)) await this.#deps.memory?.keepAnchors(this.#anchors)
  }

  /** The peer that answered, or what went wrong. Never rejects. */
  async #dial(candidate: Candidate): Promise<string | DialFault> {
    const dial = this.#tryDial(candidate)
    this.#dialling.set(candidate.key, dial)
    try {
      return await dial
    } finally {
      this.#dialling.delete(candidate.key)
    }
  }

  async #tryDial({ key, peerId, addresses }: Candidate): Promise<string | DialFault> {
    const { libp2p, log, clock } = this.#deps
    const timeout = AbortSignal.timeout(this.#timing.dialTimeoutMs)
    try {
      const targets = addresses.map((address) =>
        peerId === undefined ? multiaddr(address) : withPeerId(multiaddr(address), peerId),
      )
      const connection = await libp2p.dial(targets, {
        signal: AbortSignal.any([timeout, this.#closing.signal]),
      })
      const found = connection.remotePeer.toString()
      const address = connection.remoteAddr.toString()
      this.#keep(this.#book.reached(key, found, address, clock()))
      return found
    } catch (thrown) {
      if (!this.#closing.signal.aborted) {
        log.debug('a dial failed', { peer: key, error: asError(thrown).message })
      }
      this.#book.missed(key, clock())
      return { isHandshake: asError(thrown).name === 'EncryptionFailedError' }
    }
  }

  #keep(note: PeerNote | undefined): void {
    if (note !== undefined) this.#keeper.keep(note)
  }

  #wentUp(peer: PeerId): void {
    const peerId = peer.toString()
    this.#upSinceMs.set(peerId, this.#deps.clock())
    tagPeer(this.#deps.libp2p, peer, this.#book.standingOf(peerId)).catch((thrown: unknown) => {
      this.#deps.log.debug('a peer was not tagged', { error: asError(thrown).message })
    })
    this.#tell('up', peer)
  }

  #wentDown(peer: PeerId): void {
    const peerId = peer.toString()
    const nowMs = this.#deps.clock()
    const sinceMs = this.#upSinceMs.get(peerId) ?? nowMs
    this.#upSinceMs.delete(peerId)
    this.#liveness.forget(peerId)
    this.#book.lost(peerId, nowMs, nowMs - sinceMs < this.#timing.shortLifeMs)
    this.#tell('down', peer)
  }

  #tell(kind: PeerEvent['kind'], peer: PeerId): void {
    const event = { kind, peerId: peer.toString(), count: this.count }
    for (const listener of this.#listeners) listener(event)
  }

  /** Only peers that speak gossip are remembered: others use libp2p for something else. */
  #identified(result: IdentifyResult): void {
    if (!result.protocols.some((protocol) => protocol.startsWith('/meshsub/'))) return
    const peerId = result.peerId.toString()
    const told = result.signedPeerRecord?.addresses ?? result.listenAddrs
    const dialable = told
      .map((address) => withPeerId(address, peerId).toString())
      .filter((address) => this.#isDialable(address))
    this.#keep(this.#book.learned(peerId, dialable, this.#deps.clock()))
  }

  /** A peer on the LAN, met by nobody yet. */
  #found({ id, multiaddrs }: PeerInfo): void {
    const peerId = id.toString()
    if (this.#book.has(peerId)) return
    const addresses = multiaddrs
      .map((address) => withPeerId(address, peerId).toString())
      .filter((address) => this.#isDialable(address))
    if (addresses.length === 0) return
    this.#book.told(peerId, undefined, addresses, this.#deps.clock())
    this.#look()
  }

  async #hangUpDenied(): Promise<void> {
    const { libp2p, gate } = this.#deps
    const denied = libp2p.getConnections().filter(({ remotePeer, remoteAddr }) => {
      const ip = relayOf(remoteAddr) === undefined ? ipOf(remoteAddr) : undefined
      return (
        gate.denied.deniesPeer(remotePeer.toString()) ||
        (ip !== undefined && gate.denied.deniesIp(ip))
      )
    })
    await Promise.all(denied.map(({ remotePeer }) => this.#hangUp(remotePeer)))
  }

  async #hangUp(peer: PeerId): Promise<void> {
    const signal = AbortSignal.timeout(this.#timing.dialTimeoutMs)
    await this.#deps.libp2p.hangUp(peer, { signal }).catch(() => {
      for (const one of this.#deps.libp2p.getConnections(peer)) one.abort(new Error('hang up'))
    })
  }

  #readAddress(text: string): { readonly address: string; readonly did?: Did } {
    if (!text.startsWith(INVITE_SCHEME)) return { address: text }
    const invite = parseInvite(text)
    const expected = this.#config.network.name
    if (invite.network !== expected) {
      throw new NetworkError({ code: 'p2p/other-network', network: invite.network, expected })
    }
    return invite
  }
}

interface DialFault {
  /** Whether somebody was there, and no handshake came about. */
  readonly isHandshake: boolean
}
