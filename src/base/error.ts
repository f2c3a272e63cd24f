import { visibleText } from './visible.ts'

/**
 * The one error type of the node: a stable `code` for programs and a sentence for people.
 *
 * Each module lists its own faults as a union, so a `switch` over `error.fault.code` is checked for
 * completeness. Errors know nothing of HTTP statuses, exit codes or gossip verdicts: the module at
 * that edge owns the table from code to answer.
 *
 * A sentence may repeat words of strangers. It goes to terminals, logs, models and problem documents,
 * so what is harmful in it is made visible here, for all of them.
 */
export abstract class AipError<
  Fault extends { readonly code: string } = { readonly code: string },
> extends Error {
  readonly fault: Fault

  constructor(fault: Fault, message: string, options?: ErrorOptions) {
    super(visibleText(message), options)
    this.fault = fault
  }
}

/** What was thrown, as an Error: JavaScript lets anything be thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
