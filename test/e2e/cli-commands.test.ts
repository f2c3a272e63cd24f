/** Every command: its JSON, and what a newcomer is told to do next. */
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientCommands } from '../../src/cli/commands.ts'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { nodeCommands } from '../../src/cli/node-commands.ts'
import { linesOf } from '../cli/lines-of.ts'
import { recordIds, stage, type Actor } from '../support/processes.ts'
import { COMMAND } from '../support/built.ts'
import { begin, faultIn, run, runAll, scratch } from './cli-run.ts'

/** Those that end when they are told to: in this file, in cli-start and in cli-demo. */
const ENDING = ['watch', 'start', 'demo']
/** Those that change who the node is: in cli-identity and in identity-commands. */
const OF_IDENTITY = ['rotate', 'recover', 'deactivate', 'passphrase', 'backup', 'restore', 'import']
/** Those that want a node that does not run: in store-commands. */
const OF_STORE = ['store check', 'store repair', 'migrate']
/** Those that need no node. */
const ALONE: readonly (readonly [name: string, rest: readonly string[]])[] = [
  ['config show', ['--origin']],
  ['config get', ['api.port']],
  ['config validate', []],
  ['config path', []],
  ['config schema', []],
  ['paths', []],
  ['connect', ['cursor']],
]
/** Those that speak a protocol, or need what another one printed: below. */
const APART = ['mcp', 'token revoke', 'completion']
/** Those of a service: in cli-service. */
const OF_SERVICE = ['support-bundle', 'service install', 'service uninstall', 'service status']
const TESTED_APART = [...ENDING, ...OF_IDENTITY, ...OF_STORE, ...OF_SERVICE, ...APART]

