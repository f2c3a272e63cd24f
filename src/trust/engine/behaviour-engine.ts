/**
 * Behaviour kept up to date: for each subject the sums that its components are made of, changed in
 * place as outcomes arrive in any order of time, end, and as observers gain or lose standing.
 *
 * The problem: a subject may have a million outcomes, whose weights fade every day. The idea: all
 * fade at one pace, so a word (one observer about one subject) stays the same while time passes, and
 * the present divides all of them alike. The quota is the one exception: an observer who says more
 * than Q counts like Q until what it said has faded below; the day on which that happens is known.
 * The sketch: for each subject two sums over observers, `open` (still divided by the weight of today)
 * and `capped` (held at Q); an observer's word moves from the second to the first on its day. A query
 * reads eight whole numbers, however long the history, and the next one what the first one made of them.
 * What there is a million of is a record in pages and no object.
 *
 * One engine serves one viewer and one scope. Knows no clock: time comes in by `advance`, forwards
 * only. Specification: docs/spec/scoring.md, T15 to T19; docs/spec/engine.md, N1 to N5.
 */
import { ONE } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { dayOf, dayWeight, fadedFromMs, wholeWeight } from './day-weight.ts'
import { DueHeap } from './due-heap.ts'
import { InternedTexts } from './interned.ts'
import { OutcomeTrees } from './outcome-trees.ts'
import { PagedRecords } from './paged.ts'
import { emptySubject, sumsOf, Voice, weigh } from './subject.ts'
import type { Subject, SubjectSums } from './subject.ts'
import { keptParts } from './word.ts'
import type { WordOutcome } from './word.ts'

export interface OutcomeLife {
  /** The caller's number of the outcome, below 2^31. */
  readonly outcome: number
  readonly observer: number
  readonly subject: number
  readonly id: string
  readonly index: number
  readonly observedAtMs: number
  /** Fulfilment in [0, 1]. */
  readonly kept: number
  readonly isAttested: boolean
  /** The conditions it was seen under, as one text. */
  readonly group: string
  /** The first millisecond at which it counts. */
  readonly beginMs: number
  /** The first at which it does so no more. */
  readonly endMs: number
}

/** The record of an outcome: one double, then whole numbers. */
const END_MS = 0
const OBSERVER = 2
const SUBJECT = 3
/** Interned; {@link NO_GROUP} where the number stands for no outcome. */
const GROUP = 4
const IS_ATTESTED = 5
const OUTCOME_DOUBLES = 3
const NO_GROUP = 0

/** Where a voice stands among its subject's, by time. */
const PLACE_DOUBLES = 1

/** A subject, what was last made of its sums, and when any of that changed. */
interface Known {
  readonly subject: Subject
  sums: SubjectSums | undefined
  /** The day as of which the sums are. */
  day: number
  revision: number
}

export class BehaviourEngine {
  readonly #viewer: number
  readonly #profile: Profile
  readonly #trees = new OutcomeTrees()
  readonly #subjects = new Map<number, Known>()
  readonly #outcomes = new PagedRecords(OUTCOME_DOUBLES)
  readonly #groups = new InternedTexts()
  readonly #places = new PagedRecords(PLACE_DOUBLES)
  readonly #voices: (Voice | undefined)[] = []
  readonly #freeVoices: number[] = []
  readonly #voicesOf = new Map<number, Set<Voice>>()
  readonly #standings = new Map<number, number>()
  /** Outcomes that count, by their end; those to come, by their begin. */
  readonly #ends = new DueHeap()
  readonly #begins = new DueHeap()
  /** Capped voices, by the day on which they are so no more. */
  readonly #uncappings = new DueHeap()
  /** Counts changes of any subject, so that no revision comes back. */
  #revisions = 0
  #nowMs: number
  #today = 0
  #todayWeight = 0n

  constructor(viewer: number, profile: Profile, nowMs: number) {
    this.#viewer = viewer
    this.#profile = profile
    this.#nowMs = nowMs
    this.#dawn()
  }

