/**
 * Every outcome that the node holds, judged by the key logs and promises of the moment: for which
 * branch of its observer it counts, attested or not, from when and until when. Each is some whole
 * numbers in a column; the record itself is shown again by whoever wants it judged again.
 *
 * Of the outcomes that settle one promise only the last word counts, and which of them are words at
 * all changes as time passes; so each promise knows when it has to be judged again.
 * Specification: docs/spec/scoring.md, T1, T2 and T12 to T17.
 */
import type { Did } from '../../identity/did.ts'
import { fulfilment } from '../../records/fulfilment.ts'
import type { Observation, Outcome, RecordId, Undertaking } from '../../records/record.ts'
import type { PrivateOutcomes } from '../context.ts'
import type { OutcomeLife } from '../engine/behaviour-engine.ts'
import { DueHeap } from '../engine/due-heap.ts'
import { InternedTexts } from '../engine/interned.ts'
import { PagedRecords } from '../engine/paged.ts'
import { KEPT_ONE, keptParts } from '../engine/word.ts'
import { FIRST_BRANCH, SECOND_BRANCH } from '../key-standing.ts'
import type { BranchMask } from '../key-standing.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../sift.ts'
import { conditionsKey } from '../summary.ts'
import { Numbers } from './numbers.ts'
import { PromiseTable } from './promise-table.ts'
import type { RecordTable } from './record-table.ts'
import type { Register } from './register.ts'
import { workText } from './work-text.ts'

/** The record of an outcome: three doubles, then whole numbers. */
const AT_MS = 0
const BEGIN_MS = 1
const END_MS = 2
/** Its record's number, counted from 1; of a note of the viewer's own, below 0; 0 for no outcome. */
const SOURCE = 6
/** The next outcome of the same record, counted from 1. */
const NEXT = 7
const OBSERVER = 8
const SUBJECT = 9
const SCOPE = 10
const GROUP = 11
/** In millionths; {@link NOTHING_KEPT} for an empty promise. */
const KEPT = 12
const BITS = 13
/** What the promise that it names needs to know, counted from 1. */
const SETTLES = 14
/** The number by which it counts for the second branch, counted from 1; on that number's own record: whose it is. */
const SECOND = 15
const OUTCOME_DOUBLES = 8
const NOTHING_KEPT = -1

/** Bits: on which branches its key counts, on which it was told to count, as what; its place in its record. */
const LIVE_SHIFT = 2
const IS_ATTESTED = 1 << 4
const IS_WHOLE = 1 << 5
/** No outcome of its own, but one that counts for a second branch. */
const IS_SECOND = 1 << 6
const INDEX_SHIFT = 8
const BRANCH_BITS = 3

/** What an outcome with a promise has besides: the promise, the work, the next one of the same promise. */
const PROMISE = 0
const WORK = 1
const NEXT_WORD = 2
const SETTLING_DOUBLES = 2

export type OutcomeWatcher = (
  outcome: number,
  scope: number,
  /** The numbers under which it counted. */
  before: readonly number[],
  after: readonly OutcomeLife[],
) => void

/** Who said it about whom, as nodes, and while its record counts. */
interface From {
  readonly source: number
  readonly observer: number
  readonly subject: number
  readonly branches: BranchMask
  readonly beginMs: number
  readonly endMs: number
}

export class OutcomeBook {
  readonly #register: Register
  readonly #table: RecordTable
  /** The viewer's first node. */
  readonly #viewer: number
  readonly #tell: OutcomeWatcher
  readonly #numbers = new Numbers()
  readonly #outcomes = new PagedRecords(OUTCOME_DOUBLES)
  #end = 0
  readonly #settling = new PagedRecords(SETTLING_DOUBLES)
  readonly #settlingNumbers = new Numbers()
  readonly #promises: PromiseTable
  readonly #groups = new InternedTexts()
  /** What was promised, as texts. */
  readonly #works = new InternedTexts()
  /** Of the viewer's notes the ids, and their first outcomes, counted from 1. */
  readonly #notes = new Map<string, { readonly source: number; first: number }>()
  readonly #noteIds: string[] = []
  readonly #noteNumbers = new Numbers()
  /** Promises by when they are to be judged again. */
  readonly #due = new DueHeap()
  #nowMs: number

