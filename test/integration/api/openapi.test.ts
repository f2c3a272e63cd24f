/**
 * The OpenAPI document, read by others: a validator that this project did not write, and a client that
 * knows the document alone and calls every operation of a live node.
 */
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { toHex } from '../../../src/base/bytes.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { plainCard } from '../../support/agent-cards.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode, temporaryHome } from '../../support/nodes.ts'
import { identityWithSheet, recoveryBy, rotationBy } from '../../support/own-sheet.ts'
import { serveNode, type ServedNode } from '../../support/seeded-mesh.ts'

const Schema = z.looseObject({})
const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })) })
    .optional(),
  responses: z.looseObject({
    '200': z.looseObject({
      content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })),
    }),
  }),
})
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), Schema) }),
})

const document = Document.parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')))
const declared = new Map(
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [
      operation.operationId,
      { method: method.toUpperCase(), path, ...operation },
    ]),
  ),
)

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addFormat('base64', /^[A-Za-z0-9+/]*={0,2}$/)
ajv.addSchema({ ...document, $id: 'document' })

/** A schema of the document, whose references are into the document. */
function checkOf(schema: object): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')))
}
const isProblem = checkOf({ $ref: '#/components/schemas/Problem' })

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
  readonly json: unknown
}

const called = new Set<string>()
const stack = new AsyncDisposableStack()
let served: ServedNode
let node: AipNode
let peer: ServedNode
let token = ''
let secret: Uint8Array

beforeAll(async () => {
  const other = stack.use(await startNode({ origins: ['https://peer.example'] }))
  const own = await identityWithSheet(await temporaryHome(stack))
  secret = own.secret
  const mine = stack.use(
    await startNode({
      bootstrap: [other.address],
      identity: own.identity,
      origins: ['https://me.example'],
      botAgent: 'https://me.example',
    }),
  )
  ;({ node } = mine)
  ;[served, peer] = await Promise.all([serveNode(stack, mine), serveNode(stack, other)])
  await eventually('peers', async () => (await served.client.status({})).peers.connected >= 1)
  token = (
    await served.client.createToken({
      name: 'test',
      rights: ['read', 'observe', 'sign', 'vouch', 'admin'],
    })
  ).token
})
afterAll(async () => stack.disposeAsync())

/** Calls by the document: where each input goes is what it says. */
async function send(
  operationId: string,
  input: Readonly<Record<string, unknown>> = {},
  bytes?: Uint8Array,
): Promise<Answer> {
  const operation = declared.get(operationId)
  if (operation === undefined) throw new Error(`the document has no ${operationId}`)
  called.add(operationId)
  const { method, parameters, requestBody } = operation
  const rest = { ...input }
  const take = (name: string): string => {
    const value = rest[name]
    delete rest[name]
    return Array.isArray(value)
      ? value.join(',')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  }
  let target = operation.path
  const query = new URLSearchParams()
  for (const { name, in: place } of parameters) {
    if (place === 'header' || rest[name] === undefined) continue
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(take(name)))
    else query.set(name, take(name))
  }
  const body = requestBody?.content['application/json']
  if (body?.schema !== undefined) {
    const fits = checkOf(body.schema)
    expect(fits(rest), `${operationId}: ${ajv.errorsText(fits.errors)}`).toBe(true)
  } else expect(rest, `inputs that ${operationId} has no place for`).toEqual({})
  const answer = await fetch(
    `${served.url}${target}${query.size === 0 ? '' : `?${query.toString()}`}`,
    {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === 'GET'
          ? {}
          : { 'content-type': Object.keys(requestBody?.content ?? {})[0] ?? 'application/json' }),
      },
      ...(method === 'GET'
        ? {}
        : { body: bytes === undefined ? JSON.stringify(rest) : Buffer.from(bytes) }),
    },
  )
  const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? ''
  const read = new Uint8Array(await answer.arrayBuffer())
  const json: unknown = type.endsWith('octet-stream')
    ? undefined
    : JSON.parse(new TextDecoder().decode(read))
  return { status: answer.status, type, body: read, json }
}

