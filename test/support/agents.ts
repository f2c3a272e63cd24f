/**
 * Agents that speak HTTP with each other, each with a node of its own that it reaches over HTTP too:
 * what a program in any language would do, with `fetch` and nothing of ours.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { handlersOf } from '../../src/api/handlers.ts'
import type { Right } from '../../src/api/contract.ts'
import { ApiServer, TOKEN_RIGHTS } from '../../src/api/server.ts'
import { openToken } from '../../src/api/token.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { AipNode } from '../../src/node/node.ts'
import { readFile } from 'node:fs/promises'
import { startNode, temporaryHome, type InProcess } from './nodes.ts'

export interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
}

export async function post(url: string, body: object, token?: string): Promise<Answered> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** What an agent does with what is posted to a path of its origin. */
export type Conduct = (path: string, body: Record<string, unknown>) => Promise<Answered>

/** An HTTP server of an agent, on a port that the system chooses. Returns its origin. */
export async function serve(stack: AsyncDisposableStack, conduct: Conduct): Promise<string> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const given = JSON.parse(text) as Record<string, unknown>
      const { status, body } = await conduct(request.url ?? '', given)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    answer().catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }))
    })
  })
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening)
  })
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((closed) => {
      server.close(closed)
    })
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

/** The node's interface on a loopback port. */
export async function api(
  stack: AsyncDisposableStack,
  node: AipNode,
  rights: readonly Right[] = TOKEN_RIGHTS,
): Promise<(path: string, body: object) => Promise<Answered>> {
  const run = join(await temporaryHome(stack), 'run')
  await mkdir(run, { mode: 0o700 })
  const tokenFile = join(run, 'token')
  const server = await ApiServer.start(
    {
      handlers: handlersOf({
        node,
        version: '0',
        home: run,
        address: () => ({ socket: null, url: null }),
      }),
      clock: Date.now,
      logger: silentLogger,
      health: () => ({ ready: true, parts: {} }),
    },
    { tcp: { port: 0, token: await openToken(tokenFile), rights }, checksAnswers: true },
  )
  stack.use(server)
  const token = (await readFile(tokenFile, 'utf8')).trim()
  return async (path, body) => post(`${server.url ?? ''}${path}`, body, token)
}

export interface Agent {
  readonly did: string
  readonly origin: string
  readonly node: InProcess
  readonly ask: (path: string, body: object) => Promise<Answered>
  /** What it was posted, as it came; each path alone. */
  readonly seen: Map<string, Record<string, unknown>[]>
}

/**
 * An agent that answers questions at `/challenge` and takes confirmations at `/confirm`, unless it
 * conducts itself otherwise.
 */
export async function startAgent(
  stack: AsyncDisposableStack,
  options: { readonly bootstrap?: readonly string[]; readonly conduct?: Conduct } = {},
): Promise<Agent> {
  const late: { agent?: Agent } = {}
  const seen: Agent['seen'] = new Map()
  const origin = await serve(stack, async (path, body) => {
    seen.set(path, [...(seen.get(path) ?? []), body])
    if (options.conduct !== undefined) return options.conduct(path, body)
    const { agent } = late
    if (agent === undefined) throw new Error('asked too early')
    return path === '/challenge'
      ? agent.ask('/v1/challenges/answer', { question: body })
      : agent.ask('/v1/challenges/verify', { proof: body })
  })
  const node = stack.use(await startNode({ origins: [origin], bootstrap: options.bootstrap ?? [] }))
  late.agent = { did: node.node.did, origin, node, ask: await api(stack, node.node), seen }
  return late.agent
}
