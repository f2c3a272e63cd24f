/**
 * One viewer's view of everybody, at one moment, out of the records that the node holds.
 *
 * The same records and the same context give the same bits on every machine, whatever the order of
 * arrival (T26). A view is a value: new records or a new minute make a new one. What a scope or a
 * subject needs is computed when it is first asked for and kept as long as the view.
 * Specification: docs/spec/scoring.md.
 */
import type { Did } from '../identity/did.ts'
import { honestyOf, judgeOutcomes } from './attestation.ts'
import type { JudgedOutcome, JudgedSubject } from './attestation.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { EvidenceRecord, TrustContext } from './context.ts'
import { digestOf } from './digest.ts'
import { explain } from './explain.ts'
import type { Explanation } from './explanation.ts'
import { FIRST_BRANCH, Identities, SECOND_BRANCH } from './key-standing.ts'
import type { KnownAgent } from './key-standing.ts'
import { measure } from './measure.ts'
import type { Measured, MeasureInput, Summaries } from './measure.ts'
import { strongestPaths } from './paths.ts'
import type { TrustPath } from './paths.ts'
import { METHOD, paramsHash, PROFILES } from './profile.ts'
import type { Profile } from './profile.ts'
import { Roster } from './roster.ts'
import { rfc3339, scoreOf } from './score.ts'
import type { Circumstances, Score, ScoreFrame } from './score.ts'
import { ScopeGraph } from './scope-graph.ts'
import { sift } from './sift.ts'
import type { LiveVouch, Sifted } from './sift.ts'
import { summarise } from './summary.ts'
import type { ObserverSummary } from './summary.ts'

/** How many scopes a view keeps computed; the one asked for first goes first. */
const SCOPES_KEPT_LIMIT = 32

interface ScopeParts {
  readonly graph: ScopeGraph
  readonly summaries: Map<Did, Summaries>
}

export class View {
  readonly #context: TrustContext
  readonly #profile: Profile
  readonly #identities: Identities
  readonly #sifted: Sifted
  readonly #roster: Roster
  readonly #vouchesFor: ReadonlyMap<Did, readonly LiveVouch[]>
  readonly #judged = new Map<Did, JudgedSubject>()
  readonly #scopes = new Map<string, ScopeParts>()
  readonly #params: string
  #digest: string | undefined
  #hasView: boolean | undefined

  private constructor(sifted: Sifted, identities: Identities, context: TrustContext) {
    this.#context = context
    this.#profile = PROFILES[context.profile]
    this.#identities = identities
    this.#sifted = sifted
    this.#roster = new Roster(mentionedIn(sifted, context, identities), identities)
    this.#vouchesFor = Map.groupBy(sifted.vouches, ({ vouch }) => vouch.subject)
    this.#params = paramsHash(this.#profile)
  }

  static of(records: Iterable<EvidenceRecord>, context: TrustContext): View {
    const identities = new Identities(context)
    return new View(sift(records, context, identities), identities, context)
  }

  /** SHA-256 over the sorted ids of the records, in hex: two nodes with one digest hold the same. */
  get digest(): string {
    this.#digest ??= digestOf(this.#sifted.ids)
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
    const { score, measured, input } = this.#measured(subject, scope)
    const judged = this.#judgedOf(subject)
    return explain({
      score,
      measured,
      input,
      scopeName: scope,
      judged,
      honesty: honestyOf(judged.outcomes),
      sifted: this.#sifted,
      vouches: this.#vouchesFor.get(subject) ?? [],
      context: this.#context,
      identities: this.#identities,
      roster: this.#roster,
    })
  }

