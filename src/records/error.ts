import { AipError } from '../base/error.ts'

/** Everything that can be wrong with a record. Listed for people in docs/errors.md. */
export type RecordFault =
  | { readonly code: 'record/too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly code: 'record/unsupported'; readonly version: string; readonly type: string }
  | { readonly code: 'record/malformed'; readonly path: string }
  | { readonly code: 'record/self-vouch' }
  | { readonly code: 'record/from-future'; readonly aheadMs: number }
  | { readonly code: 'record/expired'; readonly agoMs: number }
  /** No lane keeps a record of this lifetime. */
  | { readonly code: 'record/expired'; readonly lifetimeMs: number }
  | { readonly code: 'record/signature-invalid' }
  | { readonly code: 'record/key-unknown'; readonly issuer: string }
  | { readonly code: 'record/quota' }

export class RecordError extends AipError<RecordFault> {
  override readonly name = 'RecordError'

  constructor(fault: RecordFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: RecordFault): string {
  switch (fault.code) {
    case 'record/too-large':
      return `The record is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
    case 'record/unsupported':
      return `The record is of a version or type that this node does not know (v ${fault.version}, t ${fault.type}).`
    case 'record/malformed':
      return `The record does not fit its schema at "${fault.path}".`
    case 'record/self-vouch':
      return 'An agent cannot vouch for itself.'
    case 'record/from-future':
      return `The record is dated ${fault.aheadMs} ms ahead of this node's clock.`
    case 'record/expired':
      return 'agoMs' in fault
        ? `The record left its retention ${fault.agoMs} ms ago.`
        : `The record expires ${fault.lifetimeMs} ms after its issue; that must be more than 0 and at most 366 days.`
    case 'record/signature-invalid':
      return 'The signature is not by the key in the record.'
    case 'record/key-unknown':
      return `The key is not one that ${fault.issuer} is known to have used.`
    case 'record/quota':
      return 'The issuer has newer or better records of this kind than this node keeps.'
  }
}
