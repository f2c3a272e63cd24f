/**
 * How everybody looks from here: the node's view, which follows every change, and the answers read
 * from it.
 *
 * Changes are taken at once; what follows from them is worked off in slices when somebody asks, so that
 * no question and no burst of records holds the event loop for long. Questions wait their turn between
 * slices and are answered from one moment.
 */
import type { Clock } from '../base/clock.ts'
import type { Did } from '../identity/did.ts'
import type { TrustContext } from '../trust/context.ts'
import type { Explanation } from '../trust/explanation.ts'
import type { History } from '../trust/history.ts'
import { LiveView } from '../trust/live/live-view.ts'
import { Mentioned } from '../trust/mentioned.ts'
import type { TrustPath } from '../trust/paths.ts'
import type { Score } from '../trust/score.ts'
import { View } from '../trust/view.ts'
import type { Evidence, EvidenceWatcher } from './evidence.ts'

/** Vouches and agents looked at in one slice: some milliseconds. */
const SLICE_WORK_LIMIT = 4_000
/** Scores read in one slice. */
const SLICE_SCORES_LIMIT = 200

export interface OutlookDeps {
  readonly evidence: Evidence
  readonly clock: Clock
  /** The viewer, its overrides and its private notes, as they are now. */
  context(): Omit<TrustContext, 'nowMs'>
}

/** A question about one agent in one scope, now or at another moment. */
export interface Question {
  readonly subject: Did
  readonly scope: string
  readonly asOfMs?: number | undefined
}

export class Outlook implements Disposable {
  readonly #deps: OutlookDeps
  readonly #unwatch: () => void
  /** Building from the first question on. */
  #present: Building | undefined
  #past: { readonly asOfMs: number; readonly building: Building } | undefined

  constructor(deps: OutlookDeps) {
    this.#deps = deps
    const watcher: EvidenceWatcher = {
      put: (one) => this.#follow((view) => view.put(one)),
      remove: (one) => this.#follow((view) => view.remove(one)),
      identityChanged: (did) => this.#follow((view) => view.identityChanged(did)),
      replaced: () => {
        this.#present = undefined
        this.#past = undefined
      },
    }
    this.#unwatch = deps.evidence.watch(watcher)
  }

  [Symbol.dispose](): void {
    this.#unwatch()
  }

  /** Whether this node has a viewpoint: vouches of its own, introducers, or agents it pinned. */
  get hasView(): boolean {
    const { evidence, clock } = this.#deps
    const context = { ...this.#deps.context(), nowMs: clock() }
    const { viewer } = context
    const own = [...evidence.by(viewer, 'vouch'), ...evidence.by(viewer, 'revocation')]
    return View.of(own, context).hasView
  }

  /** The viewer's overrides or private notes are others than before; those about `did`, if it is one. */
  noted(did?: Did): void {
    this.#follow((view) => {
      note(view, this.#deps.context())
      // Which branch of a disputed name a pin goes by may be another.
      if (did !== undefined) view.identityChanged(did)
    })
  }

  async score({ subject, scope, asOfMs }: Question): Promise<Score> {
    const view = await this.#ready(scope, asOfMs)
    return view.score(subject, scope)
  }

  /** Scores of many, each of its own moment when they are many. */
  async scores(subjects: Iterable<Did>, scope: string): Promise<readonly Score[]> {
    const scores: Score[] = []
    let view = await this.#ready(scope)
    for (const subject of subjects) {
      if (scores.length % SLICE_SCORES_LIMIT === SLICE_SCORES_LIMIT - 1) {
        await nextTurn()
        view = await this.#ready(scope)
      }
      scores.push(view.score(subject, scope))
    }
    return scores
  }

  async explain(question: Question): Promise<Explanation> {
    const { subject, scope } = question
    return this.#steps(question, (view) => view.explaining(subject, scope))
  }

  async history(question: Question): Promise<History> {
    const { subject, scope } = question
    return this.#steps(question, (view) => view.recounting(subject, scope))
  }

  async paths({ subject, scope, asOfMs }: Question, limit: number): Promise<readonly TrustPath[]> {
    const view = await this.#ready(scope, asOfMs)
    return view.paths(subject, scope, limit)
  }

  /** Everybody but this agent whom records of the scope, pins or introducers mention, sorted. */
  async agents(scope: string): Promise<readonly Did[]> {
    const context = this.#deps.context()
    const mentioned = new Mentioned(scope, context)
    await this.#deps.evidence.scan(({ record }) => mentioned.add(record))
    for (const { subject, outcomes } of context.privateOutcomes) {
      mentioned.addPrivate(
        subject,
        outcomes.map((outcome) => outcome.scope),
      )
    }
    return mentioned.list()
  }

  /** Takes a change into the view of now; one of another moment is made anew. */
  #follow(change: (view: LiveView) => void): void {
    this.#past = undefined
    if (this.#present !== undefined) change(this.#present.view)
  }

  async #steps<Result>(
    { scope, asOfMs }: Question,
    begin: (view: LiveView) => Generator<undefined, Result>,
  ): Promise<Result> {
    const view = await this.#ready(scope, asOfMs)
    const steps = begin(view)
    let atMs = performance.now()
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      if (performance.now() - atMs < SLICE_LIMIT_MS) continue
      await nextTurn()
      await this.#getReady(view, scope, asOfMs)
      atMs = performance.now()
    }
  }

  /** The view with that scope ready, in the same turn. */
  async #ready(scope: string, asOfMs?: number): Promise<LiveView> {
    const building = asOfMs === undefined ? this.#ofNow() : this.#ofThen(asOfMs)
    await building.done
    await this.#getReady(building.view, scope, asOfMs)
    return building.view
  }

  async #getReady(view: LiveView, scope: string, asOfMs: number | undefined): Promise<void> {
    for (;;) {
      if (asOfMs === undefined) view.advance(this.#deps.clock())
      if (view.work(scope, SLICE_WORK_LIMIT)) return
      await nextTurn()
    }
  }

  #ofNow(): Building {
    this.#present ??= this.#build(this.#deps.clock())
    return this.#present
  }

  #ofThen(asOfMs: number): Building {
    if (this.#past?.asOfMs !== asOfMs) this.#past = { asOfMs, building: this.#build(asOfMs) }
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
    return { view, done: evidence.scan((one) => view.put(one)) }
  }
}

/** An explanation lets others have a turn after so long. */
const SLICE_LIMIT_MS = 5

interface Building {
  readonly view: LiveView
  /** When all records are in; those that come meanwhile are taken as they come. */
  readonly done: Promise<void>
}

function note(view: LiveView, context: Omit<TrustContext, 'nowMs'>): void {
  view.override(context)
  view.keepPrivate(context.privateOutcomes)
}

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}
