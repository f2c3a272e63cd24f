import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect as dial, type NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ApiServer, type ApiOptions } from '../../../src/api/server.ts'
import { openToken } from '../../../src/api/token.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { NodeError } from '../../../src/node/error.ts'
import { head, HOSTILE_REQUESTS, json } from '../../support/hostile-requests.ts'
import { freshMemory, memoryHandlers, NOW_MS, BOB, type Memory } from '../../api/memory-node.ts'

let directory = ''
let memory: Memory = freshMemory()
const cleanup: AsyncDisposableStack[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-api-'))
  memory = freshMemory()
})
afterEach(async () => {
  for (const stack of cleanup.splice(0)) await stack.disposeAsync()
  await rm(directory, { recursive: true })
})

interface Running {
  readonly server: ApiServer
  readonly socketPath: string
  readonly port: number
  readonly token: string
}

async function start(changes: Partial<ApiOptions> = {}): Promise<Running> {
  const run = join(directory, 'run')
  await mkdir(run, { mode: 0o700, recursive: true })
  const token = await openToken(join(run, 'token'))
  const server = await ApiServer.start(
    {
      handlers: memoryHandlers(memory),
      clock: () => NOW_MS,
      logger: silentLogger,
      health: () => ({ ready: true, parts: { store: 'ok', network: 'degraded' } }),
    },
    {
      socketPath: join(run, 'aip-node.sock'),
      tcp: { port: 0, token },
      checksAnswers: true,
      ...changes,
    },
  )
  const stack = new AsyncDisposableStack()
  stack.use(server)
  cleanup.push(stack)
  return {
    server,
    socketPath: server.socketPath ?? '',
    port: Number(new URL(server.url ?? 'http://127.0.0.1:1').port),
    token: (await readFile(join(run, 'token'), 'utf8')).trim(),
  }
}

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends bytes as they are, and reads until the other end closes or a whole answer is here. */
async function send(to: NetConnectOpts, text: string): Promise<Answer> {
  const raw = await new Promise<string>((resolve, reject) => {
    let seen = ''
    const socket = dial(to, () => socket.write(text))
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const length = /content-length: (\d+)/i.exec(seen)?.[1]
      const bodyAt = seen.indexOf('\r\n\r\n')
      if (length !== undefined && bodyAt >= 0 && seen.length >= bodyAt + 4 + Number(length)) {
        socket.end()
        resolve(seen)
      }
    })
    socket.on('close', () => {
      resolve(seen)
    })
    socket.on('error', reject)
  })
  const [first = '', ...body] = raw.split('\r\n\r\n')
  return { status: Number(first.split(' ')[1] ?? 0), head: first, body: body.join('\r\n\r\n') }
}

function codeOf({ body }: Answer): unknown {
  return (JSON.parse(body) as { code: unknown }).code
}

