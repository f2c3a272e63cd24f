/**
 * What this node follows of its network, now: all shards, none but its own, or those of the agents
 * that concern it. Gossip and reconciliation ask here; whoever looks at an agent says so here.
 *
 * Under `interest` the choice is made anew when this agent vouches, when somebody new is asked about,
 * and now and then. Agents that stand well are asked for what they say, because their vouches lie in
 * the shards of others: so the view grows hop by hop. Specification: docs/spec/interest.md.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { asError } from '../../base/error.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { HOUR_MS, MINUTE_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { RecordId } from '../../records/record.ts'
import { shardOf } from '../../records/replica/lanes.ts'
import { AskedAbout } from './asked-about.ts'
import { Borrowed, LEAVING_BATCH_LIMIT, type Holdings } from './borrowed.ts'
import { FOLLOWED_SHARDS_LIMIT, everyShard, wantedShards, type Replication } from './choice.ts'
import { Following } from './following.ts'

const REFRESH_INTERVAL_MS = 5 * MINUTE_MS
/** What happens within this time is one reason to choose anew. */
const REFRESH_DELAY_MS = 250
/** Between two choices a node rests so many times as long as the last one took. */
const REFRESH_REST = 10
const SWEEP_INTERVAL_MS = 10 * MINUTE_MS
/** Looking at so many other agents makes a sweep due. */
const SWEEP_AFTER_ASKED = 16
/** How long a shard has been followed when what is in it is taken for all there is. */
export const SETTLING_MS = 2 * MINUTE_MS
/** An agent that stands well is asked for what it says so often, and so many of them at a time. */
const SCOUT_GAP_MS = HOUR_MS
export const SCOUTED_LIMIT = 64
/** So many are asked side by side; when none of them is answered for, the others wait. */
const SCOUTED_AT_ONCE = 4

export interface InterestDeps {
  readonly own: Did
  readonly clock: Clock
  readonly log: Logger
  /** Agents that stand well, strongest first. */
  near(): Promise<readonly Did[]>
  /** Asks peers for what they hold about an agent and by it, and says whether any answered. */
  scout(did: Did, signal: AbortSignal): Promise<boolean>
  readonly holdings: Holdings
  forget(ids: readonly RecordId[]): Promise<unknown>
}

export interface InterestConfig {
  readonly replication: Replication
  readonly shardBits: number
  readonly shardsLimit?: number
}

export class Interest implements AsyncDisposable {
  readonly replication: Replication
  readonly #deps: InterestDeps
  readonly #shardBits: number
  readonly #shardsLimit: number
  readonly #every: readonly number[] | undefined
  readonly #following: Following
  readonly #asked = new AskedAbout()
  readonly #borrowed: Borrowed
  readonly #scoutedAtMs = new Map<Did, number>()
  readonly #listeners = new Set<(shards: readonly number[]) => void>()
  readonly #closing = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #soon: NodeJS.Timeout | undefined
  #choosingMs = 0
  #work: Promise<void> = Promise.resolve()
  #askedSinceSweep = 0

