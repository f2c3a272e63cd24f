/** What the lab answers: everybody in the files, as one of them sees them. */
import type { Did } from '../../identity/did.ts'
import { rfc3339, type Score } from '../../trust/score.ts'
import { METHOD } from '../../trust/profile.ts'
import type { View } from '../../trust/view.ts'
import { share, table } from '../text.ts'
import type { LabAgent, LabQuestion, LabWorld } from './world.ts'

export interface LabRow extends Pick<
  Score,
  | 'state'
  | 'score'
  | 'assured'
  | 'upper'
  | 'social'
  | 'standing'
  | 'reliability'
  | 'components'
  | 'confidence'
  | 'evidence'
> {
  /** As the files spell it. */
  readonly id: string
  readonly did: Did
}

export interface LabReport {
  readonly viewer: string
  readonly did: Did
  readonly hasView: boolean
  readonly scope: string
  readonly method: typeof METHOD
  readonly profile: Score['profile']
  readonly params: string | null
  /** RFC 3339. */
  readonly asOf: string
  /** Digest of the lines, as records. */
  readonly view: string
  /** Everybody but the viewer, best score first; then those without, by standing. */
  readonly agents: readonly LabRow[]
}

export function reportOf(view: View, world: LabWorld, question: LabQuestion): LabReport {
  const { viewer, scope, profile, nowMs } = question
  const did = world.agents.get(viewer)?.did
  if (did === undefined) throw new RangeError(`the files name nobody "${viewer}"`)
  const others = [...world.agents.values()].filter(({ name }) => name !== viewer)
  const scores = others.map((agent) => ({ agent, score: view.score(agent.did, scope) }))
  return {
    viewer,
    did,
    hasView: view.hasView,
    scope,
    method: METHOD,
    profile,
    params: scores[0]?.score.params ?? null,
    asOf: rfc3339(nowMs),
    view: view.digest,
    agents: scores.map(rowOf).toSorted(bestFirst),
  }
}

function rowOf({ agent, score }: { readonly agent: LabAgent; readonly score: Score }): LabRow {
  return {
    id: agent.name,
    did: agent.did,
    state: score.state,
    score: score.score,
    assured: score.assured,
    upper: score.upper,
    social: score.social,
    standing: score.standing,
    reliability: score.reliability,
    components: score.components,
    confidence: score.confidence,
    evidence: score.evidence,
  }
}

/** A missing score goes last; equal ones by standing, then by name. */
function bestFirst(a: LabRow, b: LabRow): number {
  const byScore = (b.score ?? -1) - (a.score ?? -1)
  if (byScore !== 0) return byScore
  if (a.standing !== b.standing) return b.standing - a.standing
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

const COLUMNS = [
  'agent',
  'state',
  'score',
  'assured',
  'upper',
  'social',
  'standing',
  'reliability',
  'outcomes',
  'observers',
]
const STANDING_DECIMALS = 5

export function reportLines(report: LabReport, limit: number): string[] {
  const shown = report.agents.slice(0, limit)
  const rows = shown.map((row) => [
    row.id,
    row.state,
    share(row.score),
    share(row.assured),
    share(row.upper),
    share(row.social),
    share(row.standing, STANDING_DECIMALS),
    share(row.reliability),
    String(row.evidence.outcomes),
    String(row.evidence.observers),
  ])
  const states = Map.groupBy(report.agents, ({ state }) => state)
  const counts = [...states].map(([state, of]) => `${of.length} ${state}`).join(', ')
  const left = report.agents.length - shown.length
  return [
    `viewed by ${report.viewer}   scope ${report.scope}   method ${report.method}, profile ${report.profile}   as of ${report.asOf}`,
    ...(report.hasView ? [] : ['No view: the viewer vouches for nobody.']),
    '',
    ...table(COLUMNS, rows),
    ...(left > 0 ? [`… and ${left} more: --limit shows them`] : []),
    '',
    `${report.agents.length} agents: ${counts === '' ? 'none' : counts}`,
  ]
}
