import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { checked, parseWork } from '../input.ts'
import { confirmPublic, YES_OPTION } from '../notice.ts'
import { parseWhen } from '../time.ts'

export const promise: CommandDefinition = {
  name: 'promise',
  summary: 'Undertake work for a delegator by a deadline, in public',
  arguments: [{ name: '<delegator>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--task <scope>', description: 'the scope of the task', isRequired: true },
    { flags: '--by <when>', description: 'deadline: duration or RFC 3339', isRequired: true },
    { flags: '--count <n>', description: 'how many things' },
    { flags: '--item <text>', description: 'one thing by name', repeats: true },
    YES_OPTION,
  ],
  examples: [
    'aip-node promise alice --task review --count 10 --by 2h',
    'aip-node promise alice --task report --item summary --item figures --by 2027-01-31T12:00:00Z',
  ],

  async run(invocation, context) {
    const client = await context.connect()
    const delegator = await findAgent(invocation.needed(0), client)
    const names = { count: '--count', item: '--item' }
    const work = parseWork(invocation.text('count'), invocation.texts('item'), names)
    if (work === undefined) {
      throw new CliError({ code: 'cli/usage', problem: 'say what is promised: --count or --item' })
    }
    const nowMs = context.clock()
    const deadline = parseWhen(invocation.text('by') ?? '', nowMs)
    const task = invocation.text('task') ?? ''
    const input = checked('createPromise', { delegator, task, work, deadline }, nowMs)
    await confirmPublic(client, context, { kind: 'promise', isConfirmed: invocation.has('yes') })
    const created = await client.createPromise(input)
    context.output.answer(created, () => [
      `Promised to ${delegator} (${task}) by ${deadline}.`,
      `record ${created.id}`,
    ])
  },
}
