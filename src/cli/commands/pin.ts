import { findAgent } from '../agent-name.ts'
import { given, parseNumber } from '../input.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { shortDid, table } from '../text.ts'

export const pin: CommandDefinition = {
  name: 'pin',
  summary:
    'Name, trust, distrust or cap an agent, for this node alone; without words, list the pins',
  arguments: [
    { name: '[agent]', description: 'DID, its beginning or petname' },
    { name: '[word]', description: 'trust, distrust, cap=0.5, or remove' },
  ],
  options: [
    { flags: '--name <petname>', description: 'what you call the agent' },
    {
      flags: '--branch <hash>',
      description: 'where two key logs claim the agent: inception or head of the real one',
    },
  ],
  examples: [
    'aip-node pin',
    'aip-node pin did:aip:7f3a0c --name bob',
    'aip-node pin bob cap=0.5',
    'aip-node pin bob remove',
  ],

  async run(invocation, { connect, output }) {
    const who = invocation.argument(0)
    const word = invocation.argument(1)
    const name = invocation.text('name')
    const branch = invocation.text('branch')
    const order = wordOrder(word)
    const client = await connect()
    if (who === undefined) {
      const found = await client.listPins({})
      output.answer(found, () =>
        found.items.length === 0
          ? ['No pins and no petnames yet.']
          : table(
              ['name', 'agent', 'pin'],
              found.items.map((one) => [one.name ?? '', one.did, pinText(one)]),
            ),
      )
      return
    }
    const did = await findAgent(who, client)
    if (order === 'remove') {
      const { removed } = await client.deletePin({ did })
      output.answer({ did, removed }, () => [
        removed ? `${shortDid(did)} has no pin and no name any more.` : 'There was no pin.',
      ])
      return
    }
    if (order === undefined && name === undefined && branch === undefined) {
      throw new CliError({
        code: 'cli/usage',
        problem: 'say trust, distrust, cap=0.5 or remove, or give a --name or a --branch',
      })
    }
    const made = await client.putPin({ did, ...order, ...given({ name, branch }) })
    output.answer(made, () => [
      `${made.name ?? shortDid(made.did)}: ${pinText(made)}. Nobody but this node knows.`,
    ])
  },
}

type Order =
  { readonly kind: 'trust' | 'distrust' } | { readonly kind: 'cap'; readonly cap: number }

function wordOrder(word: string | undefined): Order | 'remove' | undefined {
  if (word === undefined || word === 'remove') return word
  if (word === 'trust' || word === 'distrust') return { kind: word }
  if (word.startsWith('cap=')) {
    return { kind: 'cap', cap: parseNumber(word.slice('cap='.length), 'cap') }
  }
  throw new CliError({
    code: 'cli/usage',
    problem: `"${word}" is not trust, distrust, cap=0.5 or remove`,
  })
}

function pinText({
  kind,
  cap,
}: {
  readonly kind: string | null
  readonly cap: number | null
}): string {
  if (kind === null) return 'a name only'
  return cap === null ? kind : `${kind} ${cap}`
}
