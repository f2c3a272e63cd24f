/**
 * From what observers wrote to what it says: how far each promise was kept, whether the subject had
 * signed it, and which word about it is the last.
 * Specification: docs/spec/scoring.md, T12 to T14 and T17.
 */
import type { Did } from '../identity/did.ts'
import { fulfilment } from '../records/fulfilment.ts'
import type { Outcome, RecordId, Undertaking, Work } from '../records/record.ts'
import type { BranchMask } from './key-standing.ts'
import type { IgnoredReason } from './reasons.ts'
import type { SeenOutcome } from './sift.ts'

export interface JudgedOutcome extends SeenOutcome {
  /** In [0, 1]. */
  readonly kept: number
  /** The subject had promised it, and this is the delegator's last word about it. */
  readonly isAttested: boolean
  readonly isSelfReport: boolean
}

/** By what outcomes are put in order. */
export type TimedOutcome = Pick<SeenOutcome, 'id' | 'index'> & {
  readonly outcome: Pick<Outcome, 'observedAtMs'>
}

export interface IgnoredOutcome {
  readonly seen: SeenOutcome
  readonly reason: IgnoredReason
}

export interface JudgedSubject {
  /** Sorted by observer; of each in the order of time (T26). */
  readonly byObserver: ReadonlyMap<Did, readonly JudgedOutcome[]>
  readonly ignored: readonly IgnoredOutcome[]
}

/** Judges all outcomes about one subject, observer by observer: it stops after each, for who cannot wait. */
export function* judging(
  seen: readonly SeenOutcome[],
  promises: ReadonlyMap<RecordId, Undertaking>,
): Generator<undefined, JudgedSubject> {
  const said = Map.groupBy(seen, ({ observer }) => observer)
  const byObserver = new Map<Did, readonly JudgedOutcome[]>()
  const ignored: IgnoredOutcome[] = []
  for (const observer of [...said.keys()].toSorted()) {
    const outcomes = judgeObserver(said.get(observer) ?? [], promises, ignored)
    if (outcomes.length > 0) byObserver.set(observer, outcomes)
    yield
  }
  return { byObserver, ignored }
}

/** Only the observer to whom a promise was made settles it, so each is judged alone. */
function judgeObserver(
  seen: readonly SeenOutcome[],
  promises: ReadonlyMap<RecordId, Undertaking>,
  ignored: IgnoredOutcome[],
): readonly JudgedOutcome[] {
  const outcomes: JudgedOutcome[] = []
  const said = new LastWords()
  // From the latest on, so that a word meets those that come after it.
  for (const one of seen.toSorted(inTime).toReversed()) {
    const { id, index, observer, subject, outcome } = one
    const promise = settledBy(one, promises)
    const branches =
      promise === undefined ? one.branches : said.take(outcome.promise ?? '', one.branches)
    const kept = fulfilment(outcome)
    // T14: an empty promise, however well it was kept, says nothing.
    if (kept === undefined) {
      ignored.push({ seen: one, reason: 'empty-promise' })
      continue
    }
    if (branches === 0) {
      ignored.push({ seen: one, reason: 'superseded' })
      continue
    }
    const isAttested = promise !== undefined && isConcluded(outcome, kept, promise)
    const isSelfReport = observer === subject
    // Spelled out: a spread costs more than all the rest.
    outcomes.push({
      id,
      index,
      observer,
      subject,
      branches,
      outcome,
      kept,
      isAttested,
      isSelfReport,
    })
  }
  return outcomes.toReversed()
}

/**
 * T13: per promise only the latest outcome counts, on each branch of its observer's log by itself: a
 * thief's word does not take the place of the owner's.
 */
export class LastWords {
  readonly #taken = new Map<RecordId, BranchMask>()

  /** On which of the branches this word is the last; the latest comes first. */
  take(promise: RecordId, branches: BranchMask): BranchMask {
    const taken = this.#taken.get(promise) ?? 0
    this.#taken.set(promise, taken | branches)
    return branches & ~taken
  }
}

