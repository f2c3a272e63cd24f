/**
 * The Data Integrity cryptosuite `eddsa-jcs-2022`: an Ed25519 signature inside a JSON document.
 *
 * What is signed is 64 bytes: the hash of the proof's options, then the hash of the document. It
 * carries no tag of ours: to be read as a message of `domain.ts`, the first hash would have to begin
 * with a tag, 96 bits of it at least. Knows nothing of what the document says. Sources: W3C Data
 * Integrity EdDSA Cryptosuites 1.0, section 3.3; W3C Verifiable Credential Data Integrity 1.0.
 */
import { concatBytes, textBytes } from '../base/bytes.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'
import type { SignatureCheck, Signer } from './ed25519.ts'
import { sha256 } from './hash.ts'
import { canonicalJson, isSameJson } from './jcs.ts'
import type { JsonObject } from './jcs.ts'
import { base58Text, bytesOfBase58 } from './multibase.ts'

export const PROOF_TYPE = 'DataIntegrityProof'
export const CRYPTOSUITE = 'eddsa-jcs-2022'

export interface ProofOptions {
  /** RFC 3339. */
  readonly created: string
  /** DID URL of the key. */
  readonly verificationMethod: string
  readonly proofPurpose: string
}

export interface DataIntegrityProof extends ProofOptions {
  readonly type: typeof PROOF_TYPE
  readonly cryptosuite: typeof CRYPTOSUITE
  /** That of the document, where it has one. */
  readonly '@context'?: unknown
  /** The signature, in multibase: `z` and base58. */
  readonly proofValue: string
}

/** Section 3.3.1: the proof for a document that has none yet. */
export function createProof(
  document: JsonObject,
  { created, verificationMethod, proofPurpose }: ProofOptions,
  signer: Signer,
): DataIntegrityProof {
  const context = document['@context']
  const options = {
    type: PROOF_TYPE,
    cryptosuite: CRYPTOSUITE,
    created,
    verificationMethod,
    proofPurpose,
    ...(context !== undefined && { '@context': context }),
  } as const
  const signature = signer.sign(messageOf(document, options))
  return { ...options, proofValue: base58Text(signature) }
}

/**
 * Section 3.3.2: what has to hold of a document, given without its proof, and of the key that the
 * proof names. `undefined` when the proof is none of this suite, or none for such a document.
 */
export function checkOfProof(
  document: JsonObject,
  proof: JsonObject,
  publicKey: Uint8Array,
): SignatureCheck | undefined {
  const { proofValue, ...options } = proof
  if (options['type'] !== PROOF_TYPE || options['cryptosuite'] !== CRYPTOSUITE) return undefined
  const signature = typeof proofValue === 'string' ? bytesOfBase58(proofValue) : undefined
  if (signature?.length !== SIGNATURE_BYTES) return undefined
  const context = options['@context']
  if (context === undefined) {
    return { message: messageOf(document, options), signature, publicKey }
  }
  // Whoever passes a document on may add contexts at the end; what was signed had those of the proof.
  const [signed, present] = [listOf(context), listOf(document['@context'])]
  if (!isSameJson(signed, present.slice(0, signed.length))) return undefined
  const unsecured = { ...document, '@context': context }
  return { message: messageOf(unsecured, options), signature, publicKey }
}

/** Sections 3.3.3 to 3.3.5: SHA-256(JCS(options)) ‖ SHA-256(JCS(document)). */
function messageOf(document: JsonObject, options: JsonObject): Uint8Array {
  return concatBytes(
    sha256(textBytes(canonicalJson(options))),
    sha256(textBytes(canonicalJson(document))),
  )
}

function listOf(context: unknown): readonly unknown[] {
  if (context === undefined) return []
  return Array.isArray(context) ? context : [context]
}
