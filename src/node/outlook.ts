/**
 * How everybody looks from here: the node's view, which follows every change, and the answers read
 * from it.
 *
 * The view begins to build when the node has started. Changes are taken at once; what follows from them
 * is worked off in slices, so that no question and no burst of records holds the event loop for
 * long. Questions wait their turn between slices and are answered from one moment. Until the view is
 * there, scores are those of the last checkpoint where there is one; then never again.
 */
import type { Clock } from '../base/clock.ts'
import { SECOND_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'
import { GENERAL_SCOPE } from '../trust/context.ts'
import type { TrustContext } from '../trust/context.ts'
import type { Explanation } from '../trust/explanation.ts'
import type { History } from '../trust/history.ts'
import { LiveView } from '../trust/live/live-view.ts'
import type { TrustPath } from '../trust/paths.ts'
import type { Score } from '../trust/score.ts'
import { View } from '../trust/view.ts'
import { Building, nextTurn } from './building.ts'
import { RecentScopes } from './checkpoint/recent-scopes.ts'
import { EarlyScores } from './checkpoint/early-scores.ts'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import { NodeError } from './error.ts'
import { Lately } from './lately.ts'
import type { Evidence, EvidenceWatcher } from './evidence.ts'
import { whatIf, type WhatIf, type WhatIfPaths } from './what-if.ts'

/** Vouches and agents looked at in one slice: some milliseconds. */
const SLICE_WORK_LIMIT = 4_000
/** Scores read in one slice. */
const SLICE_SCORES_LIMIT = 200
/** An explanation lets others have a turn after so long. */
const SLICE_LIMIT_MS = 5
/** A question waits so long for the view to be built. */
export const LOADING_WAIT_LIMIT_MS = 20 * SECOND_MS

export interface OutlookDeps {
  readonly evidence: Evidence
  readonly clock: Clock
  /** The viewer, its overrides and its private notes, as they are now. */
  context(): Omit<TrustContext, 'nowMs'>
  /** The scores of an earlier moment, for as long as there is no view. */
  readonly checkpoint?: Checkpoint | undefined
  readonly waitLimitMs?: number
}

/** A question about one agent in one scope, now or at another moment. */
export interface Question {
  readonly subject: Did
  readonly scope: string
  readonly asOfMs?: number | undefined
}

/** Read from the view, or from what an earlier one had written down. */
export type Source = 'view' | 'checkpoint'

export interface FoundScore extends Score {
  readonly from: Source
}

/** How far the view is. */
export interface OutlookState {
  readonly isReady: boolean
  /** Records taken in, of how many. */
  readonly done: number
  readonly total: number
  /** The moment of the scores that are given meanwhile. */
  readonly checkpointMs: number | undefined
}

export class Outlook implements Disposable {
  readonly #deps: OutlookDeps
  readonly #unwatch: () => void
  /** The scopes asked for, which a checkpoint is made of. */
  readonly asked: RecentScopes
  #present: Building | undefined
  /** The view has been ready, and is not being made anew. */
  #isReady = false
  #past: { readonly asOfMs: number; readonly building: Building } | undefined
  #early: EarlyScores | undefined
  #isClosed = false
  readonly #listeners = new Set<(about?: Did) => void>()
  readonly #explained: Lately<Explanation>

  constructor(deps: OutlookDeps) {
    this.#deps = deps
    const { checkpoint, evidence } = deps
    this.#explained = new Lately(deps.clock)
    this.#early = checkpoint === undefined ? undefined : new EarlyScores(checkpoint, deps.context())
    this.asked = new RecentScopes(this.#early?.scopes ?? [])
    const watcher: EvidenceWatcher = {
      put: (one) => {
        this.#heedOwn(one.record.issuer)
        this.#follow((view) => view.put(one))
        this.#tell(one.record.type === 'observation' ? one.record.subject : undefined)
      },
      remove: (one) => {
        this.#heedOwn(one.record.issuer)
        this.#follow((view) => view.remove(one))
        this.#tell()
      },
      identityChanged: (did) => {
        this.#follow((view) => view.identityChanged(did))
        this.#tell(did)
      },
      replaced: () => this.#makeAnew(),
    }
    this.#unwatch = evidence.watch(watcher)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#unwatch()
    this.#forget()
  }

  /** Builds the view, and the scopes that were asked for last, behind everything else. */
  begin(): void {
    if (this.#isClosed) return
    const building = this.#ofNow()
    const work = async (): Promise<void> => {
      await building.done
      for (const scope of this.asked.names.length === 0 ? [GENERAL_SCOPE] : this.asked.names) {
        await this.#workIn(building, scope)
      }
      if (building !== this.#present || building.isStopped) return
      this.#isReady = true
      this.#early = undefined
    }
    // What keeps it from being built is told to whoever asks.
    work().catch(() => {})
  }

  get state(): OutlookState {
    const total = this.#deps.evidence.size
    return {
      isReady: this.#isReady,
      done: this.#isReady ? total : Math.min(total, this.#present?.count ?? 0),
      total,
      checkpointMs: this.#early?.asOfMs,
    }
  }

  /** Whether this node has a viewpoint: vouches of its own, introducers, or agents it pinned. */
  get hasView(): boolean {
    const { evidence, clock } = this.#deps
    const present = this.#present
    if (this.#isReady && present !== undefined) {
      present.view.advance(clock())
      return present.view.hasView
    }
    if (this.#early !== undefined) return this.#early.hasView
    const context = { ...this.#deps.context(), nowMs: clock() }
    const { viewer } = context
    const own = [...evidence.by(viewer, 'vouch'), ...evidence.by(viewer, 'revocation')]
    return View.of(own, context).hasView
  }

  /** The viewer's overrides or private notes are others than before; those about `did`, if it is one. */
  noted(did?: Did): void {
    this.#early = undefined
    this.#follow((view) => {
      note(view, this.#deps.context())
      // Which branch of a disputed name a pin goes by may be another.
      if (did !== undefined) view.identityChanged(did)
    })
    this.#tell(did)
  }

  /**
   * The viewer judges by other numbers than before: the view is made anew, and what is asked meanwhile
   * waits for it.
   */
  judgesAnew(): void {
    this.#early = undefined
    this.#makeAnew()
    this.#tell()
  }

  /** @throws {NodeError} `node/loading`, as all questions do. */
  async score({ subject, scope, asOfMs }: Question): Promise<FoundScore> {
    if (asOfMs === undefined) {
      this.asked.note(scope)
      const early = this.#early?.score(subject, scope)
      if (early !== undefined) return { ...early, from: 'checkpoint' }
    }
    const found = await this.#read(scope, asOfMs, (view) => view.score(subject, scope))
    return { ...found, from: 'view' }
  }

  /** Scores of many, each of its own moment when they are many. */
  async scores(subjects: Iterable<Did>, scope: string): Promise<readonly FoundScore[]> {
    this.asked.note(scope)
    const scores: FoundScore[] = []
    const wanted = [...subjects]
    const early = this.#early
    for (let from = 0; from < wanted.length; from += SLICE_SCORES_LIMIT) {
      if (from > 0) await nextTurn()
      const some = wanted.slice(from, from + SLICE_SCORES_LIMIT)
      // All of one answer are from one source.
      const before = some.flatMap((subject) => early?.score(subject, scope) ?? [])
      if (before.length === some.length) {
        scores.push(...before.map((score) => ({ ...score, from: 'checkpoint' as const })))
        continue
      }
      const found = await this.#read(scope, undefined, (view) =>
        some.map((subject) => view.score(subject, scope)),
      )
      scores.push(...found.map((score) => ({ ...score, from: 'view' as const })))
    }
    return scores
  }

  /** As of now, or of a moment of the last second if nothing has changed since. */
  async explain(question: Question): Promise<Explanation> {
    const { subject, scope, asOfMs } = question
    const work = async (): Promise<Explanation> =>
      this.#steps(question, (view) => view.explaining(subject, scope))
    return asOfMs === undefined ? this.#explained.answer(`${subject} ${scope}`, work) : work()
  }

  async history(question: Question): Promise<History> {
    const { subject, scope } = question
    return this.#steps(question, (view) => view.recounting(subject, scope))
  }

  async paths({ subject, scope, asOfMs }: Question, limit: number): Promise<readonly TrustPath[]> {
    return this.#read(scope, asOfMs, (view) => view.paths(subject, scope, limit))
  }

  /** How one agent reaches another, and how it would without some of it; as of now. */
  async whatIf(asked: WhatIf): Promise<WhatIfPaths> {
    const { evidence, clock } = this.#deps
    return whatIf({ evidence, context: { ...this.#deps.context(), nowMs: clock() } }, asked)
  }

  /** Everybody but this agent whom records of the scope, pins or introducers mention, sorted. */
  async agents(scope: string): Promise<readonly Did[]> {
    this.asked.note(scope)
    const early = this.#early?.agents(scope)
    if (early !== undefined) return early
    const subject = this.#deps.context().viewer
    return this.#steps({ subject, scope }, (view) => view.mentioning(scope))
  }

  /**
   * The view with that scope ready, for as long as the caller does not wait; `undefined` while there is
   * none. Asks for nothing to be built.
   */
  async viewOf(scope: string): Promise<LiveView | undefined> {
    const present = this.#present
    if (!this.#isReady || present === undefined) return undefined
    await this.#workIn(present, scope)
    return present === this.#present && !present.isStopped ? present.view : undefined
  }

  /** Told after each change of what scores are made of; about whom, where one agent alone is meant. */
  onChange(listener: (about?: Did) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(about?: Did): void {
    for (const listener of this.#listeners) listener(about)
  }

  /** The viewer has spoken: what was written down before may say otherwise. */
  #heedOwn(issuer: Did): void {
    if (this.#early !== undefined && issuer === this.#deps.context().viewer) this.#early = undefined
  }

  /** Takes a change into the view of now; one of another moment is made anew. */
  #follow(change: (view: LiveView) => void): void {
    this.#past = undefined
    this.#explained.forget()
    if (this.#present !== undefined) change(this.#present.view)
  }

  #makeAnew(): void {
    const hadBegun = this.#present !== undefined
    this.#forget()
    if (hadBegun) this.begin()
  }

  #forget(): void {
    this.#explained.forget()
    this.#present?.stop()
    this.#past?.building.stop()
    this.#present = undefined
    this.#past = undefined
    this.#isReady = false
  }

  async #steps<Result>(
    { scope, asOfMs }: Question,
    begin: (view: LiveView) => Generator<undefined, Result>,
  ): Promise<Result> {
    const view = await this.#ready(scope, asOfMs)
    const steps = begin(view)
    let atMs = performance.now()
    for (;;) {
      // Between two turns something may have come in.
      if (!view.work(scope, SLICE_WORK_LIMIT)) {
        await this.#getReady(view, scope, asOfMs)
        continue
      }
      const step = steps.next()
      if (step.done === true) return step.value
      if (performance.now() - atMs < SLICE_LIMIT_MS) continue
      await nextTurn()
      await this.#getReady(view, scope, asOfMs)
      atMs = performance.now()
    }
  }

  /** Reads from the view with that scope ready, in one turn. */
  async #read<Result>(
    scope: string,
    asOfMs: number | undefined,
    read: (view: LiveView) => Result,
  ): Promise<Result> {
    for (;;) {
      const view = await this.#ready(scope, asOfMs)
      if (view.work(scope, SLICE_WORK_LIMIT)) return read(view)
    }
  }

  /** The view with that scope ready, unless something has come in since. */
  async #ready(scope: string, asOfMs?: number): Promise<LiveView> {
    for (;;) {
      const building = asOfMs === undefined ? this.#ofNow() : this.#ofThen(asOfMs)
      await this.#built(building)
      if (this.#isClosed) throw new NodeError({ code: 'node/closing' })
      // Everything was read again meanwhile.
      if (building.isStopped) continue
      await this.#getReady(building.view, scope, asOfMs)
      return building.view
    }
  }

  /** @throws {NodeError} `node/loading` when it takes longer than anybody should wait. */
  async #built(building: Building): Promise<void> {
    if (building.isDone) return
    const calm = building.hurry()
    const limitMs = this.#deps.waitLimitMs ?? LOADING_WAIT_LIMIT_MS
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_, refuse) => {
      timer = setTimeout(() => {
        const { count: done } = building
        const total = this.#deps.evidence.size
        refuse(new NodeError({ code: 'node/loading', done, total }))
      }, limitMs)
    })
    try {
      await Promise.race([building.done, tooLong])
    } finally {
      clearTimeout(timer)
      calm()
    }
  }

  async #getReady(view: LiveView, scope: string, asOfMs: number | undefined): Promise<void> {
    for (;;) {
      if (asOfMs === undefined) view.advance(this.#deps.clock())
      if (view.work(scope, SLICE_WORK_LIMIT)) return
      await nextTurn()
    }
  }

  /** Gets a scope ready behind everything else. */
  async #workIn(building: Building, scope: string): Promise<void> {
    while (!building.isStopped) {
      building.view.advance(this.#deps.clock())
      if (building.view.work(scope, SLICE_WORK_LIMIT)) return
      await building.turn()
    }
  }

  #ofNow(): Building {
    this.#present ??= this.#build(this.#deps.clock())
    return this.#present
  }

  #ofThen(asOfMs: number): Building {
    if (this.#past?.asOfMs !== asOfMs) {
      this.#past = { asOfMs, building: this.#build(asOfMs) }
    }
    return this.#past.building
  }

  #build(nowMs: number): Building {
    const { evidence } = this.#deps
    const context = this.#deps.context()
    const { viewer, profile } = context
    const view = new LiveView({
      viewer,
      profile,
      identityOf: (did) => context.identityOf(did),
      records: evidence,
      nowMs,
    })
    note(view, context)
    return new Building(view, evidence)
  }
}

function note(view: LiveView, context: Omit<TrustContext, 'nowMs'>): void {
  view.override(context)
  view.keepPrivate(context.privateOutcomes)
}
