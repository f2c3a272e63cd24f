import { AipError } from '../base/error.ts'

/** What can be wrong with a command line. Listed in docs/errors.md. */
export type CliFault =
  | { readonly code: 'cli/usage'; readonly problem: string }
  | { readonly code: 'cli/agent-unknown'; readonly query: string }
  | { readonly code: 'cli/agent-ambiguous'; readonly query: string; readonly matches: string }
  | { readonly code: 'cli/record-unknown'; readonly query: string }
  | { readonly code: 'cli/record-ambiguous'; readonly query: string; readonly matches: string }
  | { readonly code: 'cli/file-unreadable'; readonly path: string; readonly reason: string }
  | { readonly code: 'cli/file-unwritable'; readonly path: string; readonly reason: string }
  | {
      readonly code: 'cli/line-invalid'
      readonly path: string
      readonly line: number
      readonly reason: string
    }
  | { readonly code: 'cli/confirmation-needed' }
  | { readonly code: 'cli/yes-needed' }
  | { readonly code: 'cli/declined' }
  | { readonly code: 'cli/no-address' }
  | { readonly code: 'cli/bundle-invalid'; readonly path: string; readonly reason: string }

export class CliError extends AipError<CliFault> {
  override readonly name = 'CliError'

  constructor(fault: CliFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: CliFault): string {
  switch (fault.code) {
    case 'cli/usage':
      return `${fault.problem}.`
    case 'cli/agent-unknown':
      return `No agent here is called "${fault.query}".`
    case 'cli/agent-ambiguous':
      return `"${fault.query}" could be any of: ${fault.matches}.`
    case 'cli/record-unknown':
      return `No record here begins with "${fault.query}".`
    case 'cli/record-ambiguous':
      return `"${fault.query}" could be any of: ${fault.matches}.`
    case 'cli/file-unreadable':
      return `The file ${fault.path} cannot be read: ${fault.reason}.`
    case 'cli/file-unwritable':
      return `The file ${fault.path} cannot be written: ${fault.reason}.`
    case 'cli/line-invalid':
      return `Line ${fault.line} of ${fault.path} is not valid: ${fault.reason}.`
    case 'cli/confirmation-needed':
      return 'This is the first public record of this node: say --yes to sign it. Nothing was changed.'
    case 'cli/yes-needed':
      return 'This cannot be taken back: say --yes to do it. Nothing was changed.'
    case 'cli/declined':
      return 'Nothing was changed.'
    case 'cli/no-address':
      return 'This node listens on no address that others could be invited to.'
    case 'cli/bundle-invalid':
      return `The bundle ${fault.path} does not hold: ${fault.reason}.`
  }
}
