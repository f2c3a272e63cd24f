import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createIdentity } from '../../src/node/own-identity.ts'
import { temporaryHome } from '../support/nodes.ts'
import { resultOf } from '../support/order-run.ts'
import { worldOf } from '../support/order-world.ts'

const VIEWER_COUNT = 4
const ORDER_COUNT = 75

test('many viewers, each with many orders of arrival, see one world each', async () => {
  await using stack = new AsyncDisposableStack()
  for (let viewer = 0; viewer < VIEWER_COUNT; viewer++) {
    const keyFile = join(await temporaryHome(stack), 'operational.key')
    const identity = await createIdentity(keyFile, { workBits: 0 })
    const world = worldOf(identity, Date.now())
    const first = await resultOf(world, identity, { seed: 0, isRestarted: false })
    for (let seed = 1; seed < ORDER_COUNT; seed++) {
      const next = await resultOf(world, identity, { seed, isRestarted: seed % 3 === 0 })
      expect(next, `order ${seed}`).toEqual(first)
    }
  }
})
