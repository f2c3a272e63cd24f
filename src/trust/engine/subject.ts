/**
 * All that is said about one subject, in voices that come, change and go.
 * Specification: docs/spec/engine.md.
 */
import type { Profile } from '../profile.ts'
import { emptyTally, sumsOf as sumsOfTally, weigh as weighInto } from '../tally.ts'
import type { SubjectSums, Tally } from '../tally.ts'
import { LatestOf } from './latest.ts'
import { Word } from './word.ts'

export type { SubjectSums } from '../tally.ts'

/** A word and how it counts in its subject's sums. */
export class Voice extends Word {
  /** In parts of ONE; 0 counts for nothing. */
  standing = 0
  isCounted = false
  isCapped = false
}

export interface Subject extends Tally {
  readonly voices: Map<number, Voice>
  readonly latest: LatestOf
}

export function emptySubject(): Subject {
  return { ...emptyTally(), voices: new Map(), latest: new LatestOf() }
}

/** Puts a voice into the subject's sums (1), or takes it out (-1), by what it says now. */
export function weigh(
  voice: Voice,
  subject: Subject,
  by: { readonly sign: 1 | -1; readonly profile: Profile },
): void {
  weighInto(voice, subject, by)
}

/** Of a subject with observers that count. */
export function sumsOf(subject: Subject, todayWeight: bigint, profile: Profile): SubjectSums {
  return sumsOfTally(subject, subject.latest.latestMs() ?? 0, { todayWeight, profile })
}