  constructor(deps: InterestDeps, { replication, shardBits, shardsLimit }: InterestConfig) {
    this.#deps = deps
    this.replication = replication
    this.#shardBits = shardBits
    this.#shardsLimit = shardsLimit ?? FOLLOWED_SHARDS_LIMIT
    this.#following = new Following(this.#shardsLimit)
    this.#borrowed = new Borrowed(deps.own, deps.clock())
    if (replication === 'all') {
      this.#every = everyShard(shardBits)
      return
    }
    this.#following.update(
      wantedShards({ own: deps.own, near: [], asked: [] }, shardBits),
      deps.clock(),
    )
    this.#repeat(SWEEP_INTERVAL_MS, () => this.sweep())
    if (replication !== 'interest') return
    this.#repeat(REFRESH_INTERVAL_MS, () => this.refresh())
    this.changed()
  }

  /** The followed shards, ascending. */
  shards(): readonly number[] {
    return this.#every ?? this.#following.shards
  }

  follows(shard: number): boolean {
    return this.#every !== undefined || this.#following.has(shard)
  }

  /** Whether an agent's shard has been followed for long enough to hold what there is. */
  isSettled(did: Did): boolean {
    if (this.#every !== undefined) return true
    const sinceMs = this.#following.sinceMs(shardOf(did, this.#shardBits))
    return sinceMs !== undefined && this.#deps.clock() - sinceMs >= SETTLING_MS
  }

  /** Calls `listener` with the followed shards when they are others, until the returned function is called. */
  onChange(listener: (shards: readonly number[]) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Somebody asks about this agent. */
  asked(did: Did): void {
    if (this.#every !== undefined) return
    this.#borrowed.keep(did, this.#deps.clock())
    if (this.#asked.add(did, this.#deps.clock())) {
      this.changed()
      this.#askedSinceSweep++
    }
    if (this.#askedSinceSweep < SWEEP_AFTER_ASKED) return
    this.#askedSinceSweep = 0
    void this.#run(() => this.sweep())
  }

  /** This agent's vouches, what it says outside of records, or whom it can ask have changed. */
  changed(): void {
    if (this.replication !== 'interest' || this.#closing.signal.aborted) return
    this.#soon ??= setTimeout(
      () => {
        this.#soon = undefined
        void this.#run(() => this.refresh())
      },
      Math.max(REFRESH_DELAY_MS, REFRESH_REST * this.#choosingMs),
    )
  }

  /** Chooses anew now. */
  async refresh(): Promise<void> {
    const { own, clock } = this.#deps
    const begunMs = performance.now()
    const near = await this.#deps.near()
    this.#choosingMs = performance.now() - begunMs
    const nowMs = clock()
    for (const did of near) this.#borrowed.keep(did, nowMs)
    const wishes = { own, near, asked: this.#asked.lately(nowMs) }
    const wanted = wantedShards(wishes, this.#shardBits, this.#shardsLimit)
    if (this.#following.update(wanted, nowMs)) {
      for (const listener of this.#listeners) listener(this.shards())
    }
    await this.#scout(near)
  }

  /** Lets go what is borrowed no longer, a bounded batch at a time. */
  async sweep(): Promise<number> {
    const { holdings, clock } = this.#deps
    const leaving = this.#borrowed.leaving(holdings, (shard) => this.follows(shard), clock())
    for (let from = 0; from < leaving.length; from += LEAVING_BATCH_LIMIT) {
      if (this.#closing.signal.aborted) break
      await this.#deps.forget(leaving.slice(from, from + LEAVING_BATCH_LIMIT))
      await nextTurn()
    }
    return leaving.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#soon)
    for (const timer of this.#timers) clearInterval(timer)
    await this.#work
  }

  /** What agents that stand well say of others; what comes makes others stand well. */
  async #scout(near: readonly Did[]): Promise<void> {
    const { clock } = this.#deps
    const known = new Set(near)
    for (const did of this.#scoutedAtMs.keys()) if (!known.has(did)) this.#scoutedAtMs.delete(did)
    const due = near.filter((did) => {
      const atMs = this.#scoutedAtMs.get(did)
      return atMs === undefined || clock() - atMs >= SCOUT_GAP_MS
    })
    const { signal } = this.#closing
    let anyAnswered = false
    for (let from = 0; from < Math.min(due.length, SCOUTED_LIMIT); from += SCOUTED_AT_ONCE) {
      if (signal.aborted) return
      const together = due.slice(from, from + SCOUTED_AT_ONCE)
      const answered = await Promise.all(together.map(async (did) => this.#deps.scout(did, signal)))
      for (const [at, did] of together.entries()) {
        if (answered[at] === true) this.#scoutedAtMs.set(did, clock())
      }
      if (!answered.includes(true)) break
      anyAnswered = true
    }
    if (anyAnswered) this.changed()
  }

  #repeat(intervalMs: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => void this.#run(work), intervalMs)
    timer.unref()
    this.#timers.push(timer)
  }

  /** One after the other, and never a failure for whoever caused it. */
  async #run(work: () => Promise<unknown>): Promise<void> {
    const before = this.#work
    this.#work = this.#after(before, work)
    await this.#work
  }

  async #after(before: Promise<void>, work: () => Promise<unknown>): Promise<void> {
    await before
    if (this.#closing.signal.aborted) return
    try {
      await work()
    } catch (thrown) {
      const error = asError(thrown).message
      this.#deps.log.error('what to follow was not chosen anew', { error })
    }
  }
}
