/**
 * One scope as the viewer sees it, kept up to date: the vouches in force, the standing that flows over
 * them, and what is said by whom that has it.
 *
 * It is built in slices when it is first asked for, and follows every change from then on. Answers are
 * those of the full computation, bit for bit. Specification: docs/spec/scoring.md; docs/spec/engine.md.
 */
import type { Did } from '../../identity/did.ts'
import type { RecordId } from '../../records/record.ts'
import type { TrustContext } from '../context.ts'
import { BehaviourEngine } from '../engine/behaviour-engine.ts'
import type { OutcomeLife } from '../engine/behaviour-engine.ts'
import { StandingEngine } from '../engine/standing-engine.ts'
import type { Voice } from '../engine/subject.ts'
import { VouchGraph } from '../engine/vouch-graph.ts'
import { VouchLedger } from '../engine/vouch-ledger.ts'
import type { VouchLife } from '../engine/vouch-ledger.ts'
import { firstHopOf, strongestGrants } from '../first-hop.ts'
import type { Grants } from '../first-hop.ts'
import { ONE, UNPRUNED_VOUCHES_LIMIT } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { carried } from '../reading.ts'
import type { Edge, FirstHop, ScopeReading, StandingReading } from '../reading.ts'
import type { SubjectSums, Testimony } from '../tally.ts'
import type { OutcomeBook } from './outcome-book.ts'
import type { RecordTable } from './record-table.ts'
import type { Register } from './register.ts'
import type { VouchBook, VouchPair } from './vouch-book.ts'

/** An outcome that comes or goes takes about as long as so many vouches. */
const WORK_OF_OUTCOME = 8
/** And one whose observer's word is worth something else from now on. */
const WORK_OF_VOICE = 4

export interface LiveScopeDeps {
  readonly register: Register
  readonly table: RecordTable
  readonly vouches: VouchBook
  readonly outcomes: OutcomeBook
  readonly viewer: Did
  readonly profile: Profile
}

/** What the viewer says by itself, outside of any record. */
export type Overrides = Pick<TrustContext, 'pins' | 'introducers'>

export class LiveScope implements ScopeReading {
  readonly name: string
  readonly profile: Profile
  /** The name as the books have it. */
  readonly #number: number
  readonly #deps: LiveScopeDeps
  readonly #viewerNode: number
  readonly #graph = new VouchGraph()
  readonly #ledger: VouchLedger
  readonly #standing: StandingEngine
  readonly #reading: StandingReading
  #unpruned: StandingEngine | undefined
  readonly #behaviour: BehaviourEngine
  /** How far the books have been read. */
  #vouchCursor = 0
  #outcomeCursor = 0
  #grants: ReadonlyMap<Did, Grants> = new Map()
  #distrusted: readonly Did[] = []
  /** The vouches that carry something, by whom they are for; undefined after a change. */
  #carrying: Map<number, Edge[]> | undefined
  /** The moment as of which all work is done; undefined after a change. */
  #readyAtMs: number | undefined

  constructor(name: string, deps: LiveScopeDeps, overrides: Overrides, nowMs: number) {
    this.name = name
    this.profile = deps.profile
    this.#deps = deps
    this.#number = deps.table.scopes.take(name)
    const viewerNode = deps.register.meet(deps.viewer)
    this.#viewerNode = viewerNode
    this.#ledger = new VouchLedger(this.#graph, deps.vouches.goesBefore, nowMs)
    this.#standing = new StandingEngine(this.#graph, viewerNode, deps.profile)
    this.#reading = new EngineReading(deps.register, this.#standing)
    this.#behaviour = new BehaviourEngine(viewerNode, deps.profile, nowMs, deps.outcomes.goesBefore)
    this.override(overrides)
  }

  /** Whether vouches and outcomes of the scope with that number count in this one. */
  servesVouches(scope: number): boolean {
    return scope === this.#number || scope === this.#deps.table.general
  }

  servesOutcomes(scope: number): boolean {
    return scope === this.#number || this.#number === this.#deps.table.general
  }

  /** The graph is watched no more. */
  close(): void {
    this.#deps.table.scopes.release(this.#number)
    this.#standing.close()
    this.#unpruned?.close()
  }