  /** The strongest ways by which standing reaches an agent, strongest first, at most `limit`. */
  paths(subject: Did, scope: string, limit: number): readonly TrustPath[] {
    const graph = this.#scope(scope).graph
    const node = graph.nodeOf(subject)
    if (node === undefined) return []
    const walk = { scope: graph, roster: this.#roster, profile: this.#profile }
    return strongestPaths(walk, node, limit, limit)
  }

  /** Everybody but the viewer whom this scope's vouches, outcomes, pins or introducers mention, sorted. */
  agents(scope: string): readonly Did[] {
    const found = new Set<Did>()
    const serves = (own: string): boolean => scope === GENERAL_SCOPE || own === scope
    for (const { vouch } of this.#sifted.vouches) {
      if (vouch.scope !== GENERAL_SCOPE && !serves(vouch.scope)) continue
      found.add(vouch.issuer).add(vouch.subject)
    }
    for (const [subject, seen] of this.#sifted.outcomes) {
      for (const { observer, outcome } of seen) {
        if (serves(outcome.scope)) found.add(subject).add(observer)
      }
    }
    for (const { issuer, delegator, scope: own } of this.#sifted.promises.values()) {
      if (serves(own)) found.add(issuer).add(delegator)
    }
    for (const did of this.#context.pins.keys()) found.add(did)
    for (const { did } of this.#context.introducers) found.add(did)
    found.delete(this.#context.viewer)
    return [...found].toSorted()
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
  ): { readonly score: Score; readonly measured: Measured; readonly input: MeasureInput } {
    const parts = this.#scope(scope)
    const pin = this.#context.pins.get(subject)
    const input: MeasureInput = {
      subject,
      viewer: this.#context.viewer,
      pin,
      profile: this.#profile,
      scope: parts.graph,
      summaries: this.#summaries(subject, scope, parts),
    }
    const measured = measure(input, parts.graph.standing, parts.graph.unpruned)
    const around: Circumstances = {
      subject,
      pin,
      hasView: this.hasView,
      isUnsettled:
        this.#identities.agent(subject).hasTwoInceptions &&
        parts.graph.nodeOf(subject) === undefined,
    }
    return { score: scoreOf(this.#frame(scope), around, measured), measured, input }
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
      parts = { graph, summaries: new Map() }
      this.#scopes.set(scope, parts)
    }
    return parts
  }

  /** Bounded by the subjects that the view's own records name. */
  #judgedOf(subject: Did): JudgedSubject {
    let judged = this.#judged.get(subject)
    if (judged === undefined) {
      const seen = this.#sifted.outcomes.get(subject)
      if (seen === undefined) return { outcomes: [], ignored: [] }
      judged = judgeOutcomes(seen, this.#sifted.promises)
      this.#judged.set(subject, judged)
    }
    return judged
  }

  #summaries(subject: Did, scope: string, parts: ScopeParts): Summaries {
    const kept = parts.summaries.get(subject)
    if (kept !== undefined) return kept
    const { outcomes } = this.#judgedOf(subject)
    if (outcomes.length === 0) return new Map()
    const byObserver = new Map<Did, JudgedOutcome[]>()
    for (const one of outcomes) {
      // A scope's behaviour counts the outcomes of that scope; general counts all.
      if (scope !== GENERAL_SCOPE && one.outcome.scope !== scope) continue
      const said = byObserver.get(one.observer)
      if (said === undefined) byObserver.set(one.observer, [one])
      else said.push(one)
    }
    const summaries = new Map<Did, readonly (ObserverSummary | undefined)[]>()
    for (const observer of [...byObserver.keys()].toSorted()) {
      summaries.set(observer, this.#summariesOf(observer, byObserver.get(observer) ?? []))
    }
    parts.summaries.set(subject, summaries)
    return summaries
  }

  /** T23: what one observer says about one subject, for each branch of the observer's log. */
  #summariesOf(
    observer: Did,
    said: readonly JudgedOutcome[],
  ): readonly (ObserverSummary | undefined)[] {
    const summaryOf = (outcomes: readonly JudgedOutcome[]): ObserverSummary | undefined =>
      summarise(outcomes, this.#context.nowMs, this.#profile)
    if (!this.#identities.agent(observer).hasTwoInceptions) return [summaryOf(said)]
    return [FIRST_BRANCH, SECOND_BRANCH].map((branch) =>
      summaryOf(said.filter(({ branches }) => (branches & branch) !== 0)),
    )
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
