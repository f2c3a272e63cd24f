/**
 * The status that opens an answer. A libp2p stream that fails says nothing about why, so a peer
 * that will not answer says it in words of the protocol. Specification: docs/spec/query.md.
 */
const STATUSES = ['OK', 'NOT_FOUND', 'BAD_REQUEST', 'RATE_LIMITED', 'ERROR'] as const
export type Status = (typeof STATUSES)[number]
export type RefusedStatus = Exclude<Status, 'OK'>

/** The number on the wire. */
export function statusCode(status: Status): number {
  return STATUSES.indexOf(status)
}

/** The refusal that a number means, or `undefined` for OK and for no status at all. */
export function refusedStatus(code: number): RefusedStatus | undefined {
  const status = STATUSES[code]
  return status === 'OK' ? undefined : status
}
