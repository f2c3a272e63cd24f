/** Feeding one world to one store after the other, each time in another order. */
import type { AipNode } from '../../src/node/node.ts'
import type { OwnIdentity } from '../../src/node/own-identity.ts'
import { idsOnDisk, startOffline, temporaryHome } from './nodes.ts'
import { feed, shuffled, verdicts, type World } from './order-world.ts'

export interface Result {
  readonly ids: readonly string[]
  readonly verdicts: readonly string[]
}

/** What a fresh store makes of the world in one order, looked at there and then or after a restart. */
export async function resultOf(
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

export async function look(node: AipNode, world: World): Promise<Result> {
  return { ids: await idsOnDisk(node), verdicts: await verdicts(node, world) }
}
