/** A mesh of whole nodes in this process, each with a store and sockets of its own on loopback. */
import { eventually } from '../../../test/support/mesh.ts'
import { startNode, type InProcess } from '../../../test/support/nodes.ts'

/** Those that a node begins with; the others it meets through them. */
const FIRST_PEERS_COUNT = 3

/** @returns nodes that each have peers in gossip. They stop with the stack. */
export async function smallMesh(
  size: number,
  stack: AsyncDisposableStack,
): Promise<readonly InProcess[]> {
  const nodes: InProcess[] = []
  for (let at = 0; at < size; at++) {
    const bootstrap = nodes.slice(0, FIRST_PEERS_COUNT).map(({ address }) => address)
    nodes.push(stack.use(await startNode({ bootstrap })))
  }
  await eventually('each node has peers in gossip', () =>
    nodes.every(
      ({ mesh }) => mesh.gossip.peersOf(0).length >= Math.min(FIRST_PEERS_COUNT, size - 1),
    ),
  )
  return nodes
}
