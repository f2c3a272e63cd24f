/**
 * Words of strangers on the way to a model: names, statements, sentences, events and the errors of a
 * node. Nothing that cannot be seen may come out of any tool, resource or prompt, decoded or not, and
 * statements stand in fields that say who wrote them.
 */
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { asError } from '../../src/base/error.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import { isDid } from '../../src/identity/did.ts'
import { createMcpServer } from '../../src/mcp/server.ts'
import { ALLOWABLE } from '../../src/mcp/tools.ts'
import { BOB, freshMemory, memoryClient, memoryHandlers } from '../../test/api/memory-node.ts'
import type { Attack } from './parts/attack.ts'
import { HARMFUL_TEXTS, harmIn } from './parts/harmful-text.ts'

export const attack: Attack = {
  does: 'Over 100 texts by strangers to a model, through every tool: none that is not seen.',
  flags: {},
  gate: {},
  limitMs: 2 * MINUTE_MS,
  run: async () => {
    const misses: string[] = []
    let [answers, bytes, harm, outside] = [0, 0, 0, 0]
    for (const text of HARMFUL_TEXTS) {
      await using stack = new AsyncDisposableStack()
      const client = await modelFor(text, stack)
      const calls = [
        async () => client.callTool({ name: 'aip_whoami', arguments: {} }),
        async () => client.callTool({ name: 'aip_trust_score', arguments: { did: BOB } }),
        async () => client.callTool({ name: 'aip_trust_score', arguments: { did: text } }),
        async () => client.callTool({ name: 'aip_explain', arguments: { did: BOB } }),
        async () => client.callTool({ name: 'aip_vouches', arguments: { did: BOB } }),
        async () => client.callTool({ name: 'aip_observe', arguments: { did: BOB, task: text } }),
        async () => client.callTool({ name: 'aip_register', arguments: { [text]: text } }),
        async () => client.readResource({ uri: `aip://explain/${BOB}` }),
        async () => client.readResource({ uri: 'aip://events/recent' }),
        async () => client.readResource({ uri: 'aip://identity' }),
        async () =>
          client.getPrompt({ name: 'should_i_delegate', arguments: { did: BOB, task: text } }),
      ]
      for (const [at, call] of calls.entries()) {
        const answer = await call().catch((error: unknown) => ({ error: asError(error).message }))
        answers++
        bytes += JSON.stringify(answer).length
        const strings = stringsIn(answer)
        const found = strings.reduce(
          (sum, [, one]) => sum + harmIn(one, Number.POSITIVE_INFINITY),
          0,
        )
        harm += found
        // Short texts are part of other words, and a DID is one wherever it stands.
        const astray = strings.filter(
          ([path, one]) =>
            text.length > 8 &&
            !isDid(text) &&
            one === text &&
            !/untrusted_|content|text/.test(path),
        )
        outside += astray.length
        if ((found > 0 || astray.length > 0) && misses.length < 5) {
          misses.push(
            `call ${at} of ${JSON.stringify(text)}: ${JSON.stringify(answer).slice(0, 300)}`,
          )
        }
      }
    }
    const figures = {
      texts: HARMFUL_TEXTS.length,
      answers,
      bytes,
      'harmful characters': harm,
      'foreign text outside untrusted fields': outside,
    }
    return { figures, misses }
  },
}

/** The official client, at a server whose node knows this text by every door. */
async function modelFor(text: string, stack: AsyncDisposableStack): Promise<McpClient> {
  const memory = freshMemory({ names: new Map([[BOB, text]]) })
  const handlers = memoryHandlers(memory)
  const node = memoryClient({
    ...handlers,
    listVouches: async (input, caller) => {
      const { items, cursor } = await handlers.listVouches(input, caller)
      return { items: items.map((item) => ({ ...item, statement: text })), cursor }
    },
    events: async function* () {
      const at = new Date().toISOString()
      yield { cursor: 1, at, kind: 'record.rejected', data: { name: text, [text]: text } }
    },
  })
  const server = createMcpServer(node, new Set(ALLOWABLE))
  const client = new McpClient({ name: 'attack', version: '0' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  stack.defer(async () => client.close())
  return client
}

/** Every text in an answer, names of fields too, with where it stands. */
function stringsIn(value: unknown, path = ''): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(Array.isArray(value) ? [] : [[path, name] as const]),
    ...stringsIn(inner, `${path}.${name}`),
  ])
}
