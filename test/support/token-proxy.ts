/**
 * A loopback door to the node's local interface for programs that cannot show a token: adds it, and says
 * the node's own authority where the program said that of the door. Whatever else the program says of
 * Host and Origin goes on as it is, for the gate to judge.
 */
import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'

export interface TokenProxy extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
}

export async function tokenProxy(node: {
  readonly url: string
  readonly token: string
}): Promise<TokenProxy> {
  const { host, hostname, port } = new URL(node.url)
  const names = new Map<string, string>()
  const headersOf = (given: IncomingHttpHeaders): IncomingHttpHeaders => ({
    ...given,
    authorization: `Bearer ${node.token}`,
    ...(given.host === undefined ? {} : { host: names.get(given.host) ?? given.host }),
    ...(given.origin === undefined ? {} : { origin: names.get(given.origin) ?? given.origin }),
  })
  const server = createServer((asked, reply) => {
    const { method, url: path, headers } = asked
    const outgoing = request({ hostname, port, method, path, headers: headersOf(headers) })
    outgoing.once('response', (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(reply)
    })
    outgoing.once('error', () => reply.destroy())
    reply.once('close', () => outgoing.destroy())
    asked.pipe(outgoing)
  })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  for (const name of ['127.0.0.1', 'localhost']) {
    const own = `${name}:${address.port}`
    names.set(own, host)
    names.set(`http://${own}`, `http://${host}`)
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
