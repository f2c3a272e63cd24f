/** What examples/ shows, run as its first lines say, against real nodes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/sdk/node-client.ts'
import { signedFetch } from '../../src/sdk/signed-fetch.ts'
import { eventually } from '../support/mesh.ts'
import { stage, type Actor } from '../support/processes.ts'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { run, scratch, type Ended } from './cli-run.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples')

let cast: Cast
let alice: Actor
let bob: Actor

beforeAll(async () => {
  cast = await stage()
  alice = await cast.enter('alice', [])
  bob = await cast.enter('bob', [alice.address])
  await eventually('two nodes that are connected', async () => {
    return (await alice.client.status({})).peers.connected > 0
  })
  await alice.client.createVouch({ subject: bob.did, level: 0.8 })
})
afterAll(async () => {
  await cast[Symbol.asyncDispose]()
})

const example = async (home: string, program: string, args: readonly string[]): Promise<Ended> =>
  run(args, { program: [program], env: { AIP_NODE_HOME: home, PYTHONDONTWRITEBYTECODE: '1' } })

/** Starts an example that serves; what it printed first. */
async function serving(home: string, file: string, args: readonly string[] = []) {
  const child = spawn(process.execPath, [join(EXAMPLES, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, AIP_NODE_HOME: home },
  })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return JSON.parse(line) as { url: string; did: string }
}

describe('the examples', () => {
  test('two agents in TypeScript: a signed request, an observation, another score', async () => {
    const { url, did } = await serving(bob.home, 'review-agent.ts')
    expect(did).toBe(bob.did)
    const asked = await example(alice.home, process.execPath, [
      join(EXAMPLES, 'ask-agent.ts'),
      url,
      did,
    ])
    expect([asked.code, asked.err]).toEqual([0, ''])
    const [before, after] = asked.out.trim().split('\n')
    expect(before).toMatch(/^before: unknown, /)
    expect(after).toMatch(/^after: {2}thin, /)

    const unsigned = await fetch(url, { method: 'POST', body: '{"lines":[]}' })
    expect(unsigned.status).toBe(401)
    const wrong = await example(alice.home, process.execPath, [join(EXAMPLES, 'ask-agent.ts')])
    expect(wrong.code).toBe(2)
  })

  test('one in Python, with nothing but its standard library', async () => {
    const asked = await example(alice.home, 'python3', [join(EXAMPLES, 'agent.py'), bob.did])
    expect([asked.code, asked.err]).toEqual([0, ''])
    expect(asked.out).toMatch(
      /^before: .*\nafter: {2}thin, .*\nheaders: signature, signature-input\n$/,
    )
  })

  test.each(['langchain_trust.py', 'crewai_trust.py'])(
    '%s asks the node, with a stand-in for the framework, which is not at hand',
    async (file) => {
      const directory = await scratch()
      const stands = {
        'langchain_core/__init__.py': '',
        'langchain_core/callbacks.py': 'class BaseCallbackHandler: pass\n',
        'langchain_core/tools.py': 'class BaseTool: pass\n',
        'crewai/__init__.py': '',
        'crewai/tools.py': 'def tool(name):\n    return lambda function: function\n',
      }
      for (const [path, text] of Object.entries(stands)) {
        await mkdir(join(directory, path, '..'), { recursive: true })
        await writeFile(join(directory, path), text)
      }
      const script = file.startsWith('langchain')
        ? [
            'import sys, langchain_trust as x',
            'print(x.TrustCheck()._run(sys.argv[1], "review"))',
            'x.Observing(sys.argv[1], "review").on_chain_end({"a": 1})',
          ]
        : [
            'import sys, crewai_trust as x',
            'print(x.trust_check(sys.argv[1]))',
            'x.observing({"Bob": sys.argv[1]})(type("Output", (), {"agent": "Bob", "raw": "done"}))',
          ]
      const before = (await alice.client.listObservations({ subject: bob.did })).items.length
      const asked = await run(['-c', script.join('\n'), bob.did], {
        program: ['python3'],
        env: { AIP_NODE_HOME: alice.home, PYTHONPATH: `${directory}:${EXAMPLES}` },
      })
      expect([asked.code, asked.err]).toEqual([0, ''])
      expect(asked.out).toMatch(/^no: /)
      const after = (await alice.client.listObservations({ subject: bob.did })).items.length
      expect(after).toBe(before + 1)
    },
  )

  test('an MCP server serves whom it can rely on, and nobody else', async () => {
    const { url } = await serving(bob.home, 'mcp-guard.ts', ['--min', '0.01'])
    using node = await connect({ home: alice.home })
    const call = async (): Promise<unknown> => {
      const client = new Client({ name: 'alice', version: '0' })
      const transport = new StreamableHTTPClientTransport(new URL(url), {
        fetch: signedFetch(node),
      })
      await client.connect(transport)
      try {
        return (await client.callTool({ name: 'whoami', arguments: {} })).content
      } finally {
        await client.close()
      }
    }
    await expect(call()).rejects.toThrow(/403/)
    await bob.client.createVouch({ subject: alice.did, level: 0.9 })
    for (let turn = 0; turn < 3; turn++) {
      const work = { subject: alice.did, task: 'review', promised: 10, delivered: 10 } as const
      await bob.client.createObservation({ ...work, share: 'private' })
    }
    expect(await call()).toEqual([{ type: 'text', text: alice.did }])
  })

  test('are all run here', async () => {
    const files = (await readdir(EXAMPLES)).filter((file) => /\.(?:ts|py)$/.test(file)).toSorted()
    expect(files).toEqual([
      'a2a-server.ts', // in a2a-example.test.ts
      'agent.py',
      'ask-agent.ts',
      'crewai_trust.py',
      'langchain_trust.py',
      'mcp-guard.ts',
      'review-agent.ts',
    ])
  })
})
