/**
 * The numbers of a score, from standing and testimonies: pure arithmetic, used for the score itself
 * and for every "what if".
 * Specification: docs/spec/scoring.md, T10, T11, T16, T20 and T21.
 */
import type { Did } from '../identity/did.ts'
import { behaviourOf } from './behaviour.ts'
import type { Behaviour } from './behaviour.ts'
import type { Pin } from './context.ts'
import { KNOWN_EVIDENCE, ONE } from './profile.ts'
import type { Profile } from './profile.ts'
import type { StandingReading } from './reading.ts'
import { socialTrust } from './standing.ts'
import { emptyTally, isOverQuota, sumsOf, weigh } from './tally.ts'
import type { Heard, SubjectSums, Testimony } from './tally.ts'

export type ScoreState = 'known' | 'thin' | 'unknown' | 'distrusted'

/** For each observer, sorted by DID, what it says; one entry for each branch of its log. */
export type Testimonies = ReadonlyMap<Did, readonly (Testimony | undefined)[]>

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
  /** T15: the weight of today, by which all others are divided. */
  readonly todayWeight: bigint
  readonly testimonies: Testimonies
}

/** What an observer says, and what it counts for. */
export interface HeardFrom {
  readonly observer: Did
  /** Of the observer's log; 0 where it has one. */
  readonly branch: number
  readonly heard: Heard
}

/** @param unprunedHeld  In parts of ONE, for `upper`; left out where only the score is wanted. */
export function measure(
  input: MeasureInput,
  standing: StandingReading,
  unprunedHeld = 0,
): Measured {
  const { subject, pin, profile } = input
  const held = standing.heldBy(subject)
  const sums = sumsOfHeard(heardBy(input, standing), input)
  return measured({ pin, profile, held, unprunedHeld, sums })
}

/** @param given  Standing in parts of ONE; `sums` of the observers whose word counts, if any. */
export function measured(given: {
  readonly pin: Pin | undefined
  readonly profile: Profile
  readonly held: number
  readonly unprunedHeld: number
  readonly sums: SubjectSums | undefined
}): Measured {
  const { pin, profile } = given
  const isDistrusted = pin?.kind === 'distrust'
  const held = given.held / ONE
  const heldUpper = Math.max(held, given.unprunedHeld / ONE)
  // T11: my own distrust is the end of it.
  const social = isDistrusted ? 0 : socialTrust(held, 0, profile)
  const socialUpper = isDistrusted ? 0 : socialTrust(heldUpper, 0, profile)
  const behaviour = behaviourOf(given.sums, profile)
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

/** Those whose word counts for something, in the order of the testimonies. */
export function heardBy(input: MeasureInput, standing: StandingReading): readonly HeardFrom[] {
  const { subject, viewer, testimonies, profile, todayWeight } = input
  const found: HeardFrom[] = []
  for (const [observer, branches] of testimonies) {
    // T17: what an agent says of itself weighs nothing.
    if (observer === subject) continue
    const isViewer = observer === viewer
    // T23: of a disputed observer, what its settled branch says.
    const branch = isViewer || branches.length < 2 ? 0 : standing.branchOf(observer)
    const said = branch === undefined ? undefined : branches[branch]
    const held = isViewer ? ONE : standing.heldBy(observer)
    if (branch === undefined || said === undefined || held === 0) continue
    const isCapped = !isViewer && isOverQuota(said.fresh, todayWeight, profile)
    found.push({ observer, branch, heard: { ...fieldsOf(said), standing: held, isCapped } })
  }
  return found
}

/** Spelled out: a testimony may be an object that is kept up to date, whose fields no spread copies. */
function fieldsOf(said: Testimony): Testimony {
  const { count, attested, latestMs, fresh, weight, mean, adaptation, robustness } = said
  return { count, attested, latestMs, fresh, weight, mean, adaptation, robustness }
}

function sumsOfHeard(
  all: readonly HeardFrom[],
  { profile, todayWeight }: Pick<MeasureInput, 'profile' | 'todayWeight'>,
): SubjectSums | undefined {
  if (all.length === 0) return undefined
  const tally = emptyTally()
  let latestMs = 0
  for (const { heard } of all) {
    weigh(heard, tally, { sign: 1, profile })
    latestMs = Math.max(latestMs, heard.latestMs)
  }
  return sumsOf(tally, latestMs, { todayWeight, profile })
}
