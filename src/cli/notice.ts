/** What the user should know before the first record of this node becomes public. */
import type { Client } from '../api/contract.ts'
import type { CommandContext } from './command.ts'
import { CliError } from './error.ts'

export const PUBLIC_NOTICE =
  'This is public and signed with your key; others keep it for up to 366 days, and it cannot be recalled.'

/** Says so before the first public vouch or observation, and goes on only when told to. */
export async function confirmPublic(
  client: Client,
  context: CommandContext,
  isConfirmed: boolean,
): Promise<void> {
  if (isConfirmed) return
  const { mine } = await client.status({})
  if (mine.published > 0) return
  context.output.note(PUBLIC_NOTICE)
  if (context.ask === undefined) throw new CliError({ code: 'cli/confirmation-needed' })
  if (!(await context.ask('Sign and publish it?'))) throw new CliError({ code: 'cli/declined' })
}

export const YES_OPTION = {
  flags: '--yes',
  description: 'do not ask before the first public record',
}
