/** `aip-node/client/hono`: the middleware of frameworks over the web's own requests. */
import type { NodeClient } from './node-client.ts'
import { judge, type Policy, type SignedBy } from './request-policy.ts'

/** As much of Hono's context as is used here. */
interface Context {
  readonly req: { readonly raw: Request }
  readonly set: (name: 'aip', value: SignedBy) => void
}

/** Hono: `app.use('/a2a/*', verify(node, { min: 0.5 }))`; then `c.get('aip')`. */
export function verify(node: Pick<NodeClient, 'api'>, policy: Policy = {}) {
  return async (context: Context, next: () => Promise<void>): Promise<Response | void> => {
    const { raw } = context.req
    const url = new URL(raw.url)
    const body = raw.body === null ? undefined : new Uint8Array(await raw.clone().arrayBuffer())
    const outcome = await judge(
      node,
      {
        method: raw.method,
        target: `${url.pathname}${url.search}`,
        host: raw.headers.get('host') ?? url.host,
        isSecure: url.protocol === 'https:',
        headers: Object.fromEntries(raw.headers),
        body,
      },
      policy,
    )
    if (!outcome.serve) {
      return new Response(JSON.stringify(outcome.answer), {
        status: outcome.status,
        headers: outcome.headers,
      })
    }
    context.set('aip', outcome.by)
    await next()
    return undefined
  }
}
