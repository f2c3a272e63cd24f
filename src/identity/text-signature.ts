/**
 * Signatures of text, files and directories: one agent's word that it signed this content, at a time
 * that it states itself.
 *
 * What is signed is a statement in the domain `aip:text:v1`, the same on every network: kind, DID,
 * key, hash of the content, time. So it can never be read as a record, a challenge or an entry of a
 * key log, whatever the content is. Specification: docs/spec/text-signatures.md.
 */
import { fromHex, textBytes, toHex } from '../base/bytes.ts'
import { MINUTE_MS } from '../base/units.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { globalMessage } from '../crypto/domain.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { HASH_BYTES, sha256 } from '../crypto/hash.ts'
import { didBytes, isDid } from './did.ts'
import type { Did } from './did.ts'
import { KeyLog } from './key-log.ts'
import type { Epoch } from './key-place.ts'
import { LOG_LIMIT_BYTES } from './limits.ts'
import { keyIdOf } from './present-key.ts'
import { SignatureError } from './signature-error.ts'
import type { IdentityState } from './state.ts'

/** What a hash is of. The places are the codes on the wire. */
export const CONTENT_KINDS = ['text', 'file', 'directory'] as const
export type ContentKind = (typeof CONTENT_KINDS)[number]

export const SIGNATURE_VERSION = 1
export const SIGNATURE_TYPE = 'aip-signature'
/** How far a signature may be dated ahead of the clock of who checks it. */
export const SIGNED_AHEAD_LIMIT_MS = 2 * MINUTE_MS

/** SHA-256 of the text in UTF-8, of the file's bytes, or of the directory's manifest. */
export interface ContentHash {
  readonly kind: ContentKind
  readonly hash: Uint8Array
}

export interface ContentSignature extends ContentHash {
  readonly did: Did
  /** `did:aip:…#k<generation>.<rotation>`. */
  readonly keyId: string
  readonly key: Uint8Array
  /** Milliseconds; what the signer says, which nothing proves. */
  readonly signedAtMs: number
  readonly signature: Uint8Array
  /** The signer's key log at that time. */
  readonly log: Uint8Array
}

/** Of text: the hash of its UTF-8, as it is. */
export function textContent(text: string): ContentHash {
  return { kind: 'text', hash: sha256(textBytes(text)) }
}

/** `"aip:text:v1" ‖ 0x00 ‖ dag-cbor({v, t, i, k, h, a})`. */
export function contentMessage(
  signed: Pick<ContentSignature, 'kind' | 'hash' | 'did' | 'key' | 'signedAtMs'>,
): Uint8Array {
  const fields = {
    v: SIGNATURE_VERSION,
    t: CONTENT_KINDS.indexOf(signed.kind),
    i: didBytes(signed.did),
    k: signed.key,
    h: signed.hash,
    a: signed.signedAtMs,
  }
  return globalMessage('aip:text:v1', encodeCbor(fields))
}

/**
 * Signs content by the current key of `log`.
 *
 * @throws {RangeError} when `signer` holds another key, or the log has ended.
 */
export function signContent(
  { kind, hash }: ContentHash,
  options: { readonly log: KeyLog; readonly signer: Signer; readonly signedAtMs: number },
): ContentSignature {
  const { log, signer, signedAtMs } = options
  if (log.current?.keyHex !== toHex(signer.publicKey)) {
    throw new RangeError('content is signed by the current operational key')
  }
  if (hash.length !== HASH_BYTES) throw new RangeError(`a hash is ${HASH_BYTES} bytes`)
  const statement = { kind, hash, did: log.did, key: signer.publicKey, signedAtMs }
  return {
    ...statement,
    keyId: keyIdOf(log.did, log.current),
    signature: signer.sign(contentMessage(statement)),
    log: log.bytes,
  }
}

/**
 * How the key that signed stands now. `disputed`: two key logs claim the name, so who speaks for it
 * is not settled.
 */
export type KeyStanding = 'current' | 'retired' | 'compromised' | 'disputed'

/**
 * X1 to X5: whether the signature holds, and how its key stands in what is known of the signer.
 *
 * @param state the join of the log in the signature and of what else is known of the DID.
 * @throws {SignatureError} with the first rule broken.
 */
