/**
 * All that is said about one subject, in voices that come, change and go.
 * Specification: docs/spec/engine.md.
 */
import { emptyTally } from '../tally.ts'
import type { Heard, SubjectSums, Tally } from '../tally.ts'
import { LatestOf } from './latest.ts'

export type { SubjectSums } from '../tally.ts'

/** What one observer says, and how it counts in its subject's sums; as it is now. */
export interface Voice extends Heard {
  readonly observer: number
  readonly isCounted: boolean
}

/** A subject, what was last made of its sums, and when any of that changed. */
export class Subject {
  /** The first of its voices. */
  voice: number
  /** Since any voice counted. */
  tally: Tally | undefined
  latest: LatestOf | undefined
  sums: SubjectSums | undefined
  /** The day as of which the sums are. */
  day = 0
  revision = 0

  constructor(voice: number) {
    this.voice = voice
  }

  /** The sums that voices are put into and taken out of. */
  counted(): { readonly tally: Tally; readonly latest: LatestOf } {
    this.tally ??= emptyTally()
    this.latest ??= new LatestOf()
    return { tally: this.tally, latest: this.latest }
  }
}
