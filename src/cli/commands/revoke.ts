import type { Client } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { given } from '../input.ts'
import { findRecord } from '../record-name.ts'

/** Vouches revoked by one command at most. */
const REVOKE_LIMIT_COUNT = 500

export const revoke: CommandDefinition = {
  name: 'revoke',
  summary: 'Take vouches of mine back, in public',
  arguments: [{ name: '[vouch]', description: 'id of the vouch, or its beginning' }],
  options: [
    { flags: '--all-for <agent>', description: 'every live vouch of mine for this agent' },
    { flags: '--reason <text>', description: 'why, in a sentence; public' },
  ],
  examples: [
    'aip-node revoke bafyreihq7p --reason "the key was lent out"',
    'aip-node revoke --all-for bob',
  ],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const vouches = await chosen(invocation, client)
    if (vouches.length === 0) {
      output.answer({ revocations: [] }, () => ['No live vouch of mine is there to revoke.'])
      return EXIT.unknown
    }
    const reason = given({ reason: invocation.text('reason') })
    const revocations: { vouch: string; id: string }[] = []
    for (const vouch of vouches) {
      const { id } = await client.revokeVouch({ id: vouch, ...reason })
      revocations.push({ vouch, id })
    }
    output.answer({ revocations }, () =>
      revocations.map(({ vouch, id }) => `Revoked ${vouch}, by record ${id}.`),
    )
    return EXIT.ok
  },
}

async function chosen(invocation: Invocation, client: Client): Promise<readonly string[]> {
  const one = invocation.argument(0)
  const all = invocation.text('allFor')
  if ((one === undefined) === (all === undefined)) {
    throw new CliError({ code: 'cli/usage', problem: 'name one vouch, or an agent with --all-for' })
  }
  const { did } = await client.identity({})
  if (one !== undefined) return [await findRecord(one, client, did)]
  const subject = await findAgent(all ?? '', client)
  const { items } = await client.listVouches({ issuer: did, subject, limit: REVOKE_LIMIT_COUNT })
  return items.filter(({ state }) => state === 'live').map(({ id }) => id)
}
