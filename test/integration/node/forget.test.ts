import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../../src/api/contract.ts'
import { handlersOf } from '../../../src/api/handlers.ts'
import { DAY_MS } from '../../../src/base/units.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { observePrivately } from '../../../src/node/use/observing.ts'
import { exportBundle, importBundle } from '../../../src/node/use/transferring.ts'
import { vouch } from '../../../src/node/use/vouching.ts'
import { memoryClient } from '../../api/memory-node.ts'
import { startOffline } from '../../support/nodes.ts'

async function offline(): Promise<AipNode> {
  const started = await startOffline({})
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started.node
}

const address = (): { socket: null; url: null } => ({ socket: null, url: null })

function clientOf(node: AipNode): Client {
  return memoryClient(handlersOf({ node, version: '0', home: '/nowhere', address }))
}

async function vouchFor(by: AipNode, whom: AipNode): Promise<void> {
  await by.writer.putIdentity(IdentityState.of(whom.identity.log))
  const expiresAtMs = by.clock() + 90 * DAY_MS
  await vouch(by, { subject: whom.did, scope: 'general', level: 800, expiresAtMs })
}

/** The kinds and agents of the events so far. */
async function told(client: Client): Promise<string> {
  const end = new AbortController()
  const seen: unknown[] = []
  for await (const event of client.events({ cursor: 0 }, { signal: end.signal })) {
    seen.push(event)
    // Bob is heard of before Carol, so what is told of Carol comes last.
    if (JSON.stringify(event).includes('vouch')) end.abort()
  }
  return JSON.stringify(seen)
}

test('a hidden agent is in no list and no event; what is held, scored and asked for stays', async () => {
  const [bob, carol] = await Promise.all([offline(), offline()])
  const home = await mkdtemp(join(tmpdir(), 'aip-forget-'))
  onTestFinished(async () => rm(home, { recursive: true }))
  const identity = await (async () => {
    await using first = await startOffline({ home })
    const { node: alice } = first
    const client = clientOf(alice)
    await vouchFor(bob, carol)
    await importBundle(alice, exportBundle(bob, {}))
    await vouchFor(alice, bob)
    await observePrivately(alice, bob.did, [
      {
        scope: 'review',
        promised: { kind: 'count', count: 1 },
        delivered: { kind: 'count', count: 1 },
        clarity: 0,
        observedAtMs: alice.clock(),
      },
    ])
    const before = await client.score({ did: carol.did })
    expect((await client.listVouches({})).items).toHaveLength(2)
    expect(await told(client)).toContain(bob.did)

    await client.putPin({ did: bob.did, name: 'bob' })
    expect(await client.forgetAgent({ did: bob.did })).toMatchObject({ did: bob.did, name: 'bob' })
    await expect(client.forgetAgent({ did: alice.did })).rejects.toThrow('agent of this node')
    const agents = (await client.listAgents({})).items.map(({ did }) => did)
    expect(agents).not.toContain(bob.did)
    expect(agents).toContain(carol.did)
    for (const list of [
      await client.listVouches({}),
      await client.listRecords({}),
      await client.listObservations({}),
    ]) {
      expect(list.items).toEqual([])
    }

    // Asked for by name it is there, and everything counts as before.
    expect((await client.listVouches({ subject: bob.did })).items).toHaveLength(1)
    expect((await client.listObservations({ subject: bob.did })).items).toHaveLength(1)
    expect((await client.listAgents({ q: bob.did })).items).toHaveLength(1)
    const after = await client.score({ did: carol.did })
    expect(after.score).toBe(before.score)
    expect(alice.store.forgotten.size).toBe(1)
    expect(alice.writer.recordCount).toBe(2)
    return alice.identity
  })()

  await using again = await startOffline({ home, identity })
  const client = clientOf(again.node)
  expect((await client.listForgotten({})).items).toMatchObject([{ did: bob.did, name: 'bob' }])
  expect((await client.listVouches({})).items).toEqual([])
  await vouchFor(bob, carol)
  await importBundle(again.node, exportBundle(bob, {}))
  expect(JSON.stringify(again.node.events.since(0))).toContain(bob.did)
  await vouchFor(again.node, carol)
  expect(await told(client)).not.toContain(bob.did)
  expect(await client.recallAgent({ did: bob.did })).toEqual({ recalled: true })
  expect(await client.recallAgent({ did: bob.did })).toEqual({ recalled: false })
  expect((await client.listVouches({})).items).toHaveLength(4)
})
