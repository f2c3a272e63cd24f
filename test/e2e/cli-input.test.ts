/** Bad input at the command and at the interface: one sentence, the right code, nothing changed. */
import { request } from 'node:http'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { converged, recordIds, stage, type Actor } from '../support/processes.ts'
import { faultIn, run, runAll, scratch } from './cli-run.ts'

const STRANGER = `did:aip:${'0'.repeat(32)}`
const NO_RECORD = `bafyrei${'a'.repeat(52)}`

let cast: Cast
let alice: Actor
let bob: Actor
/** Of Bob, about Alice. */
let vouch = ''

beforeAll(async () => {
  cast = await stage()
  alice = await cast.enter('alice', [])
  bob = await cast.enter('bob', [alice.address])
  vouch = (await bob.client.createVouch({ subject: alice.did, level: 0.5 })).id
  await converged([alice, bob], 1, 30_000)
})

afterAll(async () => {
  await cast[Symbol.asyncDispose]()
})

/** Command line, exit code, fault code; `@bob` and `@vouch` stand for what was made. */
const BAD: readonly (readonly [string, number, string])[] = [
  [`vouch ${STRANGER} --level 0.5 --yes`, 4, 'node/did-unresolved'],
  ['vouch did:web:example.com --level 0.5 --yes', 2, 'cli/usage'],
  ['vouch did:aip:XYZ --level 0.5 --yes', 2, 'cli/usage'],
  ['vouch nobody --level 0.5 --yes', 4, 'cli/agent-unknown'],
  ['vouch @me --level 0.5 --yes', 2, 'node/claim-invalid'],
  ['vouch @bob --level 0 --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level 1.001 --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level -1 --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level 0.1234 --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level high --yes', 2, 'cli/usage'],
  ['vouch @bob --level 0.5 --statement= --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level 0.5 --scope A --yes', 2, 'api/input-invalid'],
  ['vouch @bob --level 0.5 --expires 2020-01-01T00:00:00Z --yes', 2, 'api/time-past'],
  ['vouch @bob --level 0.5 --expires 400d --yes', 2, 'api/time-too-far'],
  ['vouch @bob --level 0.5 --expires soon --yes', 2, 'cli/usage'],
  // Nothing public yet: the word of its owner is needed.
  ['vouch @bob --level 0.5', 2, 'cli/confirmation-needed'],
  ['promise @bob --task review --count 1 --by 2h', 2, 'cli/confirmation-needed'],
  ['observe @bob --promised 1 --delivered 1 --task x --share public', 2, 'cli/confirmation-needed'],
  ['promise @bob --task review --by 2h --yes', 2, 'cli/usage'],
  ['promise @bob --task review --count 1 --by 2020-01-01T00:00:00Z --yes', 2, 'api/time-past'],
  ['observe @bob --task x', 2, 'cli/usage'],
  ['observe @bob --task x --promised -1 --delivered 1', 2, 'api/input-invalid'],
  [`observe @bob --promise ${NO_RECORD} --delivered 1`, 4, 'node/record-unknown'],
  ['observe @bob --promise @vouch --delivered 1', 2, 'node/promise-mismatch'],
  [`revoke ${NO_RECORD}`, 4, 'node/record-unknown'],
  ['revoke @vouch', 2, 'node/not-mine'],
  ['revoke', 2, 'cli/usage'],
  [`resolve ${STRANGER}`, 4, 'node/did-unresolved'],
  ['score @bob --min 2', 2, 'cli/usage'],
  ['path @bob -k 0', 2, 'cli/usage'],
  ['peers add nonsense', 2, 'p2p/address-invalid'],
  ['peers add /ip4/127.0.0.1/tcp/1', 4, 'p2p/dial-failed'],
  ['record show zzz', 2, 'cli/usage'],
  [`record show ${NO_RECORD}`, 4, 'node/record-unknown'],
  ['record import /nowhere/to/be/found', 2, 'cli/file-unreadable'],
  ['record import /etc', 2, 'cli/file-unreadable'],
  ['record export /nowhere/to/be/found', 2, 'cli/file-unwritable'],
  ['watch --kind nonsense', 2, 'cli/usage'],
  ['status --timeout never', 2, 'cli/usage'],
]

function words(line: string): string[] {
  const names = new Map([
    ['@bob', bob.did],
    ['@vouch', vouch],
  ])
  return [...line.split(' ').map((word) => names.get(word) ?? word), '--home', alice.home]
}

