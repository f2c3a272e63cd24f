/**
 * AgentCards of A2A that name the agent's DID and are signed by its key: how one agent tells another,
 * before the first request, whom to look up. Specification: docs/spec/agent-cards.md.
 *
 * Pure. What is signed begins with `eyJ`, the start of a JWS header, with which no record, challenge,
 * text or request of ours begins, so a signature of one is never one of another.
 */
import { textBytes } from '../base/bytes.ts'
import { SIGNATURE_BYTES, type Signer, type Verifier } from '../crypto/ed25519.ts'
import {
  canonicalJson,
  isJsonObject,
  isSameJson,
  parseStrictJson,
  type JsonObject,
} from '../crypto/jcs.ts'
import { base64urlText, bytesOfBase64url } from '../crypto/multibase.ts'
import { isDid, type Did } from '../identity/did.ts'
import { keyFlaw, keyIdOf } from '../identity/present-key.ts'
import type { IdentityState } from '../identity/state.ts'
import { AgentCardError } from './agent-card-error.ts'
import { CARD_DEPTH_LIMIT, isShallow, leanForm, leftOut, signedForm } from './agent-card-fields.ts'

/** Of the canonical JSON, without signatures. */
export const CARD_LIMIT_BYTES = 65_536
/** Of all agents together, and of others. */
export const CARD_SIGNATURES_LIMIT_COUNT = 16
/** Of one agent's node. */
export const CARD_ADDRESSES_LIMIT_COUNT = 8
/** Places that are listed of what a signature leaves out. */
export const LEFT_OUT_LIMIT_COUNT = 32
/** Of a protected header, in base64url. */
const HEADER_LIMIT_CHARS = 2_048

/** Names the extension. The project owns no domain; a changed meaning gets another name. */
export const TRUST_EXTENSION_URI = 'urn:uuid:f9a84788-16a8-4a23-b146-5516d1882c45'
/** The profile of docs/request-signing.md: how this agent signs its requests, and wants them signed. */
export const REQUEST_SIGNING = 'aip-node-rfc9421/1'
const DESCRIPTION = 'Identity of this agent, and where evidence about it is found.'

const KEY_ID = /^(did:aip:[0-9a-f]{32})#k\d{1,3}\.\d{1,3}$/

/** What the extension says. Never a score: those are relative to whoever looks. */
export interface TrustExtension {
  readonly did: Did
  readonly requestSigning?: string
  /** Multiaddrs of the agent's node, where its records can be asked for. */
  readonly records?: readonly string[]
  /** SHA-256 of the inception, in hex: which key log is meant, should two claim the DID. */
  readonly inception?: string
}

interface Signature {
  readonly keyId: string
  readonly did: Did
  readonly signature: Uint8Array
  readonly protectedText: string
}

/** A card whose form is right; whether the key that it names signed it is not known yet. */
export interface ReadCard {
  /** Whose key log is needed. */
  readonly did: Did
  readonly extension: TrustExtension | undefined
  /** By the keys of that agent, in the order of the card. */
  readonly signatures: readonly Signature[]
  readonly form: JsonObject
}

export interface VerifiedCard {
  readonly did: Did
  readonly keyId: string
  readonly extension: TrustExtension | undefined
  /** Places with empty values that the signature does not cover, as the SDKs sign. */
  readonly uncovered: readonly string[]
}

/**
 * The card with the extension and a signature by the agent's key; with two where the specification
 * and the SDKs differ in what is signed. Signatures of others stay where the rest of the card does.
 *
 * @param card  an AgentCard as `JSON.parse` makes it, with all that A2A requires.
 * @throws {AgentCardError} `card/malformed`, `card/field-unknown`, `card/too-large`.
 */
export function signCard(
  card: JsonObject,
  options: { readonly signer: Signer; readonly keyId: string; readonly extension: TrustExtension },
): JsonObject {
  const { signer, keyId, extension } = options
  const extended = withExtension(card, extension)
  const form = signedForm(extended, true)
  const payload = payloadOf(form)
  const lean = payloadOf(leanForm(form))
  const header = { alg: 'EdDSA', typ: 'JOSE', kid: keyId }
  const protectedText = base64url(textBytes(JSON.stringify(header)))
  const signatures = [...new Set([payload, lean])].map((signed) => ({
    protected: protectedText,
    signature: base64url(signer.sign(signingInput(protectedText, signed))),
  }))
  const kept = signaturesIn(card)
  const others =
    kept.length > 0 && isSameJson(signedForm(card, false), form)
      ? kept.filter((one) => readSignature(one)?.did !== extension.did)
      : []
  return { ...extended, signatures: [...others, ...signatures] }
}

/**
 * J2: the card in a text of JSON, in which no object names a field twice.
 *
 * @throws {AgentCardError} `card/malformed`.
 */
