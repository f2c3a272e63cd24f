import { AipError } from '../base/error.ts'

/** What can be wrong with a request to the local interface. Listed in docs/errors.md. */
export type ApiFault =
  | { readonly code: 'api/host-refused' }
  | { readonly code: 'api/target-invalid' }
  | { readonly code: 'api/origin-refused' }
  | { readonly code: 'api/cross-site' }
  | { readonly code: 'api/token-needed' }
  | { readonly code: 'api/right-missing'; readonly right: string }
  | { readonly code: 'api/media-type'; readonly expected: string }
  | { readonly code: 'api/body-too-large'; readonly limitBytes: number }
  | { readonly code: 'api/body-invalid' }
  | { readonly code: 'api/too-slow'; readonly limitMs: number }
  | { readonly code: 'api/input-invalid'; readonly field: string; readonly problem: string }
  | { readonly code: 'api/field-unknown'; readonly field: string }
  | { readonly code: 'api/time-past'; readonly field: string }
  | { readonly code: 'api/time-too-far'; readonly field: string; readonly limitDays: number }
  | { readonly code: 'api/idempotency-key-invalid'; readonly limitChars: number }
  | { readonly code: 'api/idempotency-key-reused' }
  | { readonly code: 'api/too-many-requests'; readonly retryAfterSeconds: number }
  | { readonly code: 'api/lab-off' }
  | { readonly code: 'api/not-found' }
  | { readonly code: 'api/streams-busy'; readonly limit: number }
  | { readonly code: 'api/token-file-invalid'; readonly path: string; readonly reason: string }
  | { readonly code: 'api/tokens-full'; readonly limit: number }
  | { readonly code: 'api/code-refused' }
  | { readonly code: 'api/run-directory'; readonly path: string; readonly reason: string }
  | { readonly code: 'api/internal' }

export class ApiError extends AipError<ApiFault> {
  override readonly name = 'ApiError'

  constructor(fault: ApiFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: ApiFault): string {
  switch (fault.code) {
    case 'api/host-refused':
      return 'The request must name this node, once, in its Host header.'
    case 'api/target-invalid':
      return 'The request target must be a path that starts with "/".'
    case 'api/origin-refused':
      return 'Requests from web pages of another origin are refused.'
    case 'api/cross-site':
      return 'Requests that another site started are refused.'
    case 'api/token-needed':
      return 'A valid token is needed: "Authorization: Bearer …", once.'
    case 'api/right-missing':
      return `The token does not carry the right "${fault.right}".`
    case 'api/media-type':
      return `The request must have the content type ${fault.expected}.`
    case 'api/body-too-large':
      return `The body is larger than ${fault.limitBytes} bytes.`
    case 'api/body-invalid':
      return 'The body is not a JSON object.'
    case 'api/too-slow':
      return `The request did not arrive within ${fault.limitMs} ms.`
    case 'api/input-invalid':
      return `${fault.field}: ${fault.problem}.`
    case 'api/field-unknown':
      return `There is no field "${fault.field}" here.`
    case 'api/time-past':
      return `${fault.field}: the time must lie in the future.`
    case 'api/time-too-far':
      return `${fault.field}: the time must be at most ${fault.limitDays} days ahead.`
    case 'api/idempotency-key-invalid':
      return `An Idempotency-Key is 1 to ${fault.limitChars} visible ASCII characters, without quotes or backslashes inside.`
    case 'api/idempotency-key-reused':
      return 'This Idempotency-Key stood for another request: choose a new one.'
    case 'api/too-many-requests':
      return `This token asks too often: try again in ${fault.retryAfterSeconds} s.`
    case 'api/lab-off':
      return 'The attack lab is not on here: the demo has it, or api.lab.'
    case 'api/not-found':
      return 'There is no such path here.'
    case 'api/streams-busy':
      return `More than ${fault.limit} event streams are open.`
    case 'api/token-file-invalid':
      return `The token file ${fault.path} cannot be used: ${fault.reason}.`
    case 'api/tokens-full':
      return `There are ${fault.limit} tokens already: revoke one first.`
    case 'api/code-refused':
      return 'This code was used, has ended, or never was one: ask for another.'
    case 'api/run-directory':
      return `The runtime directory ${fault.path} cannot be used: ${fault.reason}.`
    case 'api/internal':
      return 'Something went wrong inside the node; its log says more.'
  }
}