describe('beside two nodes', () => {
  let cast: Cast
  let alice: Actor
  let bob: Actor

  beforeAll(async () => {
    cast = await stage()
    alice = await cast.enter('alice', [])
    bob = await cast.enter('bob', [])
  })
  afterAll(async () => {
    await cast[Symbol.asyncDispose]()
  })

  test('a newcomer is told what to do next, until there is nothing left to say', async () => {
    const next = async (): Promise<string[]> =>
      (await run(['status', '--home', alice.home])).out
        .split('\n')
        .filter((line) => line.startsWith('next '))
    const atFirst = await next()
    expect(atFirst).toHaveLength(3)
    expect(atFirst.join(' ')).toMatch(/No peers yet.*No view yet.*Nothing observed yet/)

    const [score, explain, path, agents, peers, revoke] = await runAll(
      [
        ['score', bob.did],
        ['explain', bob.did],
        ['path', bob.did],
        ['agents'],
        ['peers'],
        ['revoke', '--all-for', bob.did],
      ].map((line) => [...line, '--home', alice.home]),
    )
    expect([score?.code, explain?.code, path?.code, agents?.code, peers?.code]).toEqual([
      4, 4, 4, 0, 0,
    ])
    expect(score?.out).toBe('No view yet: vouch for somebody, or set trust.introducers\n')
    expect(explain?.out.match(/No view yet/g)).toHaveLength(1)
    expect(path?.out).toContain('No path of vouches')
    expect([revoke?.code, revoke?.err]).toEqual([4, ''])

    // Nobody to ask: the vouch is refused, and nothing waits to be sent.
    const refused = await run(['vouch', bob.did, '--level', '0.8', '--yes', '--home', alice.home])
    expect([refused.code, faultIn(refused)]).toEqual([4, 'node/did-unresolved'])
    expect(await recordIds(alice)).toEqual([])

    const { out: invite } = await run(['id', '--invite', '--home', bob.home])
    const added = await run(['peers', 'add', invite.trim(), '--home', alice.home])
    expect([added.code, added.out.includes(bob.did)]).toEqual([0, true])
    expect(await next()).toHaveLength(2)

    const asked = await run(['vouch', bob.did, '--level', '0.8', '--home', alice.home])
    expect([asked.code, faultIn(asked)]).toEqual([2, 'cli/confirmation-needed'])
    expect(asked.err).toContain('cannot be recalled')
    const vouched = await run(['vouch', bob.did, '--level', '0.8', '--yes', '--home', alice.home])
    expect(vouched.code).toBe(0)
    // From now on it is understood.
    const more = await run(['vouch', bob.did, '--level', '0.9', '--home', alice.home])
    expect([more.code, more.out.includes('replaced 1 older vouch')]).toEqual([0, true])
    await run(
      `observe ${bob.did} --promised 10 --delivered 9 --task review --home ${alice.home}`.split(
        ' ',
      ),
    )
    expect(await next()).toEqual([])
    const found = await run(['score', bob.did, '--home', alice.home])
    expect([found.code, /^score 0\.\d{3} {3}assured/.test(found.out)]).toEqual([0, true])
    expect((await run(['score', bob.did, '--min', '0.9', '--home', alice.home])).code).toBe(5)
  })

  test('every command prints {"v":1,"data":…} with --json, on one line', async () => {
    const directory = await scratch()
    const bundle = join(directory, 'all.aip')
    const edges = join(directory, 'edges.csv')
    await writeFile(edges, 'source,target,level\na,b,0.8\n')
    const observations = join(directory, 'observations.jsonl')
    const line = {
      agent_id: 'a',
      timestamp: '2026-03-01T00:00:00',
      promised: ['x'],
      delivered: ['x'],
    }
    await writeFile(observations, `${JSON.stringify(line)}\n`)
    const { id: vouch } = await alice.client.createVouch({
      subject: bob.did,
      scope: 'json',
      level: 0.1,
    })
    const { id: promised } = await bob.client.createPromise({
      delegator: alice.did,
      task: 'review',
      work: 3,
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
    })
    await expect.poll(async () => recordIds(alice), { timeout: 30_000 }).toContain(promised)
    const peer = (await bob.client.status({})).peerId
    const lines: readonly (readonly [string, readonly string[]])[] = [
      ['status', []],
      ['id', []],
      ['resolve', [bob.did]],
      ['vouch', [bob.did, '--level', '0.7', '--yes']],
      ['promise', [bob.did, '--task', 'x', '--count', '1', '--by', '1h', '--yes']],
      ['observe', [bob.did, '--promise', promised, '--delivered', '3']],
      ['score', [bob.did]],
      ['explain', [bob.did]],
      ['path', [bob.did]],
      ['history', [bob.did]],
      ['agents', []],
      ['pin', [bob.did, 'cap=0.5', '--name', 'robert']],
      ['forget', [bob.did]],
      ['forget', []],
      ['forget', [bob.did, '--undo']],
      ['peers', []],
      ['peers list', []],
      ['view', [edges, '--viewer', 'a']],
      ['pdr', [observations]],
      ['peers add', [bob.address]],
      ['verify', [bob.did]],
      ['sign', ['--text', 'hello']],
      ['record show', [vouch]],
      ['record export', [bundle]],
      ['record import', [bundle]],
      ['record verify', [bundle, '--network', 'local']],
      ['revoke', [vouch]],
      ['version', []],
      ['init', ['--home', join(directory, 'new'), '--network', 'local']],
      ['peers ban', ['192.0.2.0/24']],
      ['peers banned', []],
      ['peers unban', ['192.0.2.0/24']],
      ['mesh-key', [join(directory, 'mesh.key')]],
      ['doctor', []],
      ['health', []],
      ['ui', ['--print']],
      ['graph', ['--depth', '2']],
      ['api', ['listVouches', '--input', '{"limit":2}']],
      ['token create', ['planner', '--right', 'read']],
      ['token list', []],
      ['peers remove', [peer]],
    ]
    for (const [name, rest] of lines) {
      const home = rest.includes('--home') ? [] : ['--home', alice.home]
      const { code, out, err } = await run([...name.split(' '), ...rest, ...home, '--json'])
      expect([code, err], name).toEqual([0, ''])
      expect(out.trim().split('\n'), name).toHaveLength(1)
      expect(JSON.parse(out), name).toMatchObject({ v: 1, data: expect.anything() as unknown })
    }
    const wrong = await run(['score', 'nobody', '--home', alice.home, '--json'])
    expect([wrong.code, wrong.out]).toEqual([4, ''])
    expect(JSON.parse(wrong.err)).toMatchObject({ v: 1, error: { code: 'cli/agent-unknown' } })

    // It ends when it is told to.
    const watch = begin(['watch', '--home', alice.home, '--json'])
    let seen = ''
    watch.process.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
    })
    await expect
      .poll(
        async () => {
          await alice.client.createVouch({ subject: bob.did, scope: 'watched', level: 0.2 })
          return seen
        },
        { timeout: 30_000, interval: 200 },
      )
      .toContain('record.accepted')
    watch.process.kill('SIGINT')
    expect((await watch.ended).code).toBe(0)
    for (const event of seen.trim().split('\n')) {
      expect(JSON.parse(event)).toHaveProperty('kind')
    }

    const tested = new Set([...[...lines, ...ALONE].map(([name]) => name), ...TESTED_APART])
    const known = linesOf([...nodeCommands, ...clientCommands])
    expect(known.filter((name) => !tested.has(name))).toEqual([])
  })
})

