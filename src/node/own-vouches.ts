/** This node's own vouches: for whom it stands now, and which of them it has taken back. */
import type { Clock } from '../base/clock.ts'
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { Evidence } from './evidence.ts'

interface Voucher {
  readonly did: Did
  readonly evidence: Pick<Evidence, 'by'>
}

/** Whom this node vouches for now. */
export function vouchedFor({
  did,
  evidence,
  clock,
}: Voucher & { readonly clock: Clock }): ReadonlySet<Did> {
  const revoked = revokedVouches({ did, evidence })
  const subjects = new Set<Did>()
  for (const { id, record } of evidence.by(did, 'vouch')) {
    if (record.type !== 'vouch') continue
    if (record.expiresAtMs > clock() && !revoked.has(id)) subjects.add(record.subject)
  }
  return subjects
}

export function revokedVouches(node: Voucher): ReadonlySet<RecordId> {
  const revoked = new Set<RecordId>()
  for (const { record } of node.evidence.by(node.did, 'revocation')) {
    if (record.type === 'revocation') revoked.add(record.vouch)
  }
  return revoked
}
