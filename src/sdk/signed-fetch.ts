/** `aip-node/client/fetch`: a `fetch` whose requests the node signs. */
import type { NodeClient } from './node-client.ts'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * The same fetch, with each request signed by this agent's node. A body is read into memory, since its
 * digest is signed; a redirect is not followed, since what is signed names the host.
 */
export function signedFetch(node: Pick<NodeClient, 'api'>, send: Fetch = fetch): Fetch {
  return async (input, init) => {
    const request = new Request(input, { redirect: 'manual', ...init })
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const { headers } = await node.api.signRequest({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      ...(body === undefined ? {} : { body: body.toString('base64') }),
    })
    const signed = new Headers(request.headers)
    for (const [name, value] of Object.entries(headers)) signed.set(name, value)
    return send(request.url, {
      method: request.method,
      headers: signed,
      redirect: request.redirect,
      signal: request.signal,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
  }
}
