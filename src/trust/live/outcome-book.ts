/**
 * Every outcome that the node holds, judged by the key logs and promises of the moment: for which
 * branch of its observer it counts, attested or not, from when and until when.
 *
 * Of the outcomes that settle one promise only the last word counts, and which of them are words at
 * all changes as time passes; so each promise knows when it has to be judged again.
 * Specification: docs/spec/scoring.md, T1, T2 and T12 to T17.
 */
import type { Did } from '../../identity/did.ts'
import { fulfilment } from '../../records/fulfilment.ts'
import type { Observation, Outcome, RecordId, Undertaking } from '../../records/record.ts'
import { inTime, isConcluded, LastWords, settledBy } from '../attestation.ts'
import type { PrivateOutcomes } from '../context.ts'
import type { OutcomeLife } from '../engine/behaviour-engine.ts'
import { DueHeap } from '../engine/due-heap.ts'
import { FIRST_BRANCH, SECOND_BRANCH } from '../key-standing.ts'
import type { BranchMask } from '../key-standing.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../sift.ts'
import { conditionsKey } from '../summary.ts'
import { Numbers } from './numbers.ts'
import type { Register } from './register.ts'

const BRANCHES = [FIRST_BRANCH, SECOND_BRANCH]

/** One outcome: what it says, and as what it counts. */
export interface BookedOutcome {
  readonly scope: string
  /** For each branch of its observer on which it counts. */
  readonly lives: readonly OutcomeLife[]
}

interface Entry extends BookedOutcome {
  readonly number: number
  readonly id: string
  readonly index: number
  readonly observer: Did
  readonly subject: Did
  readonly branches: BranchMask
  readonly outcome: Outcome
  /** In [0, 1]; undefined for an empty promise. */
  readonly kept: number | undefined
  readonly beginMs: number
  readonly endMs: number
  lives: readonly OutcomeLife[]
}

/** A promise as outcomes name it, whether it is held or not. */
interface Settlement {
  readonly number: number
  readonly promise: RecordId
  undertaking: Undertaking | undefined
  readonly entries: Set<Entry>
}

export type OutcomeWatcher = (
  scope: string,
  before: readonly OutcomeLife[],
  after: readonly OutcomeLife[],
) => void

export class OutcomeBook {
  readonly #register: Register
  readonly #viewer: Did
  readonly #tell: OutcomeWatcher
  readonly #numbers = new Numbers()
  /** By number. */
  readonly #entries: (Entry | undefined)[] = []
  readonly #ofRecord = new Map<string, readonly Entry[]>()
  readonly #settlements = new Map<RecordId, Settlement>()
  readonly #settlementNumbers = new Numbers()
  readonly #byNumber: (Settlement | undefined)[] = []
  /** Promises by when they are to be judged again. */
  readonly #due = new DueHeap()
  #nowMs: number

  constructor(register: Register, viewer: Did, nowMs: number, tell: OutcomeWatcher) {
    this.#register = register
    this.#viewer = viewer
    this.#nowMs = nowMs
    this.#tell = tell
  }

  /** Numbers of lives for each number of an outcome. */
  readonly livesOfOutcome = BRANCHES.length

  /** How many numbers have been in use: those from 0 on below it. */
  get end(): number {
    return this.#entries.length
  }

  at(number: number): BookedOutcome | undefined {
    return this.#entries[number]
  }

  /** Takes an observation in, or judges it again. */
  put(id: RecordId, observation: Observation): void {
    this.remove(id)
    const { issuer, key, sequence, subject, outcomes } = observation
    const by = this.#register.meet(issuer).judgeKey(key, sequence)
    // Met whether it counts or not, so that a changed log is taken note of.
    this.#register.meet(subject)
    if (!('branches' in by)) return
    const beginMs = observation.issuedAtMs - CLOCK_SKEW_LIMIT_MS
    const endMs = observation.expiresAtMs
    this.#add({ id, observer: issuer, subject, branches: by.branches, beginMs, endMs }, outcomes)
  }

  /** The viewer's own, never published. */
  putPrivate({ id, subject, outcomes }: PrivateOutcomes): void {
    this.remove(id)
    this.#register.meet(subject)
    const from = { id, observer: this.#viewer, subject, branches: FIRST_BRANCH }
    this.#add({ ...from, beginMs: 0, endMs: Number.POSITIVE_INFINITY }, outcomes)
  }

  remove(id: string): void {
    const entries = this.#ofRecord.get(id)
    if (entries === undefined) return
    this.#ofRecord.delete(id)
    const settlements = new Set<Settlement>()
    for (const entry of entries) {
      this.#live(entry, [])
      this.#entries[entry.number] = undefined
      this.#numbers.giveBack(entry.number)
      const { promise } = entry.outcome
      const settlement = promise === undefined ? undefined : this.#settlements.get(promise)
      if (settlement?.entries.delete(entry) === true) settlements.add(settlement)
    }
    for (const settlement of settlements) this.#judge(settlement)
  }

  /** T12: an attestation outlives expiry, rotation and quota; the key must only be its issuer's. */
  putPromise(id: RecordId, undertaking: Undertaking): void {
    const isItsOwn = this.#register.meet(undertaking.issuer).hasKey(undertaking.key)
    const known = this.#settlements.get(id)
    if (known === undefined && !isItsOwn) return
    const settlement = known ?? this.#settlement(id)
    settlement.undertaking = isItsOwn ? undertaking : undefined
    this.#judge(settlement)
  }

  removePromise(id: RecordId): void {
    const settlement = this.#settlements.get(id)
    if (settlement === undefined) return
    settlement.undertaking = undefined
    this.#judge(settlement)
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
      const settlement = this.#byNumber[this.#due.first ?? 0]
      if (settlement !== undefined) this.#judge(settlement)
    }
    return true
  }

