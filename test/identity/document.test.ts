import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import { signDocument } from '../../src/identity/document.ts'
import type { DocumentContent, SignedDocument } from '../../src/identity/document.ts'
import { IdentityError } from '../../src/identity/error.ts'
import type { IdentityFault } from '../../src/identity/error.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  context,
  documentOf,
  EXPIRES_AT_MS,
  keyNamed,
  NETWORK,
  publicKeyOf,
  verifier,
} from '../support/identity.ts'

const log = alice()
const key = keyNamed('alice')
const content: DocumentContent = {
  services: [
    { id: 'card', type: 'AgentCard', endpoint: 'https://alice.example/card.json' },
    { id: 'peer', type: 'AipNode', endpoint: 'multiaddr:/ip4/192.0.2.1/tcp/7471' },
  ],
  alsoKnownAs: ['https://alice.example/'],
  keyAgreement: ['z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'],
}

function read(of: KeyLog, document: SignedDocument): SignedDocument | undefined {
  return IdentityState.parse(IdentityState.of(of, document).bytes, context).document
}

/** The value with the document's fields as they are given, signed or not. */
function valueWith(fields: (document: Record<string, unknown>) => unknown, of = log): Uint8Array {
  const document = decodeCbor(documentOf(log, key).bytes, 4_000) as Record<string, unknown>
  return encodeCbor({ l: decodeCbor(of.bytes, 4_000), d: fields(document) })
}

function faultOf(run: () => unknown): IdentityFault {
  try {
    run()
  } catch (error) {
    if (error instanceof IdentityError) return error.fault
    throw error
  }
  throw new Error('nothing was refused')
}

function flawOf(run: () => unknown): string {
  const fault = faultOf(run)
  return fault.code === 'identity/document-invalid' ? fault.reason : fault.code
}

function without(name: string): (document: Record<string, unknown>) => unknown {
  return (document) =>
    Object.fromEntries(Object.entries(document).filter(([field]) => field !== name))
}

function many(count: number): object[] {
  return Array.from({ length: count }, (_, at) => ({ id: `card-${at}` }))
}

function sign(given: unknown): SignedDocument {
  return documentOf(log, key, { content: given as DocumentContent })
}

function padded(length: number): SignedDocument {
  return sign({ pad: 'a'.repeat(length) })
}

describe('a document', () => {
  test('comes back as it was signed', () => {
    const signed = documentOf(log, key, { sequence: 4, content })
    expect(read(log, signed)).toEqual(signed)
    expect(signed).toMatchObject({ sequence: 4, expiresAtMs: EXPIRES_AT_MS, content })
  })

  test('may hold fields of a later version, which stay signed and are not shown', () => {
    const later = { ...content, mood: ['calm', 1] }
    const back = read(log, documentOf(log, key, { content: later }))
    expect(back?.content).toEqual(content)
    expect(decodeCbor(back?.bytes ?? new Uint8Array(), 4_000)).toMatchObject({ d: later })
  })
})

