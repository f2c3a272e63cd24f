/** Signing text and files, and checking what others signed. Specification: docs/spec/text-signatures.md. */
import {
  bundledLog,
  signContent,
  verifyContent,
  type ContentHash,
  type ContentSignature,
  type KeyStanding,
} from '../../identity/text-signature.ts'
import { IdentityState } from '../../identity/state.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { lookUp, type Resolution } from './resolving.ts'

/** @throws {NodeError} `node/no-current-key` when the identity is deactivated. */
export function signByNode(node: AipNode, content: ContentHash): ContentSignature {
  const { log, signer } = node.identity
  if (log.current === undefined) {
    const reason = 'its identity is deactivated'
    throw new NodeError({ code: 'node/no-current-key', did: node.did, reason })
  }
  return signContent(content, { log, signer, signedAtMs: node.clock() })
}

export interface CheckedSignature {
  readonly standing: KeyStanding
  /** Where the key log came from; `bundle`: from the signature alone. */
  readonly source: Resolution['source'] | 'bundle'
}

/**
 * Checks a signature by the log that came with it and by what this node knows or can learn. The log
 * that came with it is kept nowhere.
 *
 * @throws {SignatureError}; {IdentityError}, {CryptoError} when the log does not hold.
 */
export async function verifySigned(
  node: AipNode,
  signed: ContentSignature,
  content: ContentHash | undefined,
  signal?: AbortSignal,
): Promise<CheckedSignature> {
  const bundled = IdentityState.of(bundledLog(signed, nativeVerifier))
  const known = await lookUp(node, signed.did, signal).catch((error: unknown) => {
    if (error instanceof NodeError && error.fault.code === 'node/did-unresolved') return undefined
    throw error
  })
  const state = known === undefined ? bundled : bundled.join(known.state)
  const standing = verifyContent(signed, {
    state,
    verifier: nativeVerifier,
    nowMs: node.clock(),
    ...(content === undefined ? {} : { content }),
  })
  return { standing, source: known?.source ?? 'bundle' }
}