  #add(
    from: Pick<Entry, 'id' | 'observer' | 'subject' | 'branches' | 'beginMs' | 'endMs'>,
    outcomes: readonly Outcome[],
  ): void {
    const entries: Entry[] = []
    const settlements = new Set<Settlement>()
    for (const [index, outcome] of outcomes.entries()) {
      const entry: Entry = {
        ...from,
        number: this.#numbers.take(),
        index,
        outcome,
        scope: outcome.scope,
        kept: fulfilment(outcome),
        // T2: what lies ahead waits.
        beginMs: Math.max(from.beginMs, outcome.observedAtMs - CLOCK_SKEW_LIMIT_MS),
        lives: [],
      }
      this.#entries[entry.number] = entry
      entries.push(entry)
      if (outcome.promise === undefined)
        this.#live(entry, this.#livesOf(entry, entry.branches, false))
      else settlements.add(this.#join(outcome.promise, entry))
    }
    this.#ofRecord.set(from.id, entries)
    for (const settlement of settlements) this.#judge(settlement)
  }

  #join(promise: RecordId, entry: Entry): Settlement {
    const settlement = this.#settlements.get(promise) ?? this.#settlement(promise)
    settlement.entries.add(entry)
    return settlement
  }

  #settlement(promise: RecordId): Settlement {
    const number = this.#settlementNumbers.take()
    const settlement: Settlement = { number, promise, undertaking: undefined, entries: new Set() }
    this.#settlements.set(promise, settlement)
    this.#byNumber[number] = settlement
    return settlement
  }

  /** T13: of those whose time it is, from the latest on. */
  #judge(settlement: Settlement): void {
    const { undertaking, entries, number, promise } = settlement
    if (undertaking === undefined && entries.size === 0) {
      this.#due.remove(number)
      this.#settlements.delete(promise)
      this.#byNumber[number] = undefined
      this.#settlementNumbers.giveBack(number)
      return
    }
    const promises = new Map(undertaking === undefined ? [] : [[promise, undertaking]])
    const words: Entry[] = []
    for (const entry of entries) {
      if (settledBy(entry, promises) !== undefined) words.push(entry)
      else this.#live(entry, this.#livesOf(entry, entry.branches, false))
    }
    const said = new LastWords()
    let nextMs = Number.POSITIVE_INFINITY
    for (const word of words.toSorted(inTime).toReversed()) {
      const isItsTime = word.beginMs <= this.#nowMs && word.endMs > this.#nowMs
      if (word.beginMs > this.#nowMs) nextMs = Math.min(nextMs, word.beginMs)
      else if (isItsTime) nextMs = Math.min(nextMs, word.endMs)
      if (!isItsTime || undertaking === undefined) {
        this.#live(word, [])
        continue
      }
      const branches = said.take(promise, word.branches)
      const isAttested =
        word.kept !== undefined && isConcluded(word.outcome, word.kept, undertaking)
      this.#live(word, this.#livesOf(word, branches, isAttested))
    }
    this.#due.set(number, nextMs)
  }

  #live(entry: Entry, lives: readonly OutcomeLife[]): void {
    const before = entry.lives
    entry.lives = lives
    if (before.length > 0 || lives.length > 0) this.#tell(entry.scope, before, lives)
  }

  #livesOf(entry: Entry, branches: BranchMask, isAttested: boolean): readonly OutcomeLife[] {
    const { kept, observer, subject } = entry
    // T14: an empty promise says nothing; T17: nor does what an agent says of itself.
    if (kept === undefined || observer === subject) return []
    const [about = 0] = this.#register.nodesOf(subject)
    const nodes = this.#register.nodesOf(observer)
    return BRANCHES.flatMap((branch, at) => {
      const node = nodes[at]
      if (node === undefined || (branches & branch) === 0) return []
      return [
        {
          outcome: entry.number * BRANCHES.length + at,
          observer: node,
          subject: about,
          id: entry.id,
          index: entry.index,
          observedAtMs: entry.outcome.observedAtMs,
          kept,
          isAttested,
          group: conditionsKey(entry.outcome),
          beginMs: entry.beginMs,
          endMs: entry.endMs,
        },
      ]
    })
  }
}
