import { AipError } from '../base/error.ts'

/** What can go wrong between a program and its node. Listed in docs/errors.md. */
export type ClientFault =
  | { readonly code: 'client/not-running'; readonly where: string }
  | { readonly code: 'client/no-permission'; readonly where: string }
  | { readonly code: 'client/timeout'; readonly limitMs: number }
  | { readonly code: 'client/aborted' }
  | { readonly code: 'client/answer-invalid'; readonly reason: string }
  | { readonly code: 'client/answer-too-large'; readonly limitBytes: number }
  /** The node said no: its own code, status and sentence. */
  | {
      readonly code: 'client/refused'
      readonly status: number
      readonly problem: string
      readonly sentence: string
      readonly help: string | undefined
    }

export class ClientError extends AipError<ClientFault> {
  override readonly name = 'ClientError'

  constructor(fault: ClientFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: ClientFault): string {
  switch (fault.code) {
    case 'client/not-running':
      return `No node is running at ${fault.where}. Start one with: aip-node start`
    case 'client/no-permission':
      return `This user may not open ${fault.where}.`
    case 'client/timeout':
      return `The node did not answer within ${fault.limitMs} ms.`
    case 'client/aborted':
      return 'The call was broken off.'
    case 'client/answer-invalid':
      return `The node's answer cannot be read: ${fault.reason}.`
    case 'client/answer-too-large':
      return `The node's answer is larger than ${fault.limitBytes} bytes.`
    case 'client/refused':
      return fault.sentence
  }
}
