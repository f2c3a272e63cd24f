import { describe, expect, test } from 'vitest'
import { checkOfProof, createProof } from '../../src/crypto/eddsa-jcs.ts'
import { globalMessage, networkMessage } from '../../src/crypto/domain.ts'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { base58Text } from '../../src/crypto/multibase.ts'

const signer = portableSigner(new Uint8Array(32).fill(7))
const options = {
  created: '2026-11-25T00:00:00Z',
  verificationMethod: 'did:example:alice#key',
  proofPurpose: 'assertionMethod',
}
const document = { '@context': ['https://example.org/a', { term: 'urn:b' }], says: { level: 0.8 } }
const proof = { ...createProof(document, options, signer) }

function isSound(changed: object, by: object = proof): boolean {
  const check = checkOfProof({ ...changed }, { ...by }, signer.publicKey)
  return check !== undefined && portableVerifier.verifyNow(check)
}

describe('a proof of eddsa-jcs-2022', () => {
  test('holds for its document, in any order of its fields', () => {
    expect(isSound(document)).toBe(true)
    expect(isSound({ says: document.says, '@context': document['@context'] })).toBe(true)
  })

  test('carries the context of its document, and none where there is none', () => {
    expect(proof['@context']).toEqual(document['@context'])
    const bare = createProof({ says: 1 }, options, signer)
    expect(bare).not.toHaveProperty('@context')
    expect(isSound({ says: 1 }, bare)).toBe(true)
  })

  test('holds when contexts were added after those that it names, as the suite says', () => {
    const [first, second] = document['@context']
    expect(isSound({ ...document, '@context': [first, second, 'urn:more'] })).toBe(true)
    expect(isSound({ ...document, '@context': [second, first] })).toBe(false)
    expect(isSound({ ...document, '@context': [first] })).toBe(false)
    expect(isSound({ ...document, '@context': [first, { term: 'urn:c' }] })).toBe(false)
    expect(isSound({ says: document.says })).toBe(false)
  })

  test('takes one context for a list of one', () => {
    const single = { '@context': 'urn:a', says: 1 }
    const made = createProof(single, options, signer)
    expect(isSound({ ...single, '@context': ['urn:a'] }, made)).toBe(true)
  })

  test.each([
    ['type', 'Ed25519Signature2020'],
    ['cryptosuite', 'eddsa-rdfc-2022'],
    ['created', '2026-11-25T00:00:01Z'],
    ['verificationMethod', 'did:example:alice#other'],
    ['proofPurpose', 'authentication'],
    ['proofValue', base58Text(new Uint8Array(63))],
    ['proofValue', base58Text(new Uint8Array(65))],
    ['proofValue', 'u7-Q'],
    ['proofValue', 7],
    ['nonce', 'more'],
  ])('does not hold with another %s: %s', (name, value) => {
    expect(isSound(document, { ...proof, [name]: value })).toBe(false)
  })

  test('does not hold for another document', () => {
    expect(isSound({ ...document, says: { level: 0.9 } })).toBe(false)
    expect(isSound({ ...document, more: null })).toBe(false)
  })
})

test('no message of ours can be read as one of the suite, nor the other way round', () => {
  const { message } = checkOfProof(document, proof, signer.publicKey) ?? {}
  expect(message).toHaveLength(64)
  // Of the messages that have a tag, one of 64 bytes begins with that tag, zero byte included: for a
  // document that reads as one, SHA-256 of the options would have to begin with 96 bits or more.
  const empty = new Uint8Array()
  const shortest = [
    globalMessage('aip:key-log:v1', empty),
    globalMessage('aip:text:v1', empty),
    globalMessage('aip:key-commitment:v1', empty),
    networkMessage('aip:record:v1', 'a', empty),
    networkMessage('aip:document:v1', 'a', empty),
    networkMessage('aip:challenge:v1', 'a', empty),
  ].map(({ length }) => 8 * length)
  expect(Math.min(...shortest)).toBe(96)
})
