/**
 * Rules J1 to J8 of docs/spec/agent-cards.md, each broken alone; and the official SDK of A2A, which
 * verifies what is signed here and signs what is verified here.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import {
  AgentCard,
  canonicalizeAgentCard,
  generateAgentCardSignature,
  verifyAgentCardSignature,
} from '@a2a-js/sdk'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { textBytes, toHex } from '../../src/base/bytes.ts'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { canonicalJson, isJsonObject, type JsonObject } from '../../src/crypto/jcs.ts'
import { incept } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { AgentCardError } from '../../src/signing/agent-card-error.ts'
import { CARD_DEPTH_LIMIT, leanForm, signedForm } from '../../src/signing/agent-card-fields.ts'
import {
  CARD_ADDRESSES_LIMIT_COUNT,
  CARD_LIMIT_BYTES,
  CARD_SIGNATURES_LIMIT_COUNT,
  readCard,
  signCard,
  TRUST_EXTENSION_URI,
  verifyCard,
  type TrustExtension,
  type VerifiedCard,
} from '../../src/signing/agent-card.ts'
import { plainCard } from '../support/agent-cards.ts'

// The SDK says there what it thinks of each signature.
beforeEach(() => {
  vi.spyOn(console, 'debug').mockReturnValue()
})

const SEED = new Uint8Array(32).fill(7)
const signer = portableSigner(SEED)
const other = portableSigner(new Uint8Array(32).fill(8))
const rotation = portableSigner(new Uint8Array(32).fill(9))
const { log } = incept({
  genesis: signer,
  verifier: portableVerifier,
  rotationKey: rotation.publicKey,
})
const state = IdentityState.of(log)
const KEY_ID = `${log.did}#k0.0`
const extension: TrustExtension = {
  did: log.did,
  requestSigning: 'aip-node-rfc9421/1',
  records: ['/dns4/bob.example/tcp/7471'],
  inception: log.inceptionHex,
}

function signed(card: JsonObject = plainCard(), changes: Partial<TrustExtension> = {}): JsonObject {
  return signCard(card, { signer, keyId: KEY_ID, extension: { ...extension, ...changes } })
}

function verified(card: JsonObject, of: IdentityState = state): VerifiedCard {
  return verifyCard(readCard(card), of, portableVerifier)
}

function faultOf(what: () => unknown): unknown {
  try {
    what()
  } catch (error) {
    if (error instanceof AgentCardError) return error.fault
    throw error
  }
  return undefined
}

/** As it comes over the wire. */
function served(card: JsonObject): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(card))
  if (!isJsonObject(value)) throw new TypeError('a card is an object')
  return value
}

function signaturesOf(card: JsonObject): JsonObject[] {
  const { signatures } = card
  return Array.isArray(signatures) ? signatures.filter(isJsonObject) : []
}

/** The first signature with another header, signed or not. */
function withHeader(card: JsonObject, header: JsonObject): JsonObject {
  const text = Buffer.from(JSON.stringify(header)).toString('base64url')
  const payload = Buffer.from(canonicalJson(signedForm(card, false))).toString('base64url')
  const signature = Buffer.from(signer.sign(textBytes(`${text}.${payload}`))).toString('base64url')
  return { ...card, signatures: [{ protected: text, signature }] }
}

const HEADER = { alg: 'EdDSA', typ: 'JOSE', kid: KEY_ID }

