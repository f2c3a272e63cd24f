/**
 * `aip-node/records`: what agents sign (vouches, revocations, promises, observations), from bytes to
 * verified records and back. No socket, no disk, no clock: time comes in as `nowMs`, so it runs in a
 * browser.
 *
 *     const candidate = Candidate.parse(bytes, { network: 'main' })        // R1 to R3
 *     const proof = await SignatureProof.of(candidate.check, portableVerifier)   // R7
 *     const verified = proof && Verified.of(candidate, proof)
 *
 * Whose key it was is the issuer's key log's word (R8): `IdentityState.place` of `aip-node/identity`.
 * Layout and rules: docs/spec/records.md. All numbers are whole; times are milliseconds since 1970 UTC.
 */

/** The records in words: levels in thousandths, uptime in parts per million, ids as 64 hex digits. */
export { RECORD_TYPES } from '../records/record.ts'
export type {
  AipRecord,
  Claim,
  Clarity,
  Observation,
  Outcome,
  RecordId,
  RecordType,
  Revocation,
  Undertaking,
  Vouch,
  Work,
} from '../records/record.ts'

/**
 * From bytes to records. `Candidate.parse` checks size, spelling and schema and throws a
 * `RecordError` or a `CryptoError`; `Verified.of` takes the proof that the signature holds, and
 * throws a `TypeError` for the proof of another record; `judgeTime` says what is wrong with a
 * record's times at `nowMs`, if anything (R4, R5).
 */
export { Candidate, judgeTime, Verified } from '../records/verified.ts'

/**
 * From claims to bytes: canonical, signed, for one network. `nextSequence` is the author sequence
 * after the last. @throws {RecordError} for a claim that peers would refuse.
 */
export { nextSequence, signRecord } from '../records/verified.ts'

/** Limits: bytes by type; from issue to expiry; what an honest clock may be ahead (both in ms). */
export { RECORD_LIMIT_BYTES } from '../records/wire.ts'
export { CLOCK_SKEW_LIMIT_MS, LIFETIME_LIMIT_MS } from '../records/verified.ts'

/** Ids for people: a CID version 1. `parseRecordId` reads that or 64 hex digits, else `undefined`. */
export { parseRecordId, recordIdText } from '../records/wire.ts'

/** How far an outcome kept what was promised, in [0, 1]; `undefined` when it counts for nothing. */
export { fulfilment } from '../records/fulfilment.ts'

/** A record in JSON, for people and programs: times in RFC 3339, bytes in hex. */
export { recordView } from '../records/view.ts'
export type { RecordView } from '../records/view.ts'

/**
 * Files of records and the identities that they need. Each item is still unverified.
 * @throws {BundleError} `bundle/not-a-bundle`, `bundle/malformed` or `bundle/cut-short`.
 */
export { BundleError, decodeBundle, encodeBundle } from '../records/bundle.ts'
export type { BundleFault, BundleItem } from '../records/bundle.ts'

/**
 * A bundle judged item by item: `BundleKnowledge.read` reads it once for its key logs and revocations,
 * `judgeBundle` once more for what is sound and what breaks which rule. `nowMs` is the time to judge by.
 * @throws {BundleError} where the file is no bundle, damaged or cut short.
 */
export { BundleKnowledge, judgeBundle } from '../records/bundle-check.ts'
export type { CheckContext, JudgedItem, RecordState } from '../records/bundle-check.ts'

/**
 * A vouch as a W3C Verifiable Credential 2.0, proved by `eddsa-jcs-2022`: docs/spec/credential.md.
 * `CredentialCandidate.parse` says whose key log its `verify` needs; both throw a `CredentialError`
 * or a `RecordError` with the first rule broken. The context needs no network.
 */
export { CREDENTIAL_CONTEXTS, vouchCredential } from '../records/credential.ts'
export type { VouchCredential } from '../records/credential.ts'
export {
  CREDENTIAL_LIMIT_CHARS,
  CredentialCandidate,
  signCredential,
} from '../records/credential-proof.ts'
export type { CheckedCredential, SignedCredential } from '../records/credential-proof.ts'
export { CredentialError } from '../records/credential-error.ts'
export type { CredentialFault } from '../records/credential-error.ts'

/** What can go wrong, by code: docs/errors.md. */
export { RecordError } from '../records/error.ts'
export type { RecordFault } from '../records/error.ts'
export { CryptoError } from '../crypto/error.ts'
export type { CryptoFault } from '../crypto/error.ts'

/**
 * Signatures: Ed25519 under the one strict rule of docs/adr/0002-one-signature-rule.md, in plain
 * JavaScript. Seeds and public keys are 32 bytes. A `Signer` or `Verifier` of your own fits too.
 */
export { portableSigner, portableVerifier, SignatureProof } from '../crypto/ed25519.ts'
export type { SignatureCheck, Signer, Verifier } from '../crypto/ed25519.ts'