/** T12: a promise is broken at its deadline, not before. */
export function isConcluded(
  { observedAtMs }: Pick<Outcome, 'observedAtMs'>,
  kept: number,
  { deadlineMs }: Pick<Undertaking, 'deadlineMs'>,
): boolean {
  return kept === 1 || observedAtMs >= deadlineMs
}

/** T12: the promise that an outcome settles: by the subject, to the observer, the same in every word. */
export function settledBy(
  { observer, subject, outcome }: Pick<SeenOutcome, 'observer' | 'subject' | 'outcome'>,
  promises: ReadonlyMap<RecordId, Undertaking>,
): Undertaking | undefined {
  if (outcome.promise === undefined) return undefined
  const promise = promises.get(outcome.promise)
  if (promise === undefined) return undefined
  const settles =
    promise.issuer === subject &&
    promise.delegator === observer &&
    promise.scope === outcome.scope &&
    isSameWork(promise.work, outcome.promised) &&
    promise.issuedAtMs <= outcome.observedAtMs
  return settles ? promise : undefined
}

function isSameWork(a: Work, b: Work): boolean {
  switch (a.kind) {
    case 'items':
      return (
        b.kind === 'items' &&
        a.items.length === b.items.length &&
        a.items.every((item, at) => item === b.items[at])
      )
    case 'count':
      return b.kind === 'count' && a.count === b.count
    case 'time':
      return b.kind === 'time' && a.ms === b.ms
    case 'quality':
      return b.kind === 'quality' && a.measure === b.measure && a.value === b.value
    case 'uptime':
      return b.kind === 'uptime' && a.ppm === b.ppm && a.overMs === b.overMs
  }
}

/** T26: one order for every sum. */
export function inTime(a: TimedOutcome, b: TimedOutcome): number {
  const difference = a.outcome.observedAtMs - b.outcome.observedAtMs
  if (difference !== 0) return difference
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.index - b.index
}

/** What the subject says of itself beside what an observer says of the same promise. */
export interface Honesty {
  readonly claims: number
  readonly compared: number
  readonly differing: number
  /** The first of the differing ones, in order. */
  readonly examples: readonly {
    readonly promise: RecordId
    readonly claimed: number
    readonly observed: number
    readonly claimedBy: string
    readonly observedBy: string
    readonly observer: Did
  }[]
}

const HONESTY_EXAMPLES_LIMIT = 5

/** T17: self-reports weigh nothing, and are held against what delegators say. */
export function honestyOf(
  subject: Did,
  { byObserver }: Pick<JudgedSubject, 'byObserver'>,
): Honesty {
  const claims = byObserver.get(subject) ?? []
  const claimed = new Set(claims.map(({ outcome }) => outcome.promise))
  const settled = new Map<RecordId, JudgedOutcome>()
  for (const [observer, outcomes] of byObserver) {
    if (observer === subject || claims.length === 0) continue
    for (const one of outcomes) {
      const { promise } = one.outcome
      if (one.isAttested && promise !== undefined && claimed.has(promise)) settled.set(promise, one)
    }
  }
  const pairs = claims.flatMap((claim) => {
    const promise = claim.outcome.promise
    const word = promise === undefined ? undefined : settled.get(promise)
    return promise === undefined || word === undefined ? [] : [{ promise, claim, word }]
  })
  const differing = pairs.filter(({ claim, word }) => claim.kept !== word.kept)
  return {
    claims: claims.length,
    compared: pairs.length,
    differing: differing.length,
    examples: differing.slice(0, HONESTY_EXAMPLES_LIMIT).map(({ promise, claim, word }) => ({
      promise,
      claimed: claim.kept,
      observed: word.kept,
      claimedBy: claim.id,
      observedBy: word.id,
      observer: word.observer,
    })),
  }
}
