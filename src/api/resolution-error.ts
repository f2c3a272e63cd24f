/**
 * What resolvers call an error: the words of W3C DID Resolution and of the did:key method. The only
 * place that knows both these and our codes.
 */
import type { DidFault } from '../identity/did-error.ts'
import type { ApiFault } from './error.ts'

type ResolutionFault =
  | DidFault['code']
  | Extract<ApiFault['code'], 'api/input-invalid' | 'api/field-unknown'>
  | 'identity/did-invalid'
  | 'node/did-unresolved'

const WORD: Readonly<Record<ResolutionFault, string>> = {
  'did/invalid': 'invalidDid',
  'did/url-invalid': 'invalidDidUrl',
  'did/method-unsupported': 'methodNotSupported',
  'did/feature-unsupported': 'featureNotSupported',
  'did/representation-unsupported': 'representationNotSupported',
  'did/fragment-unknown': 'notFound',
  'did/document-invalid': 'invalidDidDocument',
  'did/key-type-unsupported': 'unsupportedPublicKeyType',
  'did/key-length-invalid': 'invalidPublicKeyLength',
  'did/key-invalid': 'invalidPublicKey',
  'did/web-off': 'methodNotSupported',
  'did/web-refused': 'notFound',
  'did/web-unreachable': 'notFound',
  'identity/did-invalid': 'invalidDid',
  'node/did-unresolved': 'notFound',
  'api/input-invalid': 'invalidOptions',
  'api/field-unknown': 'invalidOptions',
}

/** One keyword in ASCII. */
export function resolutionWord(code: string): string {
  const table: Readonly<Record<string, string>> = WORD
  return (Object.hasOwn(table, code) ? table[code] : undefined) ?? 'internalError'
}

/** The same as the URL that newer drafts use: `https://www.w3.org/ns/did#INVALID_DID`. */
export function resolutionErrorType(code: string): string {
  const constant = resolutionWord(code).replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
  return `https://www.w3.org/ns/did#${constant.toUpperCase()}`
}
