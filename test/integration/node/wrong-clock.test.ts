import { describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../../src/base/units.ts'
import { nodeChecks } from '../../../src/node/doctor/node.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode, type InProcess } from '../../support/nodes.ts'

/** A node whose clock is so far off, between two whose clocks are right, when both have said the time. */
async function between(aheadMs: number, stack: AsyncDisposableStack): Promise<InProcess> {
  const others = [stack.use(await startNode()), stack.use(await startNode())]
  const node = stack.use(
    await startNode({
      bootstrap: others.map(({ address }) => address),
      clock: () => Date.now() + aheadMs,
    }),
  )
  await eventually('two peers have said the time', () => node.node.peerClocks.state.peerCount === 2)
  return node
}

const clockCheck = ({ node }: InProcess) => nodeChecks(node).find(({ name }) => name === 'clock')

const warningsOf = ({ node }: InProcess): readonly string[] =>
  node.events
    .since(0)
    .flatMap(({ event }) =>
      event.kind === 'warning' && event.message.includes('clock') ? [event.message] : [],
    )

describe('a node among two whose clocks are right', () => {
  test.each([0, 2 * MINUTE_MS, -2 * MINUTE_MS])(
    'says nothing of its clock when it is %i ms ahead',
    async (aheadMs) => {
      await using stack = new AsyncDisposableStack()
      const node = await between(aheadMs, stack)
      expect(node.node.peerClocks.wrong).toBeUndefined()
      expect(clockCheck(node)).toMatchObject({
        verdict: 'ok',
        found: 'goes with those of 2 peers',
      })
      expect(warningsOf(node)).toEqual([])
    },
  )

  test.each([
    [10 * MINUTE_MS, '10 minutes ahead'],
    [-10 * MINUTE_MS, '10 minutes behind'],
    [2 * DAY_MS, '2 days ahead'],
  ])('says that its clock is wrong when it is %i ms ahead', async (aheadMs, words) => {
    await using stack = new AsyncDisposableStack()
    const node = await between(aheadMs, stack)
    expect(node.node.peerClocks.wrong).toContain(words)
    expect(clockCheck(node)).toMatchObject({ verdict: 'fail', hint: 'Set the clock; run NTP.' })
    expect(warningsOf(node)).toHaveLength(1)
  })
})
