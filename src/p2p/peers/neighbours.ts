/**
 * Keeps this node among others: knows peers, dials those that are missing, remembers what worked.
 *
 * libp2p redials five times and forgets, and its bootstrap dials once. So a look every now and then
 * finds who is missing: bootstrap addresses and peers the operator named for ever, others while
 * there are fewer than the profile wants, each with a back-off of its own. Specification:
 * docs/spec/gossip.md, "Peers".
 */
import type { IdentifyResult, Libp2p, PeerId } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { parseAddress, peerIdOf, withPeerId } from '../addresses.ts'
import { NetworkError } from '../error.ts'
import type { Gate } from '../gate.ts'
import { ADDRESSES_PER_PEER_LIMIT, ADDRESS_BOOK_LIMIT, TARGET_PEER_COUNT } from '../limits.ts'
import type { Profile } from '../limits.ts'
import { safely } from '../safely.ts'
import { AddressBook } from './address-book.ts'
import type { Candidate, PeerNote, PeerNotes } from './address-book.ts'
import { closeIdleDuplicates } from './duplicates.ts'
import { INVITE_SCHEME, parseInvite } from './invite.ts'
import { Liveness } from './liveness.ts'
import { NoteKeeper } from './note-keeper.ts'
import { trimPeerStore } from './peer-store.ts'
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
}

/** Dials under way at a time. */
const DIALS_LIMIT = 8
const PEER_STORE_CHECK_MS = 10 * MINUTE_MS

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

  /** Recalls what was noted, and dials at once. The host has been started. */
  static async start(deps: NeighboursDeps, config: NeighboursConfig): Promise<Neighbours> {
    const neighbours = new Neighbours(deps, config)
    neighbours.#book.recall(await deps.notes.list())
    for (const address of config.network.bootstrap) {
      neighbours.#book.anchor(address, peerIdOf(parseAddress(address)))
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

  get count(): number {
    return this.#deps.libp2p.getPeers().length
  }

  get connected(): readonly Neighbour[] {
    return this.#deps.libp2p.getPeers().flatMap((peer) => {
      const connection = this.#deps.libp2p.getConnections(peer)[0]
      if (connection === undefined) return []
      return [
        {
          peerId: peer.toString(),
          address: connection.remoteAddr.toString(),
          direction: connection.direction,
          connectedSinceMs: connection.timeline.open,
          latencyMs: this.#liveness.latencyMs(peer.toString()),
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
   * @throws {NetworkError} `p2p/address-invalid`, `p2p/invite-invalid`, `p2p/other-network`; and
   *   `p2p/dial-failed` when nobody answers now (the address is kept).
   */
  async add(text: string): Promise<{ readonly peerId: string }> {
    const { address, did } = this.#readAddress(text)
    const parsed = parseAddress(address)
    this.#deps.gate.choose(parsed)
    if (!this.#deps.gate.mayDial(parsed)) {
      throw new NetworkError({
        code: 'p2p/address-invalid',
        reason: 'a public network has no private addresses',
      })
    }
    const peerId = peerIdOf(parsed)
    if (peerId !== undefined) this.#deps.gate.readmit(peerId)
    this.#book.anchor(address, peerId, did)
    const key = peerId ?? address
    await this.#dialling.get(key)
    const found = await this.#dial({ key, peerId, addresses: [address], isAnchor: true })
    if (found === undefined) throw new NetworkError({ code: 'p2p/dial-failed', address })
    return { peerId: found }
  }

  /** A peer's key was replaced: from now on it is looked for under its new id, where it was. */
  renamed(from: string, to: string): void {
    for (const note of this.#book.renamed(from, to)) this.#keeper.keep(note)
  }

  /** Forgets a peer or an anchor's address, and hangs up. Returns whether it was known. */
  async remove(key: string): Promise<boolean> {
    const wasKnown = this.#book.forget(key)
    const peer = this.#deps.libp2p.getPeers().find((one) => one.toString() === key)
    if (peer !== undefined) await this.#hangUp(peer)
    return wasKnown || peer !== undefined
  }

  /** Keeps a peer out until it is added again. */
  async ban(peerId: string): Promise<void> {
    this.#deps.gate.ban(peerId)
    await this.remove(peerId)
  }

  async stop(): Promise<void> {
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
    const wanted = this.#targetCount - connected.size - this.#dialling.size
    connected.add(this.#deps.libp2p.peerId.toString())
    for (const candidate of this.#book.candidates(this.#deps.clock(), connected, wanted)) {
      if (this.#dialling.size >= DIALS_LIMIT) break
      if (!this.#dialling.has(candidate.key)) void this.#dial(candidate)
    }
    closeIdleDuplicates(this.#deps.libp2p, this.#timing.duplicateGraceMs)
  }

  /** The peer that answered, or `undefined`. Never rejects. */
  async #dial(candidate: Candidate): Promise<string | undefined> {
    const dial = this.#tryDial(candidate)
    this.#dialling.set(candidate.key, dial)
    try {
      return await dial
    } finally {
      this.#dialling.delete(candidate.key)
    }
  }

  async #tryDial({ key, peerId, addresses }: Candidate): Promise<string | undefined> {
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
      this.#keeper.keep(this.#book.reached(key, found, address, clock()))
      return found
    } catch (thrown) {
      if (!this.#closing.signal.aborted) {
        log.debug('a dial failed', { peer: key, error: asError(thrown).message })
      }
      this.#book.missed(key, clock())
      return undefined
    }
  }

  #wentUp(peer: PeerId): void {
    this.#upSinceMs.set(peer.toString(), this.#deps.clock())
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
      .filter((address) => this.#deps.gate.mayDial(address))
      .map((address) => withPeerId(address, peerId).toString())
      .filter(isTcpAddress)
    this.#keeper.keep(this.#book.learned(peerId, dialable, this.#deps.clock()))
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

function isTcpAddress(text: string): boolean {
  try {
    parseAddress(text)
    return true
  } catch {
    return false // another transport, or too long
  }
}
