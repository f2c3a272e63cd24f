/**
 * DIDs and DID URLs of any method, by their general syntax. What a method asks beyond that is its
 * own: `did.ts`, `did-key.ts`, `did-web.ts`.
 *
 * Source: W3C DID Core 1.0, sections 3.1 and 3.2; RFC 3986, section 3.
 */
import { DidError } from './did-error.ts'

/** The longest text that is looked at. */
export const DID_URL_LIMIT_CHARS = 1_024

export interface DidUrl {
  readonly did: string
  readonly method: string
  /** What follows `did:<method>:`. */
  readonly id: string
  /** With its leading slash; empty when there is none. */
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const PCT = '%[0-9A-Fa-f]{2}'
const ID = `(?:[A-Za-z0-9._:-]|${PCT})*(?:[A-Za-z0-9._-]|${PCT})`
const PCHAR = `[A-Za-z0-9._~!$&'()*+,;=:@-]|${PCT}`
const DID_TEXT = new RegExp(`^did:[a-z0-9]+:${ID}$`)
const DID_URL_TEXT = new RegExp(
  `^(did:([a-z0-9]+):(${ID}))((?:/(?:${PCHAR})*)*)(?:\\?((?:${PCHAR}|[/?])*))?(?:#((?:${PCHAR}|[/?])*))?$`,
)

/** Whether a text is a DID of some method: no path, query or fragment. */
export function isAnyDid(text: string): boolean {
  return text.length <= DID_URL_LIMIT_CHARS && DID_TEXT.test(text)
}

/** Whether a text is a DID URL: a DID, and perhaps a path, a query and a fragment. */
export function isDidUrl(text: string): boolean {
  return text.length <= DID_URL_LIMIT_CHARS && DID_URL_TEXT.test(text)
}

/** @throws {DidError} `did/invalid`, or `did/url-invalid` when only what follows the DID is wrong. */
export function parseDidUrl(text: string): DidUrl {
  if (text.length > DID_URL_LIMIT_CHARS) {
    const reason = `it is longer than ${DID_URL_LIMIT_CHARS} characters`
    throw new DidError({ code: 'did/invalid', reason })
  }
  const match = DID_URL_TEXT.exec(text)
  const [, did, method, id, path = '', query, fragment] = match ?? []
  if (did === undefined || method === undefined || id === undefined) {
    const head = text.split(/[/?#]/, 1)[0] ?? ''
    if (head !== text && DID_TEXT.test(head)) throw new DidError({ code: 'did/url-invalid' })
    throw new DidError({ code: 'did/invalid', reason: 'it is not "did:", a method and an id' })
  }
  return { did, method, id, path, query, fragment }
}

/** Where objects with an id stand in a DID document. */
const HOLDERS = [
  'verificationMethod',
  'authentication',
  'assertionMethod',
  'keyAgreement',
  'capabilityInvocation',
  'capabilityDelegation',
  'service',
] as const

/**
 * The verification method or service that `#fragment` names in the document of `did`.
 *
 * @throws {DidError} `did/fragment-unknown`.
 */
export function selectFragment(
  document: Readonly<Record<string, unknown>>,
  did: string,
  fragment: string,
): Readonly<Record<string, unknown>> {
  for (const holder of HOLDERS) {
    const items = document[holder]
    if (!Array.isArray(items)) continue
    for (const item of items) {
      if (!isMap(item)) continue
      if (item['id'] === `${did}#${fragment}` || item['id'] === `#${fragment}`) return item
    }
  }
  throw new DidError({ code: 'did/fragment-unknown' })
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
