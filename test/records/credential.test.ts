import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { AipError } from '../../src/base/error.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { CREDENTIAL_CONTEXTS, vouchCredential } from '../../src/records/credential.ts'
import {
  CREDENTIAL_LIMIT_CHARS,
  CredentialCandidate,
  signCredential,
} from '../../src/records/credential-proof.ts'
import type { CheckedCredential } from '../../src/records/credential-proof.ts'
import {
  ALICE_KEY_ID,
  ALICE_STATE,
  copyOf,
  everyChange,
  rotatedAlice,
  signedCredential,
  unsignedCredential,
  vouchOf,
} from '../support/credentials.ts'
import { logOf, stateOf } from '../support/identity.ts'
import {
  alice,
  bob,
  NETWORK,
  NOW_MS,
  revocationClaim,
  signedBytes,
  verified,
  vouchClaim,
} from '../support/records.ts'

type Verifying = Parameters<CredentialCandidate['verify']>[0]

async function checked(
  credential: object | string,
  change: Partial<Verifying> & { readonly network?: string } = {},
): Promise<CheckedCredential> {
  const text = typeof credential === 'string' ? credential : JSON.stringify(credential)
  const { network = NETWORK, ...rest } = change
  return CredentialCandidate.parse(text, { network }).verify({
    identity: ALICE_STATE,
    verifier: nativeVerifier,
    nowMs: NOW_MS,
    isRevoked: false,
    ...rest,
  })
}

async function faultOf(judging: Promise<unknown>): Promise<object> {
  try {
    await judging
  } catch (error) {
    if (error instanceof AipError) return error.fault as object
    throw error
  }
  throw new Error('it was accepted')
}

describe('a credential of a vouch', () => {
  const credential = unsignedCredential()

  test('says what the vouch says, and carries it', async () => {
    expect(credential).toMatchObject({
      id: expect.stringMatching(/^did:aip:[0-9a-f]{32}\/records\/bafyrei/),
      type: ['VerifiableCredential', 'AipVouchCredential'],
      issuer: alice.did,
      validFrom: '2026-09-21T14:13:20.000Z',
      validUntil: '2026-12-20T14:13:20.000Z',
      credentialSubject: {
        id: bob.did,
        scope: 'general',
        level: 0.8,
        statement: 'Careful: “naïve” is not.',
      },
      evidence: [{ record: credential.id.slice(-59), network: NETWORK }],
    })
    const { record, keyId, isKeyCurrent } = await checked(signedCredential())
    expect(record).toEqual(verified(vouchClaim({ statement: 'Careful: “naïve” is not.' })).record)
    expect({ keyId, isKeyCurrent }).toEqual({ keyId: ALICE_KEY_ID, isKeyCurrent: true })
  })

  test('is the same whoever makes it, and whenever', () => {
    expect(unsignedCredential()).toEqual(unsignedCredential())
  })

  test('explains its terms without a network', () => {
    const [w3c, own] = CREDENTIAL_CONTEXTS
    expect(w3c).toBe('https://www.w3.org/ns/credentials/v2')
    const [, json = ''] = /^data:application\/ld\+json,(.*)$/.exec(own) ?? []
    const { '@context': terms } = JSON.parse(decodeURIComponent(json)) as { '@context': object }
    const { id: _, ...subject } = credential.credentialSubject
    const { type: __, ...evidence } = credential.evidence[0]
    for (const term of [...Object.keys(subject), ...Object.keys(evidence)]) {
      expect(terms).toHaveProperty(term)
    }
  })

  test('holds whatever the spelling of its JSON', async () => {
    const { proof, ...rest } = copyOf(signedCredential())
    await checked(JSON.stringify({ proof, ...rest }, undefined, 4).replace('0.8', '8.00e-1'))
  })

  test('the longest vouch stays within the limit, each character of it escaped', async () => {
    const statement = '😀'.repeat(160)
    const longest = signedCredential(unsignedCredential({ statement, scope: 'a'.repeat(64) }))
    const escaped = JSON.stringify(longest, undefined, 2).replaceAll(/[^\n]/g, (char) =>
      char > '~' ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char,
    )
    expect(escaped.length).toBeLessThan(CREDENTIAL_LIMIT_CHARS / 2)
    await checked(escaped)
  })
})

