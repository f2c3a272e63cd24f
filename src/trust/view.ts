/**
 * One viewer's view of everybody, at one moment, computed from nothing out of the records it is given.
 *
 * The same records and the same context give the same bits on every machine, whatever the order of
 * arrival (T26). A view is a value: new records or a new minute make a new one. What a scope or a
 * subject needs is computed when it is first asked for and kept as long as the view. A node keeps a
 * `LiveView` (live/) instead, which gives the same answers and follows every change.
 * Specification: docs/spec/scoring.md.
 */
import type { Did } from '../identity/did.ts'
import { judging } from './attestation.ts'
import type { JudgedSubject } from './attestation.ts'
import type { EvidenceRecord, TrustContext } from './context.ts'
import { explain, saidBy } from './explain.ts'
import type { Explanation } from './explanation.ts'
import { historyOf } from './history.ts'
import type { History } from './history.ts'
import { IdTree } from './id-tree.ts'
import { Identities } from './key-standing.ts'
import type { KnownAgent } from './key-standing.ts'
import { heardBy, measure } from './measure.ts'
import type { Measured, MeasureInput, Testimonies } from './measure.ts'
import { Mentioned } from './mentioned.ts'
import { strongestPaths } from './paths.ts'
import type { TrustPath } from './paths.ts'
import { METHOD, ONE, paramsHash, PROFILES } from './profile.ts'
import type { Profile } from './profile.ts'
import { Roster } from './roster.ts'
import { rfc3339, scoreOf } from './score.ts'
import type { Circumstances, Score, ScoreFrame } from './score.ts'
import { ScopeGraph } from './scope-graph.ts'
import { sift } from './sift.ts'
import type { LiveVouch, Sifted } from './sift.ts'
import { weightOfDay } from './summary.ts'
import { testimoniesOf } from './testimonies.ts'

/** How many scopes a view keeps computed; the one asked for first goes first. */
const SCOPES_KEPT_LIMIT = 32

const NOTHING: JudgedSubject = { byObserver: new Map(), ignored: [] }

interface ScopeParts {
  readonly graph: ScopeGraph
  readonly testimonies: Map<Did, Testimonies>
}

export class View {
  readonly #context: TrustContext
  readonly #profile: Profile
  readonly #todayWeight: bigint
  readonly #identities: Identities
  readonly #records: readonly EvidenceRecord[]
  readonly #sifted: Sifted
  readonly #roster: Roster
  readonly #vouchesFor: ReadonlyMap<Did, readonly LiveVouch[]>
  readonly #judged = new Map<Did, JudgedSubject>()
  readonly #scopes = new Map<string, ScopeParts>()
  readonly #params: string
  #digest: string | undefined
  #hasView: boolean | undefined

  private constructor(records: readonly EvidenceRecord[], context: TrustContext) {
    this.#context = context
    this.#profile = PROFILES[context.profile]
    this.#todayWeight = weightOfDay(context.nowMs)
    this.#records = records
    this.#identities = new Identities(context)
    this.#sifted = sift(records, context, this.#identities)
    this.#roster = new Roster(
      mentionedIn(this.#sifted, context, this.#identities),
      this.#identities,
    )
    this.#vouchesFor = Map.groupBy(this.#sifted.vouches, ({ vouch }) => vouch.subject)
    this.#params = paramsHash(this.#profile)
  }

  static of(records: Iterable<EvidenceRecord>, context: TrustContext): View {
    return new View([...records], context)
  }

  /** SHA-256 over the ids of the records, in hex: two nodes with one digest hold the same (T27). */
  get digest(): string {
    this.#digest ??= IdTree.of(this.#sifted.ids).digest
    return this.#digest
  }

  /** T6: false with no vouch of mine, no introducer and no agent that I pinned as trusted. */
  get hasView(): boolean {
    this.#hasView ??= this.#findsFirstHop()
    return this.#hasView
  }

  score(subject: Did, scope: string): Score {
    return this.#measured(subject, scope).score
  }

  explain(subject: Did, scope: string): Explanation {
    const { score, measured, input, graph } = this.#measured(subject, scope)
    return explain({
      score,
      measured,
      input,
      reading: graph,
      judged: this.#judgedOf(subject),
      sifted: this.#sifted,
      vouches: this.#vouchesFor.get(subject) ?? [],
      context: this.#context,
      identities: this.#identities,
      equivocationsOf: (did) => this.#sifted.equivocationsOf(did),
    })
  }

