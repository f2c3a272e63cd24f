import { ALLOWABLE, type Allowable } from '../mcp/tools.ts'
import { CliError } from './error.ts'

/** What `--allow` says. @throws {CliError} `cli/usage` for anything that is not to be allowed. */
export function readAllowed(text: string | undefined): readonly Allowable[] {
  const words = text === undefined ? [] : text.split(',').map((word) => word.trim())
  const other = words.find((word) => !ALLOWABLE.some((one) => one === word))
  if (other !== undefined) {
    throw new CliError({
      code: 'cli/usage',
      problem: `--allow takes ${ALLOWABLE.join(', ')}, and not "${other}"`,
    })
  }
  return ALLOWABLE.filter((one) => words.includes(one))
}
