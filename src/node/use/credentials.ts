/** A vouch of mine as a W3C credential, and anybody's credential judged by what this node knows. */
import type { Did } from '../../identity/did.ts'
import { vouchCredential } from '../../records/credential.ts'
import { CredentialCandidate, signCredential } from '../../records/credential-proof.ts'
import type { CheckedCredential, SignedCredential } from '../../records/credential-proof.ts'
import type { RecordId } from '../../records/record.ts'
import { recordIdText } from '../../records/wire.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { lookUp } from './resolving.ts'

/**
 * Signs a credential of a live vouch of mine, with the key that signs for me now.
 *
 * @throws {NodeError} `node/record-unknown`, `node/not-mine`, `node/already-revoked`, or
 *   `node/claim-invalid` for a vouch that has expired, or where no key signs for this agent.
 */
export async function exportCredential(node: AipNode, id: RecordId): Promise<SignedCredential> {
  const stored = await node.store.get(id)
  const shown = recordIdText(id)
  if (stored === undefined) throw new NodeError({ code: 'node/record-unknown', id: shown })
  const { record, bytes } = stored
  if (record.type !== 'vouch' || record.issuer !== node.did) {
    throw new NodeError({ code: 'node/not-mine', id: shown })
  }
  if (isRevoked(node, { id, issuer: record.issuer, subject: record.subject })) {
    throw new NodeError({ code: 'node/already-revoked', id: shown })
  }
  const nowMs = node.clock()
  if (record.expiresAtMs <= nowMs) {
    throw new NodeError({ code: 'node/claim-invalid', reason: 'the vouch has expired' })
  }
  const { log, signer } = node.identity
  if (log.current === undefined) {
    throw new NodeError({ code: 'node/claim-invalid', reason: 'this identity is deactivated' })
  }
  const { generation, rotation } = log.current
  return signCredential(vouchCredential({ id, record, bytes }, node.network.name), {
    signer,
    keyId: `${node.did}#k${generation}.${rotation}`,
    nowMs,
  })
}

/**
 * Judges a credential's text, by the issuer's key log and the revocations that are held here.
 *
 * @throws {CredentialError} or {RecordError} with the first rule broken.
 * @throws {NodeError} `node/did-unresolved` when nobody who can be asked holds the issuer's log.
 */
export async function checkCredential(
  node: AipNode,
  text: string,
  signal?: AbortSignal,
): Promise<CheckedCredential> {
  const candidate = CredentialCandidate.parse(text, { network: node.network.name })
  const { id, record } = candidate
  const { state } = await lookUp(node, record.issuer, signal)
  return candidate.verify({
    identity: state,
    verifier: nativeVerifier,
    nowMs: node.clock(),
    isRevoked: isRevoked(node, { id, issuer: record.issuer, subject: record.subject }),
  })
}

function isRevoked(
  node: AipNode,
  vouch: { readonly id: RecordId; readonly issuer: Did; readonly subject: Did },
): boolean {
  for (const { record } of node.evidence.between('revocation', vouch.issuer, vouch.subject)) {
    if (record.type === 'revocation' && record.vouch === vouch.id) return true
  }
  return false
}
