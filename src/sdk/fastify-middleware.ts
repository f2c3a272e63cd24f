/** `aip-node/client/fastify`: a plugin that serves only what is signed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { NodeClient } from './node-client.ts'
import { SIGNED_BODY_LIMIT_BYTES } from './node-middleware.ts'
import { judge, type Policy, type SignedBy } from './request-policy.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed the request; set in the scope of {@link verify}. */
    aip?: SignedBy
  }
}

/**
 * Fastify: `app.register(async (scope) => { verify(scope, node, { min: 0.5 }); scope.post(…) })`. In that
 * scope JSON bodies are kept as bytes until the signature is judged.
 */
export function verify(
  app: FastifyInstance,
  node: Pick<NodeClient, 'api'>,
  policy: Policy = {},
): void {
  const bodies = new WeakMap<FastifyRequest, Buffer>()
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: SIGNED_BODY_LIMIT_BYTES },
    (request, body, done) => {
      const bytes = Buffer.from(body)
      bodies.set(request, bytes)
      try {
        done(null, bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8')))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  )
  app.addHook('preValidation', async (request: FastifyRequest, reply: FastifyReply) => {
    const outcome = await judge(
      node,
      {
        method: request.method,
        target: request.raw.url ?? '/',
        host: request.headers.host ?? '',
        isSecure: 'encrypted' in request.raw.socket,
        headers: request.headers,
        body: bodies.get(request),
      },
      policy,
    )
    if (outcome.serve) {
      request.aip = outcome.by
      return undefined
    }
    return reply.code(outcome.status).headers(outcome.headers).send(JSON.stringify(outcome.answer))
  })
}