/** The answer of a call that succeeds, once it is what the document says. */
async function call(
  operationId: string,
  input: Readonly<Record<string, unknown>> = {},
  bytes?: Uint8Array,
  // What a test reads of an answer it looks at itself.
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const { status, type, json, body } = await send(operationId, input, bytes)
  expect(status, `${operationId}: ${JSON.stringify(json)}`).toBe(200)
  const content = declared.get(operationId)?.responses['200'].content ?? {}
  expect(Object.keys(content), operationId).toContain(type)
  const schema = content[type]?.schema
  if (schema === undefined) return body
  const fits = checkOf(schema)
  expect(
    fits(json),
    `${operationId}: ${ajv.errorsText(fits.errors)}\n${JSON.stringify(json)}`,
  ).toBe(true)
  return json
}

describe('the OpenAPI document', () => {
  test('is one, says a validator of another project', async () => {
    const { valid, errors } = await new Validator().validate(
      JSON.parse(readFileSync('docs/openapi.json', 'utf8')),
    )
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  test('is what the node serves', async () => {
    const answer = await fetch(`${served.url}/v1/openapi.json`)
    const { info: _, ...said } = Document.parse(await answer.json())
    const { info: _own, ...written } = document
    expect(said).toEqual(written)
  })

  test('every answer of a live node fits it', { timeout: 120_000 }, async () => {
    const subject = peer.did
    const day = 86_400_000
    const later = new Date(Date.now() + 30 * day).toISOString()

    await call('status')
    const { did } = await call('identity')
    await call('resolve', { did: subject })
    await call('doctor')
    await call('logs', { tail: 5 })
    await call('listPeers')

    const vouch = await call('createVouch', {
      subject,
      level: 0.9,
      statement: 'good work',
      expiresAt: later,
    })
    await call('listVouches', { issuer: did, limit: 1 })
    await call('getRecord', { id: vouch.id })
    await call('listRecords', { type: 'vouch', limit: 2 })
    const credential = await call('exportCredential', { id: vouch.id })
    await call('verifyCredential', { credential: JSON.stringify(credential) })

    await call('createPromise', { delegator: subject, task: 'review', work: 3, deadline: later })
    await call('listPromises', { issuer: did })
    await peer.client.createPromise({ delegator: did, task: 'review', work: 2, deadline: later })
    await eventually(
      'their promise',
      async () => (await served.client.listPromises({ issuer: subject })).items.length === 1,
    )
    const [promise] = (await call('listPromises', { issuer: subject })).items
    await call('createObservation', { subject, promise: promise.id, delivered: 2, share: 'public' })
    const kept = await call('createObservation', {
      subject,
      task: 'review',
      promised: 4,
      delivered: 3,
      conditions: { load: 'high', size: 3 },
      clarity: 'multi-valid',
      evidence: 'ab'.repeat(32),
    })
    const said = (await call('listObservations', { subject })).items.map(
      (one: { outcomes: unknown[] }) => one.outcomes[0],
    )
    expect(said).toMatchObject([
      { conditions: { load: 'high', size: 3 }, clarity: 'multi-valid' },
      { conditions: null, clarity: 'unambiguous' },
    ])
    const evidence = async (): Promise<(string | null)[]> =>
      (await call('listObservations', { subject })).items.map(
        (one: { outcomes: { evidence: string | null }[] }) => one.outcomes[0]?.evidence,
      )
    expect(await evidence()).toEqual(['ab'.repeat(32), null])
    await call('publishObservation', { id: kept.id })
    expect(new Set(await evidence())).toEqual(new Set(['ab'.repeat(32), null]))
    expect(
      (await call('listObservations', { subject })).items.map(
        (one: { share: string }) => one.share,
      ),
    ).toEqual(['public', 'public'])

    await call('score', { did: subject, scope: 'review' })
    await call('explanation', { did: subject, scope: 'review', at: new Date().toISOString() })
    await call('history', { did: subject, days: 7 })
    await call('paths', { did: subject, k: 3 })
    await call('pathsBetween', { to: subject, without: [vouch.id] })
    await call('graph', { depth: 2, limit: 10 })
    await call('listAgents', { scope: 'review', limit: 10 })
    await call('getAgent', { did: subject })

    await call('putPin', { did: subject, kind: 'cap', cap: 0.5, name: 'peer' })
    await call('listPins')
    await call('listAgents', { q: 'peer', sort: 'seen', seenSince: '2026-01-01T00:00:00Z' })
    await call('deletePin', { did: subject })
    await call('forgetAgent', { did: subject })
    await call('listForgotten')
    await call('recallAgent', { did: subject })

    await call('provePeer', { did: subject })
    const question = await call('openChallenge', {
      answerer: subject,
      origin: 'https://peer.example',
    })
    expect(question.asker).toBe(did)
    const asked = await peer.client.openChallenge({ answerer: did, origin: 'https://me.example' })
    const proof = await call('answerChallenge', { question: asked })
    const confirmed = await peer.client.confirmChallenge({ proof })
    await call('verifyChallenge', { proof: confirmed.proof })
    await call('confirmChallenge', { proof: await peer.client.answerChallenge({ question }) })

    const signature = await call('signContent', { kind: 'text', text: 'hello' })
    await call('verifyContent', { signature, text: 'hello' })
    const signed = await call('signRequest', { method: 'GET', url: 'https://peer.example/a?b=1' })
    await call('botDirectory', { authority: 'agent.example' })
    await call('verifyRequest', {
      method: 'GET',
      url: 'https://peer.example/a?b=1',
      headers: signed.headers,
    })

    const { card } = await call('signAgentCard', { card: plainCard() })
    await call('verifyAgentCard', { card, scope: 'a2a' })

    const bundle: Uint8Array = await call('exportRecords', { issuer: did })
    await call('importRecords', {}, bundle)
    await call('exportHome')

    await call('playLab', { scenario: 'sybil', size: 10 })
    await call('denyPeer', { subject: '192.0.2.0/24' })
    await call('listDenied')
    await call('readmitPeer', { subject: '192.0.2.0/24' })
    const [address] = (await peer.client.identity({})).addresses
    await call('addPeer', { address })

    const made = await call('createToken', { name: 'other', rights: ['read'] })
    await call('listTokens')
    await call('revokeToken', { id: made.id })
    const { code } = await call('createSessionCode')
    await call('openSession', { code })

    await call('revokeVouch', { id: vouch.id, reason: 'a test' })
    const rotation = rotationBy(secret, node)
    await call('rotateIdentity', {
      authority: toHex(rotation.authority),
      rotationKey: hexOf(rotation.rotationKey),
    })
    const rotated = node.events.since(0).filter(({ event }) => event.kind === 'identity.rotated')
    expect(rotated).toHaveLength(1)
    const recovery = recoveryBy(secret, node)
    await call('recoverIdentity', {
      authority: toHex(recovery.authority),
      rotationKey: hexOf(recovery.rotationKey),
      recoveryKey: hexOf(recovery.recoveryKey),
    })
    const [known] = (await call('listPeers')).items
    await call('removePeer', { peer: known.peer ?? known.id })
    await call('deactivateIdentity', { authority: toHex(recoveryBy(secret, node).authority) })

    // The one operation without an end: its first event is looked at, and it is broken off.
    const stream = await fetch(`${served.url}/v1/events?cursor=0`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const first = await stream.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toMatch(
      /^: connected\n\nid: \d+\nevent: [a-z.]+\ndata: \{.*\}\n\n/,
    )
    called.add('events')

    expect([...declared.keys()].filter((name) => !called.has(name))).toEqual([])
  })

  test('every refusal is a problem of the document', async () => {
    for (const [name, { method, path }] of declared) {
      const target = path.replaceAll(/\{\w+\}/g, '%00')
      const answer = await fetch(`${served.url}${target}?colour=red`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: '{"colour":"red"}' }),
      })
      const json: unknown = await answer.json()
      if (answer.headers.get('content-type')?.startsWith('application/did-resolution') === true)
        continue
      expect(answer.status, name).toBeGreaterThanOrEqual(400)
      expect(answer.status, name).toBeLessThan(500)
      expect(isProblem(json), `${name}: ${JSON.stringify(json)}`).toBe(true)
    }
  })
})

function hexOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : toHex(bytes)
}
