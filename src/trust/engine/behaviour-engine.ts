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
import { sumsOf, weigh } from '../tally.ts'
import type { SubjectSums, Testimony } from '../tally.ts'
import { dayOf, dayWeight, fadedFromMs, wholeWeight } from './day-weight.ts'
import { DueHeap } from './due-heap.ts'
import { InternedTexts } from './interned.ts'
import type { Timed } from './latest.ts'
import { OutcomeTrees } from './outcome-trees.ts'
import type { GoesFirst } from './outcome-trees.ts'
import { PagedRecords } from './paged.ts'
import { wordOfOne } from './single-word.ts'
import { Subject } from './subject.ts'
import type { Voice } from './subject.ts'
import { MANY, NONE, VoiceTable } from './voice-table.ts'
import { keptParts, Word } from './word.ts'
import type { WordOutcome } from './word.ts'

export interface OutcomeLife {
  /** The caller's number of the outcome, below 2^31. */
  readonly outcome: number
  readonly observer: number
  readonly subject: number
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

/** The record of an outcome: two doubles, then whole numbers. */
const END_MS = 0
const AT_MS = 1
const OBSERVER = 4
const SUBJECT = 5
/** Interned; {@link NO_GROUP} where the number stands for no outcome. */
const GROUP = 6
/** In millionths, and whether it is attested. */
const KEPT = 7
/** Where it is written down, counted from 1; 0 while it is its observer's only one. */
const NODE = 8
const OUTCOME_DOUBLES = 5
const NO_GROUP = 0
const IS_ATTESTED = 1 << 20
const KEPT_PARTS = IS_ATTESTED - 1

export class BehaviourEngine implements Timed {
  readonly #viewer: number
  readonly #profile: Profile
  readonly #trees: OutcomeTrees
  readonly #subjects = new Map<number, Subject>()
  readonly #outcomes = new PagedRecords(OUTCOME_DOUBLES)
  readonly #groups = new InternedTexts()
  readonly #voices = new VoiceTable()
  /** What voices say in more than one outcome. */
  readonly #words = new Map<number, Word>()
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

  /** @param goesFirst  T26: which of two outcomes of one observer in one millisecond goes first. */
  constructor(viewer: number, profile: Profile, nowMs: number, goesFirst: GoesFirst) {
    this.#viewer = viewer
    this.#profile = profile
    this.#nowMs = nowMs
    this.#trees = new OutcomeTrees(goesFirst)
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
  }

