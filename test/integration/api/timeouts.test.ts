import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ApiServer } from '../../../src/api/server.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { clientAt } from '../../../src/sdk/client.ts'
import { freshMemory, memoryHandlers, NOW_MS } from '../../api/memory-node.ts'

const BODY_TIMEOUT_MS = 150

async function served(stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aip-api-'))
  stack.defer(async () => rm(directory, { recursive: true }))
  const run = join(directory, 'run')
  await mkdir(run, { mode: 0o700 })
  const memory = freshMemory()
  const server = await ApiServer.start(
    {
      handlers: {
        ...memoryHandlers(memory),
        events: async function* (_input, { signal }) {
          yield { cursor: 1, at: new Date(NOW_MS).toISOString(), kind: 'peer.up', data: {} }
          // Longer than any body may take to arrive.
          await delay(3 * BODY_TIMEOUT_MS, undefined, { signal })
          yield { cursor: 2, at: new Date(NOW_MS).toISOString(), kind: 'peer.up', data: {} }
        },
      },
      clock: () => NOW_MS,
      logger: silentLogger,
      health: () => ({ ready: true, parts: {} }),
    },
    { socketPath: join(run, 'aip-node.sock'), bodyTimeoutMs: BODY_TIMEOUT_MS },
  )
  stack.use(server)
  return server.socketPath ?? ''
}

test('an event stream outlives the time that a body may take', async () => {
  await using stack = new AsyncDisposableStack()
  using client = clientAt({ socketPath: await served(stack) })
  const cursors: number[] = []
  for await (const { cursor } of client.events({})) cursors.push(cursor)
  expect(cursors).toEqual([1, 2])
})

/** What came until the node closed the connection. */
async function untilClosed(path: string, text: string): Promise<string> {
  const socket = dial(path)
  socket.write(text)
  return new Promise<string>((resolve) => {
    let seen = ''
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => {
      resolve(seen)
    })
  })
}

const JSON_HEAD = 'Host: aip-node.sock\r\nContent-Type: application/json\r\nContent-Length: 99'

test('a body that does not arrive in time is given up', async () => {
  await using stack = new AsyncDisposableStack()
  const path = await served(stack)
  const seen = await untilClosed(path, `POST /v1/vouches HTTP/1.1\r\n${JSON_HEAD}\r\n\r\n{`)
  expect(seen).not.toContain('200 OK')
})

test.each([
  ['GET /v1/status', 413, 'api/body-too-large'],
  ['GET /nothing', 413, 'api/body-too-large'],
  ['POST /nothing', 404, 'api/not-found'],
  ['POST /v1/records/import', 415, 'api/media-type'],
])(
  '%s with a body that never comes: %i at once, then no connection',
  async (line, status, code) => {
    await using stack = new AsyncDisposableStack()
    const path = await served(stack)
    const seen = await untilClosed(path, `${line} HTTP/1.1\r\n${JSON_HEAD}\r\n\r\n`)
    expect(seen).toContain(`HTTP/1.1 ${status}`)
    expect(seen).toContain(code)
  },
)
