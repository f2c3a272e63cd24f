/**
 * `aip-node/identity`: who is who. DIDs that hash their key, key logs that rotate and recover it, and
 * DID documents. No socket, no disk, no clock, no chance: it runs in a browser.
 *
 *     const state = IdentityState.parse(bytes, { network: 'main', verifier: portableVerifier })
 *     const document = didDocument(state, { nowMs: Date.now() })
 *
 * Rules: docs/spec/identity.md. Times are milliseconds since 1970 UTC; keys and hashes are 32 bytes.
 */

/**
 * `did:aip:` and 32 lower-case hex digits: the first 16 bytes of SHA-256 of the genesis key.
 * `parseDid` throws an `IdentityError` `identity/did-invalid`, `didFromBytes` a `RangeError`.
 */
export { didBytes, didFromBytes, didKeyOf, didOf, isDid, parseDid } from '../identity/did.ts'
export type { Did } from '../identity/did.ts'

/**
 * Key logs, validated: `KeyLog.parse` throws an `IdentityError` or a `CryptoError`. `incept`,
 * `rotate`, `recover` and `deactivate` build the next log, and throw the fault that a peer would have.
 */
export { incept, KeyLog } from '../identity/key-log.ts'
export { deactivate, recover, rotate } from '../identity/log-change.ts'

/** Where a key stands, and which of its signatures still count, by author sequence (I16). */
export type { Counting, Epoch, KeyPlace, Retirement } from '../identity/key-place.ts'

/**
 * The joined state of one DID: what is stored, served and put in the DHT, at most 8 KiB. `join` is
 * the better of two, or the proof of a fork; it is commutative, associative and idempotent.
 * `IdentityState.parse` throws an `IdentityError` or a `CryptoError`.
 */
export { IdentityState } from '../identity/state.ts'

/**
 * The signed document with services and other names, and the W3C DID document as JSON.
 * `signDocument` throws an `IdentityError` for content that peers would refuse, and a `RangeError`
 * for a signer that does not hold the current key.
 */
export { didDocument, signDocument } from '../identity/document.ts'
export type { Described, DocumentContent, SignedDocument } from '../identity/document.ts'
export type { DidDocument, VerificationMethod } from '../identity/did-document.ts'

/**
 * Challenges over HTTP, for who keeps the nonces: `judgeQuestion` before an answer is signed;
 * `judgeProof`, `judgeTerms` and `verifyProof`, in this order, for a proof that came. They throw a
 * `ChallengeError`. Rules: docs/spec/challenge.md.
 */
export {
  isOrigin,
  judgeProof,
  judgeQuestion,
  judgeTerms,
  signChallenge,
  verifyProof,
} from '../identity/challenge.ts'
export type { Challenge, ChallengeProof, Question, Role } from '../identity/challenge.ts'
export { ChallengeError } from '../identity/challenge-error.ts'
export type { ChallengeFault } from '../identity/challenge-error.ts'

/**
 * Signatures of text, files and directories. `verifyContent` tells how the key stands in a state, and
 * throws a `SignatureError`; so do `parseSignature`, `encodeManifest` and `parseManifest`.
 * Rules: docs/spec/text-signatures.md.
 */
export {
  bundledLog,
  parseSignature,
  signatureFields,
  signContent,
  textContent,
  verifyContent,
} from '../identity/text-signature.ts'
export type { ContentHash, ContentSignature, KeyStanding } from '../identity/text-signature.ts'
export { encodeManifest, manifestContent, parseManifest } from '../identity/manifest.ts'
export type { ManifestEntry } from '../identity/manifest.ts'
export { SignatureError } from '../identity/signature-error.ts'
export type { SignatureFault } from '../identity/signature-error.ts'

/** What can go wrong, by code: docs/errors.md. */
export { IdentityError } from '../identity/error.ts'
export type { IdentityFault } from '../identity/error.ts'
export { CryptoError } from '../crypto/error.ts'
export type { CryptoFault } from '../crypto/error.ts'

/** Signatures in plain JavaScript; a `Signer` or `Verifier` of your own fits too. Seeds are 32 bytes. */
export { portableSigner, portableVerifier } from '../crypto/ed25519.ts'
export type { SignatureCheck, Signer, Verifier } from '../crypto/ed25519.ts'
