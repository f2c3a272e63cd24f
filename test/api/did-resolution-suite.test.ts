/**
 * W3C's did-test-suite for resolution, ported: what the server answers is put into the form that the
 * suite reads, and held to its rules. The rules are `scripts/vectors/did-resolution-rules.ts`; each is
 * broken alone below. docs/spec/resolution.md lists them.
 */
import { describe, expect, test } from 'vitest'
import {
  brokenResolutionRules,
  metadataRules,
  representationRules,
  type Execution,
  type Outcome,
} from '../../scripts/vectors/did-resolution-rules.ts'
import type { Output } from '../../src/api/contract.ts'
import { answerResolution } from '../../src/api/resolution-answer.ts'
import { DidError } from '../../src/identity/did-error.ts'
import { NodeError } from '../../src/node/error.ts'

const DID = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'
const PREFIX = '/1.0/identifiers/'

function resolution(deactivated: boolean): Output<'resolve'> {
  return {
    '@context': 'https://w3id.org/did-resolution/v1',
    didDocument: {
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: DID,
      service: [{ id: `${DID}#card`, type: 'AgentCard', serviceEndpoint: 'https://a.example/' }],
    },
    didDocumentMetadata: { deactivated, versionId: 'ab.1', canonicalId: DID },
    didResolutionMetadata: {
      contentType: 'application/did+json',
      source: 'peer',
      retrieved: '2026-11-25T12:00:00Z',
      confirmed: null,
      unconfirmed: true,
      stale: false,
      verified: { by: 'key log', logEntries: '2' },
    },
  }
}

interface Asked {
  readonly accept?: string
  readonly did?: string
  readonly resolve?: () => Promise<Output<'resolve'>>
}

async function ask({ accept, did = DID, resolve }: Asked) {
  return answerResolution({
    target: PREFIX + did,
    accept,
    prefix: PREFIX,
    parse: (text) => ({ did: text, noCache: false }),
    resolve: resolve ?? (async () => resolution(false)),
  })
}

/** An answer as the suite would have recorded it. */
async function recorded(asked: Asked): Promise<Execution> {
  const type = asked.accept ?? 'application/did+json'
  const [whole, bare] = await Promise.all([
    ask({ ...asked, accept: 'application/json' }),
    ask({ ...asked, accept: type }),
  ])
  const { didResolutionMetadata, didDocumentMetadata } = whole.body as Execution['output']
  const isError = bare.status !== 200 && bare.status !== 410
  return {
    function: 'resolveRepresentation',
    input: { did: asked.did ?? DID, resolutionOptions: { accept: type } },
    output: {
      didResolutionMetadata: isError
        ? didResolutionMetadata
        : { ...didResolutionMetadata, contentType: bare.mediaType },
      didDocumentMetadata,
      didDocumentStream: isError ? undefined : JSON.stringify(bare.body),
    },
  }
}

/** What the document in an answer is said to be. */
async function typeIn(accept: string): Promise<unknown> {
  const { body } = await ask({ accept })
  return (body as Output<'resolve'>).didResolutionMetadata.contentType
}

function refusing(error: Error): () => Promise<never> {
  return async () => {
    throw error
  }
}

describe('what the server answers conforms', () => {
  test.each<[Outcome, string, Asked]>([
    ['defaultOutcome', 'as JSON', {}],
    ['defaultOutcome', 'as JSON-LD', { accept: 'application/did+ld+json' }],
    [
      'deactivatedOutcome',
      'for an identity that has ended',
      { resolve: async () => resolution(true) },
    ],
    ['invalidDidErrorOutcome', 'for no DID', { did: 'did_aip_1' }],
    [
      'notFoundErrorOutcome',
      'for an unknown one',
      { resolve: refusing(new NodeError({ code: 'node/did-unresolved', did: DID })) },
    ],
  ])('%s %s', async (outcome, _what, asked) => {
    expect(brokenResolutionRules(await recorded(asked), outcome)).toEqual([])
  })
})

