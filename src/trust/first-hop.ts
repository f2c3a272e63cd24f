/** How the viewer's trust enters: by its own vouch, an introducer or a pin. Specification: T6. */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { TrustContext } from './context.ts'
import { LEVEL_ONE } from './profile.ts'
import type { FirstHop } from './reading.ts'

/** What an agent is granted other than by a vouch, in thousandths; 0 for nothing. */
export interface Grants {
  readonly introducer: number
  readonly pin: number
}

export function strongestGrants({
  introducers,
  pins,
}: Pick<TrustContext, 'introducers' | 'pins'>): ReadonlyMap<Did, Grants> {
  const grants = new Map<Did, Grants>()
  for (const { did, level } of introducers) {
    grants.set(did, { introducer: Math.max(level, grants.get(did)?.introducer ?? 0), pin: 0 })
  }
  for (const [did, { kind }] of pins) {
    if (kind !== 'trust') continue
    grants.set(did, { introducer: grants.get(did)?.introducer ?? 0, pin: LEVEL_ONE })
  }
  return grants
}

/** T6: the strongest way in; of equals the one that is signed. */
export function firstHopOf(
  vouch: { readonly id: RecordId; readonly level: number } | undefined,
  { introducer, pin }: Grants = { introducer: 0, pin: 0 },
): FirstHop | undefined {
  const signed = vouch?.level ?? 0
  if (pin > Math.max(signed, introducer)) return { via: 'pin', level: pin }
  if (introducer > signed) return { via: 'introducer', level: introducer }
  return vouch === undefined ? undefined : { via: 'vouch', level: signed, vouch: vouch.id }
}