describe('without a node', () => {
  test('what needs none answers in JSON too', async () => {
    const home = await scratch()
    const ended = await runAll(
      ALONE.map(([name, rest]) => [...name.split(' '), ...rest, '--home', home, '--json']),
    )
    for (const [at, { code, out, err }] of ended.entries()) {
      const [name] = ALONE[at] ?? []
      expect([code, err], name).toEqual([0, ''])
      expect(JSON.parse(out), name).toMatchObject({ v: 1, data: expect.anything() as unknown })
    }
  })
})

describe('what speaks for itself', () => {
  let cast: Cast
  let alice: Actor

  beforeAll(async () => {
    cast = await stage()
    alice = await cast.enter('alice', [])
  })
  afterAll(async () => {
    await cast[Symbol.asyncDispose]()
  })

  test('mcp serves the official client over standard input and output', async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [COMMAND, 'mcp', '--home', alice.home],
      stderr: 'pipe',
    })
    const client = new McpClient({ name: 'test', version: '0' })
    await client.connect(transport)
    try {
      const answer = await client.callTool({ name: 'aip_whoami', arguments: {} })
      expect(answer.structuredContent).toMatchObject({ did: alice.did })
    } finally {
      await client.close()
    }
    // Its host went away; the node goes on.
    expect((await alice.client.status({})).did).toBe(alice.did)
  })

  test('a token does what it may and no more, until it is revoked', async () => {
    const home = ['--home', alice.home]
    const made = await run(['token', 'create', 'reader', '--right', 'read', ...home, '--json'])
    const { id, token } = (JSON.parse(made.out) as { data: { id: string; token: string } }).data
    const { url } = (await alice.client.status({})).api
    const ask = async (path: string, method = 'GET') => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const body = method === 'GET' ? {} : { body: '{}' }
      return (await fetch(`${url ?? ''}${path}`, { method, headers, ...body })).status
    }
    expect(await ask('/v1/status')).toBe(200)
    expect(await ask('/v1/tokens')).toBe(403)
    expect(await ask('/v1/vouches', 'POST')).toBe(403)
    const list = await run(['token', 'list', ...home])
    expect(list.out).toContain(id)
    expect(list.out).not.toContain(token)
    expect((await run(['token', 'revoke', id, ...home])).code).toBe(0)
    expect(await ask('/v1/status')).toBe(401)
    expect((await run(['token', 'revoke', id, ...home])).code).toBe(4)
  })
})

describe('where no node runs', () => {
  test('a command says so, with an exit code of its own', async () => {
    const home = join(await scratch(), 'none')
    const ended = await run(['status', '--home', home])
    expect([ended.code, ended.out]).toEqual([3, ''])
    expect(ended.err).toContain('aip-node start')
    const waited = await run(['status', '--wait', 'ready', '--timeout', '1s', '--home', home])
    expect(waited.code).toBe(124)
  })
})