  /** A vouch of the books is judged anew; what the cursor has not reached comes in with it. */
  vouchChanged(vouch: number, before: readonly VouchPair[], after: readonly VouchLife[]): void {
    if (vouch >= this.#vouchCursor) return
    for (const pair of before) this.#ledger.remove(pair)
    for (const life of after) this.#ledger.put(life)
    this.#hasChanged()
  }

  outcomeChanged(outcome: number, before: readonly number[], after: readonly OutcomeLife[]): void {
    if (outcome >= this.#outcomeCursor) return
    for (const number of before) this.#behaviour.remove(number)
    for (const life of after) this.#behaviour.put(life)
    this.#hasChanged()
  }

  /** T6 and T11: pins and introducers as they are now. */
  override(overrides: Overrides): void {
    const before = new Set([...this.#grants.keys(), ...this.#distrusted])
    this.#grants = strongestGrants(overrides)
    this.#distrusted = [...overrides.pins].flatMap(([did, { kind }]) =>
      kind === 'distrust' ? [did] : [],
    )
    for (const did of [...this.#grants.keys(), ...this.#distrusted]) {
      this.#deps.register.meet(did)
      before.add(did)
    }
    this.agentChanged(this.#deps.viewer)
    for (const did of before) this.agentChanged(did)
  }

  /** An agent's name has become disputed, or is no more; or the viewer says something else of it. */
  agentChanged(did: Did): void {
    this.#tell(this.#standing, did)
    if (this.#unpruned !== undefined) this.#tell(this.#unpruned, did)
    if (this.#deps.register.everyNodeOf(did).length > 1) this.#hear(did)
    this.#hasChanged()
  }

  /**
   * Reads on in the books, follows the clock and settles what has changed, in a bounded slice.
   *
   * @param workLimit  How many vouches, outcomes and agents to look at, about.
   * @returns whether all is done, so that it may be read.
   */
  work(nowMs: number, workLimit: number): boolean {
    const isDone =
      this.#read(workLimit) &&
      this.#ledger.advance(nowMs, workLimit) &&
      this.#behaviour.advance(nowMs, Math.ceil(workLimit / WORK_OF_OUTCOME)) &&
      this.#follow(workLimit)
    this.#carrying = undefined
    this.#readyAtMs = isDone ? nowMs : undefined
    return isDone
  }

  /** Whether {@link work} was done as of that moment, and nothing has changed since. */
  isReadyAt(nowMs: number): boolean {
    return this.#readyAtMs === nowMs && this.#standing.isSettled
  }

  nodesOf(did: Did): readonly number[] {
    return this.#deps.register.nodesOf(did)
  }

  didOf(node: number): Did {
    return this.#deps.register.didOf(node)
  }

  compareNodes(a: number, b: number): number {
    return this.#deps.register.compare(a, b)
  }

  arrived(node: number, hop: number): number {
    return this.#standing.arrived(node, hop)
  }

  kept(node: number, hop: number): number {
    return this.#standing.kept(node, hop)
  }

  outDegree(node: number): number {
    return this.#graph.outDegree(node)
  }

  outLevel(node: number): number {
    return this.#graph.outLevel(node)
  }

  firstHopOf(node: number): FirstHop | undefined {
    const edge = this.#graph.edge(this.#viewerNode, node)
    const vouch =
      edge === undefined
        ? undefined
        : { id: this.#deps.vouches.idOfLife(edge.vouch), level: edge.level }
    const did = this.didOf(node)
    const grants = this.nodesOf(did).length === 1 ? this.#grants.get(did) : undefined
    return firstHopOf(vouch, grants)
  }

  firstHopNodes(): readonly number[] {
    const found = new Set<number>()
    const degree = this.#graph.outDegree(this.#viewerNode)
    if (degree > 0) {
      const { heads } = this.#graph.page(this.#viewerNode)
      const begin = this.#graph.begin(this.#viewerNode)
      for (let at = begin; at < begin + degree; at++) found.add(heads[at] ?? 0)
    }
    for (const did of this.#grants.keys()) {
      const [node, other] = this.nodesOf(did)
      if (node !== undefined && other === undefined) found.add(node)
    }
    return [...found].toSorted((a, b) => this.compareNodes(a, b))
  }

  carryingInto(node: number): readonly Edge[] {
    this.#carrying ??= this.#draw()
    return this.#carrying.get(node) ?? []
  }

  nodeOf(did: Did): number | undefined {
    return this.#reading.nodeOf(did)
  }

  heldBy(did: Did): number {
    return this.#reading.heldBy(did)
  }

  branchOf(did: Did): number | undefined {
    return this.#reading.branchOf(did)
  }

  unprunedHeldBy(did: Did): number {
    if (this.#unpruned === undefined) return ONE
    return new EngineReading(this.#deps.register, this.#unpruned).heldBy(did)
  }

  without<Result>(friend: Did, subject: Did, read: (other: StandingReading) => Result): Result {
    const suppose = (isSupposed: boolean): void => {
      for (const node of this.nodesOf(friend)) {
        this.#standing.block(node, isSupposed)
        if (friend !== subject) this.#standing.supposeDistrust(node, isSupposed)
      }
      this.#standing.settle()
    }
    suppose(true)
    try {
      return read(this.#reading)
    } finally {
      suppose(false)
    }
  }

  /** What all observers of a subject say together. */
  sums(subject: Did): SubjectSums | undefined {
    const [node] = this.nodesOf(subject)
    return node === undefined ? undefined : this.#behaviour.sums(node)
  }

  /** Changes whenever anything that is said about the subject does. */
  revision(subject: Did): number {
    const [node] = this.nodesOf(subject)
    return node === undefined ? 0 : this.#behaviour.revision(node)
  }

  /** What each observer says about a subject, sorted by DID, for each branch of the observer's log. */
  testimonies(subject: Did): ReadonlyMap<Did, readonly (Testimony | undefined)[]> {
    const [node] = this.nodesOf(subject)
    const voices: Voice[] = node === undefined ? [] : [...this.#behaviour.voices(node)]
    const byDid = Map.groupBy(voices, ({ observer }) => this.didOf(observer))
    return new Map(
      [...byDid.keys()]
        .toSorted()
        .map((did) => [
          did,
          this.nodesOf(did).map((own) => byDid.get(did)?.find(({ observer }) => observer === own)),
        ]),
    )
  }

  #hasChanged(): void {
    this.#carrying = undefined
    this.#readyAtMs = undefined
  }

  /** What the viewer says of an agent, as far as standing is concerned. */
  #tell(engine: StandingEngine, did: Did): void {
    const { register, viewer } = this.#deps
    const nodes = register.nodesOf(did)
    const { introducer = 0, pin = 0 } = this.#grants.get(did) ?? {}
    // T23: a pin or an introducer names no inception, so it settles no dispute about one.
    const granted = nodes.length === 1 ? Math.max(introducer, pin) : 0
    const isDistrusted = this.#distrusted.includes(did)
    for (const node of register.everyNodeOf(did)) {
      // T6: nothing flows through me on any branch.
      const isMuted = isDistrusted || (did === viewer && node !== this.#viewerNode)
      engine.setFirstHop(node, nodes.includes(node) ? granted : 0)
      engine.setDistrust(node, isMuted)
    }
  }

  /** @returns whether both books are read to their end. */
  #read(workLimit: number): boolean {
    const { vouches, outcomes } = this.#deps
    let work = 0
    for (; this.#vouchCursor < vouches.end; work++) {
      if (work >= workLimit) return false
      const vouch = this.#vouchCursor
      this.#vouchCursor++
      if (!vouches.isThere(vouch) || !this.servesVouches(vouches.scopeOf(vouch))) continue
      for (const life of vouches.livesOf(vouch)) this.#ledger.put(life)
    }
    for (; this.#outcomeCursor < outcomes.end; work += WORK_OF_OUTCOME) {
      if (work >= workLimit) return false
      const outcome = this.#outcomeCursor
      this.#outcomeCursor++
      if (!outcomes.isThere(outcome) || !this.servesOutcomes(outcomes.scopeOf(outcome))) continue
      for (const life of outcomes.livesOf(outcome)) this.#behaviour.put(life)
    }
    return true
  }

  /** @returns whether standing is settled, and every voice has the weight that follows. */
  #follow(workLimit: number): boolean {
    if (!this.#standing.settle(workLimit)) return false
    const isAllTold = this.#standing.takeChanged((node, held) => {
      const { register } = this.#deps
      if (register.isDisputed(register.firstOf(node))) return this.#hear(this.didOf(node))
      return WORK_OF_VOICE * this.#behaviour.setStanding(node, held)
    }, workLimit)
    return isAllTold && this.#followUnpruned(workLimit)
  }

  #followUnpruned(workLimit: number): boolean {
    if (this.#graph.edgeCount > UNPRUNED_VOUCHES_LIMIT) {
      this.#unpruned?.close()
      this.#unpruned = undefined
      return true
    }
    if (this.#unpruned === undefined) {
      this.#unpruned = new StandingEngine(this.#graph, this.#viewerNode, this.profile, {
        unpruned: true,
      })
      for (const did of [this.#deps.viewer, ...this.#grants.keys(), ...this.#distrusted]) {
        this.#tell(this.#unpruned, did)
      }
    }
    return this.#unpruned.settle(workLimit)
  }

  /** T23: of a disputed observer, what its settled branch says. */
  #hear(did: Did): number {
    const settled = this.nodeOf(did)
    let count = 0
    for (const node of this.#deps.register.everyNodeOf(did)) {
      count += this.#behaviour.setStanding(node, node === settled ? this.#standing.held(node) : 0)
    }
    return WORK_OF_VOICE * count
  }

  /** The vouches that carry something: as many as a view from nothing would walk. */
  #draw(): Map<number, Edge[]> {
    const carrying = new Map<number, Edge[]>()
    this.#standing.eachPassing((from) => {
      const degree = this.#graph.outDegree(from)
      const page = this.#graph.page(from)
      const begin = this.#graph.begin(from)
      for (let at = begin; at < begin + degree; at++) {
        const [to, level] = [page.heads[at] ?? 0, page.levels[at] ?? 0]
        const edge = new BookedEdge({ from, to, level }, page.vouches[at] ?? 0, this.#deps.vouches)
        if (!this.#carries(edge)) continue
        const into = carrying.get(to)
        if (into === undefined) carrying.set(to, [edge])
        else into.push(edge)
      }
    })
    for (const into of carrying.values()) into.sort((a, b) => this.compareNodes(a.from, b.from))
    return carrying
  }

  #carries(edge: Edge): boolean {
    for (let hop = 0; hop < this.profile.hopLimit - 1; hop++) {
      if (carried(this, edge, hop) > 0) return true
    }
    return false
  }
}

/** A vouch that carries something; its id is a text only when it is shown. */
class BookedEdge implements Edge {
  readonly from: number
  readonly to: number
  readonly level: number
  readonly #life: number
  readonly #book: VouchBook

  constructor(
    { from, to, level }: Pick<Edge, 'from' | 'to' | 'level'>,
    life: number,
    book: VouchBook,
  ) {
    this.from = from
    this.to = to
    this.level = level
    this.#life = life
    this.#book = book
  }

  get vouch(): RecordId {
    return this.#book.idOfLife(this.#life)
  }
}

/** T23: the node of an agent, by what its branches hold in one engine. */
class EngineReading implements StandingReading {
  readonly #register: Register
  readonly #engine: StandingEngine

  constructor(register: Register, engine: StandingEngine) {
    this.#register = register
    this.#engine = engine
  }

  nodeOf(did: Did): number | undefined {
    const [first, second] = this.#register.nodesOf(did)
    if (first === undefined || second === undefined) return first
    const [one, two] = [this.#engine.held(first), this.#engine.held(second)]
    if (one === two) return undefined
    return one > two ? first : second
  }

  heldBy(did: Did): number {
    const node = this.nodeOf(did)
    return node === undefined ? 0 : this.#engine.held(node)
  }

  branchOf(did: Did): number | undefined {
    const node = this.nodeOf(did)
    return node === undefined ? undefined : this.#register.nodesOf(did).indexOf(node)
  }
}