export function verifyContent(
  signed: ContentSignature,
  context: {
    readonly state: IdentityState
    readonly verifier: Verifier
    readonly nowMs: number
    /** What is there now, where that is to be compared. */
    readonly content?: ContentHash
  },
): KeyStanding {
  const { state, verifier, nowMs, content } = context
  const { did, key, keyId, signature } = signed
  const aheadMs = signed.signedAtMs - nowMs
  if (aheadMs > SIGNED_AHEAD_LIMIT_MS) {
    throw new SignatureError({ code: 'signature/from-future', aheadMs })
  }
  if (content !== undefined && !isSame(content, signed)) {
    throw new SignatureError({ code: 'signature/other-content' })
  }
  const keyHex = toHex(key)
  const epochs = state.branches.flatMap((branch) =>
    branch.epochs.filter((epoch) => epoch.keyHex === keyHex && keyIdOf(did, epoch) === keyId),
  )
  if (state.did !== did || epochs.length === 0) {
    throw new SignatureError({ code: 'signature/key-unknown', did })
  }
  if (!verifier.verifyNow({ message: contentMessage(signed), signature, publicKey: key })) {
    throw new SignatureError({ code: 'signature/invalid', did })
  }
  return standingOf(epochs, state.isForked)
}

/** X5: the strictest that any branch says. */
function standingOf(epochs: readonly Epoch[], isForked: boolean): KeyStanding {
  if (epochs.some(({ retired }) => retired?.compromised === true)) return 'compromised'
  if (isForked) return 'disputed'
  return epochs.some(({ retired }) => retired !== undefined) ? 'retired' : 'current'
}

function isSame(a: ContentHash, b: ContentHash): boolean {
  return a.kind === b.kind && toHex(a.hash) === toHex(b.hash)
}

/** The fields of a signature in JSON, without what may be added beside it: the text, the manifest. */
export interface SignatureFields {
  readonly v: typeof SIGNATURE_VERSION
  readonly type: typeof SIGNATURE_TYPE
  readonly kind: ContentKind
  readonly sha256: string
  readonly did: Did
  readonly keyId: string
  readonly key: string
  readonly signedAt: string
  readonly signature: string
  readonly log: string
}

export function signatureFields(signed: ContentSignature): SignatureFields {
  return {
    v: SIGNATURE_VERSION,
    type: SIGNATURE_TYPE,
    kind: signed.kind,
    sha256: toHex(signed.hash),
    did: signed.did,
    keyId: signed.keyId,
    key: toHex(signed.key),
    signedAt: new Date(signed.signedAtMs).toISOString(),
    signature: toHex(signed.signature),
    log: toHex(signed.log),
  }
}

const KEY_ID = /^did:aip:[0-9a-f]{32}#k\d{1,3}\.\d{1,3}$/
/** RFC 3339 in UTC with milliseconds: the one spelling of a time. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * X1: the signature in its JSON fields. Further fields are the caller's to know.
 *
 * @throws {SignatureError} `signature/malformed`.
 */
export function parseSignature(fields: Readonly<Record<string, unknown>>): ContentSignature {
  if (fields['v'] !== SIGNATURE_VERSION) throw malformed('v')
  if (fields['type'] !== SIGNATURE_TYPE) throw malformed('type')
  const kind = CONTENT_KINDS.find((one) => one === fields['kind'])
  if (kind === undefined) throw malformed('kind')
  const did = fields['did']
  if (typeof did !== 'string' || !isDid(did)) throw malformed('did')
  const keyId = fields['keyId']
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId) || !keyId.startsWith(`${did}#`)) {
    throw malformed('keyId')
  }
  const signedAt = fields['signedAt']
  const signedAtMs =
    typeof signedAt === 'string' && TIME.test(signedAt) ? Date.parse(signedAt) : NaN
  if (!Number.isSafeInteger(signedAtMs) || signedAtMs < 0) throw malformed('signedAt')
  return {
    kind,
    hash: hexField(fields, 'sha256', HASH_BYTES),
    did,
    keyId,
    key: hexField(fields, 'key', PUBLIC_KEY_BYTES),
    signedAtMs,
    signature: hexField(fields, 'signature', SIGNATURE_BYTES),
    log: hexField(fields, 'log', undefined),
  }
}

/** The signer's key log, as it came with the signature. @throws {IdentityError}, {CryptoError}. */
export function bundledLog({ log }: ContentSignature, verifier: Verifier): KeyLog {
  return KeyLog.parse(log, verifier)
}

const HEX_TEXT = /^(?:[0-9a-f]{2})+$/

function hexField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  bytes: number | undefined,
): Uint8Array {
  const text = fields[name]
  if (typeof text !== 'string' || text.length > 2 * LOG_LIMIT_BYTES) throw malformed(name)
  if (bytes !== undefined && text.length !== 2 * bytes) throw malformed(name)
  if (!HEX_TEXT.test(text)) throw malformed(name)
  return fromHex(text)
}

function malformed(field: string): SignatureError {
  return new SignatureError({ code: 'signature/malformed', field })
}