  /** How the subject did, day by day. */
  history(subject: Did, scope: string): History {
    const { input, graph } = this.#measured(subject, scope)
    const { nowMs } = this.#context
    const said = saidBy(heardBy(input, graph), this.#judgedOf(subject), { scope, nowMs })
    return historyOf(said, { ...input, nowMs })
  }

  /** The strongest ways by which standing reaches an agent, strongest first, at most `limit`. */
  paths(subject: Did, scope: string, limit: number): readonly TrustPath[] {
    const { graph } = this.#scope(scope)
    const node = graph.nodeOf(subject)
    return node === undefined ? [] : strongestPaths(graph, node, limit, limit)
  }

  /** Standing of an agent, in [0, 1]. */
  standing(subject: Did, scope: string): number {
    return this.#scope(scope).graph.heldBy(subject) / ONE
  }

  /** Everybody but the viewer whom this scope's records, pins or introducers mention, sorted. */
  agents(scope: string): readonly Did[] {
    const mentioned = new Mentioned(scope, this.#context)
    for (const { record } of this.#records) mentioned.add(record)
    for (const { subject, outcomes } of this.#context.privateOutcomes) {
      mentioned.addPrivate(
        subject,
        outcomes.map((outcome) => outcome.scope),
      )
    }
    return mentioned.list()
  }

  #findsFirstHop(): boolean {
    const { viewer, introducers, pins } = this.#context
    if (introducers.length > 0) return true
    if ([...pins.values()].some(({ kind }) => kind === 'trust')) return true
    return this.#sifted.vouches.some(({ vouch }) => vouch.issuer === viewer)
  }

  #measured(
    subject: Did,
    scope: string,
  ): {
    readonly score: Score
    readonly measured: Measured
    readonly input: MeasureInput
    readonly graph: ScopeGraph
  } {
    const parts = this.#scope(scope)
    const { graph } = parts
    const pin = this.#context.pins.get(subject)
    const input: MeasureInput = {
      subject,
      viewer: this.#context.viewer,
      pin,
      profile: this.#profile,
      todayWeight: this.#todayWeight,
      testimonies: this.#testimonies(subject, scope, parts),
    }
    const measured = measure(input, graph, graph.unprunedHeldBy(subject))
    const around: Circumstances = {
      subject,
      pin,
      hasView: this.hasView,
      isUnsettled:
        this.#identities.agent(subject).hasTwoInceptions && graph.nodeOf(subject) === undefined,
    }
    return { score: scoreOf(this.#frame(scope), around, measured), measured, input, graph }
  }

  #frame(scope: string): ScoreFrame {
    return {
      viewer: this.#context.viewer,
      scope,
      method: METHOD,
      profile: this.#context.profile,
      params: this.#params,
      asOf: rfc3339(this.#context.nowMs),
      view: this.digest,
    }
  }

  #scope(scope: string): ScopeParts {
    let parts = this.#scopes.get(scope)
    if (parts === undefined) {
      const [oldest] = this.#scopes.keys()
      if (this.#scopes.size >= SCOPES_KEPT_LIMIT && oldest !== undefined) {
        this.#scopes.delete(oldest)
      }
      const graph = new ScopeGraph(scope, this.#sifted.vouches, {
        roster: this.#roster,
        profile: this.#profile,
        context: this.#context,
      })
      parts = { graph, testimonies: new Map() }
      this.#scopes.set(scope, parts)
    }
    return parts
  }

  /** Bounded by the subjects that the view's own records name. */
  #judgedOf(subject: Did): JudgedSubject {
    let judged = this.#judged.get(subject)
    if (judged === undefined) {
      const seen = this.#sifted.outcomes.get(subject)
      if (seen === undefined) return NOTHING
      judged = finished(judging(seen, this.#sifted.promises))
      this.#judged.set(subject, judged)
    }
    return judged
  }

  #testimonies(subject: Did, scope: string, parts: ScopeParts): Testimonies {
    const kept = parts.testimonies.get(subject)
    if (kept !== undefined) return kept
    const judged = this.#judgedOf(subject)
    if (judged === NOTHING) return new Map()
    const testimonies = testimoniesOf(judged, {
      scope,
      nowMs: this.#context.nowMs,
      profile: this.#profile,
      identities: this.#identities,
    })
    parts.testimonies.set(subject, testimonies)
    return testimonies
  }
}

/** Runs work that stops now and then to its end. */
export function finished<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Everybody who can have standing or a voice. */
function mentionedIn(
  { mentioned }: Sifted,
  { viewer, pins, introducers }: TrustContext,
  identities: Identities,
): Iterable<KnownAgent> {
  const others = [viewer, ...pins.keys(), ...introducers.map(({ did }) => did)]
  return [...mentioned, ...others.map((did) => identities.agent(did))]
}
