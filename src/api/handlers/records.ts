/** Records as they were signed, and bundles of them. */
import { parseDid } from '../../identity/did.ts'
import { NodeError } from '../../node/error.ts'
import { exportBundle, importBundle } from '../../node/use/transferring.ts'
import { shownRecord } from '../answers.ts'
import type { Handlers } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'
import { paged, readRecordId } from './paging.ts'

export function recordHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'getRecord' | 'listRecords' | 'importRecords' | 'exportRecords'> {
  return {
    getRecord: async (input) => {
      const wanted = readRecordId(input.id)
      const stored = await node.store.get(wanted)
      if (stored === undefined) throw new NodeError({ code: 'node/record-unknown', id: input.id })
      return {
        record: shownRecord(wanted, stored.record),
        hash: wanted,
        bytes: Buffer.from(stored.bytes).toString('base64'),
      }
    },
    listRecords: async (input) => paged(node, input, input.type, () => true, shownRecord),

    importRecords: async ({ body }) => {
      const { refused, ...counts } = await importBundle(node, body)
      return { ...counts, refused: [...refused].map(([code, count]) => ({ code, count })) }
    },
    exportRecords: ({ issuer, subject }) =>
      exportBundle(node, {
        ...(issuer === undefined ? {} : { issuer: parseDid(issuer) }),
        ...(subject === undefined ? {} : { subject: parseDid(subject) }),
      }),
  }
}
