/** `aip-node/client/express` and `/fastify`: the middleware of frameworks over Node's own requests. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeClient } from './node-client.ts'
import { judge, type Outcome, type Policy, type SignedBy } from './request-policy.ts'

/** A body that is larger is refused before anybody is asked. */
export const SIGNED_BODY_LIMIT_BYTES = 131_072

/** A request with what its middlewares have found out: Express's, Connect's, Fastify's raw one. */
export interface SignedMessage extends IncomingMessage {
  /** Set once the request is found to be signed and served. */
  aip?: SignedBy
  /** The bytes of the body, if something has read them before: `express.raw`, `rawBody` of a parser. */
  rawBody?: Uint8Array
  body?: unknown
  originalUrl?: string
}

/**
 * Express: `app.use('/a2a', verify(node, { min: 0.5 }))`, before anything that reads the body.
 * The body is read here and left as bytes in `rawBody`, and parsed in `body` where it is JSON.
 */
export function verify(node: Pick<NodeClient, 'api'>, policy: Policy = {}) {
  return async (
    request: SignedMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      const outcome = await judgeMessage(node, request, policy)
      if (outcome.serve) {
        request.aip = outcome.by
        next()
        return
      }
      response.writeHead(outcome.status, { ...outcome.headers }).end(JSON.stringify(outcome.answer))
    } catch (error) {
      next(error)
    }
  }
}

async function judgeMessage(
  node: Pick<NodeClient, 'api'>,
  request: SignedMessage,
  policy: Policy,
): Promise<Outcome> {
  const body = await bodyOf(request)
  return judge(
    node,
    {
      method: request.method ?? 'GET',
      target: request.originalUrl ?? request.url ?? '/',
      host: request.headers.host ?? '',
      isSecure: 'encrypted' in request.socket,
      headers: request.headers,
      body,
    },
    policy,
  )
}

/** @throws {RangeError} for a body that is larger than may be signed. */
async function bodyOf(request: SignedMessage): Promise<Uint8Array | undefined> {
  if (request.rawBody !== undefined) return request.rawBody
  if (request.body instanceof Uint8Array) return request.body
  const hasBody =
    request.headers['content-length'] !== undefined ||
    request.headers['transfer-encoding'] !== undefined
  if (!hasBody || request.headers['content-length'] === '0') return undefined
  const parts: Buffer[] = []
  let bytes = 0
  const chunks: AsyncIterable<Buffer> = request
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > SIGNED_BODY_LIMIT_BYTES) throw new RangeError('the body is too large to be signed')
    parts.push(chunk)
  }
  const body = Buffer.concat(parts)
  request.rawBody = body
  if (/^application\/(?:[\w.+-]+\+)?json\b/.test(request.headers['content-type'] ?? '')) {
    try {
      request.body = JSON.parse(body.toString('utf8'))
    } catch {
      // Not what it says: the handler sees the bytes.
    }
  }
  return body
}
