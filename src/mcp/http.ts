/**
 * The MCP server over streamable HTTP, at `/mcp`, behind the gate of the local interface: the same Host,
 * Origin and token as every other request, and the rights of its token for every tool.
 *
 * Without sessions: a request is answered by itself, as JSON, and nothing is kept between two of them.
 * Source: Model Context Protocol 2025-06-18, "Streamable HTTP".
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../api/error.ts'
import type { Mount } from '../api/server.ts'
import type { Allowable } from './tools.ts'

const MCP_PATH = '/mcp'
const JSON_MEDIA = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i

/** @param allowed  What models may change: beside that, the token needs the right. */
export function mcpMount(allowed: ReadonlySet<Allowable>): Mount {
  return async (app, { clientOf }) => {
    app.post(MCP_PATH, async (request, reply) => {
      if (!JSON_MEDIA.test(request.headers['content-type'] ?? '')) {
        throw new ApiError({ code: 'api/media-type', expected: 'application/json' })
      }
      const { createMcpServer, Transport } = await loaded()
      const server = createMcpServer(clientOf(request), allowed)
      const transport = new Transport({ enableJsonResponse: true })
      await server.connect(transport)
      try {
        const answer = await transport.handleRequest(asWebRequest(request), {
          parsedBody: request.body,
        })
        return await passOn(answer, reply)
      } finally {
        await server.close()
      }
    })
    // Nothing is pushed, and there is no session to end.
    app.route({
      method: ['GET', 'DELETE'],
      url: MCP_PATH,
      handler: async (_request, reply) => reply.code(405).header('allow', 'POST').send(),
    })
  }
}

/** Loaded when the first request comes: most nodes serve it to nobody. */
async function loaded() {
  const [{ createMcpServer }, { WebStandardStreamableHTTPServerTransport }] = await Promise.all([
    import('./server.ts'),
    import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'),
  ])
  return { createMcpServer, Transport: WebStandardStreamableHTTPServerTransport }
}

function asWebRequest({ headers, url }: FastifyRequest): Request {
  const kept = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') kept.set(name, value)
  }
  return new Request(new URL(url, 'http://aip-node.sock'), { method: 'POST', headers: kept })
}

async function passOn(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  void reply.code(answer.status)
  const type = answer.headers.get('content-type')
  if (type !== null) void reply.type(type)
  return reply.send(await answer.text())
}