  constructor(
    { register, table }: { readonly register: Register; readonly table: RecordTable },
    viewer: Did,
    nowMs: number,
    tell: OutcomeWatcher,
  ) {
    this.#register = register
    this.#table = table
    this.#viewer = register.meet(viewer)
    this.#nowMs = nowMs
    this.#tell = tell
    this.#promises = new PromiseTable(register, table.scopes, this.#works)
  }

  /** How many numbers have been in use: those from 0 on below it. */
  get end(): number {
    return this.#end
  }

  /** Whether an outcome has that number. */
  isThere(outcome: number): boolean {
    return (
      this.#outcomes.int(outcome, SOURCE) !== 0 &&
      (this.#outcomes.int(outcome, BITS) & IS_SECOND) === 0
    )
  }

  scopeOf(outcome: number): number {
    return this.#outcomes.int(outcome, SCOPE)
  }

  observerOf(outcome: number): number {
    return this.#outcomes.int(outcome, OBSERVER)
  }

  subjectOf(outcome: number): number {
    return this.#outcomes.int(outcome, SUBJECT)
  }

  /** Promises that are held, whether they count or not. */
  get promises(): Pick<PromiseTable, 'end' | 'isHeld' | 'issuerOf' | 'delegatorOf' | 'scopeOf'> {
    return this.#promises
  }

  /** T26, between two numbers under which outcomes of one moment count. */
  readonly goesBefore = (a: number, b: number): boolean => {
    const [one, two] = [this.#outcomes.int(a, SOURCE), this.#outcomes.int(b, SOURCE)]
    if (one === two) return this.#indexOf(a) < this.#indexOf(b)
    if (one > 0 && two > 0) return this.#table.ids.compare(one - 1, two - 1) < 0
    return this.#idOf(one) < this.#idOf(two)
  }

  /** Takes an observation in. @param id  The number of its id, whose slot says where its outcomes are. */
  put(id: number, observation: Observation): void {
    const { issuer, key, sequence, outcomes } = observation
    const observer = this.#register.meet(issuer)
    const from = {
      source: id + 1,
      observer,
      subject: this.#register.meet(observation.subject),
      branches: this.#register.branchesByKey(observer, key, sequence),
      beginMs: observation.issuedAtMs - CLOCK_SKEW_LIMIT_MS,
      endMs: observation.expiresAtMs,
    }
    this.#table.ids.setSlot(id, this.#add(from, outcomes))
  }

  /** What a changed key log may have changed. */
  judgeAgain(id: number, observation: Observation): void {
    this.remove(id)
    this.put(id, observation)
  }

  remove(id: number): void {
    this.#drop(this.#table.ids.slot(id))
    this.#table.ids.setSlot(id, 0)
  }

  /** The viewer's own, never published; or judged again. */
  putPrivate({ id, subject, outcomes }: PrivateOutcomes): void {
    const known = this.#notes.get(id)
    const source = known?.source ?? -1 - this.#noteNumbers.take()
    this.#noteIds[-1 - source] = id
    if (known !== undefined) this.#drop(known.first)
    const note = { source, first: 0 }
    this.#notes.set(id, note)
    const from = {
      source,
      observer: this.#viewer,
      subject: this.#register.meet(subject),
      branches: FIRST_BRANCH,
      beginMs: 0,
      endMs: Number.POSITIVE_INFINITY,
    }
    note.first = this.#add(from, outcomes)
  }

  removePrivate(id: string): void {
    const note = this.#notes.get(id)
    if (note === undefined) return
    this.#notes.delete(id)
    this.#drop(note.first)
    this.#noteNumbers.giveBack(-1 - note.source)
  }

  /** T12: an attestation outlives expiry, rotation and quota; the key must only be its issuer's. */
  putPromise(id: RecordId, undertaking: Undertaking): void {
    this.#judgePromise(this.#promises.put(id, undertaking))
  }

  removePromise(id: RecordId): void {
    const promise = this.#promises.numberOf(id)
    if (promise < 0) return
    this.#promises.release(promise)
    this.#judgePromise(promise)
  }

  /** When time next changes which word is the last; infinity for never. */
  get nextMs(): number {
    return this.#due.nextDue
  }

  /**
   * Lets time pass until `nowMs`.
   *
   * @param workLimit  How many promises to judge again at most.
   * @returns whether all is done.
   */
  advance(nowMs: number, workLimit: number): boolean {
    this.#nowMs = nowMs
    for (let work = 0; this.#due.nextDue <= nowMs; work++) {
      if (work >= workLimit) return false
      this.#judgePromise(this.#due.first ?? 0)
    }
    return true
  }

  /** For each branch of its observer on which it counts: a life. */
  livesOf(outcome: number): readonly OutcomeLife[] {
    const bits = this.#outcomes.int(outcome, BITS)
    const live = (bits >>> LIVE_SHIFT) & BRANCH_BITS
    if (live === 0) return NOTHING
    const first = this.#lifeOf(outcome, outcome, this.observerOf(outcome))
    if (live === FIRST_BRANCH) return [first]
    const second = this.#lifeOf(
      outcome,
      this.#outcomes.int(outcome, SECOND) - 1,
      this.#register.secondOf(this.observerOf(outcome)),
    )
    return live === SECOND_BRANCH ? [second] : [first, second]
  }

  #lifeOf(outcome: number, number: number, observer: number): OutcomeLife {
    const outcomes = this.#outcomes
    return {
      outcome: number,
      observer,
      subject: this.subjectOf(outcome),
      observedAtMs: outcomes.double(outcome, AT_MS),
      kept: outcomes.int(outcome, KEPT) / KEPT_ONE,
      isAttested: (outcomes.int(outcome, BITS) & IS_ATTESTED) !== 0,
      group: this.#groups.text(outcomes.int(outcome, GROUP)),
      beginMs: outcomes.double(outcome, BEGIN_MS),
      endMs: outcomes.double(outcome, END_MS),
    }
  }

