import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CHECKPOINT_FILE } from '../../../src/node/checkpoint/open-outlook.ts'
import { createIdentity } from '../../../src/node/own-identity.ts'
import { observePrivately } from '../../../src/node/use/observing.ts'
import { eventually } from '../../support/mesh.ts'
import { startOffline, temporaryHome } from '../../support/nodes.ts'
import { outcome } from '../../trust/world.ts'

test('K2 K5 a node that stops leaves its scores to the next one, and builds its view by itself', async () => {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  const home = await temporaryHome(stack)
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
  const other = stack.use(await startOffline({})).node.did
  const question = { subject: other, scope: 'general' }
  const last = await (async () => {
    await using first = await startOffline({ home, identity })
    await observePrivately(first.node, other, [outcome(9)])
    return await first.node.outlook.score(question)
  })()
  expect(last).toMatchObject({ evidence: { outcomes: 1 }, from: 'view' })
  const { mode, size } = await stat(join(home, CHECKPOINT_FILE))
  expect([mode & 0o777, size > 100]).toEqual([0o600, true])
  await using second = await startOffline({ home, identity })
  const { outlook } = second.node
  expect(await outlook.score(question)).toMatchObject({ evidence: { outcomes: 1 } })
  await eventually('the view is built', () => outlook.state.isReady)
  expect(await outlook.score(question)).toMatchObject({
    evidence: { outcomes: 1 },
    from: 'view',
    view: last.view,
  })
})