describe('I10: a document is by the present key, about the present head, on this network', () => {
  const rotated = rotate({
    log,
    authority: keyNamed('r0.1'),
    operationalKey: publicKeyOf('k0.1'),
    verifier,
  }).log
  const NOT_SIGNED = 'its signature is not by the current key on this network'

  test('a document for another network is refused', () => {
    const { bytes } = IdentityState.of(log, documentOf(log, key))
    expect(() => IdentityState.parse(bytes, context)).not.toThrow()
    const elsewhere = { ...context, network: 'test-2' }
    expect(flawOf(() => IdentityState.parse(bytes, elsewhere))).toBe(NOT_SIGNED)
  })

  test('a retired key that signs the new head is refused', () => {
    // The thief signs as if its key were still current.
    const asIfCurrent = { ...rotated, current: log.current } as unknown as KeyLog
    const forged = documentOf(asIfCurrent, key, { sequence: 1_000_000 })
    expect(forged.head).toEqual(rotated.head)
    const { bytes } = IdentityState.of(rotated, forged)
    expect(flawOf(() => IdentityState.parse(bytes, context))).toBe(NOT_SIGNED)
  })

  test('a document of an older head is refused', () => {
    const bytes = valueWith((document) => document, rotated)
    const flaw = 'it names another head of the log'
    expect(flawOf(() => IdentityState.parse(bytes, context))).toBe(flaw)
  })

  test('another agent’s document is refused', () => {
    const carols = alice({ genesis: keyNamed('carol') })
    const asCarol = { ...log, did: carols.did } as unknown as KeyLog
    const { bytes } = IdentityState.of(log, documentOf(asCarol, key))
    expect(flawOf(() => IdentityState.parse(bytes, context))).toBe(NOT_SIGNED)
  })

  test('a log that has ended has no document', () => {
    const ended = deactivate({ log, authority: keyNamed('c1'), verifier }).log
    const flaw = 'the log has no operational key'
    const bytes = valueWith((document) => ({ ...document, h: ended.head }), ended)
    expect(flawOf(() => IdentityState.parse(bytes, context))).toBe(flaw)
    expect(flawOf(() => documentOf(ended, key))).toBe(flaw)
  })

  test('a flipped bit in any byte of a value is refused', () => {
    const { bytes } = IdentityState.of(log, documentOf(log, key, { content }))
    for (let at = 0; at < bytes.length; at++) {
      const broken = Uint8Array.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ (1 << (at & 7))
      expect(() => IdentityState.parse(broken, context)).toThrow()
    }
  })

  test('only who holds the current key can sign one', () => {
    expect(() => documentOf(rotated, key)).toThrow(RangeError)
    expect(() => documentOf(rotated, keyNamed('k0.1'))).not.toThrow()
  })
})

describe('I4: a document has exactly its five fields', () => {
  test.each<[string, string, (document: Record<string, unknown>) => unknown]>([
    ['no sequence', 'd.s', without('s')],
    ['no expiry', 'd.e', without('e')],
    ['no head', 'd.h', without('h')],
    ['no content', 'd.d', without('d')],
    ['no signature', 'd.g', without('g')],
    ['a field more', 'd.z', (document) => ({ ...document, z: 1 })],
    ['a negative sequence', 'd.s', (document) => ({ ...document, s: -1 })],
    ['a sequence beyond 2^53', 'd.s', (document) => ({ ...document, s: 2n ** 53n })],
    ['a broken expiry', 'd.e', (document) => ({ ...document, e: 1.5 })],
    ['a short head', 'd.h', (document) => ({ ...document, h: new Uint8Array(31) })],
    ['a short signature', 'd.g', (document) => ({ ...document, g: new Uint8Array(63) })],
    ['a list in place of a map', 'd', () => []],
  ])('%s is refused at %s', (_, path, fields) => {
    const bytes = valueWith(fields)
    expect(faultOf(() => IdentityState.parse(bytes, context))).toEqual({
      code: 'identity/malformed',
      path,
    })
  })
})

