/**
 * Whether connected peers still answer.
 *
 * A peer is asked now and then; one that misses three times in a row is hung up on. Once is not
 * enough: a peer that computes for some seconds, or a slow link, is no dead peer.
 */
import type { Libp2p, PeerId } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'

const MISSES_LIMIT = 3

export class Liveness {
  readonly #host: Pick<Libp2p<{ ping: Ping }>, 'getPeers' | 'getConnections' | 'services'>
  readonly #log: Logger
  readonly #timeoutMs: number
  readonly #missesByPeer = new Map<string, number>()
  readonly #latencyMsByPeer = new Map<string, number>()
  readonly #asking = new Set<string>()

  constructor(
    host: Pick<Libp2p<{ ping: Ping }>, 'getPeers' | 'getConnections' | 'services'>,
    log: Logger,
    timeoutMs: number,
  ) {
    this.#host = host
    this.#log = log
    this.#timeoutMs = timeoutMs
  }

  /** The last answer's time there and back. */
  latencyMs(peerId: string): number | undefined {
    return this.#latencyMsByPeer.get(peerId)
  }

  /** Asks everybody once; ends when all have answered or missed. */
  async askAll(): Promise<void> {
    const peers = this.#host.getPeers()
    const connected = new Set(peers.map(String))
    for (const known of [...this.#missesByPeer.keys(), ...this.#latencyMsByPeer.keys()]) {
      if (!connected.has(known)) this.forget(known)
    }
    await Promise.all(peers.map((peer) => this.#ask(peer)))
  }

  forget(peerId: string): void {
    this.#missesByPeer.delete(peerId)
    this.#latencyMsByPeer.delete(peerId)
  }

  async #ask(peer: PeerId): Promise<void> {
    const peerId = peer.toString()
    if (this.#asking.has(peerId)) return
    this.#asking.add(peerId)
    try {
      const signal = AbortSignal.timeout(Math.max(this.#timeoutMs, SECOND_MS / 10))
      const latencyMs = await this.#host.services.ping.ping(peer, { signal })
      this.#latencyMsByPeer.set(peerId, latencyMs)
      this.#missesByPeer.delete(peerId)
    } catch (thrown) {
      // It answered, if only that it does not know the question.
      if (thrown instanceof Error && thrown.name === 'UnsupportedProtocolError') return
      this.#missed(peer, peerId)
    } finally {
      this.#asking.delete(peerId)
    }
  }

  #missed(peer: PeerId, peerId: string): void {
    const misses = (this.#missesByPeer.get(peerId) ?? 0) + 1
    this.#missesByPeer.set(peerId, misses)
    if (misses < MISSES_LIMIT) return
    this.#log.info('a peer stopped answering; hanging up', { peer: peerId })
    this.forget(peerId)
    const error = new Error('the peer does not answer')
    for (const connection of this.#host.getConnections(peer)) connection.abort(error)
  }
}
