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
 * reads eight whole numbers, however long the history.
 *
 * One engine serves one viewer and one scope. Knows no clock: time comes in by `advance`, forwards
 * only. Specification: docs/spec/scoring.md, T15 to T19; docs/spec/engine.md, N1 to N5.
 */
import { ONE } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { dayOf, dayWeight, fadedFromMs, wholeWeight } from './day-weight.ts'
import { DueHeap } from './due-heap.ts'
import { OutcomeTrees } from './outcome-trees.ts'
import { emptySubject, sumsOf, Voice, weigh } from './subject.ts'
import type { Subject, SubjectSums } from './subject.ts'
import { keptParts } from './word.ts'

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

export class BehaviourEngine {
  readonly #viewer: number
  readonly #profile: Profile
  readonly #trees = new OutcomeTrees()
  readonly #subjects = new Map<number, Subject>()
  readonly #lives: (OutcomeLife | undefined)[] = []
  readonly #voices: (Voice | undefined)[] = []
  readonly #freeVoices: number[] = []
  readonly #voicesOf = new Map<number, Set<Voice>>()
  readonly #standings = new Map<number, number>()
  /** Outcomes that count, by their end; those to come, by their begin. */
  readonly #ends = new DueHeap()
  readonly #begins = new DueHeap()
  /** Capped voices, by the day on which they are so no more. */
  readonly #uncappings = new DueHeap()
  #nowMs: number
  #today = 0
  #todayWeight = 0n

  constructor(viewer: number, profile: Profile, nowMs: number) {
    this.#viewer = viewer
    this.#profile = profile
    this.#nowMs = nowMs
    this.#dawn()
  }

  /** Takes an outcome in, in place of what was known under its number. */
  put(life: OutcomeLife): void {
    this.remove(life.outcome)
    const endMs = Math.min(life.endMs, fadedFromMs(life.observedAtMs))
    if (endMs <= Math.max(this.#nowMs, life.beginMs)) return
    this.#lives[life.outcome] = life
    if (life.beginMs > this.#nowMs) this.#begins.set(life.outcome, life.beginMs)
    else this.#begin(life)
  }

  /** Forgets an outcome, whatever had become of it. */
  remove(outcome: number): void {
    const life = this.#lives[outcome]
    if (life === undefined) return
    this.#lives[outcome] = undefined
    if (this.#begins.dueOf(outcome) < Number.POSITIVE_INFINITY) {
      this.#begins.remove(outcome)
      return
    }
    this.#ends.remove(outcome)
    const subject = this.#subjects.get(life.subject)
    const voice = subject?.voices.get(life.observer)
    if (subject === undefined || voice === undefined) return
    this.#leave(voice, subject)
    voice.remove(toldOf(life), this.#trees)
    if (voice.count === 0) this.#dropVoice(voice, subject)
    else this.#enter(voice, subject)
  }

  /** T16: what an agent's word is worth, in parts of ONE. O(1) for each subject it has a word on. */
  setStanding(observer: number, held: number): void {
    if (held === 0) this.#standings.delete(observer)
    else this.#standings.set(observer, held)
    for (const voice of this.#voicesOf.get(observer) ?? []) {
      const standing = this.#standingOf(voice)
      const subject = this.#subjects.get(voice.subject)
      if (standing === voice.standing || subject === undefined) continue
      this.#leave(voice, subject)
      voice.standing = standing
      this.#enter(voice, subject)
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
    const found = this.#subjects.get(subject)
    if (found === undefined || found.observers === 0) return undefined
    return sumsOf(found, this.#todayWeight, this.#profile)
  }

  #moveOne(): boolean {
    const ending = this.#ends.first
    if (ending !== undefined && this.#ends.nextDue <= this.#nowMs) {
      this.remove(ending)
      return true
    }
    const beginning = this.#begins.first
    if (beginning !== undefined && this.#begins.nextDue <= this.#nowMs) {
      const life = this.#lives[beginning]
      if (life !== undefined) this.put(life)
      return true
    }
    const uncapped = this.#uncappings.first
    if (uncapped === undefined || this.#uncappings.nextDue > this.#today) return false
    const voice = this.#voices[uncapped]
    const subject = voice === undefined ? undefined : this.#subjects.get(voice.subject)
    if (voice !== undefined && subject !== undefined) {
      this.#leave(voice, subject)
      this.#enter(voice, subject)
    }
    return true
  }

  #begin(life: OutcomeLife): void {
    const { outcome, observedAtMs, id, index } = life
    const { parts } = dayWeight(dayOf(observedAtMs))
    const weight = parts * (life.isAttested ? this.#profile.unilateralDenominator : 1)
    this.#trees.write(outcome, { observedAtMs, id, index, weight, kept: keptParts(life.kept) })
    this.#ends.set(outcome, Math.min(life.endMs, fadedFromMs(observedAtMs)))
    const subject = this.#subjectOf(life.subject)
    const voice = this.#voiceOf(life, subject)
    this.#leave(voice, subject)
    voice.add(toldOf(life), this.#trees)
    this.#enter(voice, subject)
  }

  /** Takes a voice out of its subject's sums, by what it says now. */
  #leave(voice: Voice, subject: Subject): void {
    if (!voice.isCounted) return
    weigh(voice, subject, { sign: -1, profile: this.#profile })
    voice.isCounted = false
    subject.latest.leave()
    if (voice.isCapped) this.#uncappings.remove(voice.number)
  }

  #enter(voice: Voice, subject: Subject): void {
    if (voice.standing === 0 || voice.count === 0) return
    const quota = BigInt(this.#profile.observerQuota)
    // T16: the viewer's own word has no quota.
    voice.isCapped = voice.observer !== this.#viewer && voice.fresh > quota * this.#todayWeight
    if (voice.isCapped) {
      this.#uncappings.set(voice.number, firstDayOf(voice.fresh, quota, this.#today))
    }
    voice.isCounted = true
    weigh(voice, subject, { sign: 1, profile: this.#profile })
    subject.latest.enter(voice)
  }

  #standingOf(voice: Voice): number {
    // T17: what an agent says of itself weighs nothing.
    if (voice.observer === voice.subject) return 0
    return voice.observer === this.#viewer ? ONE : (this.#standings.get(voice.observer) ?? 0)
  }

  #subjectOf(number: number): Subject {
    let subject = this.#subjects.get(number)
    if (subject === undefined) {
      subject = emptySubject()
      this.#subjects.set(number, subject)
    }
    return subject
  }

  #voiceOf({ observer, subject }: OutcomeLife, { voices }: Subject): Voice {
    let voice = voices.get(observer)
    if (voice !== undefined) return voice
    voice = new Voice(observer, subject, this.#freeVoices.pop() ?? this.#voices.length)
    voice.standing = this.#standingOf(voice)
    this.#voices[voice.number] = voice
    voices.set(observer, voice)
    const all = this.#voicesOf.get(observer)
    if (all === undefined) this.#voicesOf.set(observer, new Set([voice]))
    else all.add(voice)
    return voice
  }

  #dropVoice(voice: Voice, { voices }: Subject): void {
    voices.delete(voice.observer)
    if (voices.size === 0) this.#subjects.delete(voice.subject)
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

function toldOf({ outcome, observedAtMs, isAttested, group }: OutcomeLife): {
  readonly number: number
  readonly observedAtMs: number
  readonly isAttested: boolean
  readonly group: string
} {
  return { number: outcome, observedAtMs, isAttested, group }
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
