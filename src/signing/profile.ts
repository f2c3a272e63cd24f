/**
 * How agents sign HTTP requests: RFC 9421 with one label, one algorithm, one set of components that may
 * not become smaller, a short life and a nonce. Specification: docs/request-signing.md.
 *
 * Pure. What is signed begins with `"@method": `, with which no record, challenge or text of ours
 * begins, so a signature of one is never one of another.
 */
import {
  parseDictionary,
  serializeDictionary,
  type BareItem,
  type Dictionary,
  type InnerList,
} from 'structured-headers'
import { textBytes } from '../base/bytes.ts'
import type { SignatureCheck, Signer } from '../crypto/ed25519.ts'
import { SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import { signatureBase } from './base.ts'
import { contentDigest, fitsDigest } from './content-digest.ts'
import { headerOf, type HttpRequest } from './message.ts'

export const LABEL = 'aip'
export const TAG = 'aip-node'
export const ALGORITHM = 'ed25519'
export const SKEW_LIMIT_S = 60
export const LIFE_LIMIT_S = 300
export const DEFAULT_LIFE_S = 60
export const NONCE_LEAST_CHARS = 16
export const NONCE_LIMIT_CHARS = 64
/** What every signature covers; with a body, its digest too. */
export const COVERED = ['@method', '@authority', '@path', '@query'] as const
export const DIGEST = 'content-digest'

const KEY_ID = /^(did:aip:[0-9a-f]{32})#k\d{1,3}\.\d{1,3}$/

/** Why a request does not count as signed. */
export type RequestProblem =
  | 'missing'
  | 'malformed'
  | 'wrong-profile'
  | 'not-covered'
  | 'no-digest'
  | 'other-body'
  | 'not-yet'
  | 'expired'
  | 'too-long'
  | 'nonce'

export interface SigningOptions {
  readonly signer: Signer
  /** `did:aip:…#k0.0`. */
  readonly keyId: string
  readonly nowMs: number
  readonly nonce: string
  readonly lifeS?: number
}

/** The headers to send with a request; a digest is among them where there is a body. */
export function signRequest(
  request: HttpRequest,
  body: Uint8Array | undefined,
  { signer, keyId, nowMs, nonce, lifeS = DEFAULT_LIFE_S }: SigningOptions,
): Readonly<Record<string, string>> {
  const created = Math.floor(nowMs / 1_000)
  const digest = body === undefined ? undefined : contentDigest(body)
  const parameters = new Map<string, BareItem>([
    ['created', created],
    ['expires', created + lifeS],
    ['nonce', nonce],
    ['keyid', keyId],
    ['alg', ALGORITHM],
    ['tag', TAG],
  ])
  const names = digest === undefined ? COVERED : [...COVERED, DIGEST]
  const input: InnerList = [names.map((name) => [name, new Map()]), parameters]
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== DIGEST)
  const covered = digest === undefined ? headers : [...headers, [DIGEST, digest] as const]
  const base = signatureBase({ ...request, headers: covered }, input)
  const signature = signer.sign(textBytes(base))
  return {
    ...(digest === undefined ? {} : { [DIGEST]: digest }),
    'signature-input': serializeDictionary(new Map([[LABEL, input]])),
    signature: serializeDictionary(new Map([[LABEL, [signature, new Map()]]])),
  }
}

/** A request that is well signed if the key that it names signed what is to be checked. */
export interface SignedRequest {
  readonly did: string
  readonly keyId: string
  readonly nonce: string
  readonly createdS: number
  readonly expiresS: number
  /** Everything but the key. */
  readonly check: Omit<SignatureCheck, 'publicKey'>
}

/**
 * All rules but those that need the key and the memory of nonces.
 *
 * @param body  the bytes of the body; `undefined` where there is none.
 * @returns the first rule broken, in words of the specification, or what is left to check.
 */
export function readRequest(
  request: HttpRequest,
  body: Uint8Array | undefined,
  nowMs: number,
): RequestProblem | SignedRequest {
  const [inputText, signatureText] = [
    headerOf(request, 'signature-input'),
    headerOf(request, 'signature'),
  ]
  if (inputText === undefined || signatureText === undefined) return 'missing'
  let inputs: Dictionary
  let signatures: Dictionary
  try {
    inputs = parseDictionary(inputText)
    signatures = parseDictionary(signatureText)
  } catch {
    return 'malformed'
  }
  const input = inputs.get(LABEL)
  const [value] = signatures.get(LABEL) ?? []
  if (input === undefined && value === undefined) return 'missing'
  if (!isInnerList(input) || !(value instanceof ArrayBuffer)) return 'malformed'
  if (value.byteLength !== SIGNATURE_BYTES) return 'malformed'

  const [items, parameters] = input
  const { created, expires, nonce, keyid, alg, tag } = Object.fromEntries(parameters)
  if (alg !== ALGORITHM || tag !== TAG || parameters.size !== 6) return 'wrong-profile'
  const did = typeof keyid === 'string' ? KEY_ID.exec(keyid)?.[1] : undefined
  if (did === undefined || typeof keyid !== 'string') return 'malformed'
  if (!isSeconds(created) || !isSeconds(expires)) return 'malformed'
  if (typeof nonce !== 'string') return 'nonce'
  if (nonce.length < NONCE_LEAST_CHARS || nonce.length > NONCE_LIMIT_CHARS) return 'nonce'

  const names = new Set(items.map(([name]) => name))
  if (COVERED.some((name) => !names.has(name))) return 'not-covered'
  const digest = headerOf(request, DIGEST)
  if (body !== undefined && body.length > 0) {
    if (!names.has(DIGEST) || digest === undefined) return 'no-digest'
    if (!fitsDigest(digest, body)) return 'other-body'
  } else if (digest !== undefined && !fitsDigest(digest, new Uint8Array())) return 'other-body'

  const nowS = nowMs / 1_000
  if (created - nowS > SKEW_LIMIT_S) return 'not-yet'
  if (expires < created || expires - created > LIFE_LIMIT_S) return 'too-long'
  if (nowS - expires > SKEW_LIMIT_S || nowS - created > LIFE_LIMIT_S + SKEW_LIMIT_S)
    return 'expired'

  let base: string
  try {
    base = signatureBase(request, input)
  } catch {
    return 'malformed'
  }
  const check = { message: textBytes(base), signature: new Uint8Array(value) }
  return { did, keyId: keyid, nonce, createdS: created, expiresS: expires, check }
}

function isInnerList(
  member: Dictionary extends Map<string, infer M> ? M | undefined : never,
): member is InnerList {
  return Array.isArray(member?.[0])
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
