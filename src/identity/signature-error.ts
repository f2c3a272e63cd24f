import { AipError } from '../base/error.ts'

/** What can be wrong with a signature of text or files, or with what was signed. Listed in docs/errors.md. */
export type SignatureFault =
  | { readonly code: 'signature/malformed'; readonly field: string }
  | { readonly code: 'signature/from-future'; readonly aheadMs: number }
  | { readonly code: 'signature/other-content' }
  | { readonly code: 'signature/key-unknown'; readonly did: string }
  | { readonly code: 'signature/invalid'; readonly did: string }
  | { readonly code: 'signature/path-unsupported'; readonly path: string; readonly reason: string }
  | { readonly code: 'signature/too-many-files'; readonly filesLimit: number }

export class SignatureError extends AipError<SignatureFault> {
  override readonly name = 'SignatureError'

  constructor(fault: SignatureFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: SignatureFault): string {
  switch (fault.code) {
    case 'signature/malformed':
      return `This is not a signature of text or files: it does not fit at "${fault.field}".`
    case 'signature/from-future':
      return `The signature is dated ${fault.aheadMs} ms ahead of this clock.`
    case 'signature/other-content':
      return 'The content is not what was signed.'
    case 'signature/key-unknown':
      return `The key log of ${fault.did} does not name the key that signed.`
    case 'signature/invalid':
      return `The signature is not by the key of ${fault.did} that it names.`
    case 'signature/path-unsupported':
      return `"${fault.path}" cannot be signed: ${fault.reason}.`
    case 'signature/too-many-files':
      return `A directory that is signed has at most ${fault.filesLimit} files.`
  }
}
