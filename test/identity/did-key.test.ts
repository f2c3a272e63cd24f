import * as ed from '@noble/ed25519'
import { assert, property, uint8Array } from 'fast-check'
import { base58btc } from 'multiformats/bases/base58'
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { keyOfMultikey, multikeyText } from '../../src/crypto/multibase.ts'
import { agreementKeyOf } from '../../src/crypto/x25519.ts'
import { brokenDocumentRules } from '../../src/identity/did-core.ts'
import { DidError } from '../../src/identity/did-error.ts'
import { didKeyDocument } from '../../src/identity/did-key.ts'
import { publicKeyOf } from '../support/identity.ts'

/** From the test vectors in the method's specification: an Ed25519 key, and the X25519 key of it. */
const SIGNING = 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
const ENCRYPTION = 'z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW'

function codeOf(id: string): string {
  try {
    didKeyDocument(id)
    return 'accepted'
  } catch (error) {
    if (error instanceof DidError) return error.fault.code
    throw error
  }
}

function keyText(prefix: readonly number[], key: Uint8Array): string {
  return base58btc.encode(concatBytes(Uint8Array.from(prefix), key))
}

describe('did:key', () => {
  test('expands into the document of its specification', () => {
    const did = `did:key:${SIGNING}`
    const document = didKeyDocument(SIGNING)
    expect(document).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      verificationMethod: [SIGNING, ENCRYPTION].map((publicKeyMultibase) => ({
        id: `${did}#${publicKeyMultibase}`,
        type: 'Multikey',
        controller: did,
        publicKeyMultibase,
      })),
      authentication: [`${did}#${SIGNING}`],
      assertionMethod: [`${did}#${SIGNING}`],
      capabilityInvocation: [`${did}#${SIGNING}`],
      capabilityDelegation: [`${did}#${SIGNING}`],
      keyAgreement: [`${did}#${ENCRYPTION}`],
    })
    expect(brokenDocumentRules(document)).toEqual([])
  })

  test('may say version 1, and no other', () => {
    expect(didKeyDocument(`1:${SIGNING}`).id).toBe(`did:key:1:${SIGNING}`)
    expect(codeOf(`2:${SIGNING}`)).toBe('did/invalid')
    expect(codeOf(`1:1:${SIGNING}`)).toBe('did/invalid')
  })

  const key = publicKeyOf('alice')
  const small = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0))
  const offCurve = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 2 : 0))
  const beyondField = new Uint8Array(32).fill(0xff)
  test.each([
    ['did/invalid', 'without a letter for its base', SIGNING.slice(1)],
    ['did/invalid', 'in another base', `u${SIGNING.slice(1)}`],
    ['did/invalid', 'with a letter that base58 has not', `${SIGNING.slice(0, -1)}0`],
    ['did/invalid', 'that is empty', 'z'],
    ['did/invalid', 'whose code is spelled too long', keyText([0xed, 0x81, 0x00], key)],
    ['did/invalid', 'that is very long', `z${'6'.repeat(2_000)}`],
    ['did/key-type-unsupported', 'of X25519', ENCRYPTION],
    [
      'did/key-type-unsupported',
      'of secp256k1',
      'zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
    ],
    ['did/key-type-unsupported', 'of P-256', 'zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'],
    ['did/key-length-invalid', 'of 31 bytes', keyText([0xed, 1], key.slice(1))],
    [
      'did/key-length-invalid',
      'of 33 bytes',
      keyText([0xed, 1], concatBytes(key, small.slice(31))),
    ],
    ['did/key-invalid', 'of small order', multikeyText(small)],
    ['did/key-invalid', 'off the curve', multikeyText(offCurve)],
    ['did/key-invalid', 'that is not canonical', multikeyText(beyondField)],
  ])('%s: a key %s', (code, _what, id) => {
    expect(codeOf(id)).toBe(code)
  })

  test('has one document for each key, and gives the key back', () => {
    const seeds = uint8Array({ minLength: 32, maxLength: 32 })
    assert(
      property(seeds, (seed) => {
        const publicKey = ed.getPublicKey(seed)
        const [signing] = didKeyDocument(multikeyText(publicKey)).verificationMethod
        expect(keyOfMultikey(signing?.publicKeyMultibase ?? '')).toEqual(publicKey)
      }),
      { numRuns: 20 },
    )
  })
})

const raw = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

test('the X25519 key agrees with whoever holds the Ed25519 seed', () => {
  const fromHere = generateKeyPairSync('x25519')
  for (const name of ['alice', 'bob', 'carol']) {
    const seed = new Uint8Array(32).fill(name.length).fill(name.charCodeAt(0), 0, 5)
    const { head, pointBytes } = ed.utils.getExtendedPublicKey(seed)
    const derived = agreementKeyOf(pointBytes)
    if (derived === undefined) throw new Error('the key is sound')
    const theirs = createPublicKey({
      key: { kty: 'OKP', crv: 'X25519', x: raw(derived) },
      format: 'jwk',
    })
    const theirSecret = createPrivateKey({
      key: { kty: 'OKP', crv: 'X25519', x: raw(derived), d: raw(head) },
      format: 'jwk',
    })
    expect(diffieHellman({ privateKey: fromHere.privateKey, publicKey: theirs })).toEqual(
      diffieHellman({ privateKey: theirSecret, publicKey: fromHere.publicKey }),
    )
  }
})
