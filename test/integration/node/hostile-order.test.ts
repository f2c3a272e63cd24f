import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../../src/node/own-identity.ts'
import { idsOnDisk, startOffline, temporaryHome } from '../../support/nodes.ts'
import { feed, shuffled, verdicts, worldOf, type World } from '../../support/order-world.ts'
import { join } from 'node:path'
import type { OwnIdentity } from '../../../src/node/own-identity.ts'

const ORDER_COUNT = 24

interface Result {
  readonly ids: readonly string[]
  readonly verdicts: readonly string[]
}

/** What a fresh store makes of the world in one order; with a second look, after a restart. */
async function resultOf(
  world: World,
  identity: OwnIdentity,
  order: { readonly seed: number; readonly isRestarted: boolean },
): Promise<Result> {
  await using stack = new AsyncDisposableStack()
  const home = await temporaryHome(stack)
  {
    await using running = await startOffline({ home, identity })
    await feed(running.node, shuffled(world.items, order.seed))
    if (!order.isRestarted) return await look(running.node, world)
  }
  await using again = await startOffline({ home, identity })
  return await look(again.node, world)
}

async function look(node: Parameters<typeof verdicts>[0], world: World): Promise<Result> {
  return { ids: await idsOnDisk(node), verdicts: verdicts(node, world) }
}

describe('one viewer, one set of records, any order of arrival', () => {
  test('gives the same records, the same score bits and the same explanations', async () => {
    await using stack = new AsyncDisposableStack()
    const keyFile = join(await temporaryHome(stack), 'operational.key')
    const identity = await createIdentity(keyFile, { workBits: 0 })
    const world = worldOf(identity, Date.now())
    const first = await resultOf(world, identity, { seed: 1, isRestarted: false })

    // The world is worth the test: some are known, one set of records was too many, one forked.
    const records = world.items.filter(({ kind }) => kind === 'record').length
    expect(first.ids).toHaveLength(records - world.crowded)
    const text = first.verdicts.join('\n')
    for (const sign of ['"state":"known"', '"isForked":true', '"sequence":77', '"attested":1']) {
      expect(text).toContain(sign)
    }
    expect(new Set(first.verdicts.map((line) => /"score":0\.\d+/.exec(line)?.[0])).size).toBeGreaterThan(4)

    for (let seed = 2; seed <= ORDER_COUNT; seed++) {
      const isRestarted = seed % 2 === 0
      const next = await resultOf(world, identity, { seed, isRestarted })
      expect(next.ids, `records in order ${seed}`).toEqual(first.ids)
      expect(next.verdicts, `scores in order ${seed}`).toEqual(first.verdicts)
    }
  })
})
