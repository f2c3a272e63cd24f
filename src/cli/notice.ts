/** What the user should know before the first record of this node becomes public. */
import type { Client } from '../api/contract.ts'
import type { CommandContext } from './command.ts'
import { CliError } from './error.ts'

export type PublicKind = 'vouch' | 'promise' | 'observation'

export const PUBLIC_NOTICE =
  'This is public and signed with your key; others keep it for up to 366 days, and it cannot be recalled.'

/** What else cannot be undone, by what is about to be signed. */
export const PUBLIC_DETAIL: Readonly<Record<PublicKind, string>> = {
  vouch:
    'Revoking it later makes it stop counting; that you vouched, for whom, how far and why stays readable.',
  promise: 'A promise cannot be taken back, only kept or broken: the delegator may say which.',
  observation:
    'An observation cannot be revoked: a later one stands beside it, and does not take it away.',
}

/**
 * Says so before the first public record, and goes on only when told to: a node that has signed one
 * remembers, whatever became of the record. Before the first public observation of a node that has
 * signed other things it says the one thing that is different, and does not ask.
 */
export async function confirmPublic(
  client: Client,
  context: CommandContext,
  order: { readonly kind: PublicKind; readonly isConfirmed: boolean },
): Promise<void> {
  const { kind, isConfirmed } = order
  if (isConfirmed) return
  const { mine } = await client.status({})
  if (mine.published > 0) {
    if (kind === 'observation' && mine.observations === 0)
      context.output.note(PUBLIC_DETAIL.observation)
    return
  }
  context.output.note(PUBLIC_NOTICE)
  context.output.note(PUBLIC_DETAIL[kind])
  context.output.note('Put no personal data, secrets or names of customers into it.')
  if (context.ask === undefined) throw new CliError({ code: 'cli/confirmation-needed' })
  if (!(await context.ask('Sign and publish it?'))) throw new CliError({ code: 'cli/declined' })
}

export const YES_OPTION = {
  flags: '--yes',
  description: 'do not ask before the first public record',
}
