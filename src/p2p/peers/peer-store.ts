/** Keeps libp2p's peer store bounded: everybody who identifies gets a row in it. */
import type { Libp2p } from '@libp2p/interface'
import { PEER_STORE_LIMIT } from '../limits.ts'

/** Deletes rows of peers that are not connected, until no more than the limit are left. */
export async function trimPeerStore(
  host: Pick<Libp2p, 'getPeers' | 'peerStore'>,
  limit: number = PEER_STORE_LIMIT,
): Promise<void> {
  const peers = await host.peerStore.all()
  const connected = new Set(host.getPeers().map(String))
  const idle = peers.filter(({ id }) => !connected.has(id.toString()))
  for (const { id } of idle.slice(0, Math.max(0, peers.length - limit))) {
    await host.peerStore.delete(id)
  }
}
