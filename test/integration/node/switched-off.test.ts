/** An agent that is off is found by others through one that vouches for it, and then without that one. */
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, expect, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import { resolve } from '../../../src/node/use/resolving.ts'
import { vouch } from '../../../src/node/use/vouching.ts'
import { NETWORK } from '../../support/dht-identity.ts'
import { honestNode } from '../../support/dht-nodes.ts'
import { connect } from '../../support/plain-host.ts'
import { eventually } from '../../support/mesh.ts'
import { inGossip, startNode } from '../../support/nodes.ts'

const stack = new AsyncDisposableStack()
afterAll(async () => {
  await stack.disposeAsync()
})

test('an agent that is off stays resolvable through one that vouches for it', async () => {
  const agent = await startNode({ network: NETWORK })
  const voucher = await startNode({ network: NETWORK, bootstrap: [agent.address] })
  const { did } = agent.node
  await inGossip([agent, voucher])
  await eventually('the voucher has the log', () => voucher.node.identities.get(did) !== undefined)
  await agent[Symbol.asyncDispose]()

  // A part of the DHT that hears no gossip holds what is put, and nothing else.
  const holder = stack.use(await honestNode())
  await holder.host.dial(multiaddr(voucher.address))
  const expiresAtMs = Date.now() + 90 * DAY_MS
  expect(await holder.best(did)).toBeUndefined()
  await vouch(voucher.node, { subject: did, scope: 'general', level: 800, expiresAtMs })
  await eventually(
    'the voucher has put the log',
    async () => (await holder.best(did)) !== undefined,
  )

  // A newcomer asks whom it knows …
  const newcomer = stack.use(await startNode({ network: NETWORK, bootstrap: [voucher.address] }))
  await eventually('they have met', () => newcomer.mesh.neighbours.count > 0)
  const found = await resolve(newcomer.node, did, AbortSignal.timeout(20_000))
  expect(found.state.did).toBe(did)

  // … and without the voucher too the DHT has it.
  await voucher[Symbol.asyncDispose]()
  const later = stack.use(await honestNode())
  await connect(later.host, holder.host)
  await eventually('the DHT answers', async () => {
    const looked = await later.directory.resolveIdentity(did)
    return looked?.state.did === did
  })
})
