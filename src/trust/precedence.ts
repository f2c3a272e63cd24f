/** T5: which of several vouches of one pair counts. Specification: docs/spec/scoring.md, T5. */
import type { RecordId, Vouch } from '../records/record.ts'
import { GENERAL_SCOPE } from './context.ts'

export interface DatedVouch {
  readonly id: RecordId
  readonly vouch: Pick<Vouch, 'scope' | 'issuedAtMs'>
}

/** Of two vouches that serve one scope: its own before general, then the later, then the greater id. */
export function goesBefore(a: DatedVouch, b: DatedVouch): boolean {
  const [ownA, ownB] = [a.vouch.scope !== GENERAL_SCOPE, b.vouch.scope !== GENERAL_SCOPE]
  return ownA === ownB ? isLater(a, b) : ownA
}

/** Of two vouches for one scope. */
export function isLater(a: DatedVouch, b: DatedVouch): boolean {
  const difference = a.vouch.issuedAtMs - b.vouch.issuedAtMs
  return difference === 0 ? a.id > b.id : difference > 0
}