export function parseCard(bytes: Uint8Array): JsonObject {
  let card: unknown
  try {
    card = parseStrictJson(utf8(bytes))
  } catch (cause) {
    throw new AgentCardError({ code: 'card/malformed', path: '' }, { cause })
  }
  if (!isJsonObject(card)) throw malformed('')
  return card
}

/**
 * J1 to J5: all rules but those that need the agent's key log.
 *
 * @param card  as `JSON.parse` makes it.
 * @throws {AgentCardError} `card/malformed`, `card/field-unknown`, `card/too-large`, `card/unsigned`,
 *   `card/no-agent-key`, `card/other-agent`.
 */
export function readCard(card: JsonObject): ReadCard {
  const form = signedForm(card, false)
  // J1: of a size that can be judged.
  payloadOf(form)
  const given = signaturesIn(card)
  // J3: signed at all.
  if (given.length === 0) throw new AgentCardError({ code: 'card/unsigned' })
  // J4: by a key of an agent, in our profile; other signatures are for other readers.
  const readable = given.flatMap((one) => readSignature(one) ?? [])
  const [first] = readable
  if (first === undefined) throw new AgentCardError({ code: 'card/no-agent-key' })
  // J5: by the agent that the card says it is of.
  const extension = extensionOf(form)
  const did = extension?.did ?? first.did
  const signatures = readable.filter((one) => one.did === did)
  if (signatures.length === 0) {
    throw new AgentCardError({ code: 'card/other-agent', did, signer: first.did })
  }
  return { did, extension, signatures, form }
}

/**
 * J6 to J8: whether the key that speaks for the agent now signed the card.
 *
 * @param state  what is known of `read.did`.
 * @throws {AgentCardError} `card/other-log`, `card/key-unknown`, `card/key-retired`,
 *   `card/signature-invalid`: of the first signature, where none holds.
 */
export function verifyCard(read: ReadCard, state: IdentityState, verifier: Verifier): VerifiedCard {
  const { did, extension, signatures, form } = read
  if (state.did !== did) throw new RangeError('the key log is that of another agent')
  // J6: the key log that the card means.
  const { inception } = extension ?? {}
  if (
    inception !== undefined &&
    state.branches.every(({ inceptionHex }) => inceptionHex !== inception)
  ) {
    throw new AgentCardError({ code: 'card/other-log', did })
  }
  let fault: AgentCardError | undefined
  for (const signature of signatures) {
    const { keyId } = signature
    try {
      const uncovered = assertSigned(signature, form, state, verifier)
      return { did, keyId, extension, uncovered }
    } catch (error) {
      if (!(error instanceof AgentCardError)) throw error
      fault ??= error
    }
  }
  throw fault ?? new RangeError('a card that was read has a signature')
}

/** @returns what the signature leaves out. */
function assertSigned(
  { keyId, signature, protectedText }: Signature,
  form: JsonObject,
  state: IdentityState,
  verifier: Verifier,
): readonly string[] {
  const epochs = state.branches.flatMap((branch) =>
    branch.epochs.filter((epoch) => keyIdOf(state.did, epoch) === keyId),
  )
  const [epoch] = epochs
  // J7: the key is in the log, and speaks for the agent now.
  if (epoch === undefined) throw new AgentCardError({ code: 'card/key-unknown', keyId })
  const reason = keyFlaw(state, keyId)
  if (reason !== undefined) throw new AgentCardError({ code: 'card/key-retired', keyId, reason })
  // J8: it signed the card, in one of the two forms.
  const lean = leanForm(form)
  for (const signed of [form, lean]) {
    const message = signingInput(protectedText, payloadOf(signed))
    if (verifier.verifyNow({ message, signature, publicKey: epoch.key })) {
      return leftOut(form, signed, LEFT_OUT_LIMIT_COUNT)
    }
  }
  throw new AgentCardError({ code: 'card/signature-invalid', keyId })
}

/** The extension takes the place of an older one of its kind. */
function withExtension(card: JsonObject, extension: TrustExtension): JsonObject {
  const { capabilities = {} } = card
  if (!isJsonObject(capabilities)) throw malformed('capabilities')
  const extensions = capabilities['extensions'] ?? []
  if (!Array.isArray(extensions)) throw malformed('capabilities.extensions')
  const others = extensions.filter(
    (one) => !isJsonObject(one) || one['uri'] !== TRUST_EXTENSION_URI,
  )
  const ours = {
    uri: TRUST_EXTENSION_URI,
    description: DESCRIPTION,
    required: false,
    params: { ...extension },
  }
  return { ...card, capabilities: { ...capabilities, extensions: [...others, ours] } }
}

