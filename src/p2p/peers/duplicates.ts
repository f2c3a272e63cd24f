/**
 * Two nodes that dial each other at once hold two connections; libp2p keeps both.
 *
 * The one with the lower id closes what is old and carries nothing. A connection with streams is
 * left alone, since gossip would not open its stream again on the other.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import { asError } from '../../base/error.ts'

export function closeIdleDuplicates(
  host: Pick<Libp2p, 'getConnections' | 'getPeers' | 'peerId'>,
  graceMs: number,
): void {
  const self = host.peerId.toString()
  for (const peer of host.getPeers()) {
    if (self > peer.toString()) continue
    const connections = host.getConnections(peer)
    const idle = connections.filter((connection) => isIdle(connection, graceMs))
    for (const connection of idle.slice(0, connections.length - 1)) {
      connection.close().catch((thrown: unknown) => {
        connection.abort(asError(thrown))
      })
    }
  }
}

function isIdle({ streams, timeline, status }: Connection, graceMs: number): boolean {
  return status === 'open' && timeline.open + graceMs <= Date.now() && streams.length === 0
}
