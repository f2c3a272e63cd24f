/** Alice's credential for her vouch for Bob, each way to change it, and a verifier that is not ours. */
import * as vc from '@digitalbazaar/vc'
import { named } from '@digitalbazaar/credentials-context'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'
import type { Signer } from '../../src/crypto/ed25519.ts'
import type { DidDocument } from '../../src/identity/did-document.ts'
import { didDocument } from '../../src/identity/document.ts'
import { incept } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { CREDENTIAL_CONTEXTS, vouchCredential } from '../../src/records/credential.ts'
import type { VouchCredential } from '../../src/records/credential.ts'
import { signCredential } from '../../src/records/credential-proof.ts'
import type { SignedCredential } from '../../src/records/credential-proof.ts'
import type { Vouch } from '../../src/records/record.ts'
import type { Verified } from '../../src/records/verified.ts'
import { keyNamed } from './identity.ts'
import { alice, NETWORK, NOW_MS, verified, vouchClaim } from './records.ts'

export const ALICE_LOG: KeyLog = incept({
  genesis: alice.signer,
  rotationKey: keyNamed('alice rotates').publicKey,
  recoveryKey: keyNamed('alice recovers').publicKey,
  verifier: nativeVerifier,
}).log
export const ALICE_STATE = IdentityState.of(ALICE_LOG)
export const ALICE_KEY_ID = `${alice.did}#k0.0`

/** Alice after a rotation: her log, and the key that signs for her now. */
export function rotatedAlice(change: { compromised?: boolean; reach?: number } = {}): {
  log: KeyLog
  state: IdentityState
  signer: Signer
  keyId: string
} {
  const { log } = rotate({
    log: ALICE_LOG,
    authority: keyNamed('alice rotates'),
    operationalKey: keyNamed('alice anew').publicKey,
    rotationKey: keyNamed('alice rotates again').publicKey,
    verifier: nativeVerifier,
    ...change,
  })
  const state = IdentityState.of(log)
  return { log, state, signer: keyNamed('alice anew'), keyId: `${alice.did}#k0.1` }
}

export function unsignedCredential(
  change: Parameters<typeof vouchClaim>[0] = { statement: 'Careful: “naïve” is not.' },
): VouchCredential {
  return vouchCredential(vouchOf(verified(vouchClaim(change))), NETWORK)
}

export function vouchOf({ id, record, bytes }: Verified): {
  id: string
  record: Vouch
  bytes: Uint8Array
} {
  if (record.type !== 'vouch') throw new RangeError('it is no vouch')
  return { id, record, bytes }
}

export function signedCredential(credential = unsignedCredential()): SignedCredential {
  return signCredential(credential, {
    signer: alice.signer,
    keyId: ALICE_KEY_ID,
    nowMs: NOW_MS,
  })
}

/** A deep copy that may be changed. */
export function copyOf(credential: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(credential)) as Record<string, unknown>
}

export interface Change {
  readonly what: string
  readonly changed: Record<string, unknown>
}

/** The credential with one leaf changed, one field left out, or one field added: all of them. */
export function everyChange(credential: object): readonly Change[] {
  const changes: Change[] = []
  const visit = (value: unknown, path: readonly string[]): void => {
    const what = path.join('.')
    if (typeof value !== 'object' || value === null) {
      changes.push({ what, changed: changedAt(credential, path, otherThan(value)) })
      return
    }
    for (const [name, inner] of Object.entries(value)) {
      visit(inner, [...path, name])
      if (!Array.isArray(value)) {
        changes.push({ what: `without ${what}.${name}`, changed: without(credential, path, name) })
      }
    }
    const extra = Array.isArray(value) ? String(value.length) : 'extra'
    changes.push({
      what: `more in ${what}`,
      changed: changedAt(credential, [...path, extra], 'https://example.org/more'),
    })
  }
  visit(copyOf(credential), [])
  return changes
}

function otherThan(leaf: unknown): unknown {
  if (typeof leaf === 'number') return leaf / 2
  if (typeof leaf !== 'string') return 'another'
  // Another of the same kind, so that it is refused for what it says and not for its form.
  const at = leaf.length - 1
  const last = leaf[at]
  return `${leaf.slice(0, at)}${last === '1' ? '2' : '1'}`
}

function changedAt(
  credential: object,
  path: readonly string[],
  to: unknown,
): Record<string, unknown> {
  const copy = copyOf(credential)
  holderAt(copy, path.slice(0, -1))[path.at(-1) ?? ''] = to
  return copy
}

function without(
  credential: object,
  path: readonly string[],
  name: string,
): Record<string, unknown> {
  const copy = copyOf(credential)
  delete holderAt(copy, path)[name]
  return copy
}

function holderAt(root: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
  let holder = root
  for (const name of path) holder = holder[name] as Record<string, unknown>
  return holder
}

/** Serves the contexts and one agent's DID document, from memory alone. */
export function offlineLoader(document: DidDocument): DocumentLoader {
  const served = new Map<string, unknown>()
  for (const { id, context } of named.values()) served.set(id, context)
  served.set(CREDENTIAL_CONTEXTS[1], contextIn(CREDENTIAL_CONTEXTS[1]))
  served.set(document.id, document)
  for (const method of document.verificationMethod ?? []) {
    served.set(method.id, { '@context': 'https://w3id.org/security/multikey/v1', ...method })
  }
  return async (url) => {
    if (!served.has(url)) throw new Error(`nothing is served at ${url}`)
    return { contextUrl: null, documentUrl: url, document: served.get(url) }
  }
}

/** What a `data:` URL holds, as RFC 2397 says. */
function contextIn(url: string): unknown {
  return JSON.parse(decodeURIComponent(url.slice(url.indexOf(',') + 1)))
}

/** What Digital Bazaar's verifier says of a credential by an agent with this key log. */
export async function judgedOutside(
  credential: object,
  log: KeyLog = ALICE_LOG,
  nowMs: number = NOW_MS,
): Promise<vc.Judged> {
  const document = didDocument(IdentityState.of(log))
  return vc.verifyCredential({
    credential,
    suite: new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() }),
    documentLoader: offlineLoader(document),
    now: new Date(nowMs),
  })
}
