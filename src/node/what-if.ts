/**
 * How one agent reaches another, and how it would without some vouches or agents: a view of just the
 * vouches around the first, made for one question. Overrides count only from the viewer's own place.
 */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { EvidenceRecord, TrustContext } from '../trust/context.ts'
import type { TrustPath } from '../trust/paths.ts'
import { PROFILES } from '../trust/profile.ts'
import { View } from '../trust/view.ts'
import { nextTurn } from './building.ts'
import type { Evidence } from './evidence.ts'

/** Agents whose vouches are looked at. */
export const WHAT_IF_AGENTS_LIMIT = 2_000
/** Their vouches and revocations. */
export const WHAT_IF_RECORDS_LIMIT = 50_000
/** Agents whose vouches are read before others have a turn. */
const AGENTS_AT_A_TIME = 32

export interface WhatIf {
  readonly from: Did
  readonly to: Did
  readonly scope: string
  /** Paths at most. */
  readonly limit: number
  readonly without: {
    /** Vouches that are taken not to be there. */
    readonly records: ReadonlySet<RecordId>
    /** Agents who are taken to vouch for nobody. */
    readonly agents: ReadonlySet<Did>
  }
}

export interface WhatIfPaths {
  readonly paths: readonly TrustPath[]
  /** In [0, 1]: with everything, and without what was left out. */
  readonly standing: number
  readonly standingWithout: number
  /** There are more agents around than were looked at. */
  readonly isCut: boolean
}

interface Surroundings {
  readonly evidence: Pick<Evidence, 'by'>
  readonly context: TrustContext
}

/** Answers as of `context.nowMs`. */
export async function whatIf(
  { evidence, context }: Surroundings,
  { from, to, scope, limit, without }: WhatIf,
): Promise<WhatIfPaths> {
  const { records, isCut } = await vouchesAround(evidence, from, context)
  const isMine = from === context.viewer
  const own: TrustContext = {
    viewer: from,
    nowMs: context.nowMs,
    profile: context.profile,
    identityOf: (did) => context.identityOf(did),
    pins: isMine ? context.pins : new Map(),
    introducers: isMine ? context.introducers : [],
    privateOutcomes: [],
  }
  const whole = View.of(records, own)
  const left = records.filter(
    ({ id, record }) => !without.records.has(id) && !without.agents.has(record.issuer),
  )
  const reduced = View.of(left, {
    ...own,
    introducers: own.introducers.filter(({ did }) => !without.agents.has(did)),
    pins: new Map([...own.pins].filter(([did]) => !without.agents.has(did))),
  })
  return {
    paths: reduced.paths(to, scope, limit),
    standing: whole.standing(to, scope),
    standingWithout: reduced.standing(to, scope),
    isCut,
  }
}

/** Vouches and revocations of everybody within the reach of trust, nearest first. */
async function vouchesAround(
  evidence: Pick<Evidence, 'by'>,
  from: Did,
  { profile, viewer, pins, introducers }: TrustContext,
): Promise<{ readonly records: readonly EvidenceRecord[]; readonly isCut: boolean }> {
  const records: EvidenceRecord[] = []
  const met = new Set<Did>([from])
  let isCut = false
  const meet = (did: Did, next: Did[]): void => {
    if (met.has(did)) return
    if (met.size >= WHAT_IF_AGENTS_LIMIT) {
      isCut = true
      return
    }
    met.add(did)
    next.push(did)
  }
  let ring: readonly Did[] = [from]
  let count = 0
  for (let hop = 0; hop < PROFILES[profile].hopLimit && ring.length > 0; hop++) {
    const next: Did[] = []
    if (hop === 0 && from === viewer) {
      for (const [did, { kind }] of pins) if (kind === 'trust') meet(did, next)
      for (const { did } of introducers) meet(did, next)
    }
    for (const did of ring) {
      if (records.length >= WHAT_IF_RECORDS_LIMIT) return { records, isCut: true }
      if (++count % AGENTS_AT_A_TIME === 0) await nextTurn()
      records.push(...evidence.by(did, 'revocation'))
      for (const one of evidence.by(did, 'vouch')) {
        records.push(one)
        if (one.record.type === 'vouch') meet(one.record.subject, next)
      }
    }
    ring = next
  }
  return { records, isCut }
}
