import { AipError } from '../base/error.ts'

/** What can be wrong with one entry of a key log, as the end of a sentence. */
export type LogFlaw =
  | 'it cannot stand at this place'
  | 'its authorising key is not the one committed to'
  | 'its authorising key was used before'
  | 'its operational key is not new in the log'
  | 'its signature does not hold'

/** What can be wrong with a document whose shape is right, as the end of a sentence. */
export type DocumentFlaw =
  | 'the log has no operational key'
  | 'it names another head of the log'
  | 'its signature is not by the current key on this network'

/** What can be wrong with a proof of a fork, as the end of a sentence. */
export type ForkFlaw =
  'its logs belong to two DIDs' | 'its logs do not conflict' | 'its logs stand in the wrong order'

/** Everything that can be wrong with a name, a key log or a document. Listed in docs/errors.md. */
export type IdentityFault =
  | { readonly code: 'identity/did-invalid' }
  | { readonly code: 'identity/too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly code: 'identity/malformed'; readonly path: string }
  | { readonly code: 'identity/log-invalid'; readonly entry: number; readonly reason: LogFlaw }
  | { readonly code: 'identity/log-full'; readonly entriesLimit: number }
  | { readonly code: 'identity/document-invalid'; readonly reason: DocumentFlaw }
  | { readonly code: 'identity/fork-invalid'; readonly reason: ForkFlaw }
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
    case 'identity/log-full':
      return `A key log has at most ${fault.entriesLimit} entries; a recovery makes it shorter.`
    case 'identity/document-invalid':
      return `The document is not valid: ${fault.reason}.`
    case 'identity/fork-invalid':
      return `The proof of a fork is not valid: ${fault.reason}.`
    case 'identity/other-did':
      return 'The value belongs to another DID than the one it was filed under.'
  }
}
