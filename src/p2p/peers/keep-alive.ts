/**
 * Which connections are worth most when there are too many.
 *
 * libp2p closes those of the lowest value first, and the DHT values its neighbours at 50. Whom the
 * operator chose, and who proved good before, is worth more than whom a hash of a key puts near us.
 */
import type { Libp2p, PeerId } from '@libp2p/interface'

export type Standing = 'chosen' | 'anchor'

const TAG = 'aip-keep'
const VALUE: Readonly<Record<Standing, number>> = { chosen: 100, anchor: 60 }

/** Marks a connected peer; one of no standing is left as it is, since that is a write for each peer. */
export async function tagPeer(
  host: Pick<Libp2p, 'peerStore'>,
  peer: PeerId,
  standing: Standing | undefined,
): Promise<void> {
  if (standing === undefined) return
  await host.peerStore.merge(peer, { tags: { [TAG]: { value: VALUE[standing] } } })
}
