/**
 * The agents that stand well with this node: whom its vouches reach, over how many hops standing
 * flows, strongest first.
 *
 * The walk finds candidates, bounded; the view says who of them has standing. Standing differs by
 * scope: an agent is as near as it is in the nearest of the scopes in which this node vouches.
 */
import type { Did } from '../../identity/did.ts'
import { GENERAL_SCOPE } from '../../trust/context.ts'
import type { Score } from '../../trust/score.ts'
import type { Evidence } from '../evidence.ts'

/** Agents looked at, and those taken for near. */
export const CANDIDATES_LIMIT = 4_096
export const NEAR_AGENTS_LIMIT = 512
/** Scopes of this node's own vouches that are looked at, `general` besides. */
const SCOPES_LIMIT = 3

export interface NearDeps {
  readonly evidence: Pick<Evidence, 'by'>
  /** Hops over which standing flows. */
  readonly horizonHops: number
  /** Where standing starts, besides this agent's own vouches: introducers and pinned agents. */
  readonly starts: () => Iterable<Did>
  scores(
    subjects: Iterable<Did>,
    scope: string,
  ): Promise<readonly Pick<Score, 'subject' | 'standing'>[]>
}

export async function nearAgents(own: Did, deps: NearDeps): Promise<readonly Did[]> {
  const candidates = candidatesFrom(own, deps)
  const standings = new Map<Did, number>()
  for (const scope of scopesOf(own, deps)) {
    for (const { subject, standing } of await deps.scores(candidates, scope)) {
      if (standing === null || standing <= 0) continue
      standings.set(subject, Math.max(standing, standings.get(subject) ?? 0))
    }
  }
  return [...standings]
    .toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, NEAR_AGENTS_LIMIT)
    .map(([did]) => did)
}

/** By hops, in the order in which the walk meets them. */
function candidatesFrom(own: Did, { evidence, horizonHops, starts }: NearDeps): readonly Did[] {
  const met = new Set<Did>([own, ...starts()])
  let reached: readonly Did[] = [...met]
  for (let hop = 0; hop < horizonHops && met.size < CANDIDATES_LIMIT; hop++) {
    const next: Did[] = []
    for (const did of reached) {
      for (const { record } of evidence.by(did)) {
        if (record.type !== 'vouch' || met.has(record.subject)) continue
        if (met.size >= CANDIDATES_LIMIT) break
        met.add(record.subject)
        next.push(record.subject)
      }
    }
    reached = next
  }
  met.delete(own)
  return [...met]
}

function scopesOf(own: Did, { evidence }: NearDeps): ReadonlySet<string> {
  const scopes = new Set([GENERAL_SCOPE])
  for (const { record } of evidence.by(own)) {
    if (scopes.size > SCOPES_LIMIT) break
    if (record.type === 'vouch') scopes.add(record.scope)
  }
  return scopes
}
