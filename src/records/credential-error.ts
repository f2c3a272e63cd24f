import { AipError } from '../base/error.ts'

/** Everything that can be wrong with a credential, beside its record. Listed in docs/errors.md. */
export type CredentialFault =
  | { readonly code: 'credential/too-large'; readonly chars: number; readonly limitChars: number }
  | { readonly code: 'credential/malformed'; readonly path: string }
  | { readonly code: 'credential/other-network'; readonly network: string }
  | { readonly code: 'credential/record-differs'; readonly path: string }
  | { readonly code: 'credential/issuer-forked'; readonly issuer: string }
  | { readonly code: 'credential/key-unknown'; readonly keyId: string }
  | { readonly code: 'credential/record-retired' }
  | { readonly code: 'credential/key-retired' }
  | { readonly code: 'credential/proof-invalid' }
  | { readonly code: 'credential/not-yet-valid'; readonly validFrom: string }
  | { readonly code: 'credential/expired'; readonly validUntil: string }
  | { readonly code: 'credential/revoked' }

export class CredentialError extends AipError<CredentialFault> {
  override readonly name = 'CredentialError'

  constructor(fault: CredentialFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: CredentialFault): string {
  switch (fault.code) {
    case 'credential/too-large':
      return `The credential is ${fault.chars} characters; the limit is ${fault.limitChars}.`
    case 'credential/malformed':
      return `The credential is not one of a vouch: it does not fit at "${fault.path}".`
    case 'credential/other-network':
      return `The vouch was signed for the network "${fault.network}".`
    case 'credential/record-differs':
      return `The credential says something else than the record inside it, at "${fault.path}".`
    case 'credential/issuer-forked':
      return `Two key logs claim the name ${fault.issuer}: nobody can say which keys are its own.`
    case 'credential/key-unknown':
      return `The key log of the issuer has no key ${fault.keyId}.`
    case 'credential/record-retired':
      return 'The record inside is by a retired key, and beyond what that key may still say.'
    case 'credential/key-retired':
      return 'The proof is by a key that the issuer has given up as stolen.'
    case 'credential/proof-invalid':
      return 'The proof is not by the key that it names, or the credential was changed.'
    case 'credential/not-yet-valid':
      return `The credential is valid from ${fault.validFrom}.`
    case 'credential/expired':
      return `The credential was valid until ${fault.validUntil}.`
    case 'credential/revoked':
      return 'The issuer has taken the vouch back.'
  }
}
