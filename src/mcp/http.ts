/**
 * The MCP server over streamable HTTP, at `/mcp`, behind the gate of the local interface: the same Host,
 * Origin and token as every other request, and the rights of its token for every tool.
 *
 * Without sessions: a request is answered by itself, as JSON, and nothing is kept between two of them.
 * Source: Model Context Protocol 2025-06-18, "Streamable HTTP".
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../api/contract.ts'
import { ApiError } from '../api/error.ts'
import type { Mount } from '../api/server.ts'
import { NodeError } from '../node/error.ts'
import type { Allowable } from './tools.ts'

const MCP_PATH = '/mcp'
/** Requests at a time; each has a server of its own. */
export const MCP_REQUESTS_LIMIT_COUNT = 32
/** Messages in one request. */
export const MCP_BATCH_LIMIT_COUNT = 16
const JSON_MEDIA = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i

/** @param allowed  What models may change: beside that, the token needs the right. */
export function mcpMount(allowed: ReadonlySet<Allowable>): Mount {
  let open = 0
  const answered = async (
    request: FastifyRequest,
    reply: FastifyReply,
    client: Client,
  ): Promise<FastifyReply> => {
    const { createMcpServer, Transport } = await loaded()
    const server = createMcpServer(client, allowed)
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
  }
  return async (app, { clientOf }) => {
    app.post(MCP_PATH, async (request, reply) => {
      if (!JSON_MEDIA.test(request.headers['content-type'] ?? '')) {
        throw new ApiError({ code: 'api/media-type', expected: 'application/json' })
      }
      if (Array.isArray(request.body) && request.body.length > MCP_BATCH_LIMIT_COUNT) {
        const problem = `at most ${MCP_BATCH_LIMIT_COUNT} messages in one request`
        throw new ApiError({ code: 'api/input-invalid', field: 'input', problem })
      }
      if (open >= MCP_REQUESTS_LIMIT_COUNT) throw new NodeError({ code: 'node/busy' })
      open++
      try {
        return await answered(request, reply, clientOf(request))
      } finally {
        open--
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