describe('a signed AgentCard', () => {
  test('names its agent, asks for nothing, and verifies', () => {
    const card = signed()
    expect(card['capabilities']).toEqual({
      streaming: false,
      extensions: [
        {
          uri: TRUST_EXTENSION_URI,
          description: expect.any(String) as string,
          required: false,
          params: extension,
        },
      ],
    })
    expect(signaturesOf(card)).toHaveLength(1)
    const [first] = signaturesOf(card)
    const header = Buffer.from(String(first?.['protected']), 'base64url').toString()
    expect(JSON.parse(header)).toEqual(HEADER)
    expect(verified(served(card))).toEqual({
      did: log.did,
      keyId: KEY_ID,
      extension,
      uncovered: [],
    })
  })

  test('is the same however its fields are ordered, and with defaults spelled out', () => {
    const card = signed()
    const turned = Object.fromEntries(Object.entries(card).toReversed())
    const spelled = { ...turned, securitySchemes: {}, securityRequirements: [], iconUrl: null }
    expect(verified(spelled).keyId).toBe(KEY_ID)
  })

  test.each<[string, (card: JsonObject) => JsonObject]>([
    ['another name', (card) => ({ ...card, name: 'Bobby' })],
    ['another place', (card) => ({ ...card, supportedInterfaces: [] })],
    ['a flag that is set', (card) => ({ ...card, capabilities: { streaming: true } })],
    ['a flag that is not set', (card) => ({ ...card, capabilities: {} })],
    ['an icon', (card) => ({ ...card, iconUrl: 'https://evil.example/icon.png' })],
  ])('that was changed is refused: %s', (_what, change) => {
    const card = signed()
    const { capabilities } = card
    const extensions = isJsonObject(capabilities) ? capabilities['extensions'] : undefined
    const changed = change(card)
    const after = changed['capabilities']
    const whole = isJsonObject(after) ? { ...changed, capabilities: { ...after, extensions } } : {}
    expect(faultOf(() => verified(whole))).toEqual({
      code: 'card/signature-invalid',
      keyId: KEY_ID,
    })
  })

  test('is signed anew without what was there, and keeps what others signed if it stays true', () => {
    const theirs = { protected: 'eyJhbGciOiJFUzI1NiJ9', signature: 'AAAA' }
    const first = signed(plainCard({ signatures: [theirs] }))
    expect(signaturesOf(first)).toHaveLength(1)
    const both = { ...first, signatures: [...signaturesOf(first), theirs] }
    const again = signed(both)
    expect(signaturesOf(again)).toEqual([theirs, ...signaturesOf(first)])
    const moved = signed(both, { records: ['/dns4/new.example/tcp/7471'] })
    expect(signaturesOf(moved)).toHaveLength(1)
    expect(verified(moved).extension?.records).toEqual(['/dns4/new.example/tcp/7471'])
  })

  test('has other extensions beside ours', () => {
    const theirs = {
      uri: 'https://example.com/ext/v1',
      params: { deep: { list: [1, true, null] } },
    }
    const card = signed(plainCard({ capabilities: { extensions: [theirs] } }))
    expect(verified(card).uncovered).toEqual(['capabilities.extensions.0.params.deep.list.2'])
  })
})

describe('what is signed', () => {
  test('follows the example of the specification, section 8.4.1', () => {
    const fragment = {
      name: 'Example Agent',
      description: '',
      capabilities: { streaming: false, pushNotifications: false, extensions: [] },
      skills: [],
    }
    expect(canonicalJson(signedForm(fragment, false))).toBe(
      '{"capabilities":{"pushNotifications":false,"streaming":false},"description":"","name":"Example Agent","skills":[]}',
    )
  })

  test('is what the SDK signs, once without what is empty', () => {
    for (const card of CARDS) {
      const lean = canonicalJson(leanForm(signedForm(card, false)))
      expect(lean).toBe(canonicalizeAgentCard(asTheirs(card)))
    }
  })

  test('has two signatures where the two differ, and each reader finds its own', async () => {
    const card = signed(WITH_EMPTY)
    expect(signaturesOf(card)).toHaveLength(2)
    await verifyByTheirs(asTheirs(card))
    expect(verified(card).uncovered).toEqual([])
    const [, lean] = signaturesOf(card)
    expect(verified({ ...card, signatures: [lean] }).uncovered).toEqual([
      'description',
      'securitySchemes.mutual',
      'securityRequirements',
    ])
    const stripped = { ...card, securitySchemes: {}, signatures: [signaturesOf(card)[0]] }
    expect(faultOf(() => verified(stripped))).toMatchObject({ code: 'card/signature-invalid' })
  })
})