/** What the card says of its agent, if it says anything. @throws {AgentCardError} `card/malformed`. */
function extensionOf(form: JsonObject): TrustExtension | undefined {
  const { capabilities } = form
  const extensions: unknown = isJsonObject(capabilities) ? capabilities['extensions'] : undefined
  const listed: unknown[] = Array.isArray(extensions) ? extensions : []
  const ours = listed.filter((one) => isJsonObject(one) && one['uri'] === TRUST_EXTENSION_URI)
  const [found] = ours
  if (found === undefined) return undefined
  const path = 'capabilities.extensions'
  // J5: two would be read as either.
  if (ours.length > 1 || !isJsonObject(found) || !isJsonObject(found['params']))
    throw malformed(path)
  const { did, requestSigning, records, inception } = found['params']
  if (typeof did !== 'string' || !isDid(did)) throw malformed(`${path}.params.did`)
  if (requestSigning !== undefined && typeof requestSigning !== 'string') {
    throw malformed(`${path}.params.requestSigning`)
  }
  if (records !== undefined && !isAddresses(records)) throw malformed(`${path}.params.records`)
  if (inception !== undefined && !isHash(inception)) throw malformed(`${path}.params.inception`)
  return {
    did,
    ...(requestSigning === undefined ? {} : { requestSigning }),
    ...(records === undefined ? {} : { records }),
    ...(inception === undefined ? {} : { inception }),
  }
}

function isAddresses(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= CARD_ADDRESSES_LIMIT_COUNT &&
    value.every((one) => typeof one === 'string')
  )
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

/** J2: at most as many, and as deep, as can be judged. @throws {AgentCardError} `card/malformed`. */
function signaturesIn({ signatures }: JsonObject): readonly unknown[] {
  if (signatures === undefined || signatures === null) return []
  if (!Array.isArray(signatures) || signatures.length > CARD_SIGNATURES_LIMIT_COUNT) {
    throw malformed('signatures')
  }
  if (!isShallow(signatures, CARD_DEPTH_LIMIT)) throw malformed('signatures')
  return signatures
}

/** One of our profile: `alg` EdDSA, `typ` JOSE, `kid` an agent's key, and nothing that is critical. */
function readSignature(value: unknown): Signature | undefined {
  if (!isJsonObject(value)) return undefined
  const { protected: protectedText, signature: signatureText } = value
  if (typeof protectedText !== 'string' || typeof signatureText !== 'string') return undefined
  if (protectedText.length > HEADER_LIMIT_CHARS) return undefined
  const header = headerOf(protectedText)
  const signature = bytesOf(signatureText)
  if (header === undefined || signature?.length !== SIGNATURE_BYTES) return undefined
  const { alg, typ, kid, crit, b64 } = header
  if (alg !== 'EdDSA' || typ !== 'JOSE' || typeof kid !== 'string') return undefined
  // RFC 7515, section 4.1.11: whoever does not know what is critical refuses.
  if (crit !== undefined || b64 !== undefined) return undefined
  const did = KEY_ID.exec(kid)?.[1]
  if (did === undefined || !isDid(did)) return undefined
  return { keyId: kid, did, signature, protectedText }
}

function headerOf(protectedText: string): JsonObject | undefined {
  const bytes = bytesOf(protectedText)
  if (bytes === undefined) return undefined
  try {
    const header = parseStrictJson(utf8(bytes))
    return isJsonObject(header) ? header : undefined
  } catch {
    return undefined // no header: a signature for nobody
  }
}

/** @throws {TypeError} for what is no UTF-8. */
function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/** RFC 7515, section 5.1: `BASE64URL(protected) ‖ "." ‖ BASE64URL(payload)`. */
function signingInput(protectedText: string, payload: string): Uint8Array {
  return textBytes(`${protectedText}.${base64url(textBytes(payload))}`)
}

/** @throws {AgentCardError} `card/too-large`; `card/malformed` for half a surrogate pair. */
function payloadOf(form: JsonObject): string {
  let payload: string
  try {
    payload = canonicalJson(form)
  } catch (cause) {
    throw new AgentCardError({ code: 'card/malformed', path: '' }, { cause })
  }
  const bytes = textBytes(payload).length
  if (bytes > CARD_LIMIT_BYTES) {
    throw new AgentCardError({ code: 'card/too-large', bytes, limitBytes: CARD_LIMIT_BYTES })
  }
  return payload
}

/** Without the letter that says which base it is in multibase. */
function base64url(bytes: Uint8Array): string {
  return base64urlText(bytes).slice(1)
}

function bytesOf(text: string): Uint8Array | undefined {
  return bytesOfBase64url(`u${text}`)
}

function malformed(path: string): AgentCardError {
  return new AgentCardError({ code: 'card/malformed', path })
}
