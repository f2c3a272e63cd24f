/** did:web against a TLS server on loopback, which only these tests allow it to reach. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DidWeb,
  DID_WEB_AT_ONCE_LIMIT,
  DID_WEB_LIMIT_BYTES,
  type DidWebOptions,
} from '../../../src/node/did-web/did-web.ts'
import { isPublicAddress } from '../../../src/node/did-web/address-policy.ts'
import { faultOf } from '../../node/fault.ts'
import { certificateFor } from '../../support/certificate.ts'

const HOST = 'web.example.test'
const LOOPBACK = '127.0.0.1'
const certificate = certificateFor(HOST)
type Answer = (request: IncomingMessage, response: ServerResponse) => void
let answer: Answer = () => {}
let port = 0
let server: Server
/** Connections that reached the server, and requests. */
const seen = { connections: 0, requests: [] as IncomingMessage[] }

beforeAll(async () => {
  server = createServer(certificate, (request, response) => {
    seen.requests.push(request)
    answer(request, response)
  })
  server.on('connection', () => {
    seen.connections++
  })
  await new Promise<void>((listening) => {
    server.listen(0, LOOPBACK, listening)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  ;({ port } = address)
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((closed) => {
    server.close(closed)
  })
})

const id = (path = ''): string => `${HOST}%3A${port}${path}`
const did = (path = ''): string => `did:web:${id(path)}`

function web(changes: Partial<DidWebOptions> = {}): DidWeb {
  return new DidWeb({
    mayReach: (address) => address === LOOPBACK,
    resolveName: async () => [{ address: LOOPBACK, family: 4 }],
    authority: certificate.cert,
    ...changes,
  })
}

function giving(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  status = 200,
): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

const document = (path = ''): Record<string, unknown> => ({
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: did(path),
})

describe('did:web', () => {
  test('obtains the document over TLS, and asks for nothing else', async () => {
    answer = giving(JSON.stringify(document(':user:alice')))
    const before = seen.requests.length
    expect(await web().resolve(id(':user:alice'))).toEqual({
      document: document(':user:alice'),
      url: `https://${HOST}:${port}/user/alice/did.json`,
    })
    const [request, ...others] = seen.requests.slice(before)
    expect(others).toEqual([])
    expect(request?.url).toBe('/user/alice/did.json')
    expect(request?.headers['host']).toBe(`${HOST}:${port}`)
    expect(Object.keys(request?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  test('connects to no address that the policy refuses, nor to any beside one', async () => {
    answer = giving(JSON.stringify(document()))
    const before = seen.connections
    const loopback = { address: LOOPBACK, family: 4 } as const
    const open = { address: '8.8.8.8', family: 4 } as const
    for (const found of [[loopback], [open, loopback], [loopback, open]]) {
      const careful = web({ mayReach: isPublicAddress, resolveName: async () => found })
      expect(await faultOf(careful.resolve(id()))).toEqual({ code: 'did/web-refused', host: HOST })
    }
    expect(seen.connections).toBe(before)
  })

  test('asks the name servers once and goes where they pointed then', async () => {
    answer = giving(JSON.stringify(document()))
    let asked = 0
    const rebinding = web({
      resolveName: async () => {
        asked++
        return [{ address: asked === 1 ? LOOPBACK : '127.0.0.2', family: 4 }]
      },
    })
    await rebinding.resolve(id())
    expect(asked).toBe(1)
    expect(await faultOf(rebinding.resolve(id()))).toEqual({ code: 'did/web-refused', host: HOST })
  })

  test.each<[string, () => Answer]>([
    ['it redirects elsewhere', () => giving('', { location: `https://${HOST}:${port}/` }, 302)],
    ['it redirects elsewhere', () => giving('', { location: 'http://169.254.169.254/' }, 308)],
    ['it answered with status 404', () => giving(JSON.stringify(document()), {}, 404)],
    ['it answered with status 500', () => giving('', {}, 500)],
    [
      'its answer is of another media type',
      () => giving(JSON.stringify(document()), { 'content-type': 'text/html' }),
    ],
    [
      'its answer is compressed',
      () => giving(JSON.stringify(document()), { 'content-encoding': 'gzip' }),
    ],
    [
      `its answer is larger than ${DID_WEB_LIMIT_BYTES} bytes`,
      () => giving(JSON.stringify(document()).padEnd(DID_WEB_LIMIT_BYTES + 1)),
    ],
    ['the connection failed (ECONNRESET)', () => (request) => request.socket.destroy()],
  ])('is unreachable when %s', async (reason, make) => {
    answer = make()
    expect(await faultOf(web().resolve(id()))).toEqual({
      code: 'did/web-unreachable',
      host: HOST,
      reason,
    })
  })

  test.each([
    'application/did+json',
    'application/did+ld+json; charset=utf-8',
    'application/did',
    'application/ld+json',
    'Application/JSON',
  ])('takes %s, up to the last byte', async (type) => {
    answer = giving(JSON.stringify(document()).padEnd(DID_WEB_LIMIT_BYTES), {
      'content-type': type,
    })
    expect((await web().resolve(id())).document.id).toBe(did())
  })

  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  test.each<[string, () => string | Uint8Array]>([
    ['it is no JSON', () => '{'],
    ['it is no JSON', () => Uint8Array.of(0x22, 0xff, 0x22)],
    ['it is not the document of that DID', () => '[]'],
    ['it is not the document of that DID', () => JSON.stringify({ id: 'did:web:other.example' })],
    ['it is not the document of that DID', () => JSON.stringify(document(':user'))],
    ['it nests deeper than 16 levels', () => JSON.stringify({ ...document(), x: nested(16) })],
    ['it nests deeper than 16 levels', () => '['.repeat(30_000) + ']'.repeat(30_000)],
    ['it breaks DID Core 5.4 service', () => JSON.stringify({ ...document(), service: {} })],
  ])('is refused because %s', async (reason, body) => {
    answer = giving(body())
    expect(await faultOf(web().resolve(id()))).toEqual({ code: 'did/document-invalid', reason })
  })

  test('keeps fields that it does not know, 16 levels deep', async () => {
    const whole = { ...document(), x: nested(15) }
    answer = giving(JSON.stringify(whole))
    expect((await web().resolve(id())).document).toEqual(whole)
  })

  test('trusts no certificate but those of its authorities, for that very name', async () => {
    answer = giving(JSON.stringify(document()))
    const other = certificateFor('other.example.test')
    const reasonOf = async (authority: string): Promise<unknown> =>
      faultOf(web({ authority }).resolve(id()))
    expect(await reasonOf(other.cert)).toMatchObject({ code: 'did/web-unreachable' })
    const elsewhere = `other.example.test%3A${port}`
    expect(await faultOf(web().resolve(elsewhere))).toMatchObject({
      code: 'did/web-unreachable',
      reason: 'the connection failed (ERR_TLS_CERT_ALTNAME_INVALID)',
    })
  })

  test('waits only so long: for a name, for a head, for a body', async () => {
    const slow = { limitMs: 100 }
    const late = { code: 'did/web-unreachable', reason: 'it did not answer within 100 ms' }
    const unnamed = web({
      ...slow,
      resolveName: async (_host, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('cancelled'))
          })
        }),
    })
    expect(await faultOf(unnamed.resolve(id()))).toMatchObject(late)
    answer = () => {}
    expect(await faultOf(web(slow).resolve(id()))).toMatchObject(late)
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    }
    expect(await faultOf(web(slow).resolve(id()))).toMatchObject(late)
  })

  test('asks only so many at once', async () => {
    const held: ServerResponse[] = []
    answer = (_request, response) => {
      held.push(response)
    }
    const busy = web()
    const underWay = Array.from({ length: DID_WEB_AT_ONCE_LIMIT }, async () => busy.resolve(id()))
    expect(await faultOf(busy.resolve(id()))).toEqual({ code: 'node/busy' })
    await expect.poll(() => held.length).toBe(DID_WEB_AT_ONCE_LIMIT)
    for (const response of held) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(document()))
    }
    await Promise.all(underWay)
    answer = giving(JSON.stringify(document()))
    expect((await busy.resolve(id())).document.id).toBe(did())
  })

  test('goes to the address of the other family where there is no way to the first', async () => {
    answer = giving(JSON.stringify(document()))
    // Nobody listens there, and that is found out at once.
    const found = [
      { address: '127.0.0.3', family: 4 },
      { address: '::ffff:127.0.0.1', family: 6 },
    ] as const
    const both = web({ mayReach: () => true, resolveName: async () => found })
    expect((await both.resolve(id())).document.id).toBe(did())
    const only = web({ mayReach: () => true, resolveName: async () => found.slice(0, 1) })
    expect(await faultOf(only.resolve(id()))).toMatchObject({
      reason: 'the connection failed (ECONNREFUSED)',
    })
  })

  test('has no address for a name that has none', async () => {
    const nowhere = web({ resolveName: async () => [] })
    expect(await faultOf(nowhere.resolve(id()))).toMatchObject({
      code: 'did/web-unreachable',
      reason: 'its name has no address',
    })
  })
})
