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
 * new one in; `settle` then walks the hops in order and brings each dirty f in line with its x, in
 * slices if need be. An agent without standing carries nothing, so a change of its vouches costs O(1).
 * Another view costs nothing to begin: what an agent had in one before is recognised by its stamp and
 * thrown away when something reaches the agent again.
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

/**
 * Bits of an agent's mark. The lowest seven say at which hops it is dirty; then whether its holdings
 * may differ from what was last told; then what stops it. All above is the stamp of the view.
 */
const CHANGED = 1 << 7
const VIEWER = 1 << 8
const DISTRUSTED = 1 << 9
const SUPPOSED = 1 << 10
const BLOCKED = 1 << 11
/** Holds and passes on nothing. */
const MUTED = VIEWER | DISTRUSTED | SUPPOSED
const ONE_VIEW = 1 << 12
const STAMP = -ONE_VIEW
/** After so many views stamps start over, so that a mark is a whole number of 31 bits. */
const VIEWS_COUNT = 2 ** 19 - 1

/** So many agents of views gone by are remembered before each is looked at for having been told of. */
const FORGOTTEN_LIMIT = 2 ** 18

/** More at a time than that are not on their way from memory together. */
const WARMED_COUNT = 8

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
  /**
   * For each agent its x of all hops, its f of all hops but the last, and in place of that one its
   * mark: side by side, for the cache.
   */
  #state = new Float64Array(0)
  /** The same bytes, for the marks. */
  #marks = new Int32Array(this.#state.buffer)
  /** The present view's number, where marks have it. */
  #stamp = 0
  readonly #dirty: readonly IntList[]
  #isDirty = false
  /** Agents with the present stamp. */
  readonly #touched = new IntList()
  readonly #changed = new IntList()
  /** Those touched by earlier views, in whatever number, who may have to be told of. */
  readonly #forgotten = new IntList()
  #work = 0
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
    this.#mute(viewer, VIEWER, true)
    const degree = this.#graph.outDegree(viewer)
    if (degree === 0) return
    this.#reach(this.#graph.size - 1)
    const { heads, levels } = this.#graph.page(viewer)
    const begin = this.#graph.begin(viewer)
    for (let at = begin; at < begin + degree; at++) {
      const head = heads[at] ?? 0
      if (head !== viewer) this.#enterWith(head, levels[at] ?? 0)
    }
  }

  /** T6: an introducer's or a pin's level in thousandths; 0 takes it away. */
  setFirstHop(agent: number, level: number): void {
    if (level === 0) this.#grants.delete(agent)
    else this.#grants.set(agent, level)
    this.#enter(agent)
  }

  /** T11: an agent that the viewer distrusts holds and passes on nothing. */
  setDistrust(agent: number, isDistrusted: boolean): void {
    this.#mute(agent, DISTRUSTED, isDistrusted)
  }

  /** T25, "what if this friend were wrong": as if distrusted, whether it is so or not. */
  supposeDistrust(agent: number, isSupposed: boolean): void {
    this.#mute(agent, SUPPOSED, isSupposed)
  }

  /** T25: nothing enters at an agent by the viewer's own vouch, an introducer or a pin. */
  block(agent: number, isBlocked: boolean): void {
    if (this.#flip(agent, BLOCKED, isBlocked)) this.#enter(agent)
  }

  /** Whether reading costs nothing but the reading. */
  get isSettled(): boolean {
    return !this.#isDirty
  }

  /** Vouches walked and agents looked at so far, by all changes and views. */
  get workCount(): number {
    return this.#work
  }

  /**
   * Brings every share in line with what arrives. Reading does it too, without a limit.
   *
   * @param workLimit  How many vouches to walk and agents to look at, about: one agent is looked at
   *   together with all of its vouches. Changes may come between one call and the next.
   * @returns whether all is done.
   */
  settle(workLimit = Number.POSITIVE_INFINITY): boolean {
    if (!this.#isDirty) return true
    const until = this.#work + Math.max(1, workLimit)
    // Whom settling dirties it dirties at later hops; what comes between calls, perhaps at earlier ones.
    for (let hop = 0; hop < this.#lastHop; hop++) {
      const dirty = this.#dirtyAt(hop)
      for (let warm = 0; dirty.length > 0; warm--) {
        if (this.#work >= until) return false
        if (warm === 0) {
          this.#warm(dirty)
          warm = WARMED_COUNT
        }
        this.#settleAt(dirty.pop(), hop)
      }
    }
    this.#isDirty = false
    return true
  }

  /** T10: what an agent holds, in parts of ONE. */
  held(agent: number): number {
    this.settle()
    return this.#heldBy(agent)
  }

  /** x: what arrives at an agent at a hop, 0 being the first. */
  arrived(agent: number, hop: number): number {
    this.settle()
    return this.#isTouched(agent) ? (this.#state[this.#baseOf(agent) + hop] ?? 0) : 0
  }

  /** f: what the agent keeps of it and passes on. */
  kept(agent: number, hop: number): number {
    this.settle()
    if (hop === this.#lastHop) return this.#shareOf(agent, hop)
    return this.#isTouched(agent) ? (this.#state[this.#baseOf(agent) + this.#hops + hop] ?? 0) : 0
  }

  /** T9: how often an agent passes on nothing at a hop because it has too little for each vouch. */
  get prunedCount(): number {
    this.settle()
    let count = 0
    for (let at = 0; at < this.#touched.length; at++) {
      const agent = this.#touched.at(at)
      if ((this.#markOf(agent) & MUTED) !== 0) continue
      const degree = this.#graph.outDegree(agent)
      for (let hop = 0; hop < this.#hops; hop++) {
        if (this.arrived(agent, hop) > 0 && !this.#passesOn(this.kept(agent, hop), degree)) count++
      }
    }
    return count
  }

  /**
   * Shows each agent but the viewer that passes something on at some hop: those whose vouches carry
   * the view. `visit` changes nothing here.
   */
  eachPassing(visit: (agent: number) => void): void {
    this.settle()
    for (let at = 0; at < this.#touched.length; at++) {
      const agent = this.#touched.at(at)
      const degree = this.#graph.outDegree(agent)
      if (degree === 0) continue
      const begin = this.#baseOf(agent) + this.#hops
      for (let cell = begin; cell < begin + this.#lastHop; cell++) {
        const share = this.#state[cell] ?? 0
        if (share === 0 || !this.#passesOn(share, degree)) continue
        visit(agent)
        break
      }
    }
  }

  /**
   * Shows, once, each agent whose holdings may have changed since it was last shown.
   *
   * @param changed  Says how much work it was besides; nothing for none.
   * @param workLimit  How many to show, about, less that work; the rest comes with the next call.
   * @returns whether all have been shown.
   */
  takeChanged(
    changed: (agent: number, held: number) => number | void,
    workLimit = Number.POSITIVE_INFINITY,
  ): boolean {
    this.settle()
    this.#tellOfForgotten()
    for (let work = 0; this.#changed.length > 0; work++) {
      if (work >= workLimit) return false
      const agent = this.#changed.pop()
      this.#marks[this.#placeOf(agent)] = this.#markOf(agent) & ~CHANGED
      work += changed(agent, this.#heldBy(agent)) ?? 0
    }
    return true
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
    if (!this.#isTouched(from)) return
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
    this.#work += degree
    const divisor = passDenominator * FLOW_RULES.divisor(graph.outLevel(from), this.#profile)
    const { heads, levels } = graph.page(from)
    const begin = graph.begin(from)
    const end = begin + degree
    const next = hop + 1
    const state = this.#state
    const marks = this.#marks
    const stride = this.#stride
    const isLast = next === this.#lastHop
    // Nobody has to look again at what arrives last; it only has changed.
    const bit = isLast ? CHANGED : 1 << next
    const list = isLast ? this.#changed : this.#dirtyAt(next)
    const stamp = this.#stamp
    const known = stamp | bit
    const touched = this.#touched
    // This is where the time goes: each head lies elsewhere in memory. Asking for all of them before
    // anything depends on one of them lets them arrive together.
    let seen = 0
    for (let at = begin; at < end; at++) {
      seen |= marks[2 * (STATE_OFFSET + ((heads[at] ?? 0) + 1) * stride - 1)] ?? 0
    }
    if (seen < 0) throw new RangeError('a mark has 31 bits')
    let lastLevel = 0
    let part = 0
    for (let at = begin; at < end; at++) {
      const level = levels[at] ?? 0
      if (level !== lastLevel) {
        // T7: one rounding down for each vouch; of the difference it would be another number.
        part = is === 0 ? 0 : Math.floor((is * level) / divisor)
        if (was !== 0) part -= Math.floor((was * level) / divisor)
        lastLevel = level
      }
      if (part === 0) continue
      const head = heads[at] ?? 0
      const base = STATE_OFFSET + head * stride
      const place = 2 * (base + stride - 1)
      const mark = marks[place] ?? 0
      if ((mark & (STAMP | bit)) !== known) {
        // As `#note` does, spelled out.
        let own = mark
        if ((own & STAMP) !== stamp) {
          for (let cell = base; cell < base + stride - 1; cell++) state[cell] = 0
          touched.push(head)
          own = stamp | (own & CHANGED)
        }
        if ((own & bit) === 0) list.push(head)
        marks[place] = own | bit
      }
      state[base + next] = (state[base + next] ?? 0) + part
    }
    if (!isLast && list.length > 0) this.#isDirty = true
  }

  #settleAt(agent: number, hop: number): void {
    this.#work++
    const [state, marks, lastHop] = [this.#state, this.#marks, this.#lastHop]
    const base = this.#baseOf(agent)
    const place = this.#placeOf(agent)
    const mark = (marks[place] ?? 0) & ~(1 << hop)
    marks[place] = mark
    const firstKept = base + this.#hops
    let share = (mark & MUTED) === 0 ? (state[base + hop] ?? 0) : 0
    if (share > 0) {
      let room = ONE
      for (let cell = firstKept; cell < firstKept + hop; cell++) room -= state[cell] ?? 0
      if (room < share) share = room
    }
    const cell = firstKept + hop
    const before = state[cell] ?? 0
    if (share === before) return
    state[cell] = share
    this.#markChanged(agent)
    // What is kept here leaves more or less room at all later hops.
    for (let later = hop + 1; later < lastHop; later++) {
      if ((state[base + later] ?? 0) > 0) this.#markDirty(agent, later)
    }
    this.#carry(agent, hop, before, share)
  }

  /** Asks memory for the vouches of the next few to be settled, together; see `#carry`. */
  #warm(dirty: IntList): void {
    const first = Math.max(0, dirty.length - WARMED_COUNT)
    let seen = 0
    for (let at = first; at < dirty.length; at++) seen |= this.#graph.outDegree(dirty.at(at))
    for (let at = first; at < dirty.length; at++) {
      seen |= this.#graph.firstLevel(dirty.at(at))
    }
    if (seen < 0) throw new RangeError('a degree or a level is negative')
  }

  /** T8: each agent holds at most one whole, over all hops together. */
  #shareOf(agent: number, hop: number): number {
    if (!this.#isTouched(agent) || (this.#markOf(agent) & MUTED) !== 0) return 0
    const coming = this.#state[this.#baseOf(agent) + hop] ?? 0
    return coming === 0 ? 0 : Math.min(coming, ONE - this.#sumKept(agent, hop))
  }

  #heldBy(agent: number): number {
    if (!this.#isTouched(agent)) return 0
    return this.#sumKept(agent, this.#lastHop) + this.#shareOf(agent, this.#lastHop)
  }

  /** T9 */
  #passesOn(share: number, degree: number): boolean {
    return this.#isUnpruned || share * this.#profile.pruneDenominator >= degree * ONE
  }

  /** T6: what enters at an agent: the strongest of the viewer's own vouch and what it was granted. */
  #enter(agent: number): void {
    this.#touch(agent)
    const isStopped = (this.#markOf(agent) & (MUTED | BLOCKED)) !== 0
    const level = isStopped
      ? 0
      : Math.max(this.#graph.level(this.#viewer, agent), this.#grants.get(agent) ?? 0)
    this.#enterWith(agent, level)
  }

  #enterWith(agent: number, level: number): void {
    this.#markDirty(agent, 0)
    this.#state[this.#baseOf(agent)] = Math.floor((ONE * level) / LEVEL_ONE)
  }

  #mute(agent: number, why: number, isMuted: boolean): void {
    this.#touch(agent)
    const wasMuted = (this.#markOf(agent) & MUTED) !== 0
    if (!this.#flip(agent, why, isMuted)) return
    if (wasMuted === ((this.#markOf(agent) & MUTED) !== 0)) return
    // While it still passes on what it kept, settling takes that back like any other change.
    this.#markChanged(agent)
    for (let hop = 0; hop < this.#lastHop; hop++) this.#markDirty(agent, hop)
    this.#enter(agent)
  }

  /** @returns whether the bit was otherwise before. */
  #flip(agent: number, bit: number, isSet: boolean): boolean {
    this.#touch(agent)
    const mark = this.#markOf(agent)
    if (isSet === ((mark & bit) !== 0)) return false
    this.#marks[this.#placeOf(agent)] = mark ^ bit
    return true
  }

  #markDirty(agent: number, hop: number): void {
    this.#reach(agent)
    this.#note(agent, 1 << hop, this.#dirtyAt(hop))
    this.#isDirty = true
  }

  #dirtyAt(hop: number): IntList {
    const dirty = this.#dirty[hop]
    if (dirty === undefined) throw new RangeError(`no hop ${hop}`)
    return dirty
  }

  #markChanged(agent: number): void {
    this.#note(agent, CHANGED, this.#changed)
  }

  /** Makes an agent one of the present view, with nothing, where it is not. */
  #touch(agent: number): void {
    this.#reach(agent)
    const mark = this.#markOf(agent)
    if ((mark & STAMP) === this.#stamp) return
    const base = this.#baseOf(agent)
    // A loop: filling so few by a call takes longer.
    for (let cell = base; cell < base + this.#stride - 1; cell++) this.#state[cell] = 0
    this.#marks[this.#placeOf(agent)] = this.#stamp | (mark & CHANGED)
    this.#touched.push(agent)
  }

  /** Sets a bit of an agent of the present view, and puts the agent on the bit's list, once. */
  #note(agent: number, bit: number, list: IntList): void {
    this.#touch(agent)
    const mark = this.#markOf(agent)
    if ((mark & bit) !== 0) return
    this.#marks[this.#placeOf(agent)] = mark | bit
    list.push(agent)
  }

  /** What an agent keeps at the first `hops` hops, the last one not among them. */
  #sumKept(agent: number, hops: number): number {
    const begin = this.#baseOf(agent) + this.#hops
    let sum = 0
    for (let at = begin; at < begin + hops; at++) sum += this.#state[at] ?? 0
    return sum
  }

  /** Whether the present view has anything about an agent. */
  #isTouched(agent: number): boolean {
    return (this.#markOf(agent) & STAMP) === this.#stamp
  }

  #baseOf(agent: number): number {
    return STATE_OFFSET + agent * this.#stride
  }

  /** Where an agent's mark is: the first half of the last of its numbers. */
  #placeOf(agent: number): number {
    return 2 * (this.#baseOf(agent) + this.#stride - 1)
  }

  #markOf(agent: number): number {
    return this.#marks[this.#placeOf(agent)] ?? 0
  }

  /** Back to nothing, without a look at what was touched. */
  #forget(): void {
    this.#forgotten.append(this.#touched)
    this.#touched.clear()
    if (this.#forgotten.length > FORGOTTEN_LIMIT) this.#tellOfForgotten()
    for (const dirty of this.#dirty) dirty.clear()
    this.#isDirty = false
    this.#grants.clear()
    if (this.#stamp === VIEWS_COUNT * ONE_VIEW) this.#unstamp()
    this.#stamp += ONE_VIEW
  }

  /** Has agents of earlier views be told of, each once. */
  #tellOfForgotten(): void {
    for (let at = 0; at < this.#forgotten.length; at++) {
      const agent = this.#forgotten.at(at)
      const mark = this.#markOf(agent)
      if ((mark & CHANGED) !== 0) continue
      this.#marks[this.#placeOf(agent)] = mark | CHANGED
      this.#changed.push(agent)
    }
    this.#forgotten.clear()
  }

  #unstamp(): void {
    const step = 2 * this.#stride
    for (let place = this.#placeOf(0); place < this.#marks.length; place += step) {
      this.#marks[place] = (this.#marks[place] ?? 0) & CHANGED
    }
    this.#stamp = 0
  }

  #reach(agent: number): void {
    if (this.#placeOf(agent) < this.#marks.length) return
    const capacity = roomFor(agent + 1, Math.floor(this.#state.length / this.#stride))
    this.#state = grownDoubles(this.#state, STATE_OFFSET + capacity * this.#stride)
    this.#marks = new Int32Array(this.#state.buffer)
  }
}
