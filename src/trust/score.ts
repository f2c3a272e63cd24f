/** The one shape of a score, in the view, the API, the CLI and MCP. Specification: docs/spec/scoring.md, T21. */
import type { Did } from '../identity/did.ts'
import type { Components } from './behaviour.ts'
import type { Pin } from './context.ts'
import type { Measured, ScoreState } from './measure.ts'
import type { METHOD, ProfileName } from './profile.ts'

export interface Score {
  readonly viewer: Did
  readonly subject: Did
  readonly scope: string
  readonly state: ScoreState
  /** social × reliability: sort by this. Null when unknown, never 0. */
  readonly score: number | null
  /** The lower bound: gates use this, and null fails. */
  readonly assured: number | null
  readonly upper: number | null
  readonly social: number
  readonly standing: number
  /** Null without evidence. */
  readonly reliability: number | null
  readonly components: Components | null
  readonly confidence: number | null
  readonly evidence: Evidence
  readonly pin: Pin | null
  readonly method: typeof METHOD
  readonly profile: ProfileName
  /** Hash of the profile's numbers. */
  readonly params: string
  /** RFC 3339. */
  readonly asOf: string
  /** Digest of the ids of the records in the view. */
  readonly view: string
  /** One short sentence for people. */
  readonly reason: string
}

export interface Evidence {
  readonly weight: number
  /** Of observers with standing; self-reports are not among them. */
  readonly outcomes: number
  readonly observers: number
  /** RFC 3339; null without evidence. */
  readonly lastAt: string | null
}

/** What is the same for every score of a view. */
export type ScoreFrame = Pick<
  Score,
  'viewer' | 'method' | 'profile' | 'params' | 'asOf' | 'view' | 'scope'
>

export interface Circumstances {
  readonly subject: Did
  readonly pin: Pin | undefined
  readonly hasView: boolean
  /** The subject's log forked and nobody the viewer trusts says which branch is real. */
  readonly isUnsettled: boolean
}

export function scoreOf(frame: ScoreFrame, around: Circumstances, measured: Measured): Score {
  const { behaviour } = measured
  const evidence = evidenceOf(measured)
  return {
    viewer: frame.viewer,
    subject: around.subject,
    scope: frame.scope,
    state: measured.state,
    score: measured.score,
    assured: measured.assured,
    upper: measured.upper,
    social: measured.social,
    standing: measured.standing,
    reliability: behaviour?.reliability ?? null,
    components: behaviour?.components ?? null,
    confidence: confidenceOf(measured),
    evidence,
    pin: around.pin ?? null,
    method: frame.method,
    profile: frame.profile,
    params: frame.params,
    asOf: frame.asOf,
    view: frame.view,
    reason: reasonOf(frame, around, measured, evidence),
  }
}

function evidenceOf({ behaviour }: Measured): Evidence {
  if (behaviour === undefined) return { weight: 0, outcomes: 0, observers: 0, lastAt: null }
  const { weight, outcomes, observers, latestMs } = behaviour
  return { weight, outcomes, observers, lastAt: rfc3339(latestMs) }
}

/** T21: how narrow the interval is; null where the score is. */
function confidenceOf({ state, behaviour }: Measured): number | null {
  if (state === 'unknown' || behaviour === undefined) return null
  return 1 - (behaviour.interval.hi - behaviour.interval.lo)
}

export function rfc3339(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

const NO_VIEW_SENTENCE = 'No view yet: vouch for somebody, or set trust.introducers.'

function reasonOf(
  frame: ScoreFrame,
  around: Circumstances,
  { state, standing, behaviour }: Measured,
  { outcomes, observers }: Evidence,
): string {
  const seen = `${counted(outcomes, 'outcome')} by ${counted(observers, 'observer')}`
  if (state === 'distrusted') return 'You distrust this agent.'
  if (around.subject === frame.viewer) return 'This is you: a view has no score of its own viewer.'
  if (state === 'known') {
    return `Keeps ${percent(behaviour?.mean ?? 0)} of what it promises, say ${seen} that you reach.`
  }
  if (state === 'thin') return `Reachable, but there is little evidence: ${seen}.`
  if (!around.hasView) return NO_VIEW_SENTENCE
  if (around.isUnsettled) {
    return 'Two key logs claim this name, and nobody you trust says which is real.'
  }
  if (standing > 0) return 'Reachable, but nobody whose word counts has seen it work.'
  return outcomes > 0
    ? 'Nobody you trust vouches for it, directly or through others.'
    : 'A stranger: nobody you trust vouches for it or has seen it work.'
}

function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