/** Some of everything that A2A 1.0 knows. */
const RICH = plainCard({
  provider: { organization: 'Example', url: 'https://example.com' },
  documentationUrl: 'https://example.com/docs',
  iconUrl: 'https://example.com/icon.png',
  capabilities: {
    pushNotifications: true,
    extendedAgentCard: false,
    extensions: [
      { uri: 'https://example.com/x', required: true, params: { level: 0.5, list: ['a', 'b'] } },
    ],
  },
  securitySchemes: {
    key: { apiKeySecurityScheme: { location: 'header', name: 'X-Key' } },
    bearer: { httpAuthSecurityScheme: { scheme: 'Bearer', bearerFormat: 'JWT' } },
    oidc: { openIdConnectSecurityScheme: { openIdConnectUrl: 'https://example.com/oidc' } },
    mutual: { mtlsSecurityScheme: { description: 'by certificate' } },
    oauth: {
      oauth2SecurityScheme: {
        flows: {
          authorizationCode: {
            authorizationUrl: 'https://example.com/a',
            tokenUrl: 'https://example.com/t',
            scopes: { read: 'to read' },
            pkceRequired: true,
          },
        },
        oauth2MetadataUrl: 'https://example.com/meta',
      },
    },
  },
  securityRequirements: [{ schemes: { oauth: { list: ['read'] } } }],
  skills: [
    {
      id: 'review',
      name: 'Review',
      description: 'Reads lines.',
      tags: ['review'],
      examples: ['Read this.'],
      inputModes: ['text/plain'],
      outputModes: ['application/json'],
      securityRequirements: [{ schemes: { oauth: { list: ['read'] } } }],
    },
  ],
})
const FLOWS = ['clientCredentials', 'implicit', 'password', 'deviceCode'].map((flow) => {
  const urls = { tokenUrl: 'https://example.com/t', refreshUrl: 'https://example.com/r' }
  const own = {
    clientCredentials: urls,
    implicit: { authorizationUrl: 'https://example.com/a' },
    password: urls,
    deviceCode: { ...urls, deviceAuthorizationUrl: 'https://example.com/d' },
  }[flow]
  return plainCard({
    securitySchemes: {
      oauth: { oauth2SecurityScheme: { flows: { [flow]: { ...own, scopes: { read: 'r' } } } } },
    },
  })
})
const WITH_EMPTY = plainCard({
  description: '',
  securitySchemes: {
    mutual: { mtlsSecurityScheme: {} },
    key: { apiKeySecurityScheme: { location: 'header', name: 'X-Key' } },
  },
  securityRequirements: [{ schemes: { key: { list: [] } } }],
})
const CARDS = [plainCard(), RICH, WITH_EMPTY, ...FLOWS]

const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
  format: 'der',
  type: 'pkcs8',
})

/** The JSON of a card, given to the SDK as it is: what it makes of it first is part of the test. */
function asTheirs(card: JsonObject): AgentCard {
  // Its functions are typed for objects that it parsed, and parse what they get once more.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return served(card) as unknown as AgentCard
}

/** @throws {Error} when the SDK's verifier finds no signature that holds. */
async function verifyByTheirs(card: AgentCard): Promise<void> {
  const verify = verifyAgentCardSignature(async (kid) => {
    if (kid !== KEY_ID) throw new Error('another key')
    return createPublicKey(privateKey)
  })
  await verify(card)
}

async function signByTheirs(card: AgentCard): Promise<JsonObject> {
  return served({ ...(await generateAgentCardSignature(privateKey, HEADER)(card)) })
}

