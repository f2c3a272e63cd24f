import type { Input } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { checked, given, parseWork } from '../input.ts'
import { confirmPublic, YES_OPTION } from '../notice.ts'

export const observe: CommandDefinition = {
  name: 'observe',
  summary: 'Say what an agent delivered; private unless shared',
  arguments: [{ name: '<agent>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--task <scope>', description: 'the scope of the task' },
    { flags: '--promised <n>', description: 'how many things were promised' },
    { flags: '--delivered <n>', description: 'how many of them were delivered' },
    { flags: '--item <text>', description: 'a promised thing by name', repeats: true },
    { flags: '--done <text>', description: 'a delivered thing by name', repeats: true },
    { flags: '--promise <id>', description: 'the promise that this settles' },
    {
      flags: '--share <how>',
      description: 'private stays here, public is signed and sent',
      choices: ['private', 'public'],
      fallback: 'private',
    },
    YES_OPTION,
  ],
  examples: [
    'aip-node observe bob --task review --promised 10 --delivered 9',
    'aip-node observe bob --promise bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy --delivered 10 --share public',
    'aip-node observe bob --task report --item summary --item figures --done summary',
  ],

  async run(invocation, context) {
    const client = await context.connect()
    const subject = await findAgent(invocation.needed(0), client)
    const nowMs = context.clock()
    const input = checked('createObservation', observation(subject, invocation), nowMs)
    if (input.share === 'public') {
      await confirmPublic(client, context, {
        kind: 'observation',
        isConfirmed: invocation.has('yes'),
      })
    }
    const created = await client.createObservation(input)
    context.output.answer(created, () => [
      `Observed ${subject}, ${created.public ? 'in public' : 'for this node alone'}.`,
      `${created.public ? 'record' : 'observation'} ${created.id}`,
    ])
  },
}

function observation(subject: string, invocation: Invocation): Input<'createObservation'> {
  const items = invocation.texts('item')
  const done = invocation.texts('done')
  const promised = parseWork(invocation.text('promised'), items, {
    count: '--promised',
    item: '--item',
  })
  const counted = parseWork(invocation.text('delivered'), done, {
    count: '--delivered',
    item: '--done',
  })
  // Of named things none delivered is an empty list, which no option can spell.
  const delivered = counted ?? (items.length > 0 ? [] : undefined)
  if (delivered === undefined) {
    throw new CliError({
      code: 'cli/usage',
      problem: 'say what was delivered: --delivered with --promised, or --done with --item',
    })
  }
  const share = invocation.text('share') === 'public' ? 'public' : 'private'
  return {
    subject,
    share,
    delivered,
    ...given({ promised, task: invocation.text('task'), promise: invocation.text('promise') }),
  }
}
