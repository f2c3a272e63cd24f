/**
 * W3C's did-test-suite, ported: its assertions for documents (did-core-properties), syntax
 * (did-identifier), production and consumption, asked of every kind of document that this node makes.
 * Each rule is also broken alone, to see that it is asked. Which assertions are ported and which are
 * not, docs/spec/resolution.md says; the same rules are held against documents of others by
 * `npm run vectors`. What a resolver says about a document is in test/api/did-resolution-suite.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { representationRules } from '../../scripts/vectors/did-resolution-rules.ts'
import {
  brokenDocumentRules,
  DOCUMENT_RULES,
  type DocumentRule,
} from '../../src/identity/did-core.ts'
import { didKeyDocument } from '../../src/identity/did-key.ts'
import { isAnyDid } from '../../src/identity/did-url.ts'
import { didKeyOf } from '../../src/identity/did.ts'
import { didDocument } from '../../src/identity/document.ts'
import { deactivate, recover, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  documentOf,
  EXPIRES_AT_MS,
  keyNamed,
  publicKeyOf,
  verifier,
} from '../support/identity.ts'

const log = alice()
const full = IdentityState.of(
  log,
  documentOf(log, keyNamed('alice'), {
    content: {
      services: [
        { id: 'card', type: 'AgentCard', endpoint: 'https://alice.example/card.json' },
        { id: 'p2p', type: 'Libp2p', endpoint: 'multiaddr:/ip4/192.0.2.7/tcp/7471' },
      ],
      alsoKnownAs: ['https://alice.example/', didKeyOf(publicKeyOf('alice'))],
      keyAgreement: ['z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'],
    },
  }),
)
const rotated = rotate({
  log,
  authority: keyNamed('r0.1'),
  operationalKey: publicKeyOf('k0.1'),
  verifier,
}).log
const recovered = recover({
  log,
  authority: keyNamed('c1'),
  operationalKey: publicKeyOf('k1.0'),
  recoveryKey: publicKeyOf('c2'),
  verifier,
}).log
const ended = deactivate({ log, authority: keyNamed('c1'), verifier }).log
const other = alice({ nonce: 1, operationalKey: publicKeyOf('mallory') })
const forked = full.join(IdentityState.of(other))

const OURS: readonly [string, object][] = [
  ['with services, names and keys', didDocument(full)],
  ['whose content has expired', didDocument(full, { nowMs: EXPIRES_AT_MS })],
  ['of a log alone', didDocument(IdentityState.of(log))],
  ['after a rotation', didDocument(IdentityState.of(rotated))],
  ['after a recovery', didDocument(IdentityState.of(recovered))],
  ['with a cold root', didDocument(IdentityState.of(other))],
  ['of an identity that has ended', didDocument(IdentityState.of(ended))],
  ['of a fork that nobody settled', didDocument(forked)],
  ['of a fork that the viewer settled', didDocument(forked, { branch: log })],
  ['of a did:key', didKeyDocument(didKeyOf(publicKeyOf('alice')).slice('did:key:'.length))],
]

describe.each(OURS)('a document %s', (_what, document) => {
  test('5.1 to 5.4: has the properties that DID Core asks for', () => {
    expect(brokenDocumentRules(document)).toEqual([])
  })

  test('3.1: is named by a DID', () => {
    const { id } = document as { id: string }
    expect(isAnyDid(id)).toBe(true)
    expect(new URL(id).protocol).toBe('did:')
    expect(id.split(':')[1]).toMatch(/^[a-z0-9]+$/)
  })

  test.each(['application/did+json', 'application/did+ld+json'])(
    '6.1 to 6.3: is produced as %s and consumed again',
    (type) => {
      const text = JSON.stringify(document)
      expect(representationRules(text, type)).toEqual([])
      expect(JSON.parse(text)).toEqual(document)
      expect((document as { '@context': string[] })['@context'][0]).toBe(
        'https://www.w3.org/ns/did/v1',
      )
    },
  )
})

const method = {
  id: 'did:example:a#k',
  type: 'Multikey',
  controller: 'did:example:a',
  publicKeyMultibase: 'z6Mk',
}
const jwkMethod = {
  id: 'did:example:a#j',
  type: 'JsonWebKey2020',
  controller: 'did:example:a',
  publicKeyJwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
}
const service = { id: 'did:example:a#s', type: 'S', serviceEndpoint: 'https://example.com/' }
const sound = {
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: 'did:example:a',
  controller: ['did:example:b'],
  alsoKnownAs: ['https://example.com/'],
  verificationMethod: [method, jwkMethod],
  authentication: ['#k', { ...method, id: 'did:example:a#e' }],
  service: [
    service,
    { id: '#t', type: ['S', 'T'], serviceEndpoint: [{ uri: 'x' }, 'did:example:a'] },
  ],
}
const methods = (changes: object): object => ({ verificationMethod: [{ ...method, ...changes }] })
const services = (changes: object): object => ({ service: [{ ...service, ...changes }] })
const without = (whole: object, name: string): object => ({ ...whole, [name]: undefined })

const BROKEN: readonly [DocumentRule, string, object][] = [
  ['5.1.1 id', 'missing', { id: undefined }],
  ['5.1.1 id', 'a DID URL', { id: 'did:example:a#k' }],
  ['5.1.1 id', 'a number', { id: 1 }],
  ['5.1.2 controller', 'no DID', { controller: 'alice' }],
  ['5.1.2 controller', 'one that is none among others', { controller: ['did:example:b', 1] }],
  ['5.1.3 alsoKnownAs', 'a text', { alsoKnownAs: 'https://example.com/' }],
  ['5.1.3 alsoKnownAs', 'no URI', { alsoKnownAs: ['alice'] }],
  ['5.1.3 alsoKnownAs', 'one name twice', { alsoKnownAs: ['a:b', 'a:b'] }],
  ['5.2 verificationMethod', 'a map', { verificationMethod: method }],
  ['5.2 verificationMethod', 'a list of texts', { verificationMethod: ['#k'] }],
  ['5.2 properties', 'without id', { verificationMethod: [without(method, 'id')] }],
  ['5.2 properties', 'without type', { verificationMethod: [without(method, 'type')] }],
  ['5.2 properties', 'without controller', { authentication: [without(method, 'controller')] }],
  ['5.2 id', 'no DID URL', methods({ id: 'k' })],
  ['5.2 id', 'empty', methods({ id: '' })],
  ['5.2 type', 'a list', methods({ type: ['Multikey'] })],
  ['5.2 type', 'empty', methods({ type: '' })],
  ['5.2 controller', 'a DID URL', methods({ controller: 'did:example:a#k' })],
  [
    '5.2 publicKeyBase58',
    'not base58',
    { verificationMethod: [{ ...without(method, 'publicKeyMultibase'), publicKeyBase58: '0' }] },
  ],
  ['5.2 publicKeyMultibase', 'no multibase', methods({ publicKeyMultibase: '6Mk' })],
  ['5.2 publicKeyJwk', 'a text', { verificationMethod: [{ ...jwkMethod, publicKeyJwk: 'x' }] }],
  ['5.2 publicKeyJwk', 'without kty', { verificationMethod: [{ ...jwkMethod, publicKeyJwk: {} }] }],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member): [DocumentRule, string, object] => [
    '5.2 private members',
    member,
    { verificationMethod: [{ ...jwkMethod, publicKeyJwk: { kty: 'OKP', [member]: 'x' } }] },
  ]),
  ['5.2.1 one material', 'two', methods({ publicKeyBase58: '6Mk' })],
  ...[
    'authentication',
    'assertionMethod',
    'keyAgreement',
    'capabilityInvocation',
    'capabilityDelegation',
  ].flatMap((name): [DocumentRule, string, object][] => [
    ['5.3 relationship', `${name} is a text`, { [name]: '#k' }],
    ['5.3 relationship', `${name} names no DID URL`, { [name]: ['k'] }],
    ['5.3 relationship', `${name} names one twice`, { [name]: ['#k', '#k'] }],
    ['5.3 relationship', `${name} holds a number`, { [name]: [1] }],
  ]),
  ['5.4 service', 'a map', { service }],
  ['5.4 service', 'a list of texts', { service: ['x'] }],
  ['5.4 properties', 'without id', { service: [without(service, 'id')] }],
  ['5.4 properties', 'without type', { service: [without(service, 'type')] }],
  ['5.4 properties', 'without endpoint', { service: [without(service, 'serviceEndpoint')] }],
  ['5.4 id', 'no URI', services({ id: 's' })],
  ['5.4 unique ids', 'one twice', { service: [service, service] }],
  ['5.4 type', 'empty', services({ type: '' })],
  ['5.4 type', 'a list of none', services({ type: [] })],
  ['5.4 type', 'a number', services({ type: 1 })],
  ['5.4 serviceEndpoint', 'a number', services({ serviceEndpoint: 1 })],
  ['5.4 serviceEndpoint', 'an empty text', services({ serviceEndpoint: '' })],
  ['5.4 serviceEndpoint', 'an empty map', services({ serviceEndpoint: {} })],
  ['5.4 serviceEndpoint', 'an empty list', services({ serviceEndpoint: [] })],
  ['5.4 endpoint URI', 'no URI', services({ serviceEndpoint: 'example' })],
  ['5.4 endpoint URI', 'with a space', services({ serviceEndpoint: 'https://a b/' })],
  [
    '6.3 @context',
    'another first',
    { '@context': ['https://example.com/', 'https://www.w3.org/ns/did/v1'] },
  ],
]

describe('each rule for documents', () => {
  test('is kept by a document with a little of everything', () => {
    expect(brokenDocumentRules(sound)).toEqual([])
  })

  test.each(BROKEN)('%s: %s', (rule, _what, changes) => {
    const document = JSON.parse(JSON.stringify({ ...sound, ...changes })) as unknown
    expect(brokenDocumentRules(document)).toEqual([rule])
  })

  test('is broken alone above', () => {
    expect(new Set(BROKEN.map(([rule]) => rule))).toEqual(new Set(DOCUMENT_RULES))
  })

  test.each([null, 'text', 1, [], undefined])('refuses %j, which is no map', (value) => {
    expect(brokenDocumentRules(value)).not.toEqual([])
  })
})