describe('bad input at the command', () => {
  test('is answered in one sentence with the right exit code, and changes nothing', async () => {
    const before = await alice.client.status({})
    const ended = await runAll(BAD.map(([line]) => words(line)))
    const seen = ended.map((one, at) => [BAD[at]?.[0], one.code, faultIn(one)])
    expect(seen).toEqual(BAD.map((one) => [...one]))
    for (const [at, { out, err }] of ended.entries()) {
      const line = BAD[at]?.[0] ?? ''
      expect(out, line).toBe('')
      // The notice of what cannot be taken back comes before its refusal.
      const sentences = err.trim().split('\n')
      expect(sentences.length > 1, line).toBe(isFirst(at))
      expect(sentences.at(-1), line).toMatch(/^aip-node: .+\. \[|^aip-node: .+: .+ \[/)
    }
    const after = await alice.client.status({})
    expect(after.mine).toEqual(before.mine)
    expect(after.store.records).toBe(before.store.records)
    expect(await recordIds(alice)).toEqual([vouch])
  })

  test('is refused by the parser for what no command has', async () => {
    const lines = [['nonsense'], ['score'], ['vouch', bob.did], ['score', 'a', 'b'], ['id', '--x']]
    for (const one of await runAll(lines)) {
      expect(one.code).toBe(2)
      expect(one.out).toBe('')
      expect(one.err).toContain('Try --help.')
    }
  })

  test('in a file that is no bundle, or half of one, stores nothing', async () => {
    const directory = await scratch()
    const whole = join(directory, 'whole.aip')
    expect((await run(['record', 'export', whole, '--home', bob.home])).code).toBe(0)
    const bytes = await readFile(whole)
    const cut = join(directory, 'cut.aip')
    await writeFile(cut, bytes.subarray(0, bytes.length - 3))
    const text = join(directory, 'text.aip')
    await writeFile(text, 'not a bundle')
    const [ofCut, ofText, again] = await runAll([
      ['record', 'import', cut, '--home', alice.home],
      ['record', 'import', text, '--home', alice.home],
      ['record', 'export', whole, '--home', bob.home],
    ])
    expect([ofCut?.code, faultIn(ofCut ?? NOTHING)]).toEqual([5, 'bundle/cut-short'])
    expect([ofText?.code, faultIn(ofText ?? NOTHING)]).toEqual([2, 'bundle/not-a-bundle'])
    expect([again?.code, faultIn(again ?? NOTHING)]).toEqual([2, 'cli/file-unwritable'])
    expect(await recordIds(alice)).toEqual([vouch])
    const [sound, foreign] = await runAll([
      ['record', 'verify', whole, '--network', 'local'],
      ['record', 'verify', whole],
    ])
    expect([sound?.code, foreign?.code]).toEqual([0, 5])
    expect(foreign?.out).toContain('--network')
  })
})

const NOTHING = { code: null, signal: null, out: '', err: '' }

function isFirst(at: number): boolean {
  return BAD[at]?.[2] === 'cli/confirmation-needed'
}

describe('bad input at the interface', () => {
  const good = { level: 0.5 }

  test.each<readonly [string, Record<string, unknown>, number, string]>([
    ['level 0', { level: 0 }, 400, 'api/input-invalid'],
    ['level 1.001', { level: 1.001 }, 400, 'api/input-invalid'],
    ['a level that is text', { level: '0.5' }, 400, 'api/input-invalid'],
    ['an empty statement', { ...good, statement: '' }, 400, 'api/input-invalid'],
    ['a time that is past', { ...good, expiresAt: '2020-01-01T00:00:00Z' }, 400, 'api/time-past'],
    ['a DID of another method', { ...good, subject: 'did:web:a.b' }, 400, 'api/input-invalid'],
    ['an unknown DID', { ...good, subject: STRANGER }, 404, 'node/did-unresolved'],
    ['a field of no such name', { ...good, levle: 1 }, 400, 'api/field-unknown'],
  ])('a vouch with %s is refused', async (_, change, status, code) => {
    const body = { subject: bob.did, ...change }
    expect(await call('POST', '/v1/vouches', body)).toEqual([status, code])
    expect(await recordIds(alice)).toEqual([vouch])
  })

  test('a vouch for oneself is refused', async () => {
    const answer = await call('POST', '/v1/vouches', { subject: alice.did, level: 0.5 })
    expect(answer).toEqual([400, 'node/claim-invalid'])
  })

  test('what is not there is not found', async () => {
    expect(await call('GET', '/v1/nonsense')).toEqual([404, 'api/not-found'])
    expect(await call('GET', `/v1/records/${NO_RECORD}`)).toEqual([404, 'node/record-unknown'])
    expect(await call('POST', `/v1/vouches/${NO_RECORD}/revoke`, {})).toEqual([
      404,
      'node/record-unknown',
    ])
    expect(await call('POST', `/v1/vouches/${vouch}/revoke`, {})).toEqual([403, 'node/not-mine'])
  })
})

/** Status and problem code of a call on the socket, as any program might make it. */
async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<readonly [number, string]> {
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: join(alice.home, 'run', 'aip-node.sock'),
        method,
        path,
        headers: {
          host: 'aip-node.sock',
          ...(text === '' ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        let answer = ''
        response.on('data', (chunk: Buffer) => {
          answer += chunk.toString()
        })
        response.on('end', () => {
          const { code = '' } = JSON.parse(answer) as { code?: string }
          resolve([response.statusCode ?? 0, code])
        })
      },
    )
    sent.once('error', reject)
    sent.end(text)
  })
}