describe('statuses and forms', () => {
  test.each<[number, string, Asked]>([
    [200, 'application/json', {}],
    [200, 'application/did-resolution', { accept: 'application/did-resolution' }],
    [200, 'application/did', { accept: 'application/did' }],
    [
      410,
      'application/did+json',
      { accept: 'application/did+json', resolve: async () => resolution(true) },
    ],
    [200, 'application/json', { did: `${DID}%23card` }],
    [404, 'application/problem+json', { did: `${DID}%23other` }],
    [406, 'application/problem+json', { accept: 'application/did+cbor' }],
    [
      406,
      'application/problem+json',
      { did: `${DID}%23card`, accept: 'application/did-resolution' },
    ],
    [400, 'application/problem+json', { did: 'hello' }],
    [400, 'application/did-resolution', { did: 'hello', accept: 'application/did-resolution' }],
    [501, 'application/problem+json', { did: `${DID}/path` }],
  ])('%i %s', async (status, mediaType, asked) => {
    expect(await ask(asked)).toMatchObject({ status, mediaType })
  })

  test('a refusal in JSON is both a problem and a resolution result', async () => {
    const resolve = refusing(new DidError({ code: 'did/method-unsupported', method: 'x' }))
    expect(await ask({ resolve })).toEqual({
      status: 501,
      mediaType: 'application/problem+json',
      body: {
        type: 'about:blank',
        title: 'Not Implemented',
        status: 501,
        code: 'did/method-unsupported',
        detail: expect.stringContaining('"x"') as unknown,
        help: 'docs/errors.md#didmethod-unsupported',
        didDocument: null,
        didDocumentMetadata: {},
        didResolutionMetadata: {
          error: 'methodNotSupported',
          code: 'did/method-unsupported',
          message: expect.any(String) as unknown,
          help: expect.any(String) as unknown,
        },
      },
    })
  })

  test('a refusal as application/did-resolution carries an error object', async () => {
    const { body } = await ask({ did: 'hello', accept: 'application/did-resolution' })
    expect(body).toMatchObject({
      didDocument: null,
      didDocumentMetadata: {},
      didResolutionMetadata: {
        error: { type: 'https://www.w3.org/ns/did#INVALID_DID', title: 'Bad Request', status: 400 },
      },
    })
  })

  test('the document says of itself what it is', async () => {
    expect(await typeIn('application/json')).toBe('application/did+json')
    expect(await typeIn('application/did-resolution')).toBe('application/did')
    expect(await typeIn('application/ld+json')).toBe('application/did+ld+json')
  })

  test('a fragment gives that part alone', async () => {
    const card = { id: `${DID}#card`, type: 'AgentCard', serviceEndpoint: 'https://a.example/' }
    const did = `${DID}%23card`
    expect((await ask({ did, accept: 'application/did+json' })).body).toEqual(card)
    expect((await ask({ did })).body).toMatchObject({
      content: card,
      dereferencingMetadata: { source: 'peer' },
      contentMetadata: { versionId: 'ab.1' },
    })
    const failed = await ask({ did: `${DID}%23x`, accept: 'application/did-url-dereferencing' })
    expect(failed.body).toMatchObject({
      content: null,
      dereferencingMetadata: { error: { type: 'https://www.w3.org/ns/did#NOT_FOUND' } },
      contentMetadata: {},
    })
  })

  test('what nobody foresaw is not answered here', async () => {
    const asked = ask({ resolve: refusing(new TypeError('a mistake')) })
    await expect(asked).rejects.toThrow('a mistake')
  })
})

const sound: Execution = {
  function: 'resolve',
  input: { did: 'did:example:a', resolutionOptions: {} },
  output: {
    didResolutionMetadata: {},
    didDocument: { id: 'did:example:a' },
    didDocumentMetadata: {
      created: '2020-09-26T20:14:02Z',
      updated: '2020-09-27T20:14:02Z',
      nextUpdate: '2020-09-28T20:14:02.000Z',
      versionId: '1',
      nextVersionId: '2',
      equivalentId: ['did:example:A'],
      canonicalId: 'did:example:A',
    },
  },
}
const notFound: Execution = {
  ...sound,
  output: {
    didResolutionMetadata: { error: 'notFound' },
    didDocument: null,
    didDocumentMetadata: {},
  },
}
const metadata = (changes: object): Execution => ({
  ...sound,
  output: {
    ...sound.output,
    didDocumentMetadata: { ...sound.output.didDocumentMetadata, ...changes },
  },
})

