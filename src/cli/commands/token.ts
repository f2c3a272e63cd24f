import { RIGHTS, type Right } from '../../api/operation.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { table } from '../text.ts'
import { parseWhen } from '../time.ts'

const create: CommandDefinition = {
  name: 'create',
  summary: 'Make a token for a program, and print it once',
  arguments: [{ name: '<name>', description: 'for whom it is' }],
  options: [
    {
      flags: '--right <right>',
      description: 'what it may do: read, observe, sign if not said',
      repeats: true,
    },
    { flags: '--expires <time>', description: 'when it ends: 90d, or RFC 3339' },
  ],
  examples: [
    'aip-node token create planner',
    'aip-node token create grafana --right read --expires 365d',
  ],

  async run(invocation, { connect, output, clock }) {
    const asked = invocation.texts('right')
    const rights = asked.map(readRight)
    const expires = invocation.text('expires')
    const made = await (
      await connect()
    ).createToken({
      name: invocation.needed(0),
      ...(rights.length === 0 ? {} : { rights }),
      ...(expires === undefined ? {} : { expiresAt: parseWhen(expires, clock()) }),
    })
    output.answer(made, () => [made.token])
    if (!output.isJson) {
      output.note(
        `Token ${made.id} for ${made.name} may ${made.rights.join(', ')}. It is shown this once.`,
      )
    }
  },
}

function readRight(text: string): Right {
  const right = RIGHTS.find((one) => one === text)
  if (right !== undefined) return right
  throw new CliError({ code: 'cli/usage', problem: `a right is one of ${RIGHTS.join(', ')}` })
}

const list: CommandDefinition = {
  name: 'list',
  summary: 'The tokens that were made, without their secrets',
  examples: ['aip-node token list'],

  async run(_invocation, { connect, output }) {
    const found = await (await connect()).listTokens({})
    output.answer(found, () =>
      found.items.length === 0
        ? ['No token was made. The one in run/token is not listed here.']
        : table(
            ['id', 'name', 'may', 'made', 'ends', 'last used'],
            found.items.map((one) => [
              one.id,
              one.name,
              one.rights.join(' '),
              one.createdAt,
              one.expiresAt ?? 'never',
              one.lastUsedAt ?? 'not since the start',
            ]),
          ),
    )
  },
}

const revoke: CommandDefinition = {
  name: 'revoke',
  summary: 'End a token',
  arguments: [{ name: '<id>', description: 'as "token list" shows it' }],
  examples: ['aip-node token revoke 0123456789ab'],

  async run(invocation, { connect, output }) {
    const id = invocation.needed(0)
    const result = await (await connect()).revokeToken({ id })
    output.answer(result, () => [
      result.removed ? `Token ${id} has ended.` : `There is no token ${id}.`,
    ])
    return result.removed ? EXIT.ok : EXIT.unknown
  },
}

export const token: CommandDefinition = {
  name: 'token',
  summary: 'Tokens for programs that use the loopback port',
  examples: ['aip-node token list'],
  subcommands: [create, list, revoke],
}
