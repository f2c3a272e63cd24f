/** examples/a2a-server.ts as its first lines say, with a caller that the SDK of A2A makes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Message, SendMessageRequest } from '@a2a-js/sdk'
import { ClientFactory, JsonRpcTransportFactory } from '@a2a-js/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { connect } from '../../src/sdk/node-client.ts'
import { signedFetch, type Fetch } from '../../src/sdk/signed-fetch.ts'
import { eventually } from '../support/mesh.ts'
import { stage, type Actor } from '../support/processes.ts'
import { run, scratch } from './cli-run.ts'

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'a2a-server.ts')
const CARD_PATH = '/.well-known/agent-card.json'

let cast: Cast
let alice: Actor
let bob: Actor
let url = ''
let stop = async (): Promise<void> => {}

beforeAll(async () => {
  cast = await stage()
  alice = await cast.enter('alice', [])
  bob = await cast.enter('bob', [alice.address])
  await eventually('two nodes that are connected', async () => {
    return (await alice.client.status({})).peers.connected > 0
  })
  await alice.client.createVouch({ subject: bob.did, level: 0.8 })
  const child = spawn(process.execPath, [EXAMPLE, '--min', '0.01'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, AIP_NODE_HOME: bob.home },
  })
  stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const started = JSON.parse(line) as { url: string; did: string }
  expect(started.did).toBe(bob.did)
  ;({ url } = started)
})
afterAll(async () => {
  await stop()
  await cast[Symbol.asyncDispose]()
})

const request = SendMessageRequest.fromJSON({
  message: { messageId: 'one', role: 'ROLE_USER', parts: [{ text: 'line one' }] },
})

/** What the server answers to a client of the SDK that sends through `fetchImpl`. */
async function ask(fetchImpl: Fetch): Promise<string> {
  const factory = new ClientFactory({ transports: [new JsonRpcTransportFactory({ fetchImpl })] })
  const client = await factory.createFromUrl(url)
  const answer = await client.sendMessage(request)
  return JSON.stringify(Message.toJSON(answer as Message))
}

describe('an A2A server', () => {
  test('serves a card that its caller verifies before the first request', async () => {
    const card = await (await fetch(`${url}${CARD_PATH}`)).text()
    const file = join(await scratch(), 'agent-card.json')
    await writeFile(file, card)
    const checked = await run(['verify', file, '--home', alice.home])
    expect([checked.code, checked.err]).toEqual([0, ''])
    const [first] = checked.out.split('\n')
    expect(first).toBe(`card of   ${bob.did}, signed with its current key #k0.0`)
    expect(checked.out).toContain('says      "Reviewer"\n')

    await writeFile(file, card.replace('Reviewer', 'Reviewed'))
    const changed = await run(['verify', file, '--home', alice.home])
    expect([changed.code, changed.out]).toEqual([5, ''])
    expect(changed.err).toContain('[card/signature-invalid]')
  })

  test('refuses who does not sign, and who is not assured; and serves who is', async () => {
    using node = await connect({ home: alice.home })
    await expect(ask(fetch)).rejects.toThrow(/401/)
    await expect(ask(signedFetch(node))).rejects.toThrow(/403/)

    await bob.client.createVouch({ subject: alice.did, level: 0.9 })
    for (let turn = 0; turn < 3; turn++) {
      const work = { subject: alice.did, task: 'review', promised: 10, delivered: 10 } as const
      await bob.client.createObservation({ ...work, share: 'private' })
    }
    expect(await ask(signedFetch(node))).toContain(`line one: fine, ${alice.did}`)
  })
})