describe('docs/spec/credential.md', () => {
  const spec = readFileSync(new URL('../../docs/spec/credential.md', import.meta.url), 'utf8')

  test('shows the credential that the code makes', async () => {
    const [, example = ''] = /```json\n(.*?)```/s.exec(spec) ?? []
    const expected = signedCredential(unsignedCredential({ statement: 'Careful.' }))
    expect(JSON.parse(example)).toEqual(copyOf(expected))
    await checked(example)
  })

  test('states its limit', () => {
    const limit = new Intl.NumberFormat('en').format(CREDENTIAL_LIMIT_CHARS)
    expect(spec).toContain(`at most ${limit} characters`)
  })
})

describe('no change of a credential is accepted', () => {
  test.each(everyChange(signedCredential()).map(({ what, changed }) => [what, changed] as const))(
    '%s',
    async (what, changed) => {
      if (what === 'without proof.@context') return
      const fault = await faultOf(checked(changed))
      expect(fault).toHaveProperty('code', expect.stringMatching(/^(?:credential|record)\//))
    },
  )

  test('not even the context of the proof alone', async () => {
    const changed = copyOf(signedCredential())
    delete (changed['proof'] as Record<string, unknown>)['@context']
    expect(await faultOf(checked(changed))).toEqual({ code: 'credential/proof-invalid' })
  })
})

describe('the rules of a credential', () => {
  test('V1: a longer text is not parsed', async () => {
    const text = JSON.stringify(signedCredential())
    await checked(text.padEnd(CREDENTIAL_LIMIT_CHARS))
    expect(await faultOf(checked(text.padEnd(CREDENTIAL_LIMIT_CHARS + 1)))).toEqual({
      code: 'credential/too-large',
      chars: CREDENTIAL_LIMIT_CHARS + 1,
      limitChars: CREDENTIAL_LIMIT_CHARS,
    })
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['nothing', 'null'],
    ['a name that stands twice', JSON.stringify(signedCredential()).replace('{', '{"issuer":"",')],
    [
      'a name that stands twice, once escaped',
      JSON.stringify(signedCredential()).replace('{', '{"\\u0069ssuer":"",'),
    ],
    ['half a surrogate pair', '{"proof":"\\ud800"}'],
  ])('V2: %s is refused', async (_, text) => {
    expect(await faultOf(checked(text))).toEqual({ code: 'credential/malformed', path: '' })
  })

  test.each<[string, unknown, string]>([
    ['type', 'Ed25519Signature2020', 'proof.type'],
    ['cryptosuite', 'eddsa-rdfc-2022', 'proof.cryptosuite'],
    ['created', '2026-09-31T00:00:00', 'proof.created'],
    ['created', '2026-13-21T14:13:20Z', 'proof.created'],
    ['proofPurpose', 'authentication', 'proof.proofPurpose'],
    ['proofValue', 'u7-Q', 'proof.proofValue'],
    ['verificationMethod', `${bob.did}#k0.0`, 'proof.verificationMethod'],
    ['verificationMethod', `${alice.did}#k00.0`, 'proof.verificationMethod'],
    ['verificationMethod', alice.did, 'proof.verificationMethod'],
    ['@context', CREDENTIAL_CONTEXTS[0], 'proof.@context'],
    ['@context', [CREDENTIAL_CONTEXTS[0]], 'proof.@context'],
    ['domain', 'example.org', 'proof'],
  ])('V2: a proof with another %s is refused: %s', async (name, value, path) => {
    const credential = copyOf(signedCredential())
    const proof = { ...(credential['proof'] as object), [name]: value }
    expect(await faultOf(checked({ ...credential, proof }))).toEqual({
      code: 'credential/malformed',
      path,
    })
  })

  test('V2: two proofs are refused', async () => {
    const credential = copyOf(signedCredential())
    const { proof } = credential
    expect(await faultOf(checked({ ...credential, proof: [proof, proof] }))).toMatchObject({
      path: 'proof',
    })
  })

  test('V3: a vouch for another network is refused by that network’s name', async () => {
    expect(await faultOf(checked(signedCredential(), { network: 'main' }))).toEqual({
      code: 'credential/other-network',
      network: NETWORK,
    })
  })

  test('V3: a record that is no vouch is refused', async () => {
    const credential = copyOf(signedCredential())
    const revocation = verified(revocationClaim())
    const fields = { ...unsignedCredential().evidence[0] }
    const { recordBytes } = vouchCredential(
      { ...vouchOf(verified(vouchClaim())), bytes: revocation.bytes },
      NETWORK,
    ).evidence[0]
    const changed = { ...credential, evidence: [{ ...fields, recordBytes }] }
    expect(await faultOf(checked(changed))).toEqual({
      code: 'credential/malformed',
      path: 'evidence[0].recordBytes',
    })
  })

  test.each<[string, (credential: Record<string, unknown>) => void]>([
    ['validUntil', (credential) => (credential['validUntil'] = '2027-12-20T14:13:20.000Z')],
    [
      'credentialSubject.level',
      (credential) => ((credential['credentialSubject'] as { level: number }).level = 1),
    ],
    [
      'credentialSubject',
      (credential) => ((credential['credentialSubject'] as { more: number }).more = 1),
    ],
    ['@context', (credential) => (credential['@context'] as string[]).push('https://example.org/')],
    ['evidence', (credential) => (credential['evidence'] as unknown[]).push({})],
  ])('V4: another %s than the record’s is refused, signed or not', async (path, change) => {
    const { proof: _, ...credential } = copyOf(signedCredential())
    change(credential)
    // Alice herself signs what she never vouched for.
    const signed = signedCredential(credential as never)
    const { proof } = signed
    const context = { ...proof, '@context': CREDENTIAL_CONTEXTS }
    const fault = await faultOf(checked({ ...credential, proof: context }))
    expect(fault).toEqual(
      path === 'evidence'
        ? { code: 'credential/malformed', path }
        : { code: 'credential/record-differs', path },
    )
  })

  test('V5: the signature of the record has to hold', async () => {
    const bytes = Uint8Array.from(verified(vouchClaim()).bytes)
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x61, 0x73, 0x58, 0x40])) + 5
    bytes[at] = (bytes[at] ?? 0) ^ 1
    const forged = vouchCredential({ ...vouchOf(verified(vouchClaim())), bytes }, NETWORK)
    expect(await faultOf(checked(signedCredential(forged)))).toEqual({
      code: 'record/signature-invalid',
    })
  })

  test('V5: a record for another network under the name of this one is refused', async () => {
    const bytes = signedBytes(vouchClaim(), alice, 'other')
    const moved = vouchCredential({ ...vouchOf(verified(vouchClaim())), bytes }, NETWORK)
    expect(await faultOf(checked(signedCredential(moved)))).toEqual({
      code: 'record/signature-invalid',
    })
  })

  test('V5: without the key log nothing is believed', async () => {
    expect(await faultOf(checked(signedCredential(), { identity: undefined }))).toEqual({
      code: 'record/key-unknown',
      issuer: alice.did,
    })
  })

  test('V5: a record by nobody’s key is refused', async () => {
    const mallory = { ...bob, did: alice.did }
    const forged = vouchCredential(vouchOf(verified(vouchClaim(), mallory)), NETWORK)
    expect(await faultOf(checked(signedCredential(forged)))).toEqual({
      code: 'record/key-unknown',
      issuer: alice.did,
    })
  })

  test('V5: what a retired key said counts up to its reach', async () => {
    const { signer, keyId } = rotatedAlice()
    const anew = signCredential(unsignedCredential(), { signer, keyId, nowMs: NOW_MS })
    await checked(anew, { identity: rotatedAlice({ reach: NOW_MS }).state })
    for (const change of [{ reach: NOW_MS - 1 }, { compromised: true }]) {
      expect(await faultOf(checked(anew, { identity: rotatedAlice(change).state }))).toEqual({
        code: 'credential/record-retired',
      })
    }
  })

  test('V5: a name that two key logs claim proves nothing', async () => {
    const forked = IdentityState.ofLogs([
      logOf({ inception: 1, recoveries: [], end: undefined, rotations: [], salt: undefined }),
      logOf({ inception: 2, recoveries: [], end: undefined, rotations: [], salt: undefined }),
    ])
    expect(forked.isForked).toBe(true)
    const mallory = { ...alice, did: forked.did }
    const credential = vouchCredential(vouchOf(verified(vouchClaim(), mallory)), NETWORK)
    const signed = signCredential(credential, {
      signer: alice.signer,
      keyId: `${forked.did}#k0.0`,
      nowMs: NOW_MS,
    })
    expect(await faultOf(checked(signed, { identity: forked }))).toMatchObject({
      code: 'credential/issuer-forked',
    })
  })

  test('V6: a proof by a retired key holds, and is shown as such', async () => {
    const { isKeyCurrent } = await checked(signedCredential(), { identity: rotatedAlice().state })
    expect(isKeyCurrent).toBe(false)
  })

  test('V6: a proof by a key that the log does not have is refused', async () => {
    const { signer, keyId } = rotatedAlice()
    const anew = signCredential(unsignedCredential(), { signer, keyId, nowMs: NOW_MS })
    expect(await faultOf(checked(anew))).toEqual({ code: 'credential/key-unknown', keyId })
  })

  test('V6: a proof by a stolen key is refused, even of a sound record', async () => {
    const { signer, state } = rotatedAlice({ compromised: true })
    const afterwards = { ...alice, signer }
    const credential = vouchCredential(vouchOf(verified(vouchClaim(), afterwards)), NETWORK)
    expect(await faultOf(checked(signedCredential(credential), { identity: state }))).toEqual({
      code: 'credential/key-retired',
    })
  })

  test('V7: a proof by another key than it names is refused', async () => {
    const signed = signCredential(unsignedCredential(), {
      signer: bob.signer,
      keyId: ALICE_KEY_ID,
      nowMs: NOW_MS,
    })
    expect(await faultOf(checked(signed))).toEqual({ code: 'credential/proof-invalid' })
  })

  test('V8: it is valid from its beginning, less two minutes, to before its end', async () => {
    const credential = signedCredential()
    await checked(credential, { nowMs: NOW_MS - 2 * MINUTE_MS })
    await checked(credential, { nowMs: NOW_MS + 90 * DAY_MS - 1 })
    expect(await faultOf(checked(credential, { nowMs: NOW_MS - 2 * MINUTE_MS - 1 }))).toEqual({
      code: 'credential/not-yet-valid',
      validFrom: credential.validFrom,
    })
    expect(await faultOf(checked(credential, { nowMs: NOW_MS + 90 * DAY_MS }))).toEqual({
      code: 'credential/expired',
      validUntil: credential.validUntil,
    })
  })

  test('V9: a vouch that is known to be revoked is refused', async () => {
    expect(await faultOf(checked(signedCredential(), { isRevoked: true }))).toEqual({
      code: 'credential/revoked',
    })
  })

  test('an identity of somebody else is a mistake of the caller', async () => {
    const other = stateOf({
      inception: 0,
      recoveries: [],
      end: undefined,
      rotations: [],
      salt: undefined,
    })
    await expect(checked(signedCredential(), { identity: other })).rejects.toThrow(RangeError)
  })
})
