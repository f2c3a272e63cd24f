/** Our credentials and proofs before a verifier that others wrote, and theirs before ours. */
import * as vc from '@digitalbazaar/vc'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { createSignCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'
import jsonld from 'jsonld'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { didDocument } from '../../src/identity/document.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { CredentialCandidate, signCredential } from '../../src/records/credential-proof.ts'
import {
  ALICE_KEY_ID,
  ALICE_STATE,
  copyOf,
  everyChange,
  judgedOutside,
  offlineLoader,
  rotatedAlice,
  signedCredential,
  unsignedCredential,
} from '../support/credentials.ts'
import { alice, NETWORK, NOW_MS } from '../support/records.ts'

describe('what we sign', () => {
  test.each([
    ['with a statement', unsignedCredential()],
    ['without one', unsignedCredential({})],
    ['at the lowest level', unsignedCredential({ level: 1 })],
    ['at the highest level', unsignedCredential({ level: 1_000 })],
  ])('verifies there, %s', async (_, credential) => {
    const judged = await judgedOutside(copyOf(signedCredential(credential)))
    expect(judged.error?.errors ?? judged.error).toBeUndefined()
    expect(judged.verified).toBe(true)
  })

  const changes = everyChange(signedCredential())
  test('has every one of its leaves changed below', () => {
    expect(changes.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        '@context.1',
        'credentialSubject.level',
        'evidence.0.recordBytes',
        'proof.@context.1',
        'proof.proofValue',
        'without .issuer',
        'more in credentialSubject',
      ]),
    )
    expect(changes.length).toBeGreaterThan(50)
  })

  test.each(changes.map(({ what, changed }) => [what, changed] as const))(
    'is refused there after a change: %s',
    async (what, changed) => {
      const { verified } = await judgedOutside(changed)
      // What comes after the contexts that were signed is no part of what was: section 3.3.2, step 4.
      expect(verified).toBe(what === 'more in @context')
    },
  )

  test('is refused there after its end', async () => {
    const credential = copyOf(signedCredential())
    expect((await judgedOutside(credential, undefined, NOW_MS + 91 * DAY_MS)).verified).toBe(false)
  })

  test('is refused there once another key signs, until it is exported anew', async () => {
    const { log, signer, keyId } = rotatedAlice()
    expect((await judgedOutside(copyOf(signedCredential()), log)).verified).toBe(false)
    const anew = signCredential(unsignedCredential(), { signer, keyId, nowMs: NOW_MS })
    expect((await judgedOutside(copyOf(anew), log)).verified).toBe(true)
  })

  test('has a meaning for every term, without a network', async () => {
    const documentLoader = offlineLoader(didDocument(ALICE_STATE))
    // In safe mode a term that no context defines is an error.
    const [meant] = await jsonld.expand(copyOf(signedCredential()), { documentLoader, safe: true })
    expect(JSON.stringify(meant)).toContain('urn:uuid:40b80313-4022-486d-a8b8-300e821e4930#level')
  })
})

describe('what they sign', () => {
  test('verifies here', async () => {
    const seed = sha256(textBytes('seed of alice'))
    const key = await Ed25519Multikey.generate({ id: ALICE_KEY_ID, controller: alice.did, seed })
    const credential = await vc.issue({
      credential: copyOf(unsignedCredential()),
      suite: new DataIntegrityProof({
        signer: key.signer(),
        date: new Date(NOW_MS),
        cryptosuite: createSignCryptosuite(),
      }),
      documentLoader: offlineLoader(didDocument(ALICE_STATE)),
      now: new Date(NOW_MS),
    })
    const candidate = CredentialCandidate.parse(JSON.stringify(credential), { network: NETWORK })
    const checked = await candidate.verify({
      identity: ALICE_STATE,
      verifier: nativeVerifier,
      nowMs: NOW_MS,
      isRevoked: false,
    })
    expect(checked.keyId).toBe(ALICE_KEY_ID)
  })
})
