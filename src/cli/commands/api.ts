import { operations, type OperationName } from '../../api/contract.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { table } from '../text.ts'

/** Every operation that answers with JSON, by its name: what has no command of its own is reached so. */
export const api: CommandDefinition = {
  name: 'api',
  summary: 'Call any operation of the interface by its name; without one, list them',
  arguments: [{ name: '[operation]', description: 'such as listVouches' }],
  options: [{ flags: '--input <json>', description: 'its input, a JSON object', fallback: '{}' }],
  examples: ['aip-node api', `aip-node api listVouches --input '{"limit":5}'`],

  async run(invocation, { connect, output }) {
    const name = invocation.argument(0)
    if (name === undefined) {
      const rows = Object.entries(operations).map(([one, { method, path, summary }]) => ({
        name: one,
        method,
        path,
        summary,
      }))
      output.answer({ items: rows }, () =>
        table(
          ['operation', 'request', 'what it does'],
          rows.map((row) => [row.name, `${row.method} ${row.path}`, row.summary]),
        ),
      )
      return
    }
    if (!isOperation(name)) {
      throw new CliError({
        code: 'cli/usage',
        problem: `there is no operation ${name}: "aip-node api" lists them`,
      })
    }
    const { transfer } = operations[name]
    if (transfer !== 'json' && transfer !== 'resolution') {
      throw new CliError({
        code: 'cli/usage',
        problem: `${name} does not answer with JSON alone: it has a command of its own`,
      })
    }
    const input = readInput(invocation.text('input') ?? '{}')
    const client = await connect()
    // Each name's call takes that name's input; the node judges what it is given.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const call = client[name] as (input: Readonly<Record<string, unknown>>) => Promise<unknown>
    const answer = await call(input)
    output.answer(answer, () => JSON.stringify(answer, null, 2).split('\n'))
  },
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}

function readInput(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value))
  }
  throw new CliError({ code: 'cli/usage', problem: '--input is a JSON object' })
}
