/**
 * Older documents and key logs of an agent whose newest is known, by every way a peer can bring them:
 * what is held never gets older, also after a restart; and a node that lost its store ends up with the
 * best of what three peers say, whatever their order.
 */
import { equalBytes } from '../../src/base/bytes.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import type { AipNode } from '../../src/node/node.ts'
import { startOffline, temporaryHome } from '../../test/support/nodes.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import { join } from 'node:path'
import { count, type Attack } from './parts/attack.ts'
import { DocumentedAgent } from './parts/documented-agent.ts'
import { DhtDoor } from './parts/dht-door.ts'

const NETWORK = 'local'
const WAYS = ['gossip', 'sync', 'dht', 'query'] as const
const ORDERS: readonly (readonly number[])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

export const attack: Attack = {
  does: 'A thousand old documents by PUT, gossip, sync and query: what is held never gets older.',
  flags: { n: { fallback: '1000', meaning: 'old documents by each way' } },
  gate: { n: '1000' },
  limitMs: 3 * MINUTE_MS,
  run: async ({ flags }) => {
    const n = count(flags, 'n', 1, 100_000)
    const misses: string[] = []
    const agent = new DocumentedAgent('rolled back', NETWORK)
    const newest = agent.document(n + 1)
    await using stack = new AsyncDisposableStack()
    const home = await temporaryHome(stack)
    const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
    let offers = 0
    for (const life of ['first', 'second']) {
      await using offline = await startOffline({ network: NETWORK, home, identity })
      const { node } = offline
      if (life === 'first') await node.pipeline.offerIdentity(newest, { via: 'api' })
      for (const via of WAYS) {
        for (let at = 1; at <= n; at++) {
          // The second life meets them from the newest down.
          const old = agent.document(life === 'first' ? at : n + 1 - at)
          await node.pipeline.offerIdentity(old, { via, peer: `peer ${at % 8}` })
          offers++
          if (!holds(node, agent.did, newest)) {
            misses.push(`${life} life: document ${at} by ${via} replaced the newest`)
            break
          }
        }
      }
    }

    const door = new DhtDoor(NETWORK, Date.now())
    await door.put(agent.did, newest, Date.now())
    let stale = 0
    for (let at = 1; at <= n; at++) {
      const answer = await door.put(agent.did, agent.document(at), Date.now())
      if (answer === 'p2p/dht-value-stale') stale++
    }
    const kept = await door.held(agent.did)
    if (stale !== n) misses.push(`PUT: ${stale} of ${n} were refused as stale`)
    if (kept === undefined || !equalBytes(kept, newest)) misses.push('PUT: the row got older')

    const peersSay = [agent.document(3), agent.document(n), newest]
    let best = 0
    for (const order of ORDERS) {
      await using empty = await startOffline({ network: NETWORK })
      for (const at of order) {
        const value = peersSay[at]
        if (value === undefined) throw new Error('three peers')
        await empty.node.pipeline.offerIdentity(value, { via: 'query', peer: `peer ${at}` })
      }
      if (holds(empty.node, agent.did, newest)) best++
    }
    if (best !== ORDERS.length)
      misses.push(`after loss: the best in ${best} of ${ORDERS.length} orders`)
    const figures = {
      'old values offered': offers,
      'PUT refused as stale': stale,
      'best of three peers': `${best} of ${ORDERS.length} orders`,
    }
    return { figures, misses }
  },
}

function holds({ identities }: AipNode, did: Did, newest: Uint8Array): boolean {
  const held = identities.get(did)
  return held !== undefined && equalBytes(held.bytes, newest)
}