  /**
   * T16: what an agent's word is worth, in parts of ONE. O(1) for each subject it has a word on.
   *
   * @returns how many of those there were.
   */
  setStanding(observer: number, held: number): number {
    const voices = this.#voices
    let count = 0
    voices.setHeldBy(observer, held)
    for (let voice = voices.firstOf(observer); voice >= 0; voice = voices.nextOf(voice)) {
      const standing = this.#standingOf(voice)
      const subject = this.#subjects.get(voices.subjectOf(voice))
      count++
      if (standing === voices.standingOf(voice) || subject === undefined) continue
      this.#leave(voice, subject)
      voices.setStanding(voice, standing)
      this.#enter(voice, subject)
    }
    return count
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
    if (known?.tally === undefined || known.tally.observers === 0) return undefined
    if (known.sums === undefined || known.day !== this.#today) {
      const today = { todayWeight: this.#todayWeight, profile: this.#profile }
      known.sums = sumsOf(known.tally, known.latest?.latestMs(this) ?? 0, today)
      known.day = this.#today
    }
    return known.sums
  }

  /** All who have said something about a subject that is not over, whether it counts or not. */
  *voices(subject: number): Generator<Voice> {
    const voices = this.#voices
    const first = this.#subjects.get(subject)?.voice ?? NONE
    for (let voice = first; voice >= 0; voice = voices.nextAbout(voice)) {
      const { count, attested, latestMs, fresh, weight, mean, adaptation, robustness } =
        this.#said(voice)
      yield {
        observer: voices.observerOf(voice),
        standing: voices.standingOf(voice),
        isCounted: voices.isCounted(voice),
        isCapped: voices.isCapped(voice),
        count,
        attested,
        latestMs,
        fresh,
        weight,
        mean,
        adaptation,
        robustness,
      }
    }
  }

  /**
   * A number that is another one after any change of a subject's voices: of what they say, their
   * standing, whether they count or are capped. Below 2^53; 0 while nothing is said about the subject.
   */
  revision(subject: number): number {
    return this.#subjects.get(subject)?.revision ?? 0
  }

  latestMsOf(voice: number): number {
    const outcome = this.#voices.outcomeOf(voice)
    return outcome >= 0
      ? this.#outcomes.double(outcome, AT_MS)
      : (this.#words.get(voice)?.latestMs ?? 0)
  }

  placeOf(voice: number): number {
    return this.#voices.placeOf(voice)
  }

  setPlace(voice: number, place: number): void {
    this.#voices.setPlace(voice, place)
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
    const subject = this.#subjects.get(this.#voices.subjectOf(uncapped))
    if (subject !== undefined) {
      this.#leave(uncapped, subject)
      this.#enter(uncapped, subject)
    }
    return true
  }

  #write(life: OutcomeLife, endMs: number, kept: number): void {
    const { outcome } = life
    this.#outcomes.setDouble(outcome, END_MS, endMs)
    this.#outcomes.setDouble(outcome, AT_MS, life.observedAtMs)
    this.#outcomes.setInt(outcome, OBSERVER, life.observer)
    this.#outcomes.setInt(outcome, SUBJECT, life.subject)
    this.#outcomes.setInt(outcome, GROUP, this.#groups.take(life.group))
    this.#outcomes.setInt(outcome, KEPT, kept | (life.isAttested ? IS_ATTESTED : 0))
    this.#outcomes.setInt(outcome, NODE, 0)
  }

  #begin(outcome: number): void {
    this.#ends.set(outcome, this.#outcomes.double(outcome, END_MS))
    const about = this.#outcomes.int(outcome, SUBJECT)
    const observer = this.#outcomes.int(outcome, OBSERVER)
    let subject = this.#subjects.get(about)
    let voice = subject === undefined ? NONE : this.#voices.find(observer, about)
    if (voice < 0) {
      voice = this.#voices.add(observer, about, subject?.voice ?? NONE)
      this.#voices.setStanding(voice, this.#standingOf(voice))
      subject ??= this.#met(about, voice)
      subject.voice = voice
    }
    if (subject === undefined) return
    this.#leave(voice, subject)
    const only = this.#voices.outcomeOf(voice)
    if (only === NONE) this.#voices.setOutcome(voice, outcome)
    else {
      if (only !== MANY) this.#becomeMany(voice, only)
      this.#addTo(voice, outcome)
    }
    this.#enter(voice, subject)
  }

  #end(outcome: number): void {
    this.#ends.remove(outcome)
    const about = this.#outcomes.int(outcome, SUBJECT)
    const subject = this.#subjects.get(about)
    const voice = this.#voices.find(this.#outcomes.int(outcome, OBSERVER), about)
    if (subject === undefined || voice < 0) return
    this.#leave(voice, subject)
    const word = this.#words.get(voice)
    word?.remove(this.#told(outcome), this.#trees)
    if (word !== undefined) this.#trees.forget(this.#outcomes.int(outcome, NODE) - 1)
    if (word === undefined || word.count === 0) this.#dropVoice(voice, about, subject)
    else this.#enter(voice, subject)
  }

  /** From its second outcome on a voice has a word of its own. */
  #becomeMany(voice: number, only: number): void {
    this.#words.set(voice, new Word())
    this.#voices.setOutcome(voice, MANY)
    this.#addTo(voice, only)
  }

