import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { checked, given, parseNumber } from '../input.ts'
import { confirmPublic, YES_OPTION } from '../notice.ts'
import { counted } from '../text.ts'
import { parseWhen } from '../time.ts'

export const vouch: CommandDefinition = {
  name: 'vouch',
  summary: 'Say in public that an agent can be trusted, for one scope, for a time',
  arguments: [{ name: '<agent>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--level <n>', description: 'how far: more than 0, at most 1', isRequired: true },
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--expires <when>', description: 'duration or RFC 3339; 90d if not said' },
    { flags: '--statement <text>', description: 'why, in a sentence; public' },
    YES_OPTION,
  ],
  examples: [
    'aip-node vouch did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 --level 0.8',
    'aip-node vouch bob --scope code-review --level 0.8 --expires 180d --statement "merged 40 PRs"',
  ],

  async run(invocation, context) {
    const client = await context.connect()
    const subject = await findAgent(invocation.needed(0), client)
    const expires = invocation.text('expires')
    const nowMs = context.clock()
    const input = checked(
      'createVouch',
      {
        subject,
        level: parseNumber(invocation.text('level') ?? '', '--level'),
        ...given({
          scope: invocation.text('scope'),
          statement: invocation.text('statement'),
          expiresAt: expires === undefined ? undefined : parseWhen(expires, nowMs),
        }),
      },
      nowMs,
    )
    await confirmPublic(client, context, { kind: 'vouch', isConfirmed: invocation.has('yes') })
    const created = await client.createVouch(input)
    context.output.answer(created, () => [
      `Vouched for ${subject} at ${input.level} (${input.scope}) until ${created.expiresAt ?? '–'}.`,
      `record ${created.id}`,
      ...(created.revoked.length === 0
        ? []
        : [`replaced ${counted(created.revoked.length, 'older vouch', 'older vouches')}`]),
    ])
  },
}
