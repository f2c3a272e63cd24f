/**
 * Peers that may hold an agent's records, found through the DHT: those nearest to its key. Nobody else
 * can be pointed at by who does not follow the agent's shard.
 */
import type { Libp2p, PeerInfo } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import type { Did } from '../../identity/did.ts'
import { dhtKey } from '../dht/key.ts'

export interface HoldersDeps {
  readonly dht: Pick<KadDHT, 'getClosestPeers'>
  readonly libp2p: Pick<Libp2p, 'dial' | 'peerId'>
  readonly log: Logger
}

/**
 * Peers near an agent's key that this node is connected to when this ends: at most `limitCount`,
 * none of `except`. Those that cannot be dialled are left out.
 *
 * @param signal  Ends the search; who was reached by then is the answer.
 */
export async function reachHolders(
  { dht, libp2p, log }: HoldersDeps,
  did: Did,
  options: {
    readonly except: ReadonlySet<string>
    readonly limitCount: number
    readonly signal: AbortSignal
  },
): Promise<readonly string[]> {
  const { except, limitCount, signal } = options
  const found = new Map<string, PeerInfo>()
  try {
    for await (const event of dht.getClosestPeers(dhtKey(did), { signal })) {
      if (event.name !== 'FINAL_PEER') continue
      const peer = event.peer.id.toString()
      if (except.has(peer) || event.peer.id.equals(libp2p.peerId)) continue
      found.set(peer, event.peer)
      if (found.size === limitCount) break
    }
  } catch (thrown) {
    log.debug('the search for holders ended early', { did, reason: asError(thrown).message })
  }
  const reached = await Promise.all(
    [...found].map(async ([peer, { id, multiaddrs }]) => {
      try {
        await libp2p.dial(multiaddrs.length > 0 ? multiaddrs : id, { signal })
        return peer
      } catch {
        return undefined // away, or not to be dialled from here
      }
    }),
  )
  return reached.filter((peer) => peer !== undefined)
}
