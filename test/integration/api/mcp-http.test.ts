/** MCP over HTTP, as the official client speaks it, and as those speak it who should not. */
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MCP_BATCH_LIMIT_COUNT, MCP_REQUESTS_LIMIT_COUNT } from '../../../src/mcp/http.ts'
import type { Right } from '../../../src/api/contract.ts'
import { startNode } from '../../support/nodes.ts'
import { serveNode, type ServedNode } from '../../support/seeded-mesh.ts'

const BOB = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'
const stack = new AsyncDisposableStack()
let node: ServedNode

beforeAll(async () => {
  node = await serveNode(stack, stack.use(await startNode()))
})
afterAll(async () => stack.disposeAsync())

async function tokenOf(rights: readonly Right[]): Promise<string> {
  return (await node.tokens.create('test', rights, null)).token
}

async function connected(rights: readonly Right[]): Promise<McpClient> {
  const client = new McpClient({ name: 'test', version: '0' })
  const authorization = `Bearer ${await tokenOf(rights)}`
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', node.url), {
      requestInit: { headers: { authorization } },
    }),
  )
  stack.defer(async () => client.close())
  return client
}

async function called(client: McpClient, name: string, given: Record<string, unknown>) {
  const { isError, content } = await client.callTool({ name, arguments: given })
  const [first] = content as { readonly text: string }[]
  return { isError: isError === true, text: first?.text ?? '' }
}

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'x', version: '0' },
  },
})

async function post(headers: Readonly<Record<string, string>>, body = initialize) {
  const accept = 'application/json, text/event-stream'
  return fetch(`${node.url}/mcp`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', ...headers },
    body,
  })
}

/** So many messages in one request. */
function ping(count: number): string {
  const messages = Array.from({ length: count }, (_, id) => ({
    jsonrpc: '2.0',
    id,
    method: 'ping',
  }))
  return JSON.stringify(messages)
}

describe('MCP over HTTP', () => {
  test('has the tools, resources and prompt, and answers by them', async () => {
    const client = await connected(['read', 'observe'])
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('aip_trust_score')
    expect((await called(client, 'aip_whoami', {})).text).toContain(node.did)
    const { contents } = await client.readResource({ uri: 'aip://identity' })
    expect(JSON.stringify(contents)).toContain(node.did)
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual([
      'should_i_delegate',
    ])
  })

  test('a tool does what the token may, and no more', async () => {
    const seen = { did: BOB, promised: 3, delivered: 3, task: 'review' }
    const reader = await connected(['read'])
    const refused = await called(reader, 'aip_observe', seen)
    expect(refused.isError).toBe(true)
    expect(refused.text).toContain('api/right-missing')
    expect((await node.client.listObservations({})).items).toHaveLength(0)
    const observer = await connected(['read', 'observe'])
    expect((await called(observer, 'aip_observe', seen)).isError).toBe(false)
    expect((await node.client.listObservations({})).items).toHaveLength(1)
  })

  test('vouching needs the owner’s leave and the right', async () => {
    const order = { did: BOB, level: 0.5 }
    const agent = await connected(['read', 'observe', 'sign'])
    expect((await called(agent, 'aip_vouch', order)).text).toContain('api/right-missing')
    const owner = await connected(['read', 'vouch'])
    // Nobody here knows Bob's key log, so that the node itself is the last to refuse.
    expect((await called(owner, 'aip_vouch', order)).text).toContain('node/did-unresolved')
    expect((await called(owner, 'aip_revoke', { id: `bafyrei${'a'.repeat(52)}` })).text).toContain(
      'aip-node revoke',
    )
  })

  test.each<[number, string, Readonly<Record<string, string>>]>([
    [401, 'no token', {}],
    [401, 'a wrong token', { authorization: `Bearer ${'0'.repeat(64)}` }],
    [403, 'a foreign page', { origin: 'https://evil.example' }],
    [403, 'the null origin', { origin: 'null' }],
    [403, 'a request that another site started', { 'sec-fetch-site': 'cross-site' }],
  ])('%i for %s', async (status, _what, headers) => {
    expect((await post(headers)).status).toBe(status)
  })

  test('415 for text, 400 for what is no JSON, 405 for a stream that is not there', async () => {
    const authorization = `Bearer ${await tokenOf(['read'])}`
    expect((await post({ authorization, 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post({ authorization, 'content-type': 'application/octet-stream' })).status).toBe(
      415,
    )
    expect((await post({ authorization }, '{')).status).toBe(400)
    expect((await post({ authorization }, ping(MCP_BATCH_LIMIT_COUNT))).status).toBe(200)
    expect((await post({ authorization }, ping(MCP_BATCH_LIMIT_COUNT + 1))).status).toBe(400)
    const got = await fetch(`${node.url}/mcp`, {
      headers: { authorization, accept: 'text/event-stream' },
    })
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
    const good = await post({ authorization })
    expect(good.status).toBe(200)
    expect(good.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(good.headers.get('mcp-session-id')).toBeNull()
  })

  test('503 for more requests at once than the limit, and none are lost below it', async () => {
    const authorization = `Bearer ${await tokenOf(['read'])}`
    // One that takes its time: it waits for what happens.
    const slow = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'resources/read',
      params: { uri: 'aip://events/recent' },
    })
    const wave = async (count: number) => {
      const all = Array.from({ length: count }, async () => post({ authorization }, slow))
      return (await Promise.all(all)).map(({ status }) => status)
    }
    expect(new Set(await wave(MCP_REQUESTS_LIMIT_COUNT))).toEqual(new Set([200]))
    const crowd = await wave(MCP_REQUESTS_LIMIT_COUNT + 8)
    expect(crowd.filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(crowd).toContain(503)
    expect(new Set(await wave(1))).toEqual(new Set([200]))
  })
})