describe('the SDK of A2A', () => {
  const numbered = CARDS.map((card, at) => [at, card] as const)

  test.each(numbered)(
    'verifies card %i that was signed here, and not with another byte',
    async (_at, plain) => {
      const card = signed(plain)
      await verifyByTheirs(asTheirs(card))
      await expect(verifyByTheirs(asTheirs({ ...card, version: '1.0.1' }))).rejects.toThrow(
        'No valid signatures',
      )
    },
  )

  test.each(numbered)(
    'signs card %i, which verifies here, and not with another byte',
    async (_at, plain) => {
      const card = await signByTheirs(asTheirs({ ...signed(plain), signatures: [] }))
      expect(verified(card)).toMatchObject({ did: log.did, keyId: KEY_ID, extension })
      expect(faultOf(() => verified({ ...card, version: '1.0.1' }))).toEqual({
        code: 'card/signature-invalid',
        keyId: KEY_ID,
      })
    },
  )

  test('does the same with the objects that it made of the JSON', async () => {
    await verifyByTheirs(AgentCard.fromJSON(signed()))
    const unsigned = AgentCard.fromJSON({ ...signed(), signatures: [] })
    // Its server writes such an object as it is: with what is empty, and without what is undefined.
    const card = await signByTheirs(unsigned)
    expect(card['securityRequirements']).toEqual([])
    expect(verified(card)).toMatchObject({ keyId: KEY_ID, uncovered: [] })
  })

  test('loses the security schemes of such objects, and what it then signs is refused here', async () => {
    const parsed = AgentCard.fromJSON({ ...signed(RICH), signatures: [] })
    expect(canonicalizeAgentCard(parsed)).not.toContain('tokenUrl')
    const { signatures } = await signByTheirs(parsed)
    expect(faultOf(() => verified({ ...signed(RICH), signatures }))).toEqual({
      code: 'card/signature-invalid',
      keyId: KEY_ID,
    })
  })
})

