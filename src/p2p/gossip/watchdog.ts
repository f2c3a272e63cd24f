/**
 * Finds peers that gossip has gone mute to, and makes the connection afresh.
 *
 * The library opens one outbound stream a peer and never a second while the connection lives: once
 * that stream is cut (a full buffer, a refused frame), the peer stays in the mesh and hears nothing.
 * See https://github.com/libp2p/js-libp2p/pull/3531.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'
import { DIAL_TIMEOUT_MS } from '../limits.ts'

export const WATCHDOG_INTERVAL_MS = 30 * SECOND_MS
/** A younger connection may still be about to open its stream. */
export const WATCHDOG_GRACE_MS = 10 * SECOND_MS

export type WatchedHost = Pick<
  Libp2p,
  'getPeers' | 'getConnections' | 'hangUp' | 'dial' | 'peerStore'
>

/** Looks once. Returns the peers whose connections were made afresh, or closed where they cannot be. */
export async function reviveMutePeers(
  host: WatchedHost,
  log: Logger,
  graceMs: number,
): Promise<readonly string[]> {
  const revived: string[] = []
  for (const peer of host.getPeers()) {
    const connections = host.getConnections(peer)
    if (!isMute(connections, graceMs)) continue
    const { protocols } = await host.peerStore
      .get(peer)
      .catch(() => ({ protocols: [] as string[] }))
    if (!protocols.some(isMeshProtocol)) continue
    log.info('gossip to a peer had stopped; connecting again', { peer: peer.toString() })
    revived.push(peer.toString())
    const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS)
    const dialled = connections.find(({ direction }) => direction === 'outbound')
    await host.hangUp(peer, { signal }).catch(() => {
      for (const connection of connections) connection.abort(new Error('gossip stream is gone'))
    })
    // A peer behind a NAT cannot be dialled: it dials again by itself.
    await host.dial(dialled?.remoteAddr ?? peer, { signal }).catch(() => undefined)
  }
  return revived
}

export function isMeshProtocol(protocol: string): boolean {
  return protocol.startsWith('/meshsub/')
}

function isMute(connections: readonly Connection[], graceMs: number): boolean {
  const open = connections.filter(({ status }) => status === 'open')
  return (
    open.length > 0 &&
    open.every(({ timeline }) => timeline.open + graceMs <= Date.now()) &&
    !open.some(({ streams }) =>
      streams.some((one) => one.direction === 'outbound' && isMeshProtocol(one.protocol)),
    )
  )
}