describe('I11: the content that is known is checked', () => {
  const service = { id: 'card', type: 'AgentCard', endpoint: 'https://alice.example/' }
  const services = (...changes: object[]): unknown => ({
    services: changes.map((change) => ({ ...service, ...change })),
  })
  const multikey = 'z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'

  test.each<[string, unknown]>([
    ['16 services', services(...many(16))],
    ['an id of 64 characters', services({ id: 'a'.repeat(64) })],
    ['an endpoint of 512 characters', services({ endpoint: `u:${'a'.repeat(510)}` })],
    ['a did as another name', { alsoKnownAs: ['did:web:alice.example'] }],
    ['16 other names', { alsoKnownAs: Array.from({ length: 16 }, (_, at) => `urn:a:${at}`) }],
    ['4 keys for encryption', { keyAgreement: Array.from({ length: 4 }, () => multikey) }],
    ['empty lists', { services: [], alsoKnownAs: [], keyAgreement: [] }],
  ])('%s may be there', (_, given) => {
    expect(() => read(log, sign(given))).not.toThrow()
  })

  test.each<[string, string, unknown]>([
    ['17 services', 'd.d.services', services(...many(17))],
    ['services that are no list', 'd.d.services', { services: {} }],
    ['one id twice', 'd.d.services.1.id', services({}, {})],
    ['an empty id', 'd.d.services.0.id', services({ id: '' })],
    ['an id of 65 characters', 'd.d.services.0.id', services({ id: 'a'.repeat(65) })],
    ['an id with a hash sign', 'd.d.services.0.id', services({ id: '#card' })],
    ['the id of a verification method', 'd.d.services.0.id', services({ id: 'k0.0' })],
    ['the id of an encryption key', 'd.d.services.0.id', services({ id: 'x0' })],
    ['a type with a space', 'd.d.services.0.type', services({ type: 'Agent Card' })],
    ['an endpoint without scheme', 'd.d.services.0.endpoint', services({ endpoint: '/card' })],
    ['an endpoint with a space', 'd.d.services.0.endpoint', services({ endpoint: 'a: b' })],
    ['an endpoint with a tag', 'd.d.services.0.endpoint', services({ endpoint: 'a:<b>' })],
    [
      'an endpoint of 513 characters',
      'd.d.services.0.endpoint',
      services({ endpoint: `u:${'a'.repeat(511)}` }),
    ],
    ['a service with a field more', 'd.d.services.0.note', services({ note: '' })],
    ['a name that is no URI', 'd.d.alsoKnownAs.0', { alsoKnownAs: ['alice'] }],
    [
      '17 other names',
      'd.d.alsoKnownAs',
      { alsoKnownAs: Array.from({ length: 17 }, (_, at) => `urn:a:${at}`) },
    ],
    ['an Ed25519 key for encryption', 'd.d.keyAgreement.0', { keyAgreement: ['z6Mk'] }],
    [
      '5 keys for encryption',
      'd.d.keyAgreement',
      { keyAgreement: Array.from({ length: 5 }, () => multikey) },
    ],
    ['content that is no map', 'd.d', []],
  ])('%s is refused at %s, when signing and when reading', (_, path, given) => {
    const fault = { code: 'identity/malformed', path }
    if (!Array.isArray(given)) expect(faultOf(() => sign(given))).toEqual(fault)
    const bytes = valueWith((document) => ({ ...document, d: given }))
    expect(faultOf(() => IdentityState.parse(bytes, context))).toEqual(fault)
  })
})

describe('I2: the cap of a document', () => {
  const overhead = padded(3_000).bytes.length - 3_000

  test('4,000 bytes are taken, 4,001 are not', () => {
    const largest = padded(4_000 - overhead)
    expect(largest.bytes).toHaveLength(4_000)
    expect(toHex(read(log, largest)?.bytes ?? new Uint8Array())).toBe(toHex(largest.bytes))
    const fault = { code: 'identity/too-large', bytes: 4_001, limitBytes: 4_000 }
    expect(faultOf(() => padded(4_001 - overhead))).toEqual(fault)
    const bytes = valueWith((document) => ({
      ...document,
      d: { pad: 'a'.repeat(4_001 - overhead) },
    }))
    expect(faultOf(() => IdentityState.parse(bytes, context))).toEqual(fault)
  })
})

test('a sequence or an expiry that peers would refuse is not signed', () => {
  const sound = { log, content: {}, signer: key, network: NETWORK }
  expect(() => signDocument({ ...sound, sequence: -1, expiresAtMs: 0 })).toThrow(IdentityError)
  expect(() => signDocument({ ...sound, sequence: 0, expiresAtMs: 0.5 })).toThrow(IdentityError)
})
