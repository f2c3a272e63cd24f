/** Peers that do not play by the rules: bare hosts that are connected to the victim, and stay so. */
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { SECOND_MS } from '../../../../src/base/units.ts'
import { kadProtocol } from '../../../../src/p2p/dht/service.ts'
import { queryProtocol } from '../../../../src/p2p/query/protocol.ts'
import { syncProtocol } from '../../../../src/p2p/sync/reconciler.ts'
import { plainHost, type PlainHost } from '../../../../test/support/plain-host.ts'
import type { Target } from './attacking.ts'

const AGAIN_MS = 50
const STREAM_LIMIT_MS = SECOND_MS
const NETWORK = 'local'
export const GOSSIP_PROTOCOL = '/meshsub/1.1.0'
export const PING_PROTOCOL = '/ipfs/ping/1.0.0'
export const PROTOCOLS = [
  PING_PROTOCOL,
  '/ipfs/id/1.0.0',
  GOSSIP_PROTOCOL,
  queryProtocol(NETWORK),
  syncProtocol(NETWORK),
  kadProtocol(NETWORK),
] as const

/** So many peers; each does `work` again and again on a connection, and dials anew when it is gone. */
export async function crowdOf(
  { address, size, ending }: Target,
  work: (connection: Connection, host: PlainHost) => Promise<void>,
): Promise<void> {
  const begun = Array.from({ length: size }, async () => {
    const first = Promise.withResolvers<undefined>()
    const live = async (): Promise<void> => {
      while (!ending.aborted) {
        const host = await plainHost()
        try {
          await host.handle(GOSSIP_PROTOCOL, () => {})
          const connection = await host.dial(multiaddr(address))
          first.resolve(undefined)
          while (connection.status === 'open' && !ending.aborted) {
            // A refusal is what the victim is for.
            await work(connection, host).catch(async () => later())
          }
        } catch {
          await later() // not let in: again
        } finally {
          await host.stop()
        }
      }
    }
    void live()
    await first.promise
  })
  await Promise.all(begun)
}

export async function later(): Promise<void> {
  await new Promise((next) => setTimeout(next, AGAIN_MS))
}

/** A stream of one protocol, which is negotiated when the first bytes are sent. */
export async function streamOf(connection: Connection, protocol: string): Promise<Stream> {
  const signal = AbortSignal.timeout(STREAM_LIMIT_MS)
  return connection.newStream(protocol, { signal, maxOutboundStreams: 10_000 })
}
