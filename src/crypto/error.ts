import { AipError } from '../base/error.ts'

/** What can be wrong with bytes before anything is known about their meaning. */
export type CryptoFault =
  | { readonly code: 'cbor/too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly code: 'cbor/too-deep'; readonly depthLimit: number }
  | { readonly code: 'cbor/not-canonical' }

export class CryptoError extends AipError<CryptoFault> {
  override readonly name = 'CryptoError'

  constructor(fault: CryptoFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: CryptoFault): string {
  switch (fault.code) {
    case 'cbor/too-large':
      return `The bytes are ${fault.bytes} long; the limit is ${fault.limitBytes}.`
    case 'cbor/too-deep':
      return `The bytes nest deeper than ${fault.depthLimit} levels.`
    case 'cbor/not-canonical':
      return 'The bytes are not canonical DAG-CBOR.'
  }
}
