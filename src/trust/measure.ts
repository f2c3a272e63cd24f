/**
 * The numbers of a score, from standing and summaries: pure arithmetic, used for the score itself
 * and for every "what if".
 * Specification: docs/spec/scoring.md, T10, T11, T16, T20 and T21.
 */
import type { Did } from '../identity/did.ts'
import { behaviourOf, weightOf } from './behaviour.ts'
import type { Behaviour, ObserverTerm } from './behaviour.ts'
import type { Pin } from './context.ts'
import { KNOWN_EVIDENCE } from './profile.ts'
import type { Profile } from './profile.ts'
import type { ScopeGraph } from './scope-graph.ts'
import { socialTrust } from './standing.ts'
import type { Standing } from './standing.ts'
import type { ObserverSummary } from './summary.ts'

export type ScoreState = 'known' | 'thin' | 'unknown' | 'distrusted'

/** For each observer, sorted by DID, what it says; one entry for each branch of its log. */
export type Summaries = ReadonlyMap<Did, readonly (ObserverSummary | undefined)[]>

export interface Measured {
  readonly state: ScoreState
  readonly standing: number
  readonly social: number
  /** Social trust, had pruning dropped nothing. */
  readonly socialUpper: number
  readonly behaviour: Behaviour | undefined
  readonly score: number | null
  readonly assured: number | null
  readonly upper: number | null
}

export interface MeasureInput {
  readonly subject: Did
  readonly viewer: Did
  readonly pin: Pin | undefined
  readonly profile: Profile
  readonly scope: ScopeGraph
  readonly summaries: Summaries
}

/** @param unpruned  For `upper`; left out where only the score is wanted. */
export function measure(input: MeasureInput, standing: Standing, unpruned = standing): Measured {
  const { subject, pin, profile, scope } = input
  const isDistrusted = pin?.kind === 'distrust'
  const held = scope.heldBy(subject, standing)
  const heldUpper = Math.max(held, scope.heldBy(subject, unpruned))
  // T11: my own distrust is the end of it.
  const social = isDistrusted ? 0 : socialTrust(held, 0, profile)
  const socialUpper = isDistrusted ? 0 : socialTrust(heldUpper, 0, profile)
  const behaviour = behaviourOf(termsOf(input, standing), profile)
  const state = stateOf(isDistrusted, held, behaviour)
  const rest = { state, standing: held, social, socialUpper, behaviour }
  if (isDistrusted) return { ...rest, score: 0, assured: 0, upper: 0 }
  // T21: unknown is no number, least of all 0.
  if (state === 'unknown' || behaviour === undefined) {
    return { ...rest, score: null, assured: null, upper: null }
  }
  const cap = pin?.kind === 'cap' ? (pin.cap ?? 1) : 1
  return {
    ...rest,
    score: Math.min(cap, social * behaviour.reliability),
    assured: Math.min(cap, social * behaviour.lower),
    upper: Math.min(cap, socialUpper * behaviour.upper),
  }
}

function stateOf(
  isDistrusted: boolean,
  held: number,
  behaviour: Behaviour | undefined,
): ScoreState {
  if (isDistrusted) return 'distrusted'
  if (held <= 0 || behaviour === undefined) return 'unknown'
  return behaviour.weight >= KNOWN_EVIDENCE ? 'known' : 'thin'
}

function termsOf(input: MeasureInput, standing: Standing): readonly ObserverTerm[] {
  const { scope, summaries, viewer, profile } = input
  const terms: ObserverTerm[] = []
  for (const [observer, branches] of summaries) {
    // T17: what an agent says of itself weighs nothing.
    if (observer === input.subject) continue
    const isViewer = observer === viewer
    const summary = summaryFor({ observer, branches, isViewer }, scope, standing)
    if (summary === undefined) continue
    const held = isViewer ? 1 : scope.heldBy(observer, standing)
    const weight = weightOf(summary, held, isViewer, profile)
    terms.push({ ...summary, observer, standing: held, weight })
  }
  return terms
}

/** T23: of a disputed observer, what its settled branch says. */
function summaryFor(
  said: {
    observer: Did
    branches: readonly (ObserverSummary | undefined)[]
    isViewer: boolean
  },
  scope: ScopeGraph,
  standing: Standing,
): ObserverSummary | undefined {
  if (said.isViewer || said.branches.length < 2) return said.branches[0]
  const branch = scope.branchOf(said.observer, standing)
  return branch === undefined ? undefined : said.branches[branch]
}
