/**
 * The proof of a credential: made by the issuer's own node, believed by nobody without the key log.
 *
 * A credential is read in two steps, because the key log has to be found in between: what can be said
 * without it (V1 to V4), then the rest. It is as good as its record: whoever cannot sign the record
 * cannot make a credential of it. Specification: docs/spec/credential.md, "Rules".
 */
import { toHex } from '../base/bytes.ts'
import { checkOfProof, createProof, CRYPTOSUITE, PROOF_TYPE } from '../crypto/eddsa-jcs.ts'
import type { DataIntegrityProof } from '../crypto/eddsa-jcs.ts'
import { NETWORK_NAME } from '../crypto/domain.ts'
import { SignatureProof } from '../crypto/ed25519.ts'
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { isJsonObject, parseStrictJson } from '../crypto/jcs.ts'
import type { JsonObject } from '../crypto/jcs.ts'
import { bytesOfBase58, bytesOfBase64url } from '../crypto/multibase.ts'
import type { Epoch } from '../identity/key-place.ts'
import type { IdentityState } from '../identity/state.ts'
import { CREDENTIAL_CONTEXTS, vouchCredential } from './credential.ts'
import type { VouchCredential } from './credential.ts'
import { CredentialError } from './credential-error.ts'
import { RecordError } from './error.ts'
import type { RecordId, Vouch } from './record.ts'
import { CLOCK_SKEW_LIMIT_MS, Candidate } from './verified.ts'

/** The largest vouch and everything around it, each character escaped, is shorter. */
export const CREDENTIAL_LIMIT_CHARS = 16_384

export type SignedCredential = VouchCredential & { readonly proof: DataIntegrityProof }

/** The credential with a proof by the issuer's present key. `keyId`: the key's DID URL. */
export function signCredential(
  credential: VouchCredential,
  options: { readonly signer: Signer; readonly keyId: string; readonly nowMs: number },
): SignedCredential {
  const { signer, keyId, nowMs } = options
  const proof = createProof(
    { ...credential },
    {
      created: new Date(nowMs).toISOString(),
      verificationMethod: keyId,
      proofPurpose: 'assertionMethod',
    },
    signer,
  )
  return { ...credential, proof }
}

export interface CheckedCredential {
  readonly credential: VouchCredential
  readonly record: Vouch
  /** The key of the proof, as a DID URL, and whether it still signs for the issuer. */
  readonly keyId: string
  readonly isKeyCurrent: boolean
}

/** A credential whose record and proof nobody has verified yet. */
export class CredentialCandidate {
  readonly credential: VouchCredential
  readonly record: Vouch
  /** The id of the record. */
  readonly id: RecordId
  readonly #candidate: Candidate
  readonly #proof: JsonObject & { readonly verificationMethod: string }

  private constructor(
    candidate: Candidate,
    parts: {
      readonly credential: VouchCredential
      readonly record: Vouch
      readonly proof: JsonObject & { readonly verificationMethod: string }
    },
  ) {
    this.#candidate = candidate
    this.id = candidate.id
    this.#proof = parts.proof
    this.credential = parts.credential
    this.record = parts.record
  }

  /**
   * V1 to V4.
   *
   * @throws {CredentialError} `credential/too-large`, `credential/malformed`,
   *   `credential/other-network` or `credential/record-differs`.
   * @throws {RecordError} for the record inside, as `Candidate.parse`.
   */
  static parse(text: string, { network }: { readonly network: string }): CredentialCandidate {
    // V1: bounded before it is parsed.
    if (text.length > CREDENTIAL_LIMIT_CHARS) {
      throw new CredentialError({
        code: 'credential/too-large',
        chars: text.length,
        limitChars: CREDENTIAL_LIMIT_CHARS,
      })
    }
    // V2: one JSON object, no name twice: what others read there may be the other value.
    const { proof, ...document } = parseObject(text)
    const method = parseProof(proof, document['issuer'])

    // V3: the record inside is a vouch for this network.
    const evidence = soleItem(document['evidence'])
    const signedFor = evidence['network']
    if (typeof signedFor !== 'string' || !NETWORK_NAME.test(signedFor)) {
      throw malformed('evidence[0].network')
    }
    if (signedFor !== network) {
      throw new CredentialError({ code: 'credential/other-network', network: signedFor })
    }
    const { recordBytes } = evidence
    const bytes = typeof recordBytes === 'string' ? bytesOfBase64url(recordBytes) : undefined
    if (bytes === undefined) throw malformed('evidence[0].recordBytes')
    const candidate = Candidate.parse(bytes, { network })
    const { record } = candidate
    if (record.type !== 'vouch') throw malformed('evidence[0].recordBytes')

    // V4: it says what the record says, and nothing else.
    const credential = vouchCredential({ id: candidate.id, record, bytes }, network)
    const path = differingPath(document, credential, '')?.slice(1)
    if (path !== undefined) throw new CredentialError({ code: 'credential/record-differs', path })
    return new CredentialCandidate(candidate, { credential, record, proof: method })
  }

