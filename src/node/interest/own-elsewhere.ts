/**
 * What this agent has said about agents whose shard its node does not follow.
 *
 * Gossip takes such a record out once, and may lose it; no reconciliation offers it, because its
 * shard is not this node's. So it is said again, at growing gaps, for as long as it stands: one
 * peer that follows the shard and hears it is enough, since those that follow it reconcile. Nothing
 * of this is on disk: after a start each begins with the first gap. Specification: docs/spec/interest.md.
 */
import { asError } from '../../base/error.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { DAY_MS, MINUTE_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { RecordId } from '../../records/record.ts'

/** The first gap; each that follows is four times as long … */
export const FIRST_GAP_MS = 5 * MINUTE_MS
const GAP_GROWTH = 4
/** … up to this one. */
export const LONGEST_GAP_MS = DAY_MS
/** How often it is looked for records that are due … */
const LOOK_INTERVAL_MS = MINUTE_MS
/** … and how many are said at a look, those due for longest first. */
export const SAID_AGAIN_LIMIT = 64
/** Records remembered; the ones said first are forgotten first. */
export const OWN_ELSEWHERE_LIMIT = 16_384
/** When nobody connected follows the shards, so many of their agents are looked for at a look. */
export const LOOKED_FOR_LIMIT = 2

export interface OwnElsewhereDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Whether reconciliation takes care of what is said about this agent. */
  follows(subject: Did): boolean
  /** Whether the record is held still and counts. */
  stands(id: RecordId): boolean
  /** Sends a record to connected peers that follow its shard, and says how many there were. */
  say(id: RecordId, subject: Did): Promise<number>
  /** Connects to peers that may follow the shard of an agent. */
  reach(subject: Did, signal: AbortSignal): Promise<unknown>
}

interface Waiting {
  readonly subject: Did
  dueAtMs: number
  gapMs: number
}

export class OwnElsewhere implements AsyncDisposable {
  readonly #deps: OwnElsewhereDeps
  readonly #limitCount: number
  readonly #waiting = new Map<RecordId, Waiting>()
  readonly #closing = new AbortController()
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(
    deps: OwnElsewhereDeps,
    { lookIntervalMs = LOOK_INTERVAL_MS, limitCount = OWN_ELSEWHERE_LIMIT } = {},
  ) {
    this.#deps = deps
    this.#limitCount = limitCount
    this.#timer = setInterval(() => void this.look(), lookIntervalMs).unref()
  }

  /** This agent has said something, or had before the node started. What is followed is left out. */
  add(id: RecordId, subject: Did): void {
    const { clock } = this.#deps
    if (this.#waiting.has(id) || this.#deps.follows(subject)) return
    this.#waiting.set(id, { subject, dueAtMs: clock() + FIRST_GAP_MS, gapMs: FIRST_GAP_MS })
    if (this.#waiting.size <= this.#limitCount) return
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#waiting.delete(oldest)
  }

  /** Records that are said again at some time. */
  get count(): number {
    return this.#waiting.size
  }

  /** Says what is due. One look at a time: who calls meanwhile waits for the one that runs. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#deps
    const unheard = new Set<Did>()
    for (const [id, waiting] of this.#due(clock())) {
      if (this.#closing.signal.aborted) return
      // Due at the next look if nobody hears it, behind those that have waited longer by then.
      waiting.dueAtMs = clock()
      try {
        if ((await this.#deps.say(id, waiting.subject)) === 0) {
          unheard.add(waiting.subject)
          continue
        }
        waiting.dueAtMs = clock() + waiting.gapMs
        waiting.gapMs = Math.min(LONGEST_GAP_MS, waiting.gapMs * GAP_GROWTH)
      } catch (thrown) {
        log.warn('an own record was not said again', { id, error: asError(thrown).message })
      }
    }
    await this.#reach([...unheard].slice(0, LOOKED_FOR_LIMIT))
  }

  /** Those due for longest first. What does not stand, or is followed by now, is forgotten. */
  #due(nowMs: number): readonly (readonly [RecordId, Waiting])[] {
    const due: (readonly [RecordId, Waiting])[] = []
    for (const [id, waiting] of this.#waiting) {
      if (waiting.dueAtMs > nowMs) continue
      if (this.#deps.follows(waiting.subject) || !this.#deps.stands(id)) this.#waiting.delete(id)
      else due.push([id, waiting])
    }
    return due.toSorted(([, a], [, b]) => a.dueAtMs - b.dueAtMs).slice(0, SAID_AGAIN_LIMIT)
  }

  /** The next look finds who was reached. */
  async #reach(subjects: readonly Did[]): Promise<void> {
    const { signal } = this.#closing
    const reaching = subjects.map(async (subject) => this.#deps.reach(subject, signal))
    await Promise.allSettled(reaching)
  }
}