  /**
   * Takes an outcome in, in place of what was known under its number.
   *
   * @throws {RangeError} for a fulfilment outside of [0, 1], or a time before 1970; nothing has changed.
   */
  put(life: OutcomeLife): void {
    const kept = keptParts(life.kept)
    const endMs = Math.min(life.endMs, fadedFromMs(life.observedAtMs))
    this.remove(life.outcome)
    if (endMs <= Math.max(this.#nowMs, life.beginMs)) return
    this.#write(life, endMs, kept)
    if (life.beginMs > this.#nowMs) this.#begins.set(life.outcome, life.beginMs)
    else this.#begin(life.outcome)
  }

  /** Forgets an outcome, whatever had become of it. */
  remove(outcome: number): void {
    if (this.#outcomes.int(outcome, GROUP) === NO_GROUP) return
    if (this.#begins.dueOf(outcome) < Number.POSITIVE_INFINITY) this.#begins.remove(outcome)
    else this.#end(outcome)
    this.#groups.release(this.#outcomes.int(outcome, GROUP))
    this.#outcomes.setInt(outcome, GROUP, NO_GROUP)
    this.#trees.forget(outcome)
  }

  /** T16: what an agent's word is worth, in parts of ONE. O(1) for each subject it has a word on. */
  setStanding(observer: number, held: number): void {
    if (held === 0) this.#standings.delete(observer)
    else this.#standings.set(observer, held)
    for (const voice of this.#voicesOf.get(observer) ?? []) {
      const standing = this.#standingOf(voice)
      const known = this.#subjects.get(voice.subject)
      if (standing === voice.standing || known === undefined) continue
      this.#leave(voice, known)
      voice.standing = standing
      this.#enter(voice, known)
    }
  }

  /** When time next changes something other than the weight of today; infinity for never. */
  get nextMs(): number {
    return Math.min(this.#ends.nextDue, this.#begins.nextDue)
  }

  /**
   * Lets time pass until `nowMs`.
   *
   * @param workLimit  How many outcomes and words to move at most.
   * @returns whether all is done; call again when not, before anything is read or put.
   * @throws {RangeError} when time goes backwards.
   */
  advance(nowMs: number, workLimit = Number.POSITIVE_INFINITY): boolean {
    if (nowMs < this.#nowMs) throw new RangeError(`time went back to ${nowMs}`)
    this.#nowMs = nowMs
    this.#dawn()
    for (let work = 0; work < workLimit; work++) {
      if (!this.#moveOne()) return true
    }
    return false
  }

  /** Says what a subject's observers say together; `undefined` when nobody's word counts. */
  sums(subject: number): SubjectSums | undefined {
    const known = this.#subjects.get(subject)
    if (known === undefined || known.subject.observers === 0) return undefined
    if (known.sums === undefined || known.day !== this.#today) {
      known.sums = sumsOf(known.subject, this.#todayWeight, this.#profile)
      known.day = this.#today
    }
    return known.sums
  }

  /** All who have said something about a subject that is not over, whether it counts or not. To read only. */
  voices(subject: number): Iterable<Voice> {
    return this.#subjects.get(subject)?.subject.voices.values() ?? []
  }

  /**
   * A number that is another one after any change of a subject's voices: of what they say, their
   * standing, whether they count or are capped. Below 2^53; 0 while nothing is said about the subject.
   */
  revision(subject: number): number {
    return this.#subjects.get(subject)?.revision ?? 0
  }

  #moveOne(): boolean {
    const ending = this.#ends.first
    if (ending !== undefined && this.#ends.nextDue <= this.#nowMs) {
      this.remove(ending)
      return true
    }
    const beginning = this.#begins.first
    if (beginning !== undefined && this.#begins.nextDue <= this.#nowMs) {
      this.#begins.remove(beginning)
      this.#begin(beginning)
      return true
    }
    const uncapped = this.#uncappings.first
    if (uncapped === undefined || this.#uncappings.nextDue > this.#today) return false
    const voice = this.#voices[uncapped]
    const known = voice === undefined ? undefined : this.#subjects.get(voice.subject)
    if (voice !== undefined && known !== undefined) {
      this.#leave(voice, known)
      this.#enter(voice, known)
    }
    return true
  }

  #write(life: OutcomeLife, endMs: number, kept: number): void {
    const { outcome, observedAtMs, isAttested, id, index } = life
    this.#outcomes.setDouble(outcome, END_MS, endMs)
    this.#outcomes.setInt(outcome, OBSERVER, life.observer)
    this.#outcomes.setInt(outcome, SUBJECT, life.subject)
    this.#outcomes.setInt(outcome, GROUP, this.#groups.take(life.group))
    this.#outcomes.setInt(outcome, IS_ATTESTED, isAttested ? 1 : 0)
    const { parts } = dayWeight(dayOf(observedAtMs))
    const weight = parts * (isAttested ? this.#profile.unilateralDenominator : 1)
    this.#trees.write(outcome, { observedAtMs, id, index, weight, kept })
  }

  #begin(outcome: number): void {
    this.#ends.set(outcome, this.#outcomes.double(outcome, END_MS))
    const subject = this.#outcomes.int(outcome, SUBJECT)
    const known = this.#knownOf(subject)
    const voice = this.#voiceOf(this.#outcomes.int(outcome, OBSERVER), subject, known)
    this.#leave(voice, known)
    voice.add(this.#toldOf(outcome), this.#trees)
    this.#enter(voice, known)
  }

  #end(outcome: number): void {
    this.#ends.remove(outcome)
    const known = this.#subjects.get(this.#outcomes.int(outcome, SUBJECT))
    const voice = known?.subject.voices.get(this.#outcomes.int(outcome, OBSERVER))
    if (known === undefined || voice === undefined) return
    this.#leave(voice, known)
    voice.remove(this.#toldOf(outcome), this.#trees)
    if (voice.count === 0) this.#dropVoice(voice, known)
    else this.#enter(voice, known)
  }

  #toldOf(outcome: number): WordOutcome {
    return {
      number: outcome,
      observedAtMs: this.#trees.atMsOf(outcome),
      isAttested: this.#outcomes.int(outcome, IS_ATTESTED) === 1,
      group: this.#groups.text(this.#outcomes.int(outcome, GROUP)),
    }
  }

  /** Takes a voice that is about to change out of its subject's sums, by what it says now. */
  #leave(voice: Voice, known: Known): void {
    known.sums = undefined
    this.#revisions++
    known.revision = this.#revisions
    if (!voice.isCounted) return
    weigh(voice, known.subject, { sign: -1, profile: this.#profile })
    voice.isCounted = false
    known.subject.latest.leave(voice.number, this.#places)
    if (voice.isCapped) this.#uncappings.remove(voice.number)
  }

  #enter(voice: Voice, { subject }: Known): void {
    if (voice.standing === 0 || voice.count === 0) return
    const quota = BigInt(this.#profile.observerQuota)
    // T16: the viewer's own word has no quota.
    voice.isCapped = voice.observer !== this.#viewer && voice.fresh > quota * this.#todayWeight
    if (voice.isCapped) {
      this.#uncappings.set(voice.number, firstDayOf(voice.fresh, quota, this.#today))
    }
    voice.isCounted = true
    weigh(voice, subject, { sign: 1, profile: this.#profile })
    subject.latest.enter(voice.number, voice.latestMs, this.#places)
  }

  #standingOf(voice: Voice): number {
    // T17: what an agent says of itself weighs nothing.
    if (voice.observer === voice.subject) return 0
    return voice.observer === this.#viewer ? ONE : (this.#standings.get(voice.observer) ?? 0)
  }

  #knownOf(subject: number): Known {
    let known = this.#subjects.get(subject)
    if (known === undefined) {
      known = { subject: emptySubject(), sums: undefined, day: 0, revision: 0 }
      this.#subjects.set(subject, known)
    }
    return known
  }

  #voiceOf(observer: number, about: number, { subject }: Known): Voice {
    let voice = subject.voices.get(observer)
    if (voice !== undefined) return voice
    voice = new Voice(observer, about, this.#freeVoices.pop() ?? this.#voices.length)
    voice.standing = this.#standingOf(voice)
    this.#voices[voice.number] = voice
    subject.voices.set(observer, voice)
    const all = this.#voicesOf.get(observer)
    if (all === undefined) this.#voicesOf.set(observer, new Set([voice]))
    else all.add(voice)
    return voice
  }

  #dropVoice(voice: Voice, { subject }: Known): void {
    subject.voices.delete(voice.observer)
    if (subject.voices.size === 0) this.#subjects.delete(voice.subject)
    const all = this.#voicesOf.get(voice.observer)
    all?.delete(voice)
    if (all?.size === 0) this.#voicesOf.delete(voice.observer)
    this.#voices[voice.number] = undefined
    this.#freeVoices.push(voice.number)
  }

  #dawn(): void {
    this.#today = dayOf(this.#nowMs)
    this.#todayWeight = wholeWeight(dayWeight(this.#today))
  }
}

/** The first day after `today` on which `fresh` is no more than `quota` new outcomes. */
function firstDayOf(fresh: bigint, quota: bigint, today: number): number {
  const fits = (day: number): boolean => fresh <= quota * wholeWeight(dayWeight(day))
  let step = 1
  while (!fits(today + step)) step *= 2
  let [capped, open] = [today + (step >> 1), today + step]
  while (open - capped > 1) {
    const middle = (capped + open) >> 1
    if (fits(middle)) open = middle
    else capped = middle
  }
  return open
}
