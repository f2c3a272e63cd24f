import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathsOf } from '../../src/base/paths.ts'
import { readIdentity } from '../../src/node/own-identity.ts'
import { encodeBundleChunks } from '../../src/records/bundle.ts'
import { startOffline } from '../support/nodes.ts'
import { look } from '../support/order-run.ts'
import { shuffled, worldOf } from '../support/order-world.ts'
import { recordIds, stage } from '../support/processes.ts'

test('two processes of one identity, fed in two orders, give every score to the same bit', async () => {
  await using cast = await stage()
  const one = await cast.enter('one', [])
  const identity = await readIdentity(pathsOf({ AIP_NODE_HOME: one.home }, 'linux').keyFile)
  if (identity === undefined) throw new Error('the node made no identity')
  expect(identity.did).toBe(one.did)
  const world = worldOf(identity, Date.now())

  const feed = async ({ client }: typeof one, seed: number) =>
    client.importRecords({ body: encodeBundleChunks(shuffled(world.items, seed)) })
  await feed(one, 1)
  const held = await recordIds(one)
  await cast.kill(one)

  // The same agent on another machine, one after the other.
  await cp(join(one.home, 'keys'), join(cast.root, 'two', 'keys'), { recursive: true })
  const two = await cast.enter('two', [])
  expect(two.did).toBe(one.did)
  await feed(two, 2)
  expect(await recordIds(two)).toEqual(held)
  await cast.kill(two)

  const results = []
  for (const { home } of [one, two]) {
    await using offline = await startOffline({ home, identity })
    results.push(await look(offline.node, world))
  }
  const [first, second] = results
  expect(first?.ids).toEqual(held)
  expect(first?.verdicts.join()).toContain('"state":"known"')
  expect(second).toEqual(first)
})
