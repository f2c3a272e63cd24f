import { describe, expect, test } from 'vitest'
import { keyOfMultikey } from '../../src/crypto/multibase.ts'
import { didKeyOf } from '../../src/identity/did.ts'
import { didDocument } from '../../src/identity/document.ts'
import { deactivate, rotate } from '../../src/identity/log-change.ts'
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
const signed = documentOf(log, keyNamed('alice'), {
  content: {
    services: [{ id: 'card', type: 'AgentCard', endpoint: 'https://alice.example/card.json' }],
    alsoKnownAs: ['https://alice.example/'],
    keyAgreement: ['z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'],
  },
})
const state = IdentityState.of(log, signed)
const alias = didKeyOf(publicKeyOf('alice'))

describe('the W3C view of an identity', () => {
  test('shows the current key, the did:key alias and what the document says', () => {
    const did = log.did
    const [method] = didDocument(state).verificationMethod ?? []
    expect(keyOfMultikey(method?.publicKeyMultibase ?? '')).toEqual(publicKeyOf('alice'))
    expect(didDocument(state)).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      alsoKnownAs: [alias, 'https://alice.example/'],
      verificationMethod: [
        {
          id: `${did}#k0.0`,
          type: 'Multikey',
          controller: did,
          publicKeyMultibase: alias.slice('did:key:'.length),
        },
      ],
      authentication: [`${did}#k0.0`],
      assertionMethod: [`${did}#k0.0`],
      keyAgreement: [
        {
          id: `${did}#x0`,
          type: 'Multikey',
          controller: did,
          publicKeyMultibase: 'z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc',
        },
      ],
      service: [
        {
          id: `${did}#card`,
          type: 'AgentCard',
          serviceEndpoint: 'https://alice.example/card.json',
        },
      ],
    })
  })

  test('shows only keys from the log where there is no document', () => {
    const view = didDocument(IdentityState.of(log))
    expect(view.alsoKnownAs).toEqual([alias])
    expect(view).not.toHaveProperty('service')
    expect(view).not.toHaveProperty('keyAgreement')
  })

  test('I18: leaves out what a document says from its expiry on', () => {
    expect(didDocument(state, { nowMs: EXPIRES_AT_MS - 1 })).toHaveProperty('service')
    const expired = didDocument(state, { nowMs: EXPIRES_AT_MS })
    expect(expired).not.toHaveProperty('service')
    expect(expired.alsoKnownAs).toEqual([alias])
    expect(expired.authentication).toEqual([`${log.did}#k0.0`])
  })

  test('names a rotated key by its generation and rotation', () => {
    const rotated = rotate({
      log,
      authority: keyNamed('r0.1'),
      operationalKey: publicKeyOf('k0.1'),
      verifier,
    }).log
    expect(didDocument(IdentityState.of(rotated)).authentication).toEqual([`${log.did}#k0.1`])
  })

  test('shows no key of an identity that has ended', () => {
    const ended = deactivate({ log, authority: keyNamed('c1'), verifier }).log
    const view = didDocument(IdentityState.of(ended))
    expect(view).not.toHaveProperty('verificationMethod')
    expect(view).not.toHaveProperty('authentication')
    expect(view.id).toBe(log.did)
  })

  test('shows no key of a forked log, unless the viewer goes by one branch', () => {
    const other = alice({ nonce: 1, operationalKey: publicKeyOf('mallory') })
    const fork = state.join(IdentityState.of(other))
    expect(didDocument(fork)).not.toHaveProperty('verificationMethod')
    const [method] = didDocument(fork, { branch: log }).verificationMethod ?? []
    expect(keyOfMultikey(method?.publicKeyMultibase ?? '')).toEqual(publicKeyOf('alice'))
  })
})