describe('is refused', () => {
  test('J1: what is larger than a card', () => {
    const rest = textBytes(canonicalJson(signedForm(signed(plainCard({ name: '' })), false))).length
    const name = 'x'.repeat(CARD_LIMIT_BYTES - rest)
    expect(verified(signed(plainCard({ name }))).keyId).toBe(KEY_ID)
    const fault = { code: 'card/too-large', limitBytes: CARD_LIMIT_BYTES }
    expect(faultOf(() => signed(plainCard({ name: `${name}x` })))).toMatchObject(fault)
    expect(faultOf(() => readCard({ ...signed(), name: `${name}x` }))).toMatchObject(fault)
  })

  test.each<[string, JsonObject]>([
    ['name', { name: 5 }],
    ['capabilities.streaming', { capabilities: { streaming: 'no' } }],
    ['skills', { skills: {} }],
    ['skills.0', { skills: ['review'] }],
    ['skills.0.tags.1', { skills: [{ tags: ['a', null] }] }],
    ['securitySchemes', { securitySchemes: [] }],
    ['securitySchemes.a', { securitySchemes: { a: {} } }],
    [
      'securitySchemes.a',
      { securitySchemes: { a: { mtlsSecurityScheme: {}, apiKeySecurityScheme: {} } } },
    ],
    ['capabilities.extensions.0.params', { capabilities: { extensions: [{ params: [] }] } }],
    ['signatures', { signatures: 'none' }],
    ['', { name: 'half a pair: \ud800' }],
  ])('J2: what does not fit at %j', (path, changes) => {
    expect(faultOf(() => readCard({ ...signed(), ...changes }))).toEqual({
      code: 'card/malformed',
      path,
    })
  })

  test('J2: more signatures than are looked at', () => {
    const card = signed()
    const [one] = signaturesOf(card)
    const many = (count: number): JsonObject => ({ ...card, signatures: Array(count).fill(one) })
    expect(verified(many(CARD_SIGNATURES_LIMIT_COUNT)).keyId).toBe(KEY_ID)
    expect(faultOf(() => readCard(many(CARD_SIGNATURES_LIMIT_COUNT + 1)))).toEqual({
      code: 'card/malformed',
      path: 'signatures',
    })
  })

  test('J2: a signature that nests deeper than is looked at', () => {
    const header: unknown = JSON.parse('{"a":'.repeat(40_000) + '1' + '}'.repeat(40_000))
    const card = { ...signed(), signatures: [{ protected: 'e30', signature: 'AA', header }] }
    const fault = { code: 'card/malformed', path: 'signatures' }
    expect(faultOf(() => readCard(card))).toEqual(fault)
    expect(faultOf(() => signed(card))).toEqual(fault)
  })

  test('J2: what nests deeper than is looked at', () => {
    expect(verified(signed(deep(CARD_DEPTH_LIMIT))).keyId).toBe(KEY_ID)
    expect(faultOf(() => signed(deep(CARD_DEPTH_LIMIT + 1)))).toEqual({
      code: 'card/malformed',
      path: 'capabilities.extensions.0.params',
    })
  })

  test.each<[string, JsonObject]>([
    ['url', { url: 'https://evil.example' }],
    ['supported_interfaces', { supported_interfaces: [] }],
    ['constructor', { constructor: 'x' }],
    ['skills.0.price', { skills: [{ id: 'a', price: 5 }] }],
  ])('J2: the field %s, which no signature of A2A 1.0 covers', (path, changes) => {
    const fault = { code: 'card/field-unknown', path }
    expect(faultOf(() => readCard({ ...signed(), ...changes }))).toEqual(fault)
    expect(faultOf(() => signed(plainCard(changes)))).toEqual(fault)
  })

  test('at signing: a card without what A2A requires', () => {
    const { version: _, ...card } = plainCard()
    expect(faultOf(() => signed(card))).toEqual({ code: 'card/malformed', path: 'version' })
    expect(faultOf(() => signed(plainCard({ provider: { url: 'https://a.example' } })))).toEqual({
      code: 'card/malformed',
      path: 'provider.organization',
    })
  })

  test.each([[undefined], [null], [[]]])('J3: signatures that are %j', (signatures) => {
    expect(faultOf(() => readCard({ ...signed(), signatures }))).toEqual({ code: 'card/unsigned' })
  })

  test.each<[string, JsonObject]>([
    ['another algorithm', { ...HEADER, alg: 'ES256' }],
    ['none', { ...HEADER, alg: 'none' }],
    ['another type', { ...HEADER, typ: 'JWT' }],
    ['no type', { alg: 'EdDSA', kid: KEY_ID }],
    ['a key that is no agent’s', { ...HEADER, kid: 'key-1' }],
    ['an agent and no key', { ...HEADER, kid: log.did }],
    ['a thing that is critical', { ...HEADER, crit: ['exp'], exp: 1 }],
    ['a payload that is not encoded', { ...HEADER, b64: false }],
  ])('J4: a header with %s', (_what, header) => {
    expect(faultOf(() => readCard(withHeader(signed(), header)))).toEqual({
      code: 'card/no-agent-key',
    })
    expect(verified(withHeader(signed(), { ...HEADER, jku: 'https://a.example/j' })).did).toBe(
      log.did,
    )
  })

  test.each<[string, (one: JsonObject) => unknown]>([
    ['no object', () => 'x'],
    ['no header', ({ signature }) => ({ signature })],
    ['a header that is no JSON', (one) => ({ ...one, protected: 'eyJ' })],
    ['a name twice in its header', (one) => ({ ...one, protected: twice() })],
    ['padding', (one) => ({ ...one, signature: `${String(one['signature'])}==` })],
    ['63 bytes', (one) => ({ ...one, signature: Buffer.alloc(63).toString('base64url') })],
  ])('J4: a signature with %s', (_what, change) => {
    const card = signed()
    const [one = {}] = signaturesOf(card)
    expect(faultOf(() => readCard({ ...card, signatures: [change(one)] }))).toEqual({
      code: 'card/no-agent-key',
    })
  })

  test('J5: a card of one agent that another signed', () => {
    const mallory = incept({ genesis: other, verifier: portableVerifier }).log
    const card = signCard(plainCard(), { signer: other, keyId: `${mallory.did}#k0.0`, extension })
    expect(faultOf(() => readCard(card))).toEqual({
      code: 'card/other-agent',
      did: log.did,
      signer: mallory.did,
    })
  })

  test.each<[string, unknown]>([
    ['.params.did', { did: 'did:web:bob.example' }],
    ['.params.requestSigning', { did: log.did, requestSigning: 1 }],
    ['.params.records', { did: log.did, records: 'all' }],
    [
      '.params.records',
      { did: log.did, records: Array(CARD_ADDRESSES_LIMIT_COUNT + 1).fill('/ip4/192.0.2.1') },
    ],
    ['.params.inception', { did: log.did, inception: 'ab' }],
    ['', null],
  ])('J5: an extension that does not fit at %j', (path, params) => {
    const card = signed()
    const extensions = [{ uri: TRUST_EXTENSION_URI, params }]
    const changed = { ...card, capabilities: { extensions } }
    expect(faultOf(() => readCard(changed))).toEqual({
      code: 'card/malformed',
      path: `capabilities.extensions${path}`,
    })
  })

  test('J5: two extensions, which could be read as either', () => {
    const card = signed()
    const ours = { uri: TRUST_EXTENSION_URI, params: extension }
    const changed = { ...card, capabilities: { extensions: [ours, ours] } }
    expect(faultOf(() => readCard(changed))).toMatchObject({ code: 'card/malformed' })
  })

  test('J6: a card that means another key log', () => {
    const card = signed(plainCard(), { inception: 'ab'.repeat(32) })
    expect(faultOf(() => verified(card))).toEqual({ code: 'card/other-log', did: log.did })
  })

  test('J7: a key that is not in the log', () => {
    const card = signCard(plainCard(), { signer, keyId: `${log.did}#k0.1`, extension })
    expect(faultOf(() => verified(card))).toEqual({
      code: 'card/key-unknown',
      keyId: `${log.did}#k0.1`,
    })
  })

  test('J7: a key that was replaced; one signature by the next key is enough', () => {
    const { log: rotated } = rotate({
      log,
      authority: rotation,
      operationalKey: other.publicKey,
      verifier: portableVerifier,
    })
    const now = IdentityState.of(rotated)
    const card = signed()
    expect(faultOf(() => verified(card, now))).toEqual({
      code: 'card/key-retired',
      keyId: KEY_ID,
      reason: 'it is retired',
    })
    const next = { signer: other, keyId: `${log.did}#k0.1`, extension }
    const fresh = signCard(plainCard(), next)
    const both = { ...fresh, signatures: [...signaturesOf(card), ...signaturesOf(fresh)] }
    expect(verified(both, now).keyId).toBe(`${log.did}#k0.1`)
  })

  test('J8: a signature by another key than it names', () => {
    const card = signCard(plainCard(), { signer: other, keyId: KEY_ID, extension })
    expect(faultOf(() => verified(card))).toEqual({ code: 'card/signature-invalid', keyId: KEY_ID })
  })
})

test('a card without the extension is of the agent whose key signed it', () => {
  const card = withHeader(plainCard(), HEADER)
  expect(verified(card)).toMatchObject({ did: log.did, extension: undefined })
})

test('what is signed begins as nothing else does that an agent signs', () => {
  const messages: string[] = []
  signCard(plainCard(), {
    signer: {
      publicKey: signer.publicKey,
      sign: (message) => {
        messages.push(toHex(message))
        return new Uint8Array(64)
      },
    },
    keyId: KEY_ID,
    extension,
  })
  expect(messages.every((message) => message.startsWith(toHex(textBytes('eyJ'))))).toBe(true)
})

/** The header of a card, with a name twice in it. */
function twice(): string {
  const text = JSON.stringify(HEADER).replace('{', '{"kid":"x",')
  return Buffer.from(text).toString('base64url')
}

/** A card with an extension whose parameters nest so many levels. */
function deep(levels: number): JsonObject {
  let inner: unknown = 'x'
  for (let level = 0; level < levels; level++) inner = { inner }
  const params = isJsonObject(inner) ? inner : {}
  return plainCard({ capabilities: { extensions: [{ uri: 'x:y', params }] } })
}
