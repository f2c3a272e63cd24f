/** Clients that are killed in the middle of something, and the node that they spoke with. */
import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { COMMAND, ROOT } from '../support/built.ts'
import { persona, sealed, vouchFor } from '../support/hostile.ts'
import { eventually } from '../support/mesh.ts'
import { homeBehind, Midway, type Moment } from '../support/midway.ts'
import { stage, type Actor } from '../support/processes.ts'
import { begin, run, scratch } from './cli-run.ts'

const QUIET_LIMIT_MS = 15_000
const WORKER = `did:aip:${'ab'.repeat(16)}`
const CLIENT = pathToFileURL(join(ROOT, 'dist/src/sdk/node-client.js')).href

let cast: Cast
let alice: Actor
let bob: Actor
/** Listeners to the node's events while nobody reads any. */
let listenersAtRest = 0

beforeAll(async () => {
  cast = await stage()
  bob = await cast.enter('bob', [])
  alice = await cast.enter('alice', [bob.address])
  await eventually(
    'alice knows bob',
    async () => (await run(['resolve', bob.did, '--home', alice.home])).code === 0,
  )
  listenersAtRest = (await figures()).listeners
})
afterAll(async () => {
  await cast[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** One request on a connection of its own. */
async function ask(
  method: string,
  path: string,
  { body, key }: { readonly body?: object; readonly key?: string } = {},
): Promise<Answer> {
  const outgoing = request({
    agent: false,
    socketPath: join(alice.home, 'run', 'aip-node.sock'),
    method,
    path,
    headers: {
      host: 'aip-node.sock',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
  })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  const [incoming] = (await once(outgoing, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> },
  ]
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return { status: incoming.statusCode, headers: incoming.headers, body: text }
}

/** Of everything, or of what matches. */
async function held(query = ''): Promise<readonly { id: string; state: string }[]> {
  const { body } = await ask('GET', `/v1/records?limit=500${query}`)
  return (JSON.parse(body) as { items: { id: string; state: string }[] }).items
}

async function idsHeld(): Promise<readonly string[]> {
  return (await held()).map(({ id }) => id).toSorted()
}

/** What the node says that it holds open. */
async function figures() {
  const { body } = await ask('GET', '/metrics')
  const read = (name: string): number =>
    Number(new RegExp(`^aip_node_${name} (\\d+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
  return {
    listeners: read('event_listeners'),
    connections: read('api_connections'),
    requests: read('api_requests'),
  }
}

/** That the node answers, and holds nothing of whoever is gone; all its records are whole. */
async function expectWhole(): Promise<void> {
  await expect
    .poll(figures, { timeout: QUIET_LIMIT_MS })
    .toEqual({ listeners: listenersAtRest, connections: 1, requests: 1 })
  const file = join(await scratch(), 'all.aip')
  const exported = await run(['record', 'export', file, '--home', alice.home])
  expect([exported.code, exported.err]).toEqual([0, ''])
  const verified = await run(['record', 'verify', file, '--network', 'local', '--json'])
  expect([verified.code, verified.err]).toEqual([0, ''])
}

/** The node behind a midway, which holds the first request of that kind at the moment. */
async function behind(pattern: RegExp, moment: Moment) {
  const { socket, at: home } = await homeBehind(alice.home, await scratch())
  const midway = await Midway.open({
    to: { path: join(alice.home, 'run', 'aip-node.sock') },
    path: socket,
    request: pattern,
    moment,
  })
  onTestFinished(async () => midway[Symbol.asyncDispose]())
  return { home, midway }
}

/** Ends a process at once, unless it has ended before the blow: then the test is none. */
async function strike(child: ChildProcess): Promise<void> {
  expect(child.exitCode).toBeNull()
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Runs the command until the moment, and kills it there. @returns what the node had answered. */
async function killed(argv: readonly string[], pattern: RegExp, moment: Moment): Promise<string> {
  const { home, midway } = await behind(pattern, moment)
  const running = begin([...argv, '--home', home], { cwd: home })
  const ended = running.ended.then(({ out, err }) => {
    throw new Error(`it ended before the moment: ${out}${err}`)
  })
  const answer = await Promise.race([midway.reached, ended])
  ended.catch(() => undefined)
  await strike(running.process)
  return answer.toString()
}

/** A program that is killed by the test, at the latest when that ends. */
async function program(
  source: string,
  { argv = [], inherits = [] }: { argv?: readonly string[]; inherits?: readonly string[] } = {},
): Promise<{ readonly child: ChildProcess; readonly line: () => Promise<string> }> {
  const file = join(await scratch(), 'program.mjs')
  await writeFile(file, source)
  const child = spawn(process.execPath, [...inherits, file, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: ROOT,
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { child, line: async () => String((await lines.next()).value) }
}

describe('the command, killed', () => {
  const observe = ['observe', WORKER, '--promised', '10', '--delivered', '9', '--task', 'review']
  const share = ['--share', 'public', '--yes']

  test.each([
    ['half-asked', 0],
    ['answered', 1],
    ['half-answered', 1],
  ] as const)('while it observes, %s', async (moment, stored) => {
    const before = await idsHeld()
    await killed([...observe, ...share], /^POST \/v1\/observations /, moment)
    await expectWhole()
    expect(await idsHeld()).toHaveLength(before.length + stored)
    const again = await run([...observe, ...share, '--home', alice.home])
    expect([again.code, again.err]).toEqual([0, ''])
  })

  test.each(['half-asked', 'asked', 'answered'] as const)(
    'while it vouches, %s',
    async (moment) => {
      const vouch = ['vouch', bob.did, '--level', '0.8', '--yes']
      await killed(vouch, /^POST \/v1\/vouches /, moment)
      await expectWhole()
      const again = await run([...vouch, '--home', alice.home])
      expect([again.code, again.err]).toEqual([0, ''])
      // Whatever came of the first, one vouch counts.
      const { body } = await ask('GET', `/v1/vouches?issuer=${alice.did}&subject=${bob.did}`)
      const { items } = JSON.parse(body) as { items: { state: string }[] }
      expect(items.filter(({ state }) => state === 'live')).toHaveLength(1)
    },
  )

  test.each(['asked', 'half-answered'] as const)('while it watches, %s', async (moment) => {
    await killed(['watch', '--jsonl'], /^GET \/v1\/events/, moment)
    await expectWhole()
  })

  test.each(['asked', 'half-answered'] as const)('while it exports, %s', async (moment) => {
    await killed(['record', 'export', 'some.aip'], /^GET \/v1\/records\/export/, moment)
    await expectWhole()
  })
})

describe('a program, killed', () => {
  test('while it reads events', async () => {
    const { child, line } = await program(
      `import { connect } from ${JSON.stringify(CLIENT)}
       const node = await connect({ home: process.argv[2] })
       for await (const { kind } of node.events({ cursor: 0 })) console.log(kind)`,
      { argv: [alice.home] },
    )
    expect(await line()).toMatch(/^[a-z]+\.[a-z]+$/)
    expect((await figures()).listeners).toBe(listenersAtRest + 1)
    await strike(child)
    await expectWhole()
  })

  test('while it sends a bundle of records', async () => {
    const authors = Array.from({ length: 4 }, (_, at) => persona(`author ${at}`))
    const records = authors.flatMap((author) =>
      Array.from({ length: 10 }, (_, at) =>
        sealed(vouchFor(persona(`subject ${at}`), { issuedAtMs: Date.now() - DAY_MS }), author),
      ),
    )
    const bundle = encodeBundle({ identities: authors.map(({ identity }) => identity), records })
    const file = join(await scratch(), 'bundle.aip')
    // Two thirds, so that the end of what is sent lies within a record.
    await writeFile(file, bundle.subarray(0, Math.floor((bundle.length * 2) / 3)))
    const { child, line } = await program(
      `import { readFileSync } from 'node:fs'
       import { request } from 'node:http'
       const part = readFileSync(process.argv[3])
       const out = request({
         socketPath: process.argv[2] + '/run/aip-node.sock', method: 'POST', path: '/v1/records/import',
         headers: { host: 'aip-node.sock', 'content-type': 'application/octet-stream', 'content-length': process.argv[4] },
       })
       out.write(part, () => console.log('sent'))`,
      { argv: [alice.home, file, String(bundle.length)] },
    )
    expect(await line()).toBe('sent')
    expect((await figures()).requests).toBe(2)
    await strike(child)
    await expectWhole()
    const whole = join(await scratch(), 'whole.aip')
    await writeFile(whole, bundle)
    const again = await run(['record', 'import', whole, '--home', alice.home])
    expect([again.code, again.err]).toEqual([0, ''])
    for (const { did } of authors) expect(await held(`&issuer=${did}`)).toHaveLength(10)
  })

  test('while it sends a large body, of which nothing is done', async () => {
    const before = await idsHeld()
    const { child, line } = await program(
      `import { request } from 'node:http'
       const out = request({
         socketPath: process.argv[2] + '/run/aip-node.sock', method: 'POST', path: '/v1/observations',
         headers: { host: 'aip-node.sock', 'content-type': 'application/json', 'content-length': '200000' },
       })
       out.write(JSON.stringify({ subject: '${WORKER}', task: 'review', promised: 3, delivered: 3, share: 'public' }).slice(0, -1) + ' '.repeat(100000), () => console.log('sent'))`,
      { argv: [alice.home] },
    )
    expect(await line()).toBe('sent')
    await strike(child)
    await expectWhole()
    expect(await idsHeld()).toEqual(before)
  })

  test.each([
    ['half-asked', false],
    ['asked', undefined],
    ['answered', true],
  ] as const)(
    'which named its request, %s, gets the one answer when it asks once more',
    async (moment, wasDone) => {
      const before = await idsHeld()
      const key = `killed while ${moment}`.replaceAll(' ', '-')
      const body = { subject: WORKER, task: 'named', promised: 4, delivered: 3, share: 'public' }
      const { home, midway } = await behind(/^POST \/v1\/observations /, moment)
      const { child } = await program(
        `import { connect } from ${JSON.stringify(CLIENT)}
         const node = await connect({ home: process.argv[2] })
         await node.api.createObservation(JSON.parse(process.argv[3]), { idempotencyKey: process.argv[4] })`,
        { argv: [home, JSON.stringify(body), key] },
      )
      const given = (await midway.reached).toString()
      await strike(child)
      const first = await ask('POST', '/v1/observations', { body, key })
      const second = await ask('POST', '/v1/observations', { body, key })
      expect([first.status, second.status]).toEqual([200, 200])
      expect(second.body).toBe(first.body)
      expect(second.headers['idempotency-replayed']).toBe('true')
      if (wasDone !== undefined) {
        expect(first.headers['idempotency-replayed']).toBe(wasDone ? 'true' : undefined)
        expect(given.includes(first.body)).toBe(wasDone)
      }
      await expectWhole()
      expect(await idsHeld()).toHaveLength(before.length + 1)
    },
  )
})

describe('a host of MCP, killed amid a call of a tool', () => {
  const call = `await client.callTool({ name: 'aip_observe', arguments: { did: '${WORKER}', promised: 5, delivered: 5, task: 'told' } })`

  test.each(['asked', 'answered', 'half-answered'] as const)('over stdio, %s', async (moment) => {
    const { home, midway } = await behind(/^POST \/v1\/observations /, moment)
    const { child, line } = await program(
      `import { Client } from '@modelcontextprotocol/sdk/client/index.js'
       import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
       const client = new Client({ name: 'host', version: '0' })
       const transport = new StdioClientTransport({ command: process.execPath, args: process.argv.slice(2) })
       await client.connect(transport)
       console.log(transport.pid)
       ${call}`.replaceAll(/'(@modelcontextprotocol[^']+)'/g, (_, name: string) =>
        JSON.stringify(import.meta.resolve(name)),
      ),
      { argv: [COMMAND, 'mcp', '--home', home] },
    )
    const pid = Number(await line())
    await midway.reached
    await strike(child)
    // The server that the host had started goes with it.
    await expect.poll(async () => isRunning(pid), { timeout: QUIET_LIMIT_MS }).toBe(false)
    await expectWhole()
  })

  test.each(['half-asked', 'asked', 'answered'] as const)('over HTTP, %s', async (moment) => {
    const { url } = JSON.parse(await readFile(join(alice.home, 'run', 'address.json'), 'utf8')) as {
      url: string
    }
    const token = (await readFile(join(alice.home, 'run', 'token'), 'utf8')).trim()
    const midway = await Midway.open({
      to: { host: '127.0.0.1', port: Number(new URL(url).port) },
      request: /"tools\/call"/,
      moment,
    })
    onTestFinished(async () => midway[Symbol.asyncDispose]())
    const { child } = await program(
      `import { Client } from '@modelcontextprotocol/sdk/client/index.js'
       import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
       const client = new Client({ name: 'host', version: '0' })
       const authorization = 'Bearer ' + process.argv[3]
       await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2]), { requestInit: { headers: { authorization } } }))
       ${call}`.replaceAll(/'(@modelcontextprotocol[^']+)'/g, (_, name: string) =>
        JSON.stringify(import.meta.resolve(name)),
      ),
      { argv: [`http://127.0.0.1:${midway.port}/mcp`, token] },
    )
    await midway.reached
    await strike(child)
    await expectWhole()
  })
})

/** Whether there is a process of this id that has not ended. */
async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return state !== undefined && !/\) [ZX] /.test(state)
}
