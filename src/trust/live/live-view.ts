/**
 * The viewer's view of everybody, kept up to date record by record: what a node answers from.
 *
 * It gives what a `View` of the same records at the same moment gives, bit for bit, and costs what the
 * change costs, not what the view holds. Changes are taken at once and cheaply; what follows from
 * them is worked off in slices (`work`), so that nobody waits long. Only a scope that is ready is read.
 *
 * Knows no clock: time comes in, and goes forwards only. Records are asked for again only to judge
 * them anew and to explain. Specification: docs/spec/scoring.md; docs/spec/engine.md.
 */
import type { Did } from '../../identity/did.ts'
import { judging } from '../attestation.ts'
import type { JudgedSubject } from '../attestation.ts'
import type { EvidenceRecord, PrivateOutcomes, TrustContext } from '../context.ts'
import { equivocationsIn } from '../equivocation.ts'
import { explain, saidBy } from '../explain.ts'
import type { Explanation } from '../explanation.ts'
import { historyOf } from '../history.ts'
import type { History } from '../history.ts'
import { Identities } from '../key-standing.ts'
import { heardBy } from '../measure.ts'
import type { MeasureInput } from '../measure.ts'
import { NO_ID } from '../packed-ids.ts'
import { strongestPaths } from '../paths.ts'
import type { TrustPath } from '../paths.ts'
import { METHOD, paramsHash, PROFILES } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { rfc3339 } from '../score.ts'
import type { Score, ScoreFrame } from '../score.ts'
import { measuredFrom, sayAnything, scoreFrom } from '../score-inputs.ts'
import type { ScoreInputs, ScoreSurroundings } from '../score-inputs.ts'
import { Sieve } from '../sift.ts'
import type { Sifted } from '../sift.ts'
import { weightOfDay } from '../summary.ts'
import { LiveScope } from './live-scope.ts'
import type { Overrides } from './live-scope.ts'
import { mentionedIn } from './mentions.ts'
import { OutcomeBook } from './outcome-book.ts'
import type { RecordIndex } from './record-index.ts'
import { RecordTable } from './record-table.ts'
import { Register } from './register.ts'
import { VouchBook } from './vouch-book.ts'

/** How many scopes are kept up to date; the one asked for longest ago goes first. */
export const SCOPES_KEPT_LIMIT = 16

/** After so many records about a subject an explanation lets others have a turn. */
const RECORDS_OF_STEP = 256

/** A hash of ids takes about as long as so many vouches. */
const WORK_OF_HASH = 16

/** How often a subject about which something keeps arriving is judged for one explanation. */
const JUDGE_TRIES_LIMIT = 3

export interface LiveViewSettings extends Pick<TrustContext, 'viewer' | 'profile' | 'identityOf'> {
  readonly records: RecordIndex
  readonly nowMs: number
}

interface AboutSubject {
  readonly sifted: Sifted
  readonly judged: JudgedSubject
}

export class LiveView {
  readonly #settings: LiveViewSettings
  readonly #profile: Profile
  readonly #params: string
  readonly #register: Register
  readonly #vouches: VouchBook
  readonly #outcomes: OutcomeBook
  readonly #table = new RecordTable()
  /** The one asked for last comes last. */
  readonly #scopes = new Map<string, LiveScope>()
  readonly #private = new Map<string, PrivateOutcomes>()
  #overrides: Overrides = { pins: new Map(), introducers: [] }
  #nowMs: number
  #todayWeight: bigint