  /** @returns the first of them, counted from 1; 0 for none. */
  #add(from: From, outcomes: readonly Outcome[]): number {
    let first = 0
    for (let index = outcomes.length - 1; index >= 0; index--) {
      const outcome = outcomes[index]
      if (outcome !== undefined) first = this.#write(from, index, outcome, first) + 1
    }
    this.#judgeAll(first)
    return first
  }

  #write(from: From, index: number, outcome: Outcome, next: number): number {
    const kept = fulfilment(outcome)
    const number = this.#numbers.take()
    this.#end = Math.max(this.#end, number + 1)
    const outcomes = this.#outcomes
    outcomes.setDouble(number, AT_MS, outcome.observedAtMs)
    // T2: what lies ahead waits.
    const beginMs = Math.max(from.beginMs, outcome.observedAtMs - CLOCK_SKEW_LIMIT_MS)
    outcomes.setDouble(number, BEGIN_MS, beginMs)
    outcomes.setDouble(number, END_MS, from.endMs)
    outcomes.setInt(number, SOURCE, from.source)
    outcomes.setInt(number, NEXT, next)
    outcomes.setInt(number, OBSERVER, from.observer)
    outcomes.setInt(number, SUBJECT, from.subject)
    outcomes.setInt(number, SCOPE, this.#table.scopes.take(outcome.scope))
    outcomes.setInt(number, GROUP, this.#groups.take(conditionsKey(outcome)))
    outcomes.setInt(number, KEPT, kept === undefined ? NOTHING_KEPT : keptParts(kept))
    outcomes.setInt(
      number,
      BITS,
      from.branches | (kept === 1 ? IS_WHOLE : 0) | (index << INDEX_SHIFT),
    )
    outcomes.setInt(number, SETTLES, 0)
    outcomes.setInt(number, SECOND, 0)
    // What does not count by its key settles nothing.
    if (outcome.promise !== undefined && from.branches !== 0) {
      outcomes.setInt(number, SETTLES, this.#join(outcome.promise, outcome, number) + 1)
    }
    return number
  }

  #join(promise: RecordId, outcome: Outcome, number: number): number {
    const named = this.#promises.take(promise)
    const settling = this.#settlingNumbers.take()
    this.#settling.setInt(settling, PROMISE, named)
    this.#settling.setInt(settling, WORK, this.#works.take(workText(outcome.promised)))
    this.#settling.setInt(settling, NEXT_WORD, this.#promises.firstWord(named))
    this.#promises.setFirstWord(named, number + 1)
    return settling
  }

  /** Judges all outcomes of one record, and those of the promises that they name. */
  #judgeAll(first: number): void {
    const promises = new Set<number>()
    for (let at = first; at !== 0; at = this.#outcomes.int(at - 1, NEXT)) {
      const settling = this.#outcomes.int(at - 1, SETTLES) - 1
      if (settling >= 0) promises.add(this.#settling.int(settling, PROMISE))
      else this.#live(at - 1, this.#keyBranchesOf(at - 1), false)
    }
    for (const promise of promises) this.#judgePromise(promise)
  }

  #drop(first: number): void {
    const promises = new Set<number>()
    let next = 0
    for (let at = first; at !== 0; at = next) {
      const outcome = at - 1
      next = this.#outcomes.int(outcome, NEXT)
      this.#live(outcome, 0, false)
      const settling = this.#outcomes.int(outcome, SETTLES) - 1
      if (settling >= 0) promises.add(this.#leave(outcome, settling))
      this.#groups.release(this.#outcomes.int(outcome, GROUP))
      this.#table.scopes.release(this.scopeOf(outcome))
      const second = this.#outcomes.int(outcome, SECOND) - 1
      if (second >= 0) this.#giveBack(second)
      this.#giveBack(outcome)
    }
    for (const promise of promises) this.#judgePromise(promise)
  }

  #giveBack(outcome: number): void {
    this.#outcomes.setInt(outcome, SOURCE, 0)
    this.#numbers.giveBack(outcome)
  }

  /** Takes an outcome out of those that name its promise. @returns the promise. */
  #leave(outcome: number, settling: number): number {
    const promise = this.#settling.int(settling, PROMISE)
    const next = this.#settling.int(settling, NEXT_WORD)
    let at = this.#promises.firstWord(promise) - 1
    if (at === outcome) this.#promises.setFirstWord(promise, next)
    else {
      while (this.#wordAfter(at) !== outcome) at = this.#wordAfter(at)
      this.#settling.setInt(this.#outcomes.int(at, SETTLES) - 1, NEXT_WORD, next)
    }
    this.#works.release(this.#settling.int(settling, WORK))
    this.#settlingNumbers.giveBack(settling)
    return promise
  }

  /** The next outcome that names the same promise, or -1. */
  #wordAfter(outcome: number): number {
    return this.#settling.int(this.#outcomes.int(outcome, SETTLES) - 1, NEXT_WORD) - 1
  }

  /** T13: of those whose time it is, from the latest on. */
  #judgePromise(promise: number): void {
    if (!this.#promises.isHeld(promise) && this.#promises.firstWord(promise) === 0) {
      this.#due.remove(promise)
      this.#promises.forget(promise)
      return
    }
    const words: number[] = []
    for (let at = this.#promises.firstWord(promise) - 1; at >= 0; at = this.#wordAfter(at)) {
      if (this.#settles(at, promise)) words.push(at)
      else this.#live(at, this.#keyBranchesOf(at), false)
    }
    let taken: BranchMask = 0
    let nextMs = Number.POSITIVE_INFINITY
    for (const word of words.toSorted(this.#latestFirst)) {
      const beginMs = this.#outcomes.double(word, BEGIN_MS)
      const endMs = this.#outcomes.double(word, END_MS)
      if (beginMs > this.#nowMs) nextMs = Math.min(nextMs, beginMs)
      else if (endMs > this.#nowMs) nextMs = Math.min(nextMs, endMs)
      if (beginMs > this.#nowMs || endMs <= this.#nowMs) {
        this.#live(word, 0, false)
        continue
      }
      const branches = this.#keyBranchesOf(word) & ~taken
      taken |= branches
      this.#live(word, branches, this.#isConcluded(word, promise))
    }
    this.#due.set(promise, nextMs)
  }

  readonly #latestFirst = (a: number, b: number): number => {
    const later = this.#outcomes.double(b, AT_MS) - this.#outcomes.double(a, AT_MS)
    if (later !== 0) return later
    return this.goesBefore(a, b) ? 1 : -1
  }

  /** T12: by the subject, to the observer, the same in every word. */
  #settles(outcome: number, promise: number): boolean {
    const promises = this.#promises
    const settling = this.#outcomes.int(outcome, SETTLES) - 1
    return (
      promises.counts(promise) &&
      promises.issuerOf(promise) === this.subjectOf(outcome) &&
      promises.delegatorOf(promise) === this.observerOf(outcome) &&
      promises.scopeOf(promise) === this.scopeOf(outcome) &&
      promises.workOf(promise) === this.#settling.int(settling, WORK) &&
      promises.issuedAtMs(promise) <= this.#outcomes.double(outcome, AT_MS)
    )
  }

  /** T12: a promise is broken at its deadline, not before. */
  #isConcluded(outcome: number, promise: number): boolean {
    if (this.#outcomes.int(outcome, KEPT) === NOTHING_KEPT) return false
    return (
      (this.#outcomes.int(outcome, BITS) & IS_WHOLE) !== 0 ||
      this.#outcomes.double(outcome, AT_MS) >= this.#promises.deadlineMs(promise)
    )
  }

  #keyBranchesOf(outcome: number): BranchMask {
    return this.#outcomes.int(outcome, BITS) & BRANCH_BITS
  }

  #live(outcome: number, branches: BranchMask, isAttested: boolean): void {
    const outcomes = this.#outcomes
    const bits = outcomes.int(outcome, BITS)
    const was = (bits >>> LIVE_SHIFT) & BRANCH_BITS
    const live = this.#saysSomething(outcome)
      ? this.#register.present(this.observerOf(outcome), branches)
      : 0
    if (was === 0 && live === 0) return
    const before = this.#numbersOf(outcome, was)
    if ((live & SECOND_BRANCH) !== 0) this.#haveSecond(outcome)
    const rest = bits & ~((BRANCH_BITS << LIVE_SHIFT) | IS_ATTESTED)
    outcomes.setInt(outcome, BITS, rest | (live << LIVE_SHIFT) | (isAttested ? IS_ATTESTED : 0))
    this.#tell(outcome, this.scopeOf(outcome), before, this.livesOf(outcome))
  }

  /** T14: an empty promise says nothing; T17: nor does what an agent says of itself. */
  #saysSomething(outcome: number): boolean {
    return (
      this.#outcomes.int(outcome, KEPT) !== NOTHING_KEPT &&
      this.observerOf(outcome) !== this.subjectOf(outcome)
    )
  }

  #numbersOf(outcome: number, live: BranchMask): readonly number[] {
    if (live === 0) return NOTHING
    if (live === FIRST_BRANCH) return [outcome]
    const second = this.#outcomes.int(outcome, SECOND) - 1
    return live === SECOND_BRANCH ? [second] : [outcome, second]
  }

  /** A number of its own for what counts on the second branch, for good. */
  #haveSecond(outcome: number): void {
    if (this.#outcomes.int(outcome, SECOND) !== 0) return
    const second = this.#numbers.take()
    this.#end = Math.max(this.#end, second + 1)
    const outcomes = this.#outcomes
    outcomes.setInt(outcome, SECOND, second + 1)
    outcomes.setInt(second, SOURCE, outcomes.int(outcome, SOURCE))
    outcomes.setInt(second, BITS, IS_SECOND | (this.#indexOf(outcome) << INDEX_SHIFT))
  }

  #indexOf(outcome: number): number {
    return this.#outcomes.int(outcome, BITS) >>> INDEX_SHIFT
  }

  #idOf(source: number): string {
    return source > 0 ? this.#table.ids.id(source - 1) : (this.#noteIds[-source - 1] ?? '')
  }
}

const NOTHING: readonly never[] = []
