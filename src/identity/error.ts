import { AipError } from '../base/error.ts'

/** Everything that can be wrong with a name, a key log or a document. Listed in docs/errors.md. */
export type IdentityFault =
  | { readonly code: 'identity/did-invalid' }
  | { readonly code: 'identity/too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly code: 'identity/malformed'; readonly path: string }
  | { readonly code: 'identity/log-invalid'; readonly entry: number; readonly reason: string }
  | { readonly code: 'identity/document-invalid'; readonly reason: string }
  | { readonly code: 'identity/other-did' }

export class IdentityError extends AipError<IdentityFault> {
  override readonly name = 'IdentityError'

  constructor(fault: IdentityFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: IdentityFault): string {
  switch (fault.code) {
    case 'identity/did-invalid':
      return 'A DID of this network is "did:aip:" and 32 lower-case hex digits.'
    case 'identity/too-large':
      return `The identity is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
    case 'identity/malformed':
      return `The identity does not fit its schema at "${fault.path}".`
    case 'identity/log-invalid':
      return `Entry ${fault.entry} of the key log is not valid: ${fault.reason}.`
    case 'identity/document-invalid':
      return `The document is not valid: ${fault.reason}.`
    case 'identity/other-did':
      return 'The value belongs to another DID than the one it was filed under.'
  }
}
