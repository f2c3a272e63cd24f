/**
 * Standing kept up to date: what `flow` computes from nothing, changed in place as vouches come and
 * go.
 *
 * The problem: a view of a million agents is far too much to compute for every vouch that arrives.
 * The idea: standing is a sum of whole numbers, hop by hop, so what one agent passes on can be taken
 * out of the sums and put back in another size, and only agents whose own share changes by that pass
 * the change on. The sketch: for every agent and hop, x (what arrives) and f (what is kept of it).
 * The state always agrees with itself: x at the next hop is the sum of what the f in force carry over
 * the vouches in force. A change of a vouch takes the voucher's part out of its heads' x and puts the
 * new one in; `settle` then walks the hops in order and brings each dirty f in line with its x. An
 * agent without standing carries nothing, so a change of its vouches costs O(1).
 *
 * All values are whole and sums stay below 2^53, so after any order of changes the state is, bit for
 * bit, that of the full computation over the same vouches.
 * Specification: docs/spec/scoring.md, T6 to T9; docs/spec/engine.md.
 */
import { LEVEL_ONE, ONE } from '../profile.ts'
import type { Profile } from '../profile.ts'
import { FLOW_RULES } from '../standing.ts'
import { grownDoubles, IntList, roomFor } from './growth.ts'
import type { GraphWatcher, VouchGraph } from './vouch-graph.ts'

const HOPS_LIMIT = 8

/**
 * Where the first agent's numbers begin. Large arrays start 16 bytes after a multiple of a cache
 * line; this way the eight numbers of an agent in profile `strict` lie in one.
 */
const STATE_OFFSET = 6

/** Bits of an agent: the lowest eight say at which hops it is dirty. */
const TOUCHED = 1 << 8
const CHANGED = 1 << 9
const MUTED = 1 << 10

export interface StandingOptions {
  /** Passes on even the smallest amounts: for `upper`. */
  readonly unpruned?: boolean
}

export class StandingEngine implements GraphWatcher {
  readonly #graph: VouchGraph
  readonly #profile: Profile
  readonly #isUnpruned: boolean
  readonly #hops: number
  /** What is kept at the last hop nobody passes on: it is computed when it is read. */
  readonly #lastHop: number
  readonly #stride: number
  /** For each agent its x of all hops, then its f of all hops: side by side, for the cache. */
  #state = new Float64Array(0)
  #flags = new Uint16Array(0)
  readonly #dirty: readonly IntList[]
  #isDirty = false
  readonly #touched = new IntList()
  readonly #changed = new IntList()
  #viewer: number
  /** What enters other than by the viewer's own vouches: introducers and pins, in thousandths. */
  readonly #grants = new Map<number, number>()

  constructor(graph: VouchGraph, viewer: number, profile: Profile, options: StandingOptions = {}) {
    if (profile.hopLimit < 2 || profile.hopLimit > HOPS_LIMIT) {
      throw new RangeError(`from 2 to ${HOPS_LIMIT} hops`)
    }
    this.#graph = graph
    this.#profile = profile
    this.#isUnpruned = options.unpruned === true
    this.#hops = profile.hopLimit
    this.#lastHop = profile.hopLimit - 1
    this.#stride = 2 * profile.hopLimit
    this.#dirty = Array.from({ length: profile.hopLimit }, () => new IntList())
    this.#viewer = viewer
    graph.watch(this)
    this.viewFrom(viewer)
  }

  /** Stops following the graph. */
  close(): void {
    this.#graph.unwatch(this)
  }

  /** Somebody else's view, from nothing: no distrust, no first hop but that viewer's own vouches. */
  viewFrom(viewer: number): void {
    this.#forget()
    this.#viewer = viewer
    this.#reach(viewer)
    this.#mute(viewer, true)
    const degree = this.#graph.outDegree(viewer)
    if (degree === 0) return
    const { heads } = this.#graph.page(viewer)
    const begin = this.#graph.begin(viewer)
    for (let at = begin; at < begin + degree; at++) this.#enter(heads[at] ?? 0)
  }

  /** T6: an introducer's or a pin's level in thousandths; 0 takes it away. */
  setFirstHop(agent: number, level: number): void {
    if (level === 0) this.#grants.delete(agent)
    else this.#grants.set(agent, level)
    this.#enter(agent)
  }

  /** T11: an agent that the viewer distrusts holds and passes on nothing. */
  setDistrust(agent: number, isDistrusted: boolean): void {
    this.#reach(agent)
    this.#mute(agent, isDistrusted || agent === this.#viewer)
    this.#enter(agent)
  }

