import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../../src/node/own-identity.ts'
import { temporaryHome } from '../../support/nodes.ts'
import { resultOf } from '../../support/order-run.ts'
import { worldOf } from '../../support/order-world.ts'

const ORDER_COUNT = 24

describe('one viewer, one set of records, any order of arrival', () => {
  test('gives the same records, the same score bits and the same explanations', async () => {
    await using stack = new AsyncDisposableStack()
    const keyFile = join(await temporaryHome(stack), 'operational.key')
    const identity = await createIdentity(keyFile, { workBits: 0 })
    const world = worldOf(identity, Date.now())
    const first = await resultOf(world, identity, { seed: 1, isRestarted: false })

    // The world is worth the test: somebody is known, one issuer said too much, one log forked.
    const records = world.items.filter(({ kind }) => kind === 'record').length
    expect(first.ids).toHaveLength(records - world.crowded)
    const text = first.verdicts.join('\n')
    for (const sign of ['"state":"known"', '"isForked":true', '"sequence":77', '"attested":1']) {
      expect(text).toContain(sign)
    }
    const scores = first.verdicts.map((line) => /"score":(0\.\d+)/.exec(line)?.[1])
    expect(new Set(scores).size).toBeGreaterThan(4)

    for (let seed = 2; seed <= ORDER_COUNT; seed++) {
      const next = await resultOf(world, identity, { seed, isRestarted: seed % 2 === 0 })
      expect(next.ids, `records in order ${seed}`).toEqual(first.ids)
      expect(next.verdicts, `scores in order ${seed}`).toEqual(first.verdicts)
    }
  })
})
