/**
 * Taking a vouch back: how the issuer says it, and whose word counts.
 *
 * A revocation outlives the vouch that it names, and may arrive before it. It hides the vouch from
 * views; it deletes nothing. Specification: docs/spec/records.md, "Revocations".
 */
import type { Claim, RecordId, Revocation, Vouch } from './record.ts'
import { LIFETIME_LIMIT_MS } from './verified.ts'

/** The claim by which the issuer of a vouch takes it back. Not dated before the vouch itself. */
export function revocationOf(
  vouch: { readonly id: RecordId; readonly record: Vouch },
  options: { readonly sequence: number; readonly nowMs: number; readonly reason?: string },
): Claim & { readonly type: 'revocation' } {
  const issuedAtMs = Math.max(options.nowMs, vouch.record.issuedAtMs)
  return {
    type: 'revocation',
    vouch: vouch.id,
    subject: vouch.record.subject,
    sequence: options.sequence,
    issuedAtMs,
    expiresAtMs: issuedAtMs + LIFETIME_LIMIT_MS,
    ...(options.reason !== undefined && { reason: options.reason }),
  }
}

/** R3: only who gave a vouch takes it back, and the revocation names its subject. */
export function revokes(
  revocation: Revocation,
  vouch: { readonly id: RecordId; readonly record: Vouch },
): boolean {
  return (
    revocation.vouch === vouch.id &&
    revocation.issuer === vouch.record.issuer &&
    revocation.subject === vouch.record.subject
  )
}
