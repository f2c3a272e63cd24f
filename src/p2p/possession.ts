/**
 * Does a peer hold the key that its name says?
 *
 * The noise handshake of every connection proves it: the other end signs the handshake's static key
 * with the key of its peer id. So a connection is used or made, and then an answer is asked for over
 * it, which only who made that handshake can read and give. Source: libp2p specs, noise/README.md.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import type { Ping } from '@libp2p/ping'
import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { asError } from '../base/error.ts'
import { SECOND_MS } from '../base/units.ts'
import { parseAddress, peerIdOf, withPeerId } from './addresses.ts'
import { NetworkError } from './error.ts'
import type { Gate } from './gate.ts'

/** Dialling, the handshake and the answer together. */
export const PROOF_LIMIT_MS = 15 * SECOND_MS
/** Addresses tried that an agent's document names. */
const ADDRESSES_LIMIT = 4

export interface PeerProof {
  readonly peerId: string
  /** The other end of the connection, as a multiaddr. */
  readonly address: string
  /** When the handshake was made. The peer has answered over it just now. */
  readonly handshakeAtMs: number
  readonly latencyMs: number
}

export interface ProvingHost {
  readonly libp2p: Pick<
    Libp2p<{ ping: Ping }>,
    'dial' | 'getConnections' | 'peerStore' | 'services'
  >
  readonly gate: Pick<Gate, 'mayDial'>
}

/**
 * Reaches the peer of this id, at the addresses given or at those that libp2p knows or finds.
 *
 * @throws {NetworkError} `p2p/peer-unreachable`, or `p2p/other-key` when somebody answered who could
 *   not prove the key, and nobody who could.
 */
export async function provePeer(
  { libp2p, gate }: ProvingHost,
  options: {
    readonly peerId: string
    /** Further multiaddrs; what cannot or may not be dialled is passed over. */
    readonly addresses: readonly string[]
    readonly signal?: AbortSignal
  },
): Promise<PeerProof> {
  const { peerId, addresses } = options
  const timeout = AbortSignal.timeout(PROOF_LIMIT_MS)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  const peer = peerIdFromString(peerId)
  const named = addresses
    .flatMap((text) => parsed(text, peerId))
    .filter((address) => gate.mayDial(address))
    .slice(0, ADDRESSES_LIMIT)
  try {
    if (libp2p.getConnections(peer).length === 0 && named.length > 0) {
      await libp2p.peerStore.merge(peer, { multiaddrs: named })
    }
    return await reached(libp2p, peer, signal)
  } catch (cause) {
    options.signal?.throwIfAborted()
    if (cause instanceof NetworkError) throw cause
    const code = isOtherKey(cause) ? 'p2p/other-key' : 'p2p/peer-unreachable'
    throw new NetworkError({ code, peer: peerId }, { cause: asError(cause) })
  }
}

/** When a connection closes under the question, as one of two duplicates does, another is tried. */
const TRIES_LIMIT = 3

/** Tries again when the connection closed under the question. */
async function reached(
  libp2p: ProvingHost['libp2p'],
  peer: PeerId,
  signal: AbortSignal,
): Promise<PeerProof> {
  for (let tries = 1; ; tries++) {
    const connection = await libp2p.dial(peer, { signal })
    // Who was reached is what the handshake says, whatever was asked for.
    if (!connection.remotePeer.equals(peer)) throw otherKey(peer.toString())
    try {
      const latencyMs = await libp2p.services.ping.ping(peer, { signal })
      return shown(peer.toString(), connection, latencyMs)
    } catch (error) {
      if (tries === TRIES_LIMIT || signal.aborted) throw error
    }
  }
}

/** The address with the peer's id; none for text that is no address, or one of another peer. */
function parsed(text: string, peerId: string): readonly Multiaddr[] {
  try {
    const address = withPeerId(parseAddress(text), peerId)
    return peerIdOf(address) === peerId ? [address] : []
  } catch {
    return []
  }
}

function otherKey(peer: string): NetworkError {
  return new NetworkError({ code: 'p2p/other-key', peer })
}

function shown(peerId: string, connection: Connection, latencyMs: number): PeerProof {
  return {
    peerId,
    address: connection.remoteAddr.toString(),
    handshakeAtMs: connection.timeline.open,
    latencyMs,
  }
}

/**
 * Whether any of the addresses led to somebody with another key. libp2p keeps only the sentence of what
 * noise refused; the test of this file holds it to that.
 */
function isOtherKey(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.some(isOtherKey)
  return (
    thrown instanceof Error &&
    /does not match expected remote identity key|Invalid payload signature/.test(thrown.message)
  )
}
