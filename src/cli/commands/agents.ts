import { AGENT_ORDERS } from '../../api/contract.ts'
import { checked, given, parseNumber } from '../input.ts'
import type { CommandDefinition } from '../command.ts'
import { share, table } from '../text.ts'
import { agoText, parsePast } from '../time.ts'

export const agents: CommandDefinition = {
  name: 'agents',
  summary: 'The agents that this node knows, best score first',
  arguments: [{ name: '[query]', description: 'petname, or the beginning of a DID' }],
  options: [
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--min <n>', description: 'only those with at least this score' },
    { flags: '--seen <time>', description: 'only those with an outcome since: 7d, RFC 3339' },
    {
      flags: '--sort <order>',
      description: 'what comes first',
      fallback: 'score',
      choices: AGENT_ORDERS,
    },
    { flags: '--limit <n>', description: 'rows at most', fallback: '100' },
  ],
  examples: [
    'aip-node agents',
    'aip-node agents --scope code-review --min 0.5',
    'aip-node agents --seen 7d --sort seen',
  ],

  async run(invocation, { connect, output, clock }) {
    const min = invocation.text('min')
    const seen = invocation.text('seen')
    const input = checked(
      'listAgents',
      {
        scope: invocation.text('scope') ?? 'general',
        limit: parseNumber(invocation.text('limit') ?? '100', '--limit'),
        ...given({
          q: invocation.argument(0),
          sort: AGENT_ORDERS.find((order) => order === invocation.text('sort')),
          seenSince: seen === undefined ? undefined : parsePast(seen, clock()),
          minScore: min === undefined ? undefined : parseNumber(min, '--min'),
        }),
      },
      clock(),
    )
    const found = await (await connect()).listAgents(input)
    if (found.from === 'checkpoint' && found.asOf !== null) {
      output.note(`As it was ${agoText(found.asOf, clock())}: the node is still loading its view.`)
    }
    output.answer(found, () =>
      found.items.length === 0
        ? ['No agents are known here yet.']
        : table(
            ['agent', 'name', 'state', 'score', 'assured', 'social', 'keeps', 'why'],
            found.items.map((agent) => [
              agent.did,
              agent.isMe ? 'you' : (agent.name ?? ''),
              agent.state,
              share(agent.score),
              share(agent.assured),
              share(agent.social),
              share(agent.reliability),
              agent.reason,
            ]),
          ),
    )
    if (found.cursor !== null) output.note('There are more: raise --limit.')
  },
}
