import type { CommandDefinition } from '../command.ts'
import { assertSheetOf, dueForRecovery, placeOf } from '../due-keys.ts'
import { withOwnNode } from '../own-node.ts'
import { PASSPHRASE_OPTION, recoverySheet, SHEET_OPTION } from '../secrets.ts'
import { CHANGE_LIMIT_MS, confirmed, partsOf } from './rotate.ts'

export const deactivate: CommandDefinition = {
  name: 'deactivate',
  summary: 'End this identity for good: nothing is signed for it any more',
  options: [
    { flags: '--compromised', description: 'its key was stolen: nothing by it counts any more' },
    SHEET_OPTION,
    { flags: '--yes', description: 'do not ask' },
    { flags: '--network <name|file>', description: 'of a home whose node does not run' },
    PASSPHRASE_OPTION,
  ],
  examples: ['aip-node deactivate', 'aip-node deactivate --sheet sheet.txt --yes'],

  async run(invocation, context) {
    const changed = await withOwnNode(partsOf(invocation, context), async (node) => {
      const { did, headKeyId } = await node.identity({})
      const sheet = await recoverySheet(invocation, context)
      assertSheetOf(sheet, did)
      const place = placeOf(headKeyId)
      await confirmed(invocation, context, [
        `${did} ends for good. Nobody can undo this, not with the sheet either.`,
        'What it has signed stays public until it expires.',
        ...(place.rotation > 0
          ? [
              'Records signed since the last rotation leave with it: run "aip-node recover" first to keep them.',
            ]
          : []),
      ])
      const { authority } = dueForRecovery(sheet, place)
      const compromised = invocation.has('compromised')
      return node.deactivateIdentity({ authority, compromised }, { timeoutMs: CHANGE_LIMIT_MS })
    })
    context.output.answer(changed, () => [
      `${changed.did} is deactivated.`,
      'While this node runs, it tells others so. It signs nothing any more.',
    ])
  },
}
