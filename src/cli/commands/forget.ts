import type { Client } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { shortDid, table } from '../text.ts'

export const forget: CommandDefinition = {
  name: 'forget',
  summary: 'Hide an agent from the lists and events of this node; without one, list the hidden',
  arguments: [{ name: '[agent]', description: 'DID, its beginning or petname' }],
  options: [{ flags: '--undo', description: 'show the agent again' }],
  examples: [
    'aip-node forget did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    'aip-node forget bob --undo',
    'aip-node forget',
  ],

  async run(invocation, { connect, output }) {
    const who = invocation.argument(0)
    const isUndone = invocation.has('undo')
    if (who === undefined && isUndone) {
      throw new CliError({ code: 'cli/usage', problem: 'name the agent to show again' })
    }
    const client = await connect()
    if (who === undefined) {
      const found = await client.listForgotten({})
      output.answer(found, () =>
        found.items.length === 0
          ? ['Nobody is hidden here.']
          : table(
              ['agent', 'name', 'since'],
              found.items.map(({ did, name, since }) => [did, name ?? '', since]),
            ),
      )
      return EXIT.ok
    }
    if (isUndone) {
      const did = await findHidden(who, client)
      const { recalled } = await client.recallAgent({ did })
      output.answer({ did, recalled }, () => [
        recalled ? `${shortDid(did)} is shown again.` : `${shortDid(did)} was not hidden.`,
      ])
      return EXIT.ok
    }
    const hidden = await client.forgetAgent({ did: await findAgent(who, client) })
    output.answer(hidden, () => [
      `${hidden.name ?? shortDid(hidden.did)} is hidden from the lists and events of this node.`,
      'Its records stay and count as before; nobody else knows. To make them count for nothing:',
      `  aip-node pin ${hidden.did} distrust`,
    ])
    return EXIT.ok
  },
}

/** A hidden agent is in no list, so its name or beginning is looked for among the hidden. */
async function findHidden(text: string, client: Client): Promise<string> {
  const { items } = await client.listForgotten({})
  const digits = /^(?:did:aip:)?([0-9a-f]{6,32})$/.exec(text)?.[1]
  const matches = items.filter(
    ({ did, name }) =>
      name === text || (digits !== undefined && did.startsWith(`did:aip:${digits}`)),
  )
  const [only] = matches
  if (only === undefined) return findAgent(text, client)
  if (matches.length === 1) return only.did
  const list = matches.map(({ did }) => did).join(', ')
  throw new CliError({ code: 'cli/agent-ambiguous', query: text, matches: list })
}
