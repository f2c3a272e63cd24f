/**
 * All that a score is made from once standing and behaviour are known: some twenty numbers, which may be
 * written down and made a score of later. Specification: docs/spec/scoring.md, T10 to T21.
 */
import type { Did } from '../identity/did.ts'
import type { Pin } from './context.ts'
import { measured } from './measure.ts'
import type { Measured } from './measure.ts'
import type { Profile } from './profile.ts'
import { scoreOf } from './score.ts'
import type { Score, ScoreFrame } from './score.ts'
import type { SubjectSums } from './tally.ts'

export interface ScoreInputs {
  /** In parts of ONE. */
  readonly held: number
  /** Without pruning, for `upper`. */
  readonly unprunedHeld: number
  /** What the observers whose word counts say together, if there are any. */
  readonly sums: SubjectSums | undefined
  /** Two key logs claim the name, and standing does not say which is real. */
  readonly isUnsettled: boolean
}

/** A stranger's. */
export const NO_INPUTS: ScoreInputs = {
  held: 0,
  unprunedHeld: 0,
  sums: undefined,
  isUnsettled: false,
}

export interface ScoreSurroundings {
  readonly frame: ScoreFrame
  readonly subject: Did
  readonly pin: Pin | undefined
  readonly hasView: boolean
  readonly profile: Profile
}

export function measuredFrom(
  { held, unprunedHeld, sums }: ScoreInputs,
  { pin, profile }: Pick<ScoreSurroundings, 'pin' | 'profile'>,
): Measured {
  return measured({ pin, profile, held, unprunedHeld, sums })
}

export function scoreFrom(
  inputs: ScoreInputs,
  around: ScoreSurroundings,
  numbers: Measured = measuredFrom(inputs, around),
): Score {
  const { frame, subject, pin, hasView } = around
  return scoreOf(frame, { subject, pin, hasView, isUnsettled: inputs.isUnsettled }, numbers)
}

/** Whether a score of them is another than a stranger's; without standing there is no `upper`. */
export function sayAnything({ held, sums, isUnsettled }: ScoreInputs): boolean {
  return held > 0 || sums !== undefined || isUnsettled
}
