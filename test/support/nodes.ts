/** Whole nodes in this process, with a LevelDB and sockets of their own, for tests that look inside. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { DidWeb } from '../../src/node/did-web/did-web.ts'
import type { Replication } from '../../src/node/interest/choice.ts'
import type { Mesh } from '../../src/node/mesh.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity, type OwnIdentity } from '../../src/node/own-identity.ts'
import { recordIdText } from '../../src/records/wire.ts'
import { eventually } from './mesh.ts'

export interface NodePlan {
  /** Name of the network; every other number is that of the network `local`. */
  readonly network?: string
  readonly bootstrap?: readonly string[]
  readonly identity?: OwnIdentity
  /** Where its agent answers over HTTP. */
  readonly origins?: readonly string[]
  /** A home that outlives the node; left out, one that goes with it. */
  readonly home?: string
  readonly clock?: Clock
  readonly didWeb?: DidWeb
  /** 0 when left out: one shard. */
  readonly shardBits?: number
  readonly replication?: Replication
  /** The origin for whose directory it signs requests too. */
  readonly botAgent?: string
}

export interface InProcess extends AsyncDisposable {
  readonly node: AipNode
  readonly mesh: Mesh
  readonly peerId: string
  /** A multiaddr that others can dial. */
  readonly address: string
}

/** A node that is on the network. */
export async function startNode(plan: NodePlan = {}): Promise<InProcess> {
  await using stack = new AsyncDisposableStack()
  const node = await started(plan, stack, 'test')
  const { mesh } = node
  const address = mesh?.host.addresses()[0]
  if (mesh === undefined || address === undefined) throw new Error('the node listens nowhere')
  const moved = stack.move()
  return {
    node,
    mesh,
    peerId: mesh.host.peerId,
    address,
    [Symbol.asyncDispose]: async () => moved.disposeAsync(),
  }
}

/** A node that speaks with nobody. */
export async function startOffline(
  plan: Omit<NodePlan, 'bootstrap'>,
): Promise<AsyncDisposable & { readonly node: AipNode }> {
  await using stack = new AsyncDisposableStack()
  const node = await started(plan, stack, 'offline')
  const moved = stack.move()
  return { node, [Symbol.asyncDispose]: async () => moved.disposeAsync() }
}

async function started(
  plan: NodePlan,
  stack: AsyncDisposableStack,
  profile: 'test' | 'offline',
): Promise<AipNode> {
  const home = plan.home ?? (await temporaryHome(stack))
  const keyFile = join(home, 'keys', 'operational.key')
  const identity = plan.identity ?? (await createIdentity(keyFile, { workBits: 0 }))
  const node = await AipNode.start({
    home,
    identity,
    network: {
      v: 1,
      name: plan.network ?? 'local',
      preset: 'local',
      bootstrap: [...(plan.bootstrap ?? [])],
      shardBits: plan.shardBits ?? 0,
      shardLimitBytes: 2 ** 30,
      workBits: 0,
    },
    profile,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    trust: { profile: 'strict', introducers: [] },
    origins: plan.origins ?? [],
    userAgent: 'aip-node/test',
    clock: plan.clock ?? Date.now,
    log: silentLogger,
    ...(plan.botAgent === undefined ? {} : { botAgent: plan.botAgent }),
    ...(plan.didWeb === undefined ? {} : { didWeb: plan.didWeb }),
    ...(plan.replication === undefined ? {} : { replication: plan.replication }),
  })
  stack.use(node)
  return node
}

/** A directory that goes when the stack does. */
export async function temporaryHome(stack: AsyncDisposableStack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-test-'))
  stack.defer(async () => rm(home, { recursive: true, force: true }))
  return home
}

/** Ids of all records on a node's disk, sorted, as the interface shows them. */
export async function idsOnDisk(node: AipNode): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { id } of node.store.records()) ids.push(recordIdText(id))
  return ids.toSorted()
}

/** Waits until gossip of records flows both ways between each pair. */
export async function inGossip(
  ...pairs: readonly (readonly [InProcess, InProcess])[]
): Promise<void> {
  await eventually('gossip flows both ways', () =>
    pairs.every(
      ([one, other]) =>
        one.mesh.gossip.peersOf(0).includes(other.peerId) &&
        other.mesh.gossip.peersOf(0).includes(one.peerId),
    ),
  )
}
