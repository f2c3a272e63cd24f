/**
 * What an agent says of itself beside its keys: services, other names, keys for encryption.
 *
 * A document is signed by the operational key that the head of the log installs, and names that head,
 * so that neither a retired key nor another log can carry it on. The network is in what is signed: a
 * document made for a test mesh means nothing on the real one. Keys that verify signatures come from
 * the log, never from here. Specification: docs/spec/identity.md, "The document".
 */
import { concatBytes, equalBytes } from '../base/bytes.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { networkMessage } from '../crypto/domain.ts'
import { SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { HASH_BYTES } from '../crypto/hash.ts'
import { didBytes } from './did.ts'
import type { Did } from './did.ts'
import { parseContent, wireContent } from './document-content.ts'
import type { DocumentContent } from './document-content.ts'
import { didDocumentOf } from './did-document.ts'
import type { DidDocument } from './did-document.ts'
import { IdentityError } from './error.ts'
import type { DocumentFlaw } from './error.ts'
import type { KeyLog } from './key-log.ts'
import { DOCUMENT_LIMIT_BYTES } from './limits.ts'
import { parseBytes, parseFields, parseUint } from './schema.ts'

export type { DocumentContent } from './document-content.ts'

export interface SignedDocument {
  /** `s`: larger than in the document before it. */
  readonly sequence: number
  /** `e`: until when the content is to be believed. */
  readonly expiresAtMs: number
  /** `h`: H(head entry) of the log it belongs to. */
  readonly head: Uint8Array
  /** `d`. */
  readonly content: DocumentContent
  /** `g`. */
  readonly signature: Uint8Array
  /** The whole document in DAG-CBOR, as it came. */
  readonly bytes: Uint8Array
}

export interface DocumentContext {
  readonly network: string
  readonly verifier: Verifier
}

const SHAPE = { required: ['s', 'e', 'h', 'd', 'g'], optional: [] } as const

/**
 * The document in a decoded map, for the log that it came with.
 *
 * @throws {IdentityError} `identity/too-large`, `identity/malformed`, `identity/document-invalid`.
 */
export function parseDocument(
  value: unknown,
  log: KeyLog,
  { network, verifier }: DocumentContext,
): SignedDocument {
  const { g, ...unsigned } = parseFields(value, 'd', SHAPE)
  const document: SignedDocument = {
    sequence: parseUint(unsigned['s'], 'd.s'),
    expiresAtMs: parseUint(unsigned['e'], 'd.e'),
    head: parseBytes(unsigned['h'], 'd.h', HASH_BYTES),
    content: parseContent(unsigned['d'], 'd.d'),
    signature: parseBytes(g, 'd.g', SIGNATURE_BYTES),
    bytes: Uint8Array.from(encodeCbor({ ...unsigned, g })),
  }
  // I2: bounded before its signature is checked.
  assertSize(document.bytes)
  // I10: only the present key speaks, and it speaks of the present head.
  if (log.current === undefined) throw invalid('the log has no operational key')
  if (!equalBytes(document.head, log.head)) throw invalid('it names another head of the log')
  const isSigned = verifier.verifyNow({
    message: documentMessage(network, log.did, unsigned),
    signature: document.signature,
    publicKey: log.current.key,
  })
  if (!isSigned) throw invalid('its signature is not by the current key on this network')
  return document
}

/**
 * The next document of an agent. `signer` holds the current operational key of `log`.
 *
 * @throws {IdentityError} `identity/malformed` or `identity/too-large` for content that peers would
 *   refuse, `identity/document-invalid` when the log has ended.
 * @throws {RangeError} when `signer` holds another key.
 */
export function signDocument(options: {
  readonly log: KeyLog
  readonly sequence: number
  readonly expiresAtMs: number
  readonly content: DocumentContent
  readonly signer: Signer
  readonly network: string
}): SignedDocument {
  const { log, sequence, expiresAtMs, signer, network } = options
  if (log.current === undefined) throw invalid('the log has no operational key')
  if (!equalBytes(log.current.key, signer.publicKey)) {
    throw new RangeError('a document is signed by the current operational key')
  }
  const content = wireContent(options.content)
  parseContent(content, 'd.d')
  const unsigned = {
    s: parseUint(sequence, 'd.s'),
    e: parseUint(expiresAtMs, 'd.e'),
    h: log.head,
    d: content,
  }
  const signature = signer.sign(documentMessage(network, log.did, unsigned))
  const bytes = Uint8Array.from(encodeCbor({ ...unsigned, g: signature }))
  assertSize(bytes)
  return { sequence, expiresAtMs, head: log.head, content: options.content, signature, bytes }
}

/** What a DID document is made from: an `IdentityState` has it all. */
export interface Described {
  readonly did: Did
  readonly branches: readonly [KeyLog] | readonly [KeyLog, KeyLog]
  readonly document: SignedDocument | undefined
}

/**
 * The DID document as W3C defines it, in JSON.
 *
 * Of a forked log no key is shown, unless `branch` says which one the viewer goes by. Services and
 * other names are left out from the document's expiry on (I18), when `nowMs` is given.
 */
export function didDocument(
  { did, branches, document }: Described,
  options: { readonly branch?: KeyLog | undefined; readonly nowMs?: number } = {},
): DidDocument {
  const [log] = branches
  const { branch = branches.length === 1 ? log : undefined, nowMs } = options
  const isFresh = document !== undefined && (nowMs === undefined || nowMs < document.expiresAtMs)
  const { services = [], alsoKnownAs = [], keyAgreement = [] } = isFresh ? document.content : {}
  return didDocumentOf({
    did,
    genesisKey: log.genesisKey,
    current: branch?.current,
    services,
    alsoKnownAs,
    keyAgreement,
  })
}

/** `"aip:document:v1:" ‖ network ‖ 0x00 ‖ DID (16 bytes) ‖ dag-cbor(document without g)`. */
function documentMessage(network: string, did: Did, unsigned: object): Uint8Array {
  return networkMessage(
    'aip:document:v1',
    network,
    concatBytes(didBytes(did), encodeCbor(unsigned)),
  )
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.length > DOCUMENT_LIMIT_BYTES) {
    throw new IdentityError({
      code: 'identity/too-large',
      bytes: bytes.length,
      limitBytes: DOCUMENT_LIMIT_BYTES,
    })
  }
}

function invalid(reason: DocumentFlaw): IdentityError {
  return new IdentityError({ code: 'identity/document-invalid', reason })
}
