import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiServer } from '../../../src/api/server.ts'
import { openToken } from '../../../src/api/token.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { clientAt, connect, type ConnectedClient } from '../../../src/sdk/client.ts'
import { ALICE, BOB, freshMemory, memoryHandlers, NOW_MS, STRANGER } from '../../api/memory-node.ts'

const memory = freshMemory()
let home = ''
const stack = new AsyncDisposableStack()
let client: ConnectedClient
let server: ApiServer

async function startServer(run: string): Promise<ApiServer> {
  await mkdir(run, { mode: 0o700, recursive: true })
  return ApiServer.start(
    {
      handlers: memoryHandlers(memory),
      clock: () => NOW_MS,
      logger: silentLogger,
      health: () => ({ ready: true, parts: {} }),
    },
    {
      socketPath: join(run, 'aip-node.sock'),
      tcp: { port: 0, token: await openToken(join(run, 'token')) },
      checksAnswers: true,
    },
  )
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aip-client-'))
  server = stack.use(await startServer(join(home, 'run')))
  const address = {
    v: 1,
    socket: server.socketPath,
    url: server.url,
    pid: process.pid,
    version: '0.1.0',
  }
  await writeFile(join(home, 'run', 'address.json'), JSON.stringify(address))
  client = stack.use(await connect({ home }))
})
afterAll(async () => {
  await stack.disposeAsync()
  await rm(home, { recursive: true })
})

describe('the client', () => {
  test('finds the node by its address file', async () => {
    expect((await client.status({})).network).toBe('local')
  })

  test('fills path, query and body from one input', async () => {
    expect((await client.score({ did: BOB, scope: 'review' })).score).toBe(0.419)
    expect((await client.listAgents({ q: 'bob', limit: 5 })).items[0]?.did).toBe(BOB)
    expect((await client.putPin({ did: ALICE, name: 'alice' })).name).toBe('alice')
    expect(await client.deletePin({ did: ALICE })).toEqual({ removed: true })
    const created = await client.createObservation({
      subject: BOB,
      task: 'review',
      promised: 2,
      delivered: ['1'],
    })
    expect(created.public).toBe(false)
  })

  test('turns a refusal into the code and the sentence of the node', async () => {
    await expect(client.createVouch({ subject: STRANGER, level: 1 })).rejects.toMatchObject({
      message: `No key log for ${STRANGER} is held here, by the connected peers, or in the DHT.`,
      fault: { code: 'client/refused', status: 404, problem: 'node/did-unresolved' },
    })
    await expect(client.createVouch({ subject: BOB, level: 0 })).rejects.toMatchObject({
      fault: { status: 400, problem: 'api/input-invalid' },
    })
  })

  test('streams a bundle in both directions', async () => {
    const before = memory.uploaded
    expect((await client.importRecords({ body: zeros() })).stored).toBe(1)
    expect(memory.uploaded - before).toBe(64 * 65_536)

    let text = ''
    for await (const chunk of client.exportRecords({})) text += Buffer.from(chunk).toString()
    expect(text).toBe('aip-bundle')
  })

  test('reads events as they come, resumes after a cursor, and ends when told to', async () => {
    const stop = new AbortController()
    const cursors: number[] = []
    for await (const event of client.events({ cursor: 1 }, { signal: stop.signal })) {
      cursors.push(event.cursor)
      if (event.cursor === 3) stop.abort()
    }
    expect(cursors).toEqual([2, 3])
  })

  test('shows the token at a URL, and says when it is refused', async () => {
    const token = (await readFile(join(home, 'run', 'token'), 'utf8')).trim()
    using remote = clientAt({ url: server.url ?? '', token })
    expect((await remote.status({})).network).toBe('local')
    using stranger = clientAt({ url: server.url ?? '', token: '0'.repeat(64) })
    await expect(stranger.status({})).rejects.toMatchObject({
      fault: { problem: 'api/token-needed', status: 401 },
    })
  })

  test('says that no node is running: no file, no socket, nobody behind it', async () => {
    const notRunning = { fault: { code: 'client/not-running' } }
    await expect(connect({ home: join(home, 'nowhere') })).rejects.toMatchObject(notRunning)
    using gone = clientAt({ socketPath: join(home, 'no.sock') })
    await expect(gone.status({})).rejects.toMatchObject(notRunning)
    await mkdir(join(home, 'half', 'run'), { recursive: true })
    await writeFile(join(home, 'half', 'run', 'address.json'), '{"v":1,')
    await expect(connect({ home: join(home, 'half') })).rejects.toMatchObject(notRunning)
  })

  test('waits no longer than it was told, and stops at once when it is aborted', async () => {
    const silent = createServer(() => {})
    const path = join(home, 'silent.sock')
    silent.listen(path)
    await once(silent, 'listening')
    using waiting = clientAt({ socketPath: path })
    await expect(waiting.status({}, { timeoutMs: 20 })).rejects.toMatchObject({
      fault: { code: 'client/timeout', limitMs: 20 },
    })
    await expect(waiting.status({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      fault: { code: 'client/aborted' },
    })
    silent.close()
  })
})

describe('closing the server', () => {
  test('ends event streams and takes no new calls', async () => {
    const run = join(home, 'second')
    const second = await startServer(run)
    using other = clientAt({ socketPath: second.socketPath ?? '' })
    const events = other.events({})[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ cursor: 1 })
    await second[Symbol.asyncDispose]()
    const rest = []
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      rest.push(next.value)
    }
    expect(rest.length).toBeLessThanOrEqual(2)
    await expect(other.status({})).rejects.toMatchObject({ fault: { code: 'client/not-running' } })
  })
})

async function* zeros(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < 64; sent++) yield Buffer.alloc(65_536)
}