  /**
   * V5 to V9, by the issuer's key log.
   *
   * @throws {CredentialError} with the first rule broken.
   * @throws {RecordError} `record/signature-invalid` or `record/key-unknown` for the record inside.
   */
  async verify(context: {
    readonly identity: IdentityState | undefined
    readonly verifier: Verifier
    readonly nowMs: number
    /** Whether a revocation of this vouch by its issuer is known. */
    readonly isRevoked: boolean
  }): Promise<CheckedCredential> {
    const { identity, verifier, nowMs, isRevoked } = context
    const { credential, record } = this
    const { issuer } = record
    if (identity !== undefined && identity.did !== issuer) {
      throw new RangeError('the identity is of another agent than the issuer')
    }

    // V5: the record holds by its own rules R7 and R8, and its key still counts (I16).
    const isSigned = await SignatureProof.of(this.#candidate.check, verifier)
    if (isSigned === undefined) throw new RecordError({ code: 'record/signature-invalid' })
    if (identity?.isForked === true) {
      throw new CredentialError({ code: 'credential/issuer-forked', issuer })
    }
    const place = identity?.place(toHex(record.key))
    if (identity === undefined || place === undefined) {
      throw new RecordError({ code: 'record/key-unknown', issuer })
    }
    if (place.counts(record.sequence) !== 'counts') {
      throw new CredentialError({ code: 'credential/record-retired' })
    }

    // V6: the key that the proof names is one of the log, and was not given up as stolen.
    const keyId = this.#proof.verificationMethod
    const epoch = epochOf(identity, keyId)
    if (epoch === undefined) throw new CredentialError({ code: 'credential/key-unknown', keyId })
    if (epoch.retired?.compromised === true) {
      throw new CredentialError({ code: 'credential/key-retired' })
    }

    // V7: the proof is by that key, and of this document.
    const check = checkOfProof({ ...credential }, this.#proof, epoch.key)
    const isProven = check !== undefined && (await SignatureProof.of(check, verifier)) !== undefined
    if (!isProven) throw new CredentialError({ code: 'credential/proof-invalid' })

    // V8: it is valid now, give or take an honest clock at its beginning.
    const { validFrom, validUntil } = credential
    if (record.issuedAtMs - nowMs > CLOCK_SKEW_LIMIT_MS) {
      throw new CredentialError({ code: 'credential/not-yet-valid', validFrom })
    }
    if (record.expiresAtMs <= nowMs) {
      throw new CredentialError({ code: 'credential/expired', validUntil })
    }

    // V9: as far as is known here, the issuer has not taken it back.
    if (isRevoked) throw new CredentialError({ code: 'credential/revoked' })
    return { credential, record, keyId, isKeyCurrent: epoch.retired === undefined }
  }
}

function parseObject(text: string): JsonObject {
  let value: unknown
  try {
    value = parseStrictJson(text)
  } catch (cause) {
    throw malformed('', cause)
  }
  if (!isJsonObject(value)) throw malformed('')
  return value
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/
const PROOF_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'cryptosuite',
  'created',
  'verificationMethod',
  'proofPurpose',
  'proofValue',
  '@context',
])

/** V2: one proof of our one suite, with these fields and no others. */
function parseProof(
  proof: unknown,
  issuer: unknown,
): JsonObject & { readonly verificationMethod: string } {
  if (!isJsonObject(proof)) throw malformed('proof')
  if (!Object.keys(proof).every((name) => PROOF_FIELDS.has(name))) throw malformed('proof')
  const text = (name: string, isRight: (value: string) => boolean): string => {
    const value = proof[name]
    if (typeof value !== 'string' || !isRight(value)) throw malformed(`proof.${name}`)
    return value
  }
  text('type', (value) => value === PROOF_TYPE)
  text('cryptosuite', (value) => value === CRYPTOSUITE)
  text('created', (value) => TIME.test(value) && !Number.isNaN(Date.parse(value)))
  text('proofPurpose', (value) => value === 'assertionMethod')
  text('proofValue', (value) => bytesOfBase58(value) !== undefined)
  const verificationMethod = text(
    'verificationMethod',
    (value) =>
      typeof issuer === 'string' &&
      value.startsWith(`${issuer}#`) &&
      FRAGMENT.test(value.slice(issuer.length)),
  )
  // Where the proof names contexts, they are all of the document's: none is added after signing.
  const context = proof['@context']
  if (context !== undefined && differingPath(context, CREDENTIAL_CONTEXTS, '') !== undefined) {
    throw malformed('proof.@context')
  }
  return { ...proof, verificationMethod }
}

const FRAGMENT = /^#k(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/

function epochOf(identity: IdentityState, keyId: string): Epoch | undefined {
  const [log] = identity.branches
  return log.epochs.find(
    ({ generation, rotation }) => keyId === `${identity.did}#k${generation}.${rotation}`,
  )
}

function soleItem(list: unknown): JsonObject {
  const item: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined
  if (!isJsonObject(item)) throw malformed('evidence')
  return item
}

/**
 * Where `value` first says something else than `expected`: `credentialSubject.level`. It goes no
 * deeper than what is expected, however deep a stranger nests.
 */
function differingPath(value: unknown, expected: unknown, path: string): string | undefined {
  if (!isNested(expected)) return value === expected ? undefined : path
  if (!isNested(value) || Array.isArray(value) !== Array.isArray(expected)) return path
  for (const [name, each] of Object.entries(expected)) {
    const inner = Array.isArray(expected) ? `${path}[${name}]` : `${path}.${name}`
    if (!Object.hasOwn(value, name)) return inner
    const found = differingPath(value[name], each, inner)
    if (found !== undefined) return found
  }
  // A name that is too many is a stranger's word, and not repeated.
  return Object.keys(value).length === Object.keys(expected).length ? undefined : path
}

function isNested(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

function malformed(path: string, cause?: unknown): CredentialError {
  return new CredentialError(
    { code: 'credential/malformed', path },
    cause === undefined ? undefined : { cause },
  )
}
