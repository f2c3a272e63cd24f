/**
 * An A2A server whose AgentCard proves which agent it is, and which serves only agents that sign their
 * requests and are assured enough.
 *
 *     AIP_NODE_HOME=~/bob node examples/a2a-server.ts [--port 8803] [--min 0.05]
 *
 * Needs the packages @a2a-js/sdk and express. Prints its address and DID as one line of JSON, and runs
 * until Ctrl-C. A caller uses signedFetch as the `fetchImpl` of its transport.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { AgentCard, Message } from '@a2a-js/sdk'
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
} from '@a2a-js/sdk/server'
import { jsonRpcHandler } from '@a2a-js/sdk/server/express'
import { connect } from 'aip-node/client'
import { verify, type SignedMessage } from 'aip-node/client/express'
import express from 'express'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, min: { type: 'string', default: '0.05' } },
})
const node = await connect()
const app = express()
const server = app.listen(Number(values.port), '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

// The node adds who this is and where evidence about it is found, and signs the whole.
const { card } = await node.api.signAgentCard({
  card: {
    name: 'Reviewer',
    description: 'Reviews what it is sent.',
    version: '1.0.0',
    supportedInterfaces: [
      { url: `${url}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    ],
    capabilities: { streaming: false },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id: 'review', name: 'Review', description: 'Reads lines.', tags: ['review'] }],
  },
})

const reviewer: AgentExecutor = {
  execute: async ({ userMessage, contextId, context }, bus) => {
    const text = userMessage.parts.map(({ content }) => content?.value).join('\n')
    const parts = [{ text: `${text}: fine, ${context.user?.userName}` }]
    const reply = { messageId: crypto.randomUUID(), contextId, role: 'ROLE_AGENT', parts }
    bus.publish(AgentEvent.message(Message.fromJSON(reply)))
    bus.finished()
  },
  cancelTask: async () => {},
}
const tasks = new InMemoryTaskStore()
const requestHandler = new DefaultRequestHandler(AgentCard.fromJSON(card), tasks, reviewer)
const userBuilder = async (request: SignedMessage) => ({
  isAuthenticated: true,
  userName: request.aip?.did ?? '',
})

app.get('/.well-known/agent-card.json', (_request, response) => response.json(card))
app.use('/a2a', verify(node, { min: Number(values.min), scope: 'review' }))
app.use('/a2a', jsonRpcHandler({ requestHandler, userBuilder }))
console.log(JSON.stringify({ did: (await node.api.identity({})).did, url }))
process.once('SIGTERM', () => server.close())