  /** Brings every share in line with what arrives. Reading does it too. */
  settle(): void {
    if (!this.#isDirty) return
    this.#reach(this.#graph.size - 1)
    for (let hop = 0; hop < this.#lastHop; hop++) {
      const dirty = this.#dirtyAt(hop)
      // Whom settling dirties it dirties at later hops.
      for (let at = 0; at < dirty.length; at++) this.#settleAt(dirty.at(at), hop)
      dirty.clear()
    }
    this.#isDirty = false
  }

  /** T10: what an agent holds, in parts of ONE. */
  held(agent: number): number {
    this.settle()
    return this.#heldBy(agent)
  }

  /** x: what arrives at an agent at a hop, 0 being the first. */
  arrived(agent: number, hop: number): number {
    this.settle()
    return this.#state[this.#baseOf(agent) + hop] ?? 0
  }

  /** f: what the agent keeps of it and passes on. */
  kept(agent: number, hop: number): number {
    this.settle()
    if (hop === this.#lastHop) return this.#shareOf(agent, hop)
    return this.#state[this.#baseOf(agent) + this.#hops + hop] ?? 0
  }

  /** T9: how often an agent passes on nothing at a hop because it has too little for each vouch. */
  get prunedCount(): number {
    this.settle()
    let count = 0
    for (let at = 0; at < this.#touched.length; at++) {
      const agent = this.#touched.at(at)
      if ((this.#flagsOf(agent) & MUTED) !== 0) continue
      const degree = this.#graph.outDegree(agent)
      for (let hop = 0; hop < this.#hops; hop++) {
        if (this.arrived(agent, hop) > 0 && !this.#passesOn(this.kept(agent, hop), degree)) count++
      }
    }
    return count
  }

  /** Shows, once, each agent whose holdings may have changed since this was last asked. */
  takeChanged(changed: (agent: number, held: number) => void): void {
    this.settle()
    for (let at = 0; at < this.#changed.length; at++) {
      const agent = this.#changed.at(at)
      this.#flags[agent] = this.#flagsOf(agent) & ~CHANGED
      changed(agent, this.#heldBy(agent))
    }
    this.#changed.clear()
  }

  levelChanging(from: number): void {
    this.#carryAll(from, -1)
  }

  levelChanged(from: number, to: number): void {
    this.#carryAll(from, 1)
    if (from === this.#viewer) this.#enter(to)
  }

  /** Takes all that an agent carries out of its heads (-1), or puts it in (1), by the graph as it is. */
  #carryAll(from: number, sign: 1 | -1): void {
    // By the shares in force, even of one that is to be muted: settling takes those back.
    if ((this.#flagsOf(from) & TOUCHED) === 0) return
    const base = this.#baseOf(from) + this.#hops
    for (let hop = 0; hop < this.#lastHop; hop++) {
      const share = this.#state[base + hop] ?? 0
      if (share === 0) continue
      if (sign === 1) this.#carry(from, hop, 0, share)
      else this.#carry(from, hop, share, 0)
    }
  }

  /** Changes what arrives at an agent's heads from what `before` carries to what `after` does. */
  #carry(from: number, hop: number, before: number, after: number): void {
    const graph = this.#graph
    const degree = graph.outDegree(from)
    const { passNumerator, passDenominator } = this.#profile
    const was = this.#passesOn(before, degree) ? passNumerator * before : 0
    const is = this.#passesOn(after, degree) ? passNumerator * after : 0
    if (was === is || degree === 0) return
    this.#reach(graph.size - 1)
    const divisor = passDenominator * FLOW_RULES.divisor(graph.outLevel(from), this.#profile)
    const { heads, levels } = graph.page(from)
    const begin = graph.begin(from)
    const end = begin + degree
    const next = hop + 1
    const firstCell = STATE_OFFSET + next
    const state = this.#state
    const flags = this.#flags
    const stride = this.#stride
    const isLast = next === this.#lastHop
    // Nobody has to look again at what arrives last; it only has changed.
    const bit = isLast ? CHANGED : 1 << next
    const known = bit | TOUCHED
    const dirty = isLast ? this.#changed : this.#dirtyAt(next)
    const touched = this.#touched
    let lastLevel = 0
    let part = 0
    for (let at = begin; at < end; at++) {
      const level = levels[at] ?? 0
      if (level !== lastLevel) {
        // T7: one rounding down for each vouch; of the difference it would be another number.
        part = Math.floor((is * level) / divisor) - Math.floor((was * level) / divisor)
        lastLevel = level
      }
      if (part === 0) continue
      const head = heads[at] ?? 0
      const cell = firstCell + head * stride
      state[cell] = (state[cell] ?? 0) + part
      // As `markDirty` does; spelled out, for this is where the time goes.
      const own = flags[head] ?? 0
      if ((own & known) === known) continue
      flags[head] = own | known
      if ((own & bit) === 0) dirty.push(head)
      if ((own & TOUCHED) === 0) touched.push(head)
    }
    if (!isLast && dirty.length > 0) this.#isDirty = true
  }

  #settleAt(agent: number, hop: number): void {
    this.#flags[agent] = this.#flagsOf(agent) & ~(1 << hop)
    const share = this.#shareOf(agent, hop)
    const base = this.#baseOf(agent)
    const cell = base + this.#hops + hop
    const before = this.#state[cell] ?? 0
    if (share === before) return
    this.#state[cell] = share
    this.#markChanged(agent)
    // What is kept here leaves more or less room at all later hops.
    for (let later = hop + 1; later < this.#lastHop; later++) {
      if ((this.#state[base + later] ?? 0) > 0) this.#markDirty(agent, later)
    }
    this.#carry(agent, hop, before, share)
  }

  /** T8: each agent holds at most one whole, over all hops together. */
  #shareOf(agent: number, hop: number): number {
    const coming = this.#state[this.#baseOf(agent) + hop] ?? 0
    if (coming === 0 || (this.#flagsOf(agent) & MUTED) !== 0) return 0
    return Math.min(coming, ONE - this.#sumKept(agent, hop))
  }

  #heldBy(agent: number): number {
    return this.#sumKept(agent, this.#lastHop) + this.#shareOf(agent, this.#lastHop)
  }

  /** T9 */
  #passesOn(share: number, degree: number): boolean {
    return this.#isUnpruned || share * this.#profile.pruneDenominator >= degree * ONE
  }

  /** T6: what enters at an agent: the strongest of the viewer's own vouch and what it was granted. */
  #enter(agent: number): void {
    this.#reach(agent)
    const isMuted = (this.#flagsOf(agent) & MUTED) !== 0
    const level = isMuted
      ? 0
      : Math.max(this.#graph.level(this.#viewer, agent), this.#grants.get(agent) ?? 0)
    this.#state[this.#baseOf(agent)] = Math.floor((ONE * level) / LEVEL_ONE)
    this.#markDirty(agent, 0)
  }

  #mute(agent: number, isMuted: boolean): void {
    const flags = this.#flagsOf(agent)
    if (isMuted === ((flags & MUTED) !== 0)) return
    // While it still passes on what it kept, settling takes that back like any other change.
    this.#flags[agent] = flags ^ MUTED
    this.#markChanged(agent)
    for (let hop = 0; hop < this.#lastHop; hop++) this.#markDirty(agent, hop)
  }

  #markDirty(agent: number, hop: number): void {
    const flags = this.#flags[agent] ?? 0
    const bit = 1 << hop
    if ((flags & bit) !== 0) return
    this.#flags[agent] = flags | bit | TOUCHED
    if ((flags & TOUCHED) === 0) this.#touched.push(agent)
    this.#dirtyAt(hop).push(agent)
    this.#isDirty = true
  }

  #dirtyAt(hop: number): IntList {
    const dirty = this.#dirty[hop]
    if (dirty === undefined) throw new RangeError(`no hop ${hop}`)
    return dirty
  }

  #markChanged(agent: number): void {
    const flags = this.#flagsOf(agent)
    if ((flags & CHANGED) !== 0) return
    this.#flags[agent] = flags | CHANGED
    this.#changed.push(agent)
  }

  /** What an agent keeps at the first `hops` hops, the last one not among them. */
  #sumKept(agent: number, hops: number): number {
    const begin = this.#baseOf(agent) + this.#hops
    let sum = 0
    for (let at = begin; at < begin + hops; at++) sum += this.#state[at] ?? 0
    return sum
  }

  #baseOf(agent: number): number {
    return STATE_OFFSET + agent * this.#stride
  }

  #flagsOf(agent: number): number {
    return this.#flags[agent] ?? 0
  }

  /** Back to nothing, at the cost of what was touched. */
  #forget(): void {
    for (let at = 0; at < this.#touched.length; at++) {
      const agent = this.#touched.at(at)
      const base = this.#baseOf(agent)
      // A loop: filling so few by a call takes longer.
      for (let cell = base; cell < base + this.#stride; cell++) this.#state[cell] = 0
      this.#markChanged(agent)
      this.#flags[agent] = this.#flagsOf(agent) & CHANGED
    }
    this.#touched.clear()
    for (const dirty of this.#dirty) dirty.clear()
    this.#isDirty = false
    this.#grants.clear()
  }

  #reach(agent: number): void {
    if (agent < this.#flags.length) return
    const capacity = roomFor(agent + 1, this.#flags.length)
    this.#state = grownDoubles(this.#state, STATE_OFFSET + capacity * this.#stride)
    const flags = new Uint16Array(capacity)
    flags.set(this.#flags)
    this.#flags = flags
  }
}