describe('hostile requests over TCP', () => {
  test.each(HOSTILE_REQUESTS.map(({ status, what, text }) => [status, what, text] as const))(
    '%i for %s, and nothing changes',
    async (status, _what, make) => {
      const { port, token } = await start()
      const text = make(`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`)
      const answer = await send({ host: '127.0.0.1', port }, text)
      // Requests that are not HTTP at all may also be dropped without a word.
      expect([status, ...(status === 431 ? [400] : [])]).toContain(answer.status)
      expect(answer.head).not.toMatch(/access-control/i)
      expect(answer.body).not.toContain(token)
      expect(memory.calls).toEqual([])
    },
  )

  test('a body that grows beyond the limit while it comes is refused', async () => {
    const { port, token } = await start()
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const answer = await send(
      { host: '127.0.0.1', port },
      head(
        'POST /v1/observations',
        `Host: 127.0.0.1:${port}`,
        `Authorization: Bearer ${token}`,
        json,
        'Transfer-Encoding: chunked',
      ) + chunk.repeat(5),
    )
    expect(answer.status).toBe(413)
    expect(codeOf(answer)).toBe('api/body-too-large')
  })

  test('an honest request is answered, with every guard header', async () => {
    const { port, token } = await start()
    const answer = await send(
      { host: '127.0.0.1', port },
      head('GET /v1/status', `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`),
    )
    expect(answer.status).toBe(200)
    for (const header of [
      /content-security-policy: default-src 'none'/i,
      /x-frame-options: DENY/i,
      /x-content-type-options: nosniff/i,
      /cache-control: no-store/i,
      /referrer-policy: no-referrer/i,
    ]) {
      expect(answer.head).toMatch(header)
    }
    expect(answer.head).not.toMatch(/access-control|set-cookie/i)
  })

  test('refusals carry the guard headers and a problem with a code', async () => {
    const { port } = await start()
    const answer = await send({ host: '127.0.0.1', port }, head('GET /v1/status', 'Host: evil'))
    expect(answer.head).toMatch(/content-type: application\/problem\+json/i)
    expect(answer.head).toMatch(/x-frame-options: DENY/i)
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 421,
      code: 'api/host-refused',
      help: 'docs/errors.md#apihost-refused',
    })
  })

  test('an observation may be private with the default token, and not public', async () => {
    const { port, token } = await start()
    const observe = async (share: string): Promise<Answer> => {
      const body = JSON.stringify({ subject: BOB, task: 'a', promised: 1, delivered: 1, share })
      const headers = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, json]
      const length = `Content-Length: ${body.length}`
      return send(
        { host: '127.0.0.1', port },
        head('POST /v1/observations', ...headers, length) + body,
      )
    }
    expect((await observe('private')).status).toBe(200)
    const refused = await observe('public')
    expect(refused.status).toBe(403)
    expect(codeOf(refused)).toBe('api/right-missing')
    expect(memory.calls).toHaveLength(1)
  })

  test('a head that trickles in is cut off', { timeout: 20_000 }, async () => {
    const { port } = await start()
    const answer = await send({ host: '127.0.0.1', port }, 'GET /v1/status HTTP/1.1\r\nHost: ')
    expect([0, 400, 408]).toContain(answer.status)
  })
})

const asked = async (
  { port, token }: Running,
  line: string,
  headers: readonly string[] = [],
  body = '',
): Promise<Answer> => {
  const own = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Connection: close']
  const text = body === '' ? [] : [json, `Content-Length: ${body.length}`]
  return send({ host: '127.0.0.1', port }, head(line, ...own, ...text, ...headers) + body)
}

describe('what a program may count on', () => {
  const observed = JSON.stringify({ subject: BOB, task: 'a', promised: 1, delivered: 1 })

  test('an answer has a tag, and is not sent again while it holds', async () => {
    const running = await start()
    const line = `GET /v1/agents/${BOB}/score`
    const first = await asked(running, line)
    const tag = /etag: (\S+)/i.exec(first.head)?.[1] ?? ''
    expect(tag).toMatch(/^W\/"/)
    const again = await asked(running, line, [`If-None-Match: ${tag}`])
    expect([again.status, again.body]).toEqual([304, ''])
    expect((await asked(running, line, ['If-None-Match: W/"other"'])).status).toBe(200)
  })

  test('a request with one Idempotency-Key is done once', async () => {
    const running = await start()
    const observe = async (key: string, body = observed): Promise<Answer> =>
      asked(running, 'POST /v1/observations', [`Idempotency-Key: ${key}`], body)
    const first = await observe('one')
    const second = await observe('one')
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body).toBe(first.body)
    expect(second.head).toMatch(/idempotency-replayed: true/i)
    expect(memory.calls).toHaveLength(1)
    const other = await observe('one', observed.replace('"delivered":1', '"delivered":0'))
    expect([other.status, codeOf(other)]).toEqual([422, 'api/idempotency-key-reused'])
    expect(codeOf(await observe('a b'))).toBe('api/idempotency-key-invalid')
    await observe('two')
    expect(memory.calls).toHaveLength(2)
  })

  test('a token that asks too often is told to wait; the socket is not held back', async () => {
    const running = await start({ rateLimits: { perSecond: 1, burst: 2 } })
    const statuses: number[] = []
    for (let at = 0; at < 3; at++) statuses.push((await asked(running, 'GET /v1/status')).status)
    expect(statuses).toEqual([200, 200, 429])
    const refused = await asked(running, 'GET /v1/status')
    expect(refused.head).toMatch(/retry-after: 1/i)
    expect(codeOf(refused)).toBe('api/too-many-requests')
    const line = head('GET /v1/status', 'Host: localhost', 'Connection: close')
    for (let at = 0; at < 4; at++) {
      expect((await send({ path: running.socketPath }, line)).status).toBe(200)
    }
  })
})