  #addTo(voice: number, outcome: number): void {
    const observedAtMs = this.#outcomes.double(outcome, AT_MS)
    const weight = this.#weightOf(outcome)
    const kept = this.#outcomes.int(outcome, KEPT) & KEPT_PARTS
    const node = this.#trees.write({ outcome, observedAtMs, weight, kept })
    this.#outcomes.setInt(outcome, NODE, node + 1)
    this.#words.get(voice)?.add(this.#told(outcome), this.#trees)
  }

  #weightOf(outcome: number): number {
    const { parts } = dayWeight(dayOf(this.#outcomes.double(outcome, AT_MS)))
    return parts * (this.#isAttested(outcome) ? this.#profile.unilateralDenominator : 1)
  }

  #isAttested(outcome: number): boolean {
    return (this.#outcomes.int(outcome, KEPT) & IS_ATTESTED) !== 0
  }

  #told(outcome: number): WordOutcome {
    return {
      node: this.#outcomes.int(outcome, NODE) - 1,
      observedAtMs: this.#outcomes.double(outcome, AT_MS),
      isAttested: this.#isAttested(outcome),
      group: this.#groups.text(this.#outcomes.int(outcome, GROUP)),
    }
  }

  /** What a voice says. */
  #said(voice: number): Testimony {
    const only = this.#voices.outcomeOf(voice)
    if (only === MANY) {
      const word = this.#words.get(voice)
      if (word !== undefined) return word
    }
    return wordOfOne({
      observedAtMs: this.#outcomes.double(only, AT_MS),
      isAttested: this.#isAttested(only),
      weight: this.#weightOf(only),
      kept: this.#outcomes.int(only, KEPT) & KEPT_PARTS,
    })
  }

  /** Takes a voice that is about to change out of its subject's sums, by what it says now. */
  #leave(voice: number, subject: Subject): void {
    subject.sums = undefined
    this.#revisions++
    subject.revision = this.#revisions
    if (!this.#voices.isCounted(voice)) return
    const isCapped = this.#voices.isCapped(voice)
    this.#weigh(voice, subject, -1)
    this.#voices.setCounted(voice, false, isCapped)
    subject.latest?.leave(voice, this)
    if (isCapped) this.#uncappings.remove(voice)
  }

  #enter(voice: number, subject: Subject): void {
    if (this.#voices.standingOf(voice) === 0 || this.#voices.outcomeOf(voice) === NONE) return
    const quota = BigInt(this.#profile.observerQuota)
    const { fresh } = this.#said(voice)
    // T16: the viewer's own word has no quota.
    const isMine = this.#voices.observerOf(voice) === this.#viewer
    const isCapped = !isMine && fresh > quota * this.#todayWeight
    if (isCapped) this.#uncappings.set(voice, firstDayOf(fresh, quota, this.#today))
    this.#voices.setCounted(voice, true, isCapped)
    this.#weigh(voice, subject, 1)
    subject.counted().latest.enter(voice, this)
  }

  #weigh(voice: number, subject: Subject, sign: 1 | -1): void {
    const { count, attested, latestMs, fresh, weight, mean, adaptation, robustness } =
      this.#said(voice)
    const standing = this.#voices.standingOf(voice)
    const isCapped = this.#voices.isCapped(voice)
    const said = { count, attested, latestMs, fresh, weight, mean, adaptation, robustness }
    const heard = { ...said, standing, isCapped }
    weigh(heard, subject.counted().tally, { sign, profile: this.#profile })
  }

  #standingOf(voice: number): number {
    const observer = this.#voices.observerOf(voice)
    // T17: what an agent says of itself weighs nothing.
    if (observer === this.#voices.subjectOf(voice)) return 0
    return observer === this.#viewer ? ONE : this.#voices.heldBy(observer)
  }

  #met(about: number, voice: number): Subject {
    const subject = new Subject(voice)
    this.#subjects.set(about, subject)
    return subject
  }

  #dropVoice(voice: number, about: number, subject: Subject): void {
    this.#words.delete(voice)
    const isFirst = subject.voice === voice
    const next = this.#voices.nextAbout(voice)
    this.#voices.remove(voice)
    if (!isFirst) return
    subject.voice = next
    if (next < 0) this.#subjects.delete(about)
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
