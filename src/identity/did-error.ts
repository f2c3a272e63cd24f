import { AipError } from '../base/error.ts'

/**
 * What can be wrong with a DID of any method, or with what it leads to: the words of W3C DID
 * Resolution, before an edge spells them. Listed in docs/errors.md.
 */
export type DidFault =
  | { readonly code: 'did/invalid'; readonly reason: string }
  | { readonly code: 'did/url-invalid' }
  | { readonly code: 'did/method-unsupported'; readonly method: string }
  | { readonly code: 'did/feature-unsupported'; readonly feature: string }
  | { readonly code: 'did/representation-unsupported' }
  | { readonly code: 'did/fragment-unknown' }
  | { readonly code: 'did/document-invalid'; readonly reason: string }
  | { readonly code: 'did/key-type-unsupported' }
  | { readonly code: 'did/key-length-invalid'; readonly bytes: number }
  | { readonly code: 'did/key-invalid' }
  | { readonly code: 'did/web-off' }
  | { readonly code: 'did/web-refused'; readonly host: string }
  | { readonly code: 'did/web-unreachable'; readonly host: string; readonly reason: string }

export class DidError extends AipError<DidFault> {
  override readonly name = 'DidError'

  constructor(fault: DidFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: DidFault): string {
  switch (fault.code) {
    case 'did/invalid':
      return `That is no valid DID: ${fault.reason}.`
    case 'did/url-invalid':
      return 'That is no valid DID URL.'
    case 'did/method-unsupported':
      return `The DID method "${fault.method}" is not supported here; did:aip, did:key and did:web are.`
    case 'did/feature-unsupported':
      return `This resolver does not support ${fault.feature}.`
    case 'did/representation-unsupported':
      return 'None of the media types asked for can be given.'
    case 'did/fragment-unknown':
      return 'The DID document has nothing with that fragment.'
    case 'did/document-invalid':
      return `The DID document is not valid: ${fault.reason}.`
    case 'did/key-type-unsupported':
      return 'Of did:key only Ed25519 keys are supported (did:key:z6Mk…).'
    case 'did/key-length-invalid':
      return `The key in the DID is ${fault.bytes} bytes; an Ed25519 key is 32.`
    case 'did/key-invalid':
      return 'The key in the DID is no sound Ed25519 key.'
    case 'did/web-off':
      return 'This node does not resolve did:web: the setting resolve.didWeb is off.'
    case 'did/web-refused':
      return `The host ${fault.host} does not lie on the public internet, so it is not asked.`
    case 'did/web-unreachable':
      return `The DID document was not obtained from ${fault.host}: ${fault.reason}.`
  }
}
