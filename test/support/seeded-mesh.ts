/** A small mesh that has something to show: four nodes with sockets and stores of their own. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { handlersOf } from '../../src/api/handlers.ts'
import type { Client } from '../../src/api/contract.ts'
import { pagesIn } from '../../src/api/pages.ts'
import { ApiServer } from '../../src/api/server.ts'
import { openToken } from '../../src/api/token.ts'
import { TokenBook } from '../../src/api/token-book.ts'
import { mcpMount } from '../../src/mcp/http.ts'
import { silentLogger } from '../../src/base/log.ts'
import { clientAt } from '../../src/sdk/client.ts'
import { eventually } from './mesh.ts'
import { startNode, temporaryHome, type InProcess } from './nodes.ts'

export interface ServedNode {
  readonly did: string
  readonly client: Client
  readonly url: string
  readonly tokens: TokenBook
  readonly close: () => Promise<void>
}

const PAGES = join(import.meta.dirname, '../../dist/ui')

/** The node's interface with every right on its socket, and its pages on a port. */
export async function serveNode(
  stack: AsyncDisposableStack,
  { node }: InProcess,
): Promise<ServedNode> {
  const run = join(await temporaryHome(stack), 'run')
  await mkdir(run, { mode: 0o700 })
  const tokens = TokenBook.inMemory(Date.now)
  const pages = await pagesIn(PAGES)
  if (pages === undefined) throw new Error('The pages are not built: npm run build.')
  let address: { socket: string | null; url: string | null } = { socket: null, url: null }
  const server = await ApiServer.start(
    {
      handlers: handlersOf({
        node,
        version: '0',
        home: run,
        address: () => address,
        tokens,
        hasLab: true,
      }),
      clock: Date.now,
      logger: silentLogger,
      health: () => ({ ready: true, parts: {} }),
    },
    {
      socketPath: join(run, 'aip-node.sock'),
      tcp: { port: 0, token: await openToken(join(run, 'token')), others: tokens },
      mounts: [mcpMount(new Set(['vouch'])), pages],
    },
  )
  const own = stack.use(new AsyncDisposableStack())
  own.use(server)
  address = { socket: server.socketPath ?? null, url: server.url ?? null }
  const token = (await readFile(join(run, 'token'), 'utf8')).trim()
  const client = clientAt(
    server.socketPath === undefined
      ? { url: server.url ?? '', token }
      : { socketPath: server.socketPath },
  )
  own.use(client)
  return {
    did: node.did,
    client,
    url: server.url ?? '',
    tokens,
    close: async () => own.disposeAsync(),
  }
}

export interface SeededMesh {
  readonly alice: ServedNode
  readonly bob: string
  readonly carol: string
  readonly dan: string
}

/** Alice knows Bob and Carol, who know Dan; Bob has seen Dan work, and so does Alice's node. */
export async function seedMesh(stack: AsyncDisposableStack): Promise<SeededMesh> {
  const first = stack.use(await startNode())
  const bootstrap = [first.address]
  const others = await Promise.all([1, 2, 3].map(async () => startNode({ bootstrap })))
  for (const node of others) stack.use(node)
  const [alice, ...rest] = await Promise.all(
    [first, ...others].map(async (node) => serveNode(stack, node)),
  )
  const [bob, carol, dan] = rest
  if (alice === undefined || bob === undefined || carol === undefined || dan === undefined) {
    throw new Error('four nodes were started')
  }
  await eventually('three peers', async () => (await alice.client.status({})).peers.connected >= 3)
  await alice.client.createVouch({
    subject: bob.did,
    level: 0.9,
    statement: 'merged 40 PRs of mine',
  })
  await alice.client.createVouch({ subject: carol.did, level: 0.6 })
  await bob.client.createVouch({ subject: dan.did, level: 0.7 })
  await carol.client.createVouch({ subject: dan.did, level: 0.9 })
  for (const delivered of [10, 10, 6, 10, 10]) {
    await bob.client.createObservation({
      subject: dan.did,
      task: 'review',
      promised: 10,
      delivered,
      share: 'public',
    })
  }
  await alice.client.putPin({ did: bob.did, name: 'bob' })
  await eventually(
    'five observations',
    async () => (await alice.client.listObservations({ subject: dan.did })).items.length === 5,
  )
  return { alice, bob: bob.did, carol: carol.did, dan: dan.did }
}
