/** Vouches: mine to give and take back, everybody's to read. */
import { DAY_MS } from '../../base/units.ts'
import { parseDid } from '../../identity/did.ts'
import type { AipNode } from '../../node/node.ts'
import { revoke, vouch } from '../../node/use/vouching.ts'
import type { RecordId, Vouch } from '../../records/record.ts'
import { recordIdText } from '../../records/wire.ts'
import { shownVouch, timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'
import { paged, readRecordId } from './paging.ts'

export const DEFAULT_VOUCH_DAYS = 90

export function vouchHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'createVouch' | 'listVouches' | 'revokeVouch'> {
  return {
    createVouch: async ({ subject, scope, level, expiresAt, statement }, { signal }) => {
      const expiresAtMs =
        expiresAt === undefined ? node.clock() + DEFAULT_VOUCH_DAYS * DAY_MS : Date.parse(expiresAt)
      const order = {
        subject: parseDid(subject),
        scope,
        level: Math.round(level * 1000),
        expiresAtMs,
        ...(statement === undefined ? {} : { statement }),
      }
      const made = await vouch(node, order, signal)
      return {
        id: recordIdText(made.id),
        public: true,
        revoked: made.revoked.map(recordIdText),
        expiresAt: timeText(expiresAtMs),
      }
    },

    listVouches: async (input) => {
      return paged(
        node,
        input,
        'vouch',
        (record) => {
          return input.scope === undefined || record.scope === input.scope
        },
        (at, record) => shownVouch(at, record, stateOf(node, at, record)),
      )
    },

    revokeVouch: async (input) => {
      const made = await revoke(node, readRecordId(input.id), input.reason)
      return {
        id: recordIdText(made),
        public: true,
        revoked: [recordIdText(readRecordId(input.id))],
        expiresAt: null,
      }
    },
  }
}

/** What became of a vouch: the latest of a pair and scope lives until it is revoked or expires. */
function stateOf(
  { evidence, clock }: AipNode,
  id: RecordId,
  given: Vouch,
): Output<'listVouches'>['items'][number]['state'] {
  const { issuer, subject, scope, issuedAtMs } = given
  for (const { record } of evidence.between('revocation', issuer, subject)) {
    if (record.type === 'revocation' && record.vouch === id) return 'revoked'
  }
  if (given.expiresAtMs <= clock()) return 'expired'
  for (const other of evidence.between('vouch', issuer, subject)) {
    const { record } = other
    if (record.type !== 'vouch' || record.scope !== scope) continue
    const isLater =
      record.issuedAtMs > issuedAtMs || (record.issuedAtMs === issuedAtMs && other.id < id)
    if (isLater) return 'replaced'
  }
  return 'live'
}