describe('the socket', () => {
  test('is 0600 in a 0700 directory', async () => {
    const { socketPath } = await start()
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, 'run'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'run', 'token'))).mode & 0o777).toBe(0o600)
  })

  test.each(['Origin: http://localhost', 'Referer: http://localhost/', 'Sec-Fetch-Site: none'])(
    'refuses what only a browser sends: %s',
    async (header) => {
      const { socketPath } = await start()
      const text = head('GET /v1/status', 'Host: localhost', header)
      expect((await send({ path: socketPath }, text)).status).toBe(403)
    },
  )

  test('is not opened in a directory that others may enter', async () => {
    await mkdir(join(directory, 'run'))
    await chmod(join(directory, 'run'), 0o755)
    await expect(start()).rejects.toMatchObject({ fault: { code: 'api/run-directory' } })
  })

  test('replaces what a killed node left, and nothing that is no socket', async () => {
    await mkdir(join(directory, 'run'), { mode: 0o700 })
    await writeFile(join(directory, 'run', 'aip-node.sock'), 'precious')
    await expect(start()).rejects.toMatchObject({ fault: { code: 'api/run-directory' } })
    expect(await readFile(join(directory, 'run', 'aip-node.sock'), 'utf8')).toBe('precious')
  })

  test('moves to a short path when its own is too long', async () => {
    const socketPath = join(directory, 'x'.repeat(120), 'aip-node.sock')
    const { server } = await start({ socketPath })
    expect(Buffer.byteLength(server.socketPath ?? '')).toBeLessThanOrEqual(100)
    const text = head('GET /livez', 'Host: localhost')
    expect((await send({ path: server.socketPath ?? '' }, text)).status).toBe(200)
  })
})

describe('the token file', () => {
  test('is kept over restarts, and refused when others may read it or it holds something else', async () => {
    const path = join(directory, 'token')
    await openToken(path)
    const text = (await readFile(path, 'utf8')).trim()
    expect((await openToken(path)).matches(text)).toBe(true)
    await chmod(path, 0o644)
    await expect(openToken(path)).rejects.toThrow(`chmod 600 ${path}`)
    await chmod(path, 0o600)
    await writeFile(path, 'hello')
    await expect(openToken(path)).rejects.toMatchObject({
      fault: { code: 'api/token-file-invalid' },
    })
  })
})

describe('the port', () => {
  test('that is taken is a typed error that names the flag', async () => {
    const { port } = await start()
    const token = await openToken(join(directory, 'run', 'token'))
    const again = ApiServer.start(
      {
        handlers: memoryHandlers(memory),
        clock: () => NOW_MS,
        logger: silentLogger,
        health: () => ({ ready: true, parts: {} }),
      },
      { tcp: { port, token } },
    )
    await expect(again).rejects.toThrow(NodeError)
    await expect(again).rejects.toMatchObject({
      fault: { code: 'node/port-taken', flag: '--api-port' },
    })
  })
})

describe('probes', () => {
  test('need no token; what is degraded is not down', async () => {
    const { port } = await start()
    const host = `Host: 127.0.0.1:${port}`
    for (const path of ['/livez', '/readyz', '/healthz']) {
      const answer = await send({ host: '127.0.0.1', port }, head(`GET ${path}`, host))
      expect(answer.status, path).toBe(200)
    }
    const health = await send({ host: '127.0.0.1', port }, head('GET /healthz', host))
    expect(JSON.parse(health.body)).toMatchObject({ status: 'degraded' })
  })
})