  constructor(settings: LiveViewSettings) {
    const { viewer, nowMs } = settings
    this.#settings = settings
    this.#profile = PROFILES[settings.profile]
    this.#params = paramsHash(this.#profile)
    this.#nowMs = nowMs
    this.#todayWeight = weightOfDay(nowMs)
    this.#register = new Register(settings)
    this.#register.meet(viewer)
    const books = { register: this.#register, table: this.#table }
    this.#vouches = new VouchBook(books, viewer, (vouch, scope, before, after) => {
      for (const one of this.#scopes.values()) {
        if (one.servesVouches(scope)) one.vouchChanged(vouch, before, after)
      }
    })
    this.#outcomes = new OutcomeBook(books, viewer, nowMs, (outcome, scope, before, after) => {
      for (const one of this.#scopes.values()) {
        if (one.servesOutcomes(scope)) one.outcomeChanged(outcome, before, after)
      }
    })
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** How many records it is made of. */
  get size(): number {
    return this.#table.tree.size
  }

  /** SHA-256 over the ids of the records, in hex: two nodes with one digest hold the same (T27). */
  get digest(): string {
    return this.#table.tree.digest
  }

  /** T6: false with no vouch of mine, no introducer and no agent that I pinned as trusted. */
  get hasView(): boolean {
    const { pins, introducers } = this.#overrides
    if (introducers.length > 0) return true
    if ([...pins.values()].some(({ kind }) => kind === 'trust')) return true
    return this.#vouches.hasOwn(this.#nowMs)
  }

  /** Takes a record in; one that is there already changes nothing. */
  put({ id, record }: EvidenceRecord): void {
    const number = this.#table.tree.add(id)
    if (number === NO_ID) return
    switch (record.type) {
      case 'vouch':
        this.#vouches.put(number, record)
        break
      case 'revocation':
        this.#vouches.putRevocation(number, record)
        break
      case 'promise':
        this.#outcomes.putPromise(id, record)
        break
      case 'observation':
        this.#outcomes.put(number, record)
        break
    }
  }

  /** Forgets a record. */
  remove({ id, record }: EvidenceRecord): void {
    const number = this.#table.ids.numberOf(id)
    if (number === NO_ID) return
    switch (record.type) {
      case 'vouch':
        this.#vouches.remove(number)
        break
      case 'revocation':
        this.#vouches.removeRevocation(number, record)
        break
      case 'promise':
        this.#outcomes.removePromise(id)
        break
      case 'observation':
        this.#outcomes.remove(number)
        break
    }
    this.#table.tree.delete(id)
  }

  /** Judges again all that a key log decides: records by the agent and about it. */
  identityChanged(did: Did): void {
    if (!this.#register.changed(did)) return
    for (const one of this.#settings.records.by(did)) this.#judgeAgain(one)
    for (const one of this.#settings.records.about(did)) this.#judgeAgain(one)
    for (const notes of this.#private.values()) {
      if (notes.subject === did || did === this.#settings.viewer) this.#outcomes.putPrivate(notes)
    }
    for (const scope of this.#scopes.values()) scope.agentChanged(did)
  }

  /** T6, T11 and T20: the viewer's overrides, all of them. */
  override(overrides: Overrides): void {
    this.#overrides = { pins: new Map(overrides.pins), introducers: [...overrides.introducers] }
    for (const scope of this.#scopes.values()) scope.override(this.#overrides)
  }

  /** What the viewer saw and has not published, all of it. */
  keepPrivate(notes: readonly PrivateOutcomes[]): void {
    const present = new Set(notes.map(({ id }) => id))
    for (const id of this.#private.keys()) {
      if (present.has(id)) continue
      this.#private.delete(id)
      this.#outcomes.removePrivate(id)
    }
    for (const one of notes) {
      if (this.#private.has(one.id)) continue
      this.#private.set(one.id, one)
      this.#outcomes.putPrivate(one)
    }
  }

  /** Lets time pass. Backwards it stands still: a clock that was set back changes nothing. */
  advance(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#todayWeight = weightOfDay(this.#nowMs)
  }

  /**
   * Gets a scope ready to be read, in a bounded slice; changes may come between one slice and the next.
   *
   * @param workLimit  How many vouches, outcomes and agents to look at, about.
   * @returns whether the scope is ready, as of the moment last told.
   */
  work(scope: string, workLimit: number): boolean {
    if (!this.#outcomes.advance(this.#nowMs, workLimit)) return false
    if (!this.#table.tree.settle(Math.ceil(workLimit / WORK_OF_HASH))) return false
    return this.#scope(scope).work(this.#nowMs, workLimit)
  }

  /** The score of an agent in a scope that is ready. O(1) in what is known of it. */
  score(subject: Did, scope: string): Score {
    const reading = this.#ready(scope)
    return scoreFrom(this.#inputs(subject, reading), this.#around(subject, reading))
  }

  /** How many nodes have been met: those from 0 on below it; an agent's first one stands for it. */
  get nodeCount(): number {
    return this.#register.end
  }

  /** What the score of the agent with that node is made from; `undefined` for a stranger's. */
  inputsAt(
    node: number,
    scope: string,
  ): { readonly did: Did; readonly inputs: ScoreInputs } | undefined {
    if (this.#register.isSecond(node)) return undefined
    const did = this.#register.didOf(node)
    const inputs = this.#inputs(did, this.#ready(scope))
    return sayAnything(inputs) ? { did, inputs } : undefined
  }

  /**
   * A score taken apart. Stops now and then while it reads what is held about the subject; the scope
   * has to be ready again after each stop. What arrives meanwhile is in the answer or not, but its
   * numbers are of one moment: the last.
   */
  *explaining(subject: Did, scope: string): Generator<undefined, Explanation> {
    const { sifted, judged } = yield* this.#about(subject, scope)
    const reading = this.#ready(scope)
    const [inputs, around] = [this.#inputs(subject, reading), this.#around(subject, reading)]
    const numbers = measuredFrom(inputs, around)
    const { viewer, records } = this.#settings
    return explain({
      score: scoreFrom(inputs, around, numbers),
      measured: numbers,
      input: this.#input(subject, reading),
      reading,
      judged,
      sifted,
      vouches: sifted.vouches,
      context: { viewer, pins: this.#overrides.pins, nowMs: this.#nowMs },
      identities: new Identities(this.#settings),
      equivocationsOf: (did) =>
        equivocationsIn(this.#register.known(did), [...records.byOneNumber(did)]),
    })
  }

  /** How the subject did, day by day; it stops like {@link explaining}. */
  *recounting(subject: Did, scope: string): Generator<undefined, History> {
    const { judged } = yield* this.#about(subject, scope)
    const reading = this.#ready(scope)
    const input = this.#input(subject, reading)
    const said = saidBy(heardBy(input, reading), judged, { scope, nowMs: this.#nowMs })
    return historyOf(said, { ...input, nowMs: this.#nowMs })
  }

  /**
   * Everybody but the viewer whom records of the scope, pins or introducers mention, whether it counts
   * or not, sorted. Stops now and then.
   */
  *mentioning(scope: string): Generator<undefined, readonly Did[]> {
    const parts = {
      register: this.#register,
      table: this.#table,
      vouches: this.#vouches,
      outcomes: this.#outcomes,
    }
    const nodes = yield* mentionedIn(scope, parts)
    const found = new Set<Did>()
    for (const node of nodes) found.add(this.#register.didOf(node))
    for (const did of this.#overrides.pins.keys()) found.add(did)
    for (const { did } of this.#overrides.introducers) found.add(did)
    found.delete(this.#settings.viewer)
    return [...found].toSorted()
  }

  /** The strongest ways by which standing reaches an agent, strongest first, at most `limit`. */
  paths(subject: Did, scope: string, limit: number): readonly TrustPath[] {
    const reading = this.#ready(scope)
    const node = reading.nodeOf(subject)
    return node === undefined ? [] : strongestPaths(reading, node, limit, limit)
  }

  #judgeAgain({ id, record }: EvidenceRecord): void {
    const number = this.#table.ids.numberOf(id)
    // Not taken in yet: it will be judged when it is.
    if (number === NO_ID) return
    switch (record.type) {
      case 'vouch':
        this.#vouches.judgeAgain(number, record)
        break
      case 'revocation':
        this.#vouches.judgeRevocationAgain(number, record)
        break
      case 'promise':
        this.#outcomes.putPromise(id, record)
        break
      case 'observation':
        this.#outcomes.judgeAgain(number, record)
        break
    }
  }

  #scope(name: string): LiveScope {
    let scope = this.#scopes.get(name)
    if (scope === undefined) {
      const [oldest] = this.#scopes
      if (this.#scopes.size >= SCOPES_KEPT_LIMIT && oldest !== undefined) {
        oldest[1].close()
        this.#scopes.delete(oldest[0])
      }
      const deps = {
        register: this.#register,
        table: this.#table,
        vouches: this.#vouches,
        outcomes: this.#outcomes,
        viewer: this.#settings.viewer,
        profile: this.#profile,
      }
      scope = new LiveScope(name, deps, this.#overrides, this.#nowMs)
    } else this.#scopes.delete(name)
    this.#scopes.set(name, scope)
    return scope
  }

  /** @throws {Error} when the scope is not ready: the caller has not called {@link work} to its end. */
  #ready(name: string): LiveScope {
    const scope = this.#scopes.get(name)
    if (scope?.isReadyAt(this.#nowMs) !== true) throw new Error(`the scope ${name} is not ready`)
    return scope
  }

  #inputs(subject: Did, reading: LiveScope): ScoreInputs {
    return {
      held: reading.heldBy(subject),
      unprunedHeld: reading.unprunedHeldBy(subject),
      sums: reading.sums(subject),
      isUnsettled:
        reading.nodeOf(subject) === undefined && this.#register.known(subject).hasTwoInceptions,
    }
  }

  #input(subject: Did, reading: LiveScope): MeasureInput {
    return {
      subject,
      viewer: this.#settings.viewer,
      pin: this.#overrides.pins.get(subject),
      profile: this.#profile,
      todayWeight: this.#todayWeight,
      testimonies: reading.testimonies(subject),
    }
  }

  #around(subject: Did, reading: LiveScope): ScoreSurroundings {
    const frame: ScoreFrame = {
      viewer: this.#settings.viewer,
      scope: reading.name,
      method: METHOD,
      profile: this.#settings.profile,
      params: this.#params,
      asOf: rfc3339(this.#nowMs),
      view: this.digest,
    }
    const pin = this.#overrides.pins.get(subject)
    return { frame, subject, pin, hasView: this.hasView, profile: this.#profile }
  }

  /** What is held about a subject, judged; once more when what is said of it changed meanwhile. */
  *#about(subject: Did, scope: string): Generator<undefined, AboutSubject> {
    for (let tries = 1; ; tries++) {
      const before = this.#ready(scope).revision(subject)
      const found = yield* this.#judged(subject)
      const isSame = this.#ready(scope).revision(subject) === before
      if (isSame || tries === JUDGE_TRIES_LIMIT) return found
    }
  }

  *#judged(subject: Did): Generator<undefined, AboutSubject> {
    const { viewer, profile, identityOf, records } = this.#settings
    const { pins, introducers } = this.#overrides
    const privateOutcomes = [...this.#private.values()].filter((own) => own.subject === subject)
    const context: TrustContext = {
      viewer,
      profile,
      nowMs: this.#nowMs,
      identityOf: (did) => identityOf(did),
      pins,
      introducers,
      privateOutcomes,
    }
    const sieve = new Sieve(context, new Identities(context))
    // As it is now: between two steps records come and go.
    const held = Array.from(records.about(subject))
    for (const [at, one] of held.entries()) {
      sieve.add(one)
      if (at % RECORDS_OF_STEP === RECORDS_OF_STEP - 1) yield
    }
    for (const notes of privateOutcomes) sieve.addPrivate(notes)
    const sifted = sieve.sifted()
    const judged = yield* judging(sifted.outcomes.get(subject) ?? [], sifted.promises)
    return { sifted, judged }
  }
}
