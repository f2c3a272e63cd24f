import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeClient } from '../../../src/sdk/node-client.ts'
import { verify as verifyFastify } from '../../../src/sdk/fastify-middleware.ts'
import { verify as verifyHono } from '../../../src/sdk/hono-middleware.ts'
import { verify as verifyExpress } from '../../../src/sdk/node-middleware.ts'
import type { Policy, SignedBy } from '../../../src/sdk/request-policy.ts'
import { signedFetch } from '../../../src/sdk/signed-fetch.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode } from '../../support/nodes.ts'
import { serveNode, type ServedNode } from '../../support/seeded-mesh.ts'

const stack = new AsyncDisposableStack()
let alice: ServedNode
let bob: ServedNode
let carol: ServedNode

beforeAll(async () => {
  const first = stack.use(await startNode())
  const others = await Promise.all(
    [1, 2].map(async () => startNode({ bootstrap: [first.address] })),
  )
  for (const node of others) stack.use(node)
  const [a, b, c] = await Promise.all([first, ...others].map(async (one) => serveNode(stack, one)))
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were started')
  ;[alice, bob, carol] = [a, b, c]
  await eventually('peers', async () => (await bob.client.status({})).peers.connected >= 1)
  await bob.client.createVouch({ subject: alice.did, level: 1 })
  for (let delivered = 0; delivered < 5; delivered++) {
    await bob.client.createObservation({
      subject: alice.did,
      task: 'a2a',
      promised: 1,
      delivered: 1,
    })
  }
})
afterAll(async () => stack.disposeAsync())

function clientOf(node: ServedNode): NodeClient {
  return new NodeClient({ ...node.client, [Symbol.dispose]: () => {} })
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((closed) => {
      server.close(closed)
    })
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answerOf = (by: SignedBy | undefined, body: unknown) => ({
  did: by?.did,
  state: by?.state,
  body,
})

const FRAMEWORKS: Readonly<Record<string, (policy: Policy) => Promise<string>>> = {
  express: async (policy) => {
    const app = express()
    app.use(verifyExpress(clientOf(bob), policy))
    app.all('/a2a', (request, response) => {
      const { aip } = request as typeof request & { aip?: SignedBy }
      response.json(answerOf(aip, request.body))
    })
    return listening(app)
  },
  fastify: async (policy) => {
    const app = fastify()
    await app.register(async (scope) => {
      verifyFastify(scope, clientOf(bob), policy)
      scope.all('/a2a', async (request) => answerOf(request.aip, request.body))
    })
    stack.defer(async () => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  hono: async (policy) => {
    const app = new Hono<{ Variables: { aip: SignedBy } }>()
    app.use('/a2a', verifyHono(clientOf(bob), policy))
    app.all('/a2a', async (c) => {
      const text = await c.req.text()
      return c.json(answerOf(c.get('aip'), text === '' ? undefined : JSON.parse(text)))
    })
    return listening((request, response) => {
      const answer = async (): Promise<void> => {
        const parts: Buffer[] = []
        for await (const part of request) parts.push(Buffer.from(part as Uint8Array))
        const made = await app.fetch(
          new Request(`http://${request.headers.host ?? ''}${request.url ?? ''}`, {
            method: request.method ?? 'GET',
            headers: request.headers as Record<string, string>,
            ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
          }),
        )
        response.writeHead(made.status, Object.fromEntries(made.headers)).end(await made.text())
      }
      void answer()
    })
  },
}

describe.each(Object.keys(FRAMEWORKS))('%s', (name) => {
  const serve = FRAMEWORKS[name] ?? FRAMEWORKS['express']
  if (serve === undefined) throw new Error('a framework')

  test('serves whom it knows, with and without a body, and says who it is', async () => {
    const url = await serve({ scope: 'a2a', min: 0.05 })
    const send = signedFetch(clientOf(alice))
    const plain = await send(`${url}/a2a?task=1`)
    expect([plain.status, await plain.json()]).toMatchObject([200, { did: alice.did }])
    const posted = await send(`${url}/a2a`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ task: 'review' }),
    })
    expect([posted.status, await posted.json()]).toMatchObject([
      200,
      { did: alice.did, body: { task: 'review' } },
    ])
  })

  test('refuses what is not signed, signed by a stranger, shown twice, or for another host', async () => {
    const url = await serve({ scope: 'a2a', min: 0.05 })
    const bare = await fetch(`${url}/a2a`)
    expect(bare.status).toBe(401)
    expect(bare.headers.get('accept-signature')).toContain('tag="aip-node"')
    const stranger = await signedFetch(clientOf(carol))(`${url}/a2a`)
    expect(stranger.status).toBe(403)

    let shown: RequestInit | undefined
    const keep = signedFetch(clientOf(alice), async (_input, init) => {
      shown = init
      return new Response()
    })
    await keep(`${url}/a2a`)
    expect((await fetch(`${url}/a2a`, shown)).status).toBe(200)
    const again = await fetch(`${url}/a2a`, shown)
    expect([again.status, await again.json()]).toMatchObject([
      401,
      { detail: 'It was shown before.' },
    ])

    await keep('http://127.0.0.1:1/a2a')
    const elsewhere = await fetch(`${url}/a2a`, shown)
    expect(elsewhere.status).toBe(401)
  })

  test('a score below the least is refused, and a stranger is served where the policy says so', async () => {
    const strict = await serve({ scope: 'a2a', min: 0.999 })
    expect((await signedFetch(clientOf(alice))(`${strict}/a2a`)).status).toBe(403)
    const open = await serve({ scope: 'a2a', onUnknown: 'allow' })
    const served = await signedFetch(clientOf(carol))(`${open}/a2a`)
    expect([served.status, await served.json()]).toMatchObject([
      200,
      { did: carol.did, state: 'unknown' },
    ])
    const challenging = await serve({ scope: 'a2a', onUnknown: 'challenge' })
    expect((await signedFetch(clientOf(carol))(`${challenging}/a2a`)).status).toBe(401)
  })
})

describe('the client', () => {
  test('has the usual calls in few words, and events to be gone through', async () => {
    const node = clientOf(bob)
    const abort = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const { kind } of node.events(
        { kinds: ['record.accepted'] },
        { signal: abort.signal },
      )) {
        seen.push(kind)
        abort.abort()
      }
    })()
    await eventually('an event', async () => {
      await node.observe(carol.did, { task: 'a2a', promised: 2, delivered: 1, share: 'public' })
      return seen.length > 0
    })
    await reading
    expect((await node.score(alice.did, { scope: 'a2a' })).evidence.outcomes).toBeGreaterThan(0)
    expect((await node.explain(alice.did)).sentence).not.toBe('')
  })
})
