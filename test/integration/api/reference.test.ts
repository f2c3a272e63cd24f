/** `/docs` as a browser gets it: without a token, under the policy of pages, and never another contract. */
import { request } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAGE_POLICY } from '../../../src/api/pages.ts'
import { referenceHtml } from '../../../src/api/reference/page.ts'
import { ApiServer } from '../../../src/api/server.ts'
import { openToken } from '../../../src/api/token.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { freshMemory, memoryHandlers, NOW_MS } from '../../api/memory-node.ts'

const stack = new AsyncDisposableStack()
let server: ApiServer

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aip-reference-'))
  stack.defer(async () => rm(directory, { recursive: true }))
  server = await ApiServer.start(
    {
      handlers: memoryHandlers(freshMemory()),
      clock: () => NOW_MS,
      logger: silentLogger,
      health: () => ({ ready: true, parts: {} }),
    },
    {
      socketPath: join(directory, 'run', 'aip-node.sock'),
      tcp: { port: 0, token: await openToken(join(directory, 'token')) },
    },
  )
  stack.use(server)
})
afterAll(async () => stack.disposeAsync())

const read = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, init)

test('anybody on this machine reads it, with no token', async () => {
  const answer = await read('/docs')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await answer.text()).toContain('<h1>HTTP API</h1>')
  const style = await read('/docs/style.css')
  expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(await style.text()).toContain('color-scheme: light dark')
})

test('it is made of the document that this node serves', async () => {
  const [page, document] = await Promise.all([read('/docs'), read('/v1/openapi.json')])
  expect(await page.text()).toBe(referenceHtml(await document.json()))
})

test('it stands under the policy of pages, and every other guard of an answer', async () => {
  for (const path of ['/docs', '/docs/style.css']) {
    const { headers } = await read(path)
    expect(headers.get('content-security-policy')).toBe(PAGE_POLICY)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('the socket serves it too, and packed where that is taken', async () => {
  const body = await new Promise<Buffer>((resolve, reject) => {
    const { socketPath = '' } = server
    const asked = request({
      socketPath,
      path: '/docs',
      headers: { host: 'localhost', 'accept-encoding': 'gzip' },
    })
    asked.once('error', reject)
    asked.once('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('end', () => {
        resolve(Buffer.concat(chunks))
      })
    })
    asked.end()
  })
  expect(gunzipSync(body).toString()).toContain('<h1>HTTP API</h1>')
  expect(body.length).toBeLessThan(65_536)
})

test('pages of other sites, other methods and paths beside it get nothing', async () => {
  const foreign = await read('/docs', { headers: { origin: 'https://evil.example' } })
  expect(foreign.status).toBe(403)
  const framed = await read('/docs', { headers: { 'sec-fetch-site': 'cross-site' } })
  expect(framed.status).toBe(403)
  expect((await read('/docs', { method: 'POST' })).status).toBe(404)
  for (const path of ['/docs/', '/docs/other', '/docs/../v1/status', '/docsx', '/docs%2f']) {
    expect([401, 404], path).toContain((await read(path)).status)
  }
})
