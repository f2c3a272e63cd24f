import type { Input, Output } from '../../api/contract.ts'
import { MINUTE_MS } from '../../base/units.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { assertSheetOf, dueForRotation, placeOf } from '../due-keys.ts'
import { CliError } from '../error.ts'
import { given } from '../input.ts'
import { withOwnNode, type OwnNodeParts } from '../own-node.ts'
import { PASSPHRASE_OPTION, passphraseSource, recoverySheet, SHEET_OPTION } from '../secrets.ts'
import { counted } from '../text.ts'
import { parsePast } from '../time.ts'
import { flagsOf } from './start.ts'

/** A change of the key waits for peers, and for the network host to start again. */
export const CHANGE_LIMIT_MS = 2 * MINUTE_MS

export const CHANGE_OPTIONS: NonNullable<CommandDefinition['options']> = [
  SHEET_OPTION,
  {
    flags: '--stolen-since <when>',
    description: 'what came since is the thief’s and is not signed again: 3d, or a time',
  },
  { flags: '--yes', description: 'do not ask' },
  { flags: '--network <name|file>', description: 'of a home whose node does not run' },
  PASSPHRASE_OPTION,
]

export const rotate: CommandDefinition = {
  name: 'rotate',
  summary: 'Replace the key of this node with a new one; the DID stays',
  options: [
    {
      flags: '--compromised',
      description: 'the old key was stolen: nothing by it counts, what lives is signed again',
    },
    ...CHANGE_OPTIONS,
  ],
  examples: [
    'aip-node rotate',
    'aip-node rotate --sheet /media/usb/sheet.txt --yes',
    'aip-node rotate --compromised --stolen-since 3d',
  ],

  async run(invocation, context) {
    const outgoing = outgoingOf(invocation, context)
    const changed = await rotatedKey(invocation, context, outgoing)
    context.output.answer(changed, () => changeLines(changed))
  },
}

/** Asks for the sheet, shows the plan, and rotates. */
export async function rotatedKey(
  invocation: Invocation,
  context: CommandContext,
  outgoing: Outgoing = { compromised: false },
): Promise<Output<'rotateIdentity'>> {
  return withOwnNode(partsOf(invocation, context), async (node) => {
    const { did, keyId } = await node.identity({})
    const sheet = await recoverySheet(invocation, context)
    assertSheetOf(sheet, did)
    const isStolen = outgoing.compromised === true
    const fate = isStolen ? ', and nothing that it signed counts any more' : ''
    await confirmed(invocation, context, [
      did,
      `The key ${keyId.split('#')[1]} is replaced by a new one${fate}.`,
      ...(isStolen ? [REISSUE_NOTICE] : []),
    ])
    const order = { ...dueForRotation(sheet, placeOf(keyId)), ...outgoing }
    return node.rotateIdentity(order, { timeoutMs: CHANGE_LIMIT_MS })
  })
}

export const REISSUE_NOTICE =
  'Live vouches and open promises are signed again under the new key, with the words they had.'

export function partsOf(invocation: Invocation, context: CommandContext): OwnNodeParts {
  const passphraseOf = passphraseSource(invocation, context)
  return { context, flags: flagsOf(invocation), passphraseOf }
}

type Outgoing = Pick<Input<'rotateIdentity'>, 'compromised' | 'stolenSince'>

export function outgoingOf(invocation: Invocation, { clock }: CommandContext): Outgoing {
  const compromised = invocation.has('compromised')
  const since = invocation.text('stolenSince')
  if (since !== undefined && !compromised) {
    throw new CliError({ code: 'cli/usage', problem: '--stolen-since goes with --compromised' })
  }
  const stolenSince = since === undefined ? undefined : parsePast(since, clock())
  return { compromised, ...given({ stolenSince }) }
}

/** Shows the plan, and goes on only when told to. @throws {CliError} `cli/declined`. */
export async function confirmed(
  invocation: Invocation,
  { output, ask }: CommandContext,
  plan: readonly string[],
): Promise<void> {
  if (invocation.has('yes')) return
  for (const line of plan) output.note(line)
  if (ask === undefined) throw new CliError({ code: 'cli/yes-needed' })
  if (!(await ask('Go on?'))) throw new CliError({ code: 'cli/declined' })
}

export function changeLines(changed: Output<'rotateIdentity'>): readonly string[] {
  const { vouches, promises, refused } = changed.reissued
  const again = vouches + promises + refused
  return [
    `did       ${changed.did}`,
    `key       ${changed.keyId.split('#')[1]}`,
    `peer id   ${changed.peerId}`,
    `log       held here and by ${counted(changed.acknowledged, 'peer')} that confirmed it`,
    ...(again === 0
      ? []
      : [
          `again     ${counted(vouches, 'vouch', 'vouches')}, ${counted(promises, 'promise')} signed by the new key${refused > 0 ? `; ${refused} refused` : ''}`,
        ]),
    'Make a new backup: one with the old key is of no use any more.',
  ]
}
