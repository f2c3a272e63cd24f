/**
 * Tells when agents that matter here look different than before: a score that moved, a drift that
 * began, changed or ended.
 *
 * Watched are agents with a pin or a petname, those that this agent vouched for, and those that were
 * asked about lately. Changes are looked at together, a moment after the first of them.
 */
import { SECOND_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'
import { GENERAL_SCOPE, type EvidenceRecord } from '../trust/context.ts'
import type { DriftEvent } from '../trust/history.ts'
import type { Events } from './events.ts'
import type { FoundScore, Outlook } from './outlook.ts'

/** Agents and scopes that are watched; the one asked about longest ago goes first. */
export const WATCHED_SCORES_LIMIT_COUNT = 256
/** Scopes that are watched, those asked about last: each is worked off whenever something changes. */
export const WATCHED_SCOPES_LIMIT_COUNT = 4
/** Subjects remembered between two looks; when more were touched, all count as touched. */
const TOUCHED_LIMIT_COUNT = 1_024
/** How much a score moves before anybody is told. */
export const SCORE_CHANGE_LEAST = 0.005
/** From a change to the look at what it did. */
const LOOK_AFTER_MS = SECOND_MS
/** After a look it rests so many times as long as the look took: a twentieth of the time at most. */
const REST_FACTOR = 20
/** Histories are long reads: so many for one look, the others at the next. */
const HISTORIES_AT_A_TIME = 8

export interface ScoreWatchParts {
  readonly own: Did
  readonly outlook: Pick<Outlook, 'scores' | 'history' | 'state'>
  readonly evidence: { by(issuer: Did, type: 'vouch'): Iterable<EvidenceRecord> }
  readonly named: () => Iterable<Did>
  readonly events: Pick<Events, 'emit'>
  readonly lookAfterMs?: number
}

interface Watched {
  readonly subject: Did
  readonly scope: string
  seen: Pick<FoundScore, 'score' | 'state'> | undefined
  /** The latest drift, as text; `undefined` until it was looked for. */
  drift: string | undefined
  isDriftDue: boolean
}

export class ScoreWatch implements Disposable {
  readonly #parts: ScoreWatchParts
  /** The one asked about last comes last. */
  readonly #watched = new Map<string, Watched>()
  /** Whom something was said about since the last look; `all` when too many. */
  #touched: Set<Did> | 'all' = new Set()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #tookMs = 0
  #isClosed = false

  constructor(parts: ScoreWatchParts) {
    this.#parts = parts
    // How everybody looks before anything changes.
    this.changed()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** Somebody asked about an agent: from now on it is told when that answer is another. */
  note(subject: Did, scope: string): void {
    if (subject === this.#parts.own) return
    const name = `${subject} ${scope}`
    const known = this.#watched.get(name)
    this.#watched.delete(name)
    this.#watched.set(
      name,
      known ?? { subject, scope, seen: undefined, drift: undefined, isDriftDue: true },
    )
    if (this.#watched.size > WATCHED_SCORES_LIMIT_COUNT) {
      const [oldest] = this.#watched.keys()
      if (oldest !== undefined) this.#watched.delete(oldest)
    }
    if (known === undefined) this.changed()
  }

  /** Something is different that scores are made of; about one agent, where that is known. */
  changed(about?: Did): void {
    if (about !== undefined && this.#touched !== 'all') {
      this.#touched.add(about)
      if (this.#touched.size > TOUCHED_LIMIT_COUNT) this.#touched = 'all'
    }
    if (this.#isClosed || this.#timer !== undefined) return
    const afterMs = Math.max(this.#parts.lookAfterMs ?? LOOK_AFTER_MS, REST_FACTOR * this.#tookMs)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#look().catch(() => {
        // The node closes, or still reads: the next change looks again.
      })
    }, afterMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return
    // Nobody waits for scores on behalf of this.
    if (this.#isLooking || !this.#parts.outlook.state.isReady) {
      this.changed()
      return
    }
    this.#isLooking = true
    const beganMs = performance.now()
    try {
      this.#watchOwn()
      this.#markTouched()
      // The one asked about last first.
      const byScope = Map.groupBy([...this.#watched.values()].toReversed(), ({ scope }) => scope)
      const kept = [...byScope].slice(0, WATCHED_SCOPES_LIMIT_COUNT)
      for (const [scope, watched] of kept) await this.#compare(scope, watched)
      await this.#followDrift(kept.flatMap(([, watched]) => watched))
    } finally {
      this.#isLooking = false
      this.#tookMs = performance.now() - beganMs
    }
  }

  /** Whom my own words are about is watched without being asked about. */
  #watchOwn(): void {
    const { own, evidence, named } = this.#parts
    const add = (did: Did): void => {
      const name = `${did} ${GENERAL_SCOPE}`
      if (this.#watched.size < WATCHED_SCORES_LIMIT_COUNT && !this.#watched.has(name)) {
        this.note(did, GENERAL_SCOPE)
      }
    }
    for (const did of named()) add(did)
    for (const { record } of evidence.by(own, 'vouch')) {
      if (record.type === 'vouch') add(record.subject)
    }
  }

  async #compare(scope: string, watched: readonly Watched[]): Promise<void> {
    const { outlook, events } = this.#parts
    const found = await outlook.scores(
      watched.map(({ subject }) => subject),
      scope,
    )
    for (const [at, one] of watched.entries()) {
      const now = found[at]
      if (now === undefined) continue
      const before = one.seen
      if (before !== undefined && !differs(before, now)) continue
      one.seen = { score: now.score, state: now.state }
      if (before === undefined) continue
      events.emit({
        kind: 'score.changed',
        subject: one.subject,
        scope,
        score: now.score,
        state: now.state,
        scoreBefore: before.score,
        stateBefore: before.state,
      })
    }
  }

  #markTouched(): void {
    const touched = this.#touched
    this.#touched = new Set()
    for (const one of this.#watched.values()) {
      if (touched === 'all' || touched.has(one.subject)) one.isDriftDue = true
    }
  }

  async #followDrift(watched: readonly Watched[]): Promise<void> {
    const due = watched.filter(({ isDriftDue }) => isDriftDue)
    for (const one of due.slice(0, HISTORIES_AT_A_TIME)) {
      one.isDriftDue = false
      const { subject, scope } = one
      const latest = (await this.#parts.outlook.history({ subject, scope })).events.at(-1)
      const text = latest === undefined ? '' : textOf(latest)
      const before = one.drift
      one.drift = text
      if (before === undefined || before === text || latest === undefined) continue
      this.#parts.events.emit({ kind: 'drift', subject, scope, ...latest })
    }
    if (due.length > HISTORIES_AT_A_TIME) this.changed()
  }
}

function textOf({ day, severity, direction }: DriftEvent): string {
  return `${day} ${severity} ${direction}`
}

function differs(
  before: Pick<FoundScore, 'score' | 'state'>,
  now: Pick<FoundScore, 'score' | 'state'>,
): boolean {
  if (before.state !== now.state) return true
  if (before.score === null || now.score === null) return before.score !== now.score
  return Math.abs(before.score - now.score) >= SCORE_CHANGE_LEAST
}
