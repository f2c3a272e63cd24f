import { AipError } from '../../base/error.ts'

/** What can be wrong with observations for the reference's arithmetic. Listed in docs/errors.md. */
export type PdrFault =
  | { readonly code: 'pdr/observation-invalid'; readonly reason: string }
  /** Times with an offset and times without cannot be put into one order. */
  | { readonly code: 'pdr/times-mixed' }

export class PdrError extends AipError<PdrFault> {
  override readonly name = 'PdrError'

  constructor(fault: PdrFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: PdrFault): string {
  switch (fault.code) {
    case 'pdr/observation-invalid':
      return `This is no observation: ${fault.reason}.`
    case 'pdr/times-mixed':
      return 'Some timestamps of this agent have an offset and some have none, so they have no order.'
  }
}