describe('each rule for resolution', () => {
  test('is kept by sound executions', () => {
    expect(brokenResolutionRules(sound, 'defaultOutcome')).toEqual([])
    expect(brokenResolutionRules(notFound, 'notFoundErrorOutcome')).toEqual([])
    expect(brokenResolutionRules(metadata({ deactivated: true }), 'deactivatedOutcome')).toEqual([])
  })

  test.each<[string, Execution, Outcome?]>([
    ['7.1 did', { ...sound, input: { ...sound.input, did: 'did_example' } }],
    ['7.1 resolutionOptions', { ...sound, input: { ...sound.input, resolutionOptions: { n: 1 } } }],
    [
      '7.1 didResolutionMetadata',
      { ...sound, output: { ...sound.output, didResolutionMetadata: { n: 1 } } },
    ],
    ['7.1 an error is told', sound, 'notFoundErrorOutcome'],
    ['7.1 an error is told', notFound],
    [
      '7.1.2 error is one ASCII word',
      {
        ...notFound,
        output: { ...notFound.output, didResolutionMetadata: { error: 'not found' } },
      },
      'notFoundErrorOutcome',
    ],
    ['7.1.2 error', notFound, 'representationNotSupportedErrorOutcome'],
    [
      '7.1 no document with an error',
      { ...notFound, output: { ...notFound.output, didDocument: { id: 'did:example:a' } } },
      'notFoundErrorOutcome',
    ],
    [
      '7.1 no document metadata with an error',
      { ...notFound, output: { ...notFound.output, didDocumentMetadata: { versionId: '1' } } },
      'notFoundErrorOutcome',
    ],
    [
      '7.1.2 invalidDid',
      {
        ...notFound,
        output: { ...notFound.output, didResolutionMetadata: { error: 'invalidDid' } },
      },
      'invalidDidErrorOutcome',
    ],
    [
      '7.1.2 no contentType from resolve',
      { ...sound, output: { ...sound.output, didResolutionMetadata: { contentType: 'a/b' } } },
    ],
    [
      '7.1.1 no accept to resolve',
      { ...sound, input: { ...sound.input, resolutionOptions: { accept: 'a/b' } } },
    ],
    ['7.1 didDocument', { ...sound, output: { ...sound.output, didDocument: null } }],
    ['7.1 id', { ...sound, output: { ...sound.output, didDocument: { id: 'did:example:b' } } }],
    ['7.1.2 contentType', { ...sound, function: 'resolveRepresentation' }],
    ['7.3 structure', metadata({ count: 1 })],
    ['7.1.3 created', metadata({ created: '2020-09-26T20:14:02.5Z' })],
    ['7.1.3 created', metadata({ created: '2020-09-26T20:14:02+02:00' })],
    ['7.1.3 updated', metadata({ updated: 'yesterday' })],
    ['7.1.3 updated is not before created', metadata({ updated: '2020-09-25T20:14:02Z' })],
    [
      '7.1.3 nextUpdate is after created',
      metadata({ updated: undefined, nextUpdate: '2020-09-26T20:14:02Z' }),
    ],
    ['7.1.3 nextUpdate is after updated', metadata({ nextUpdate: '2020-09-27T20:14:02Z' })],
    ['7.1.3 deactivated', metadata({ deactivated: true })],
    ['7.1.3 deactivated', metadata({ deactivated: false }), 'deactivatedOutcome'],
    ['7.1.3 deactivated is boolean', metadata({ deactivated: 'no' })],
    ['7.1.3 versionId', metadata({ versionId: 'ä' })],
    ['7.1.3 versions differ', metadata({ nextVersionId: '1' })],
    ['7.1.3 equivalentId', metadata({ equivalentId: 'did:example:A' })],
    ['7.1.3 equivalentId', metadata({ equivalentId: ['did:other:A'] })],
    ['7.1.3 canonicalId', metadata({ canonicalId: 'did:other:A' })],
    [
      '5.1.3 alsoKnownAs',
      {
        ...sound,
        output: { ...sound.output, didDocument: { id: 'did:example:a', alsoKnownAs: 'x' } },
      },
    ],
  ])('%s', (rule, execution, outcome = 'defaultOutcome') => {
    expect(brokenResolutionRules(execution, outcome)).toContain(rule)
  })

  test('holds a representation to its media type', () => {
    expect(representationRules('[]', 'application/did+json')).toEqual(['6.2.2 root element'])
    expect(representationRules('{', 'application/did+json')).toEqual(['6.2.2 root element'])
    expect(representationRules('{"id":"did:example:a"}', 'application/json')).toEqual([
      '6.1 media type',
    ])
    expect(representationRules('{"id":"did:example:a"}', 'application/did+ld+json')).toEqual([
      '6.3.1 @context',
    ])
    expect(metadataRules({}, 'did:example:a', 'defaultOutcome')).toEqual([])
  })
})
