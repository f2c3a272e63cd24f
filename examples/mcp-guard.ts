/**
 * An MCP server that serves only agents it can rely on: each request has to be signed by an agent that is
 * assured enough, before the model's tools see it.
 *
 *     AIP_NODE_HOME=~/bob node examples/mcp-guard.ts [--port 8802] [--min 0.05]
 *
 * Prints its address as one line of JSON, and runs until Ctrl-C. A caller uses signedFetch as the `fetch`
 * of its MCP transport.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { connect } from 'aip-node/client'
import { verify, type SignedMessage } from 'aip-node/client/express'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, min: { type: 'string', default: '0.05' } },
})
const node = await connect()
const guard = verify(node, { min: Number(values.min), scope: 'review', onUnknown: 'deny' })

function toolsFor(did: string): McpServer {
  const server = new McpServer({ name: 'guarded', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Who this server takes you for' }, async () => ({
    content: [{ type: 'text', text: did }],
  }))
  return server
}

const http = createServer((request: SignedMessage, response) => {
  void guard(request, response, (error) => {
    const did = request.aip?.did
    if (error !== undefined || did === undefined) {
      response.writeHead(500).end()
      return
    }
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    void toolsFor(did)
      .connect(transport)
      .then(async () => transport.handleRequest(request, response, request.body))
  })
})
http.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` }))
})
process.once('SIGTERM', () => http.close())
