import { AipError } from '../../base/error.ts'
import type { RefusedStatus } from './status.ts'

/** What can go wrong while one peer asks another over a stream. Listed in docs/errors.md. */
export type ExchangeFault =
  | { readonly code: 'p2p/peer-unreachable'; readonly peer: string; readonly reason: string }
  | { readonly code: 'p2p/protocol-unsupported'; readonly peer: string }
  | { readonly code: 'p2p/stream-failed'; readonly reason: string }
  | { readonly code: 'p2p/timed-out'; readonly limitMs: number }
  | { readonly code: 'p2p/cancelled' }
  | { readonly code: 'p2p/frame-too-large'; readonly limitBytes: number }
  | { readonly code: 'p2p/frame-malformed'; readonly what: string }
  | { readonly code: 'p2p/answer-refused'; readonly status: RefusedStatus }
  | { readonly code: 'p2p/answer-out-of-bounds'; readonly what: string }

export class ExchangeError extends AipError<ExchangeFault> {
  override readonly name = 'ExchangeError'

  constructor(fault: ExchangeFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

/** Whether only the peer can be to blame: an honest one never sends this. */
export function isPeerFault(code: ExchangeFault['code']): boolean {
  switch (code) {
    case 'p2p/frame-too-large':
    case 'p2p/frame-malformed':
    case 'p2p/answer-out-of-bounds':
      return true
    case 'p2p/peer-unreachable':
    case 'p2p/protocol-unsupported':
    case 'p2p/stream-failed':
    case 'p2p/timed-out':
    case 'p2p/cancelled':
    case 'p2p/answer-refused':
      return false
  }
}

function sentence(fault: ExchangeFault): string {
  switch (fault.code) {
    case 'p2p/peer-unreachable':
      return `The peer ${fault.peer} cannot be reached: ${fault.reason}.`
    case 'p2p/protocol-unsupported':
      return `The peer ${fault.peer} does not speak this protocol on this network.`
    case 'p2p/stream-failed':
      return `The stream to the peer broke: ${fault.reason}.`
    case 'p2p/timed-out':
      return `The peer did not answer within ${fault.limitMs} ms.`
    case 'p2p/cancelled':
      return 'The exchange was cancelled.'
    case 'p2p/frame-too-large':
      return `The peer sent a message of more than ${fault.limitBytes} bytes, or one that was not asked for.`
    case 'p2p/frame-malformed':
      return `The peer sent a message that is not a ${fault.what}.`
    case 'p2p/answer-refused':
      return `The peer answered ${fault.status}.`
    case 'p2p/answer-out-of-bounds':
      return `The peer's answer breaks the bounds of the protocol: ${fault.what}.`
  }
}
