/**
 * The vouches that count in one scope, as a graph that changes: agents are small numbers, each with a
 * block of outgoing vouches, at most one for each agent vouched for.
 *
 * Blocks lie in pages of columns, so that a walk over one block reads neighbouring memory and growth
 * copies one block at a time. Putting and removing cost O(1) on average. Whoever computes over the
 * graph watches it. Knows no clock: it says when the next vouch ends, and is told what to remove.
 */
import { DueHeap } from './due-heap.ts'
import { copySlots, edgeAt, endOf, pageOf, setEnd } from './edge-page.ts'
import type { EdgePage, EdgeTerms } from './edge-page.ts'
import { grownInts, roomFor } from './growth.ts'
import { HeadIndex, INDEXED_FROM_COUNT } from './head-index.ts'

/** An agent vouches for at most this many; a block lies in one page. */
export const VOUCHES_OF_AGENT_LIMIT = 2 ** 20
const PAGE_SLOTS = VOUCHES_OF_AGENT_LIMIT
const PAGE_SHIFT = 20
const FIRST_PAGE_SLOTS = 2 ** 8
const LEAST_BLOCK_SLOTS = 4
/** As many agents as two indexes in one whole number below 2^53 allow. */
export const AGENTS_LIMIT = 2 ** 26
const NO_BLOCK = -1

/** The numbers of an agent: its first slot over all pages, counted from 1; how many it uses, how many it has; W. */
const FIELDS = 4
const BLOCK = 0
const DEGREE = 1
const CAPACITY = 2
const OUT_LEVEL = 3

/** Told of every change of a level; 0 stands for no vouch. */
export interface GraphWatcher {
  /** The graph is still as before. */
  levelChanging(from: number): void
  levelChanged(from: number, to: number): void
}

export class VouchGraph {
  /** One more than the greatest agent so far. */
  size = 0
  edgeCount = 0
  readonly #pages: EdgePage[] = []
  #lastPageUsed = PAGE_SLOTS
  /** For each agent {@link BLOCK} and so on: side by side, for the cache. */
  #agents = new Int32Array(0)
  readonly #indexes = new Map<number, HeadIndex>()
  /** Blocks left behind, by their size. */
  readonly #free = new Map<number, number[]>()
  /** For each agent a moment before which none of its vouches ends. */
  readonly #ends = new DueHeap()
  readonly #watchers = new Set<GraphWatcher>()

  watch(watcher: GraphWatcher): void {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: GraphWatcher): void {
    this.#watchers.delete(watcher)
  }

  /** Makes room for agents below `count`, at once instead of bit by bit. */
  reserveAgents(count: number): void {
    this.#growTo(count)
  }

  /** Makes room for `count` vouches of an agent, exactly, where it has none yet. */
  reserveVouches(from: number, count: number): void {
    if (count > VOUCHES_OF_AGENT_LIMIT) throw new RangeError(`${count} vouches of one agent`)
    this.#meet(from)
    if (count > 0 && this.#blockOf(from) === NO_BLOCK) this.#moveInto(from, count)
  }

  /** Puts a vouch in place of whatever there was between the two. */
  put(from: number, to: number, terms: EdgeTerms): void {
    this.#meet(from)
    this.#meet(to)
    const position = this.#positionOf(from, to)
    if (position < 0 && this.outDegree(from) === VOUCHES_OF_AGENT_LIMIT) {
      throw new RangeError(`agent ${from} vouches for more than ${VOUCHES_OF_AGENT_LIMIT}`)
    }
    const isSame = position >= 0 && this.#levelAt(from, position) === terms.level
    if (!isSame) for (const watcher of this.#watchers) watcher.levelChanging(from)
    if (position < 0) this.#append(from, to, terms)
    else this.#write(from, position, to, terms)
    if (terms.endMs < this.#ends.dueOf(from)) this.#ends.set(from, terms.endMs)
    if (!isSame) for (const watcher of this.#watchers) watcher.levelChanged(from, to)
  }

  /** @returns whether there was one. */
  remove(from: number, to: number): boolean {
    const position = this.#positionOf(from, to)
    if (position < 0) return false
    for (const watcher of this.#watchers) watcher.levelChanging(from)
    this.#cut(from, position)
    for (const watcher of this.#watchers) watcher.levelChanged(from, to)
    return true
  }

  /** What stands between the two. */
  edge(from: number, to: number): EdgeTerms | undefined {
    const position = this.#positionOf(from, to)
    if (position < 0) return undefined
    return edgeAt(this.page(from), this.begin(from) + position)
  }

  /** The level between the two in thousandths, 0 where there is no vouch. */
  level(from: number, to: number): number {
    const position = this.#positionOf(from, to)
    return position < 0 ? 0 : this.#levelAt(from, position)
  }

  /** Where an agent's block lies; only for one with an {@link outDegree}. */
  page(from: number): EdgePage {
    const page = this.#pages[this.#blockOf(from) >> PAGE_SHIFT]
    if (page === undefined) throw new RangeError(`agent ${from} vouches for nobody`)
    return page
  }

  /** The first of an agent's slots in its page. */
  begin(from: number): number {
    return this.#blockOf(from) & (PAGE_SLOTS - 1)
  }

  /** The level of the first vouch in an agent's block, 0 where there is none. */
  firstLevel(from: number): number {
    return this.outDegree(from) === 0 ? 0 : this.#levelAt(from, 0)
  }

  outDegree(from: number): number {
    return this.#get(from, DEGREE)
  }

  /** W: the sum of the levels of what an agent vouches for. */
  outLevel(from: number): number {
    return this.#get(from, OUT_LEVEL)
  }

  /** A moment before which no vouch ends. */
  get nextEndMs(): number {
    return this.#ends.nextDue
  }

  /**
   * Shows each vouch of one agent that has ended by `nowMs`; `ended` removes or replaces it.
   *
   * @returns how many slots were looked at; 0 when no vouch ends by then.
   */
  endSome(nowMs: number, ended: (from: number, to: number) => void): number {
    const from = this.#ends.first
    if (from === undefined || this.#ends.nextDue > nowMs) return 0
    const looked = this.outDegree(from)
    // From the last one on: what is removed gives its place to one that was already seen.
    for (let position = looked - 1; position >= 0; position--) {
      const page = this.page(from)
      const at = this.begin(from) + position
      if (endOf(page, at) <= nowMs) ended(from, page.heads[at] ?? 0)
    }
    this.#ends.set(from, this.#earliestEndOf(from))
    return Math.max(1, looked)
  }

  #earliestEndOf(from: number): number {
    let earliest = Number.POSITIVE_INFINITY
    const degree = this.outDegree(from)
    if (degree === 0) return earliest
    const page = this.page(from)
    const begin = this.begin(from)
    for (let at = begin; at < begin + degree; at++) earliest = Math.min(earliest, endOf(page, at))
    return earliest
  }

  #append(from: number, to: number, terms: EdgeTerms): void {
    const position = this.outDegree(from)
    if (position === this.#get(from, CAPACITY)) this.#moveInto(from, biggerBlock(position))
    this.#set(from, DEGREE, position + 1)
    this.edgeCount++
    const page = this.page(from)
    const at = this.begin(from) + position
    page.levels[at] = 0
    this.#write(from, position, to, terms)
    const index = this.#indexes.get(from)
    if (index !== undefined) index.add(page.heads, this.begin(from), position)
    else if (position + 1 >= INDEXED_FROM_COUNT) {
      this.#indexes.set(from, HeadIndex.over(page.heads, this.begin(from), position + 1))
    }
  }

  #write(from: number, position: number, to: number, terms: EdgeTerms): void {
    const page = this.page(from)
    const at = this.begin(from) + position
    this.#set(from, OUT_LEVEL, this.outLevel(from) + terms.level - (page.levels[at] ?? 0))
    page.heads[at] = to
    page.levels[at] = terms.level
    page.vouches[at] = terms.vouch
    setEnd(page, at, terms.endMs)
  }

  #cut(from: number, position: number): void {
    const page = this.page(from)
    const begin = this.begin(from)
    const at = begin + position
    const last = begin + this.outDegree(from) - 1
    const index = this.#indexes.get(from)
    index?.remove(page.heads, begin, page.heads[at] ?? 0)
    if (at !== last) index?.move(page.heads, begin, page.heads[last] ?? 0, position)
    this.#set(from, OUT_LEVEL, this.outLevel(from) - (page.levels[at] ?? 0))
    copySlots(page, last, 1, page, at)
    this.#set(from, DEGREE, last - begin)
    this.edgeCount--
    if (last > begin) return
    this.#release(from)
    this.#set(from, BLOCK, 0)
    this.#set(from, CAPACITY, 0)
    this.#indexes.delete(from)
  }

  #positionOf(from: number, to: number): number {
    const degree = this.outDegree(from)
    if (degree === 0) return -1
    const { heads } = this.page(from)
    const begin = this.begin(from)
    const index = this.#indexes.get(from)
    if (index !== undefined) return index.find(heads, begin, to)
    for (let position = 0; position < degree; position++) {
      if (heads[begin + position] === to) return position
    }
    return -1
  }

  #levelAt(from: number, position: number): number {
    return this.page(from).levels[this.begin(from) + position] ?? 0
  }

  #blockOf(from: number): number {
    return this.#get(from, BLOCK) - 1
  }

  #get(agent: number, field: number): number {
    return this.#agents[agent * FIELDS + field] ?? 0
  }

  #set(agent: number, field: number, value: number): void {
    this.#agents[agent * FIELDS + field] = value
  }

  #moveInto(from: number, slots: number): void {
    const block = this.#allot(slots)
    const degree = this.outDegree(from)
    if (degree > 0) {
      const page = this.#pages[block >> PAGE_SHIFT]
      if (page !== undefined) {
        copySlots(this.page(from), this.begin(from), degree, page, block & (PAGE_SLOTS - 1))
      }
    }
    this.#release(from)
    this.#set(from, BLOCK, block + 1)
    this.#set(from, CAPACITY, slots)
  }

  #allot(slots: number): number {
    const free = this.#free.get(slots)?.pop()
    if (free !== undefined) return free
    if (this.#lastPageUsed + slots > PAGE_SLOTS) {
      this.#pages.push(pageOf(this.#pages.length === 0 ? FIRST_PAGE_SLOTS : PAGE_SLOTS))
      this.#lastPageUsed = 0
    }
    this.#widenLastPage(this.#lastPageUsed + slots)
    const block = (this.#pages.length - 1) * PAGE_SLOTS + this.#lastPageUsed
    this.#lastPageUsed += slots
    return block
  }

  /** The first page grows by doubling to its full size, so that a small graph stays small. */
  #widenLastPage(wanted: number): void {
    const page = this.#pages.at(-1)
    if (page === undefined || wanted <= page.heads.length) return
    let slots = page.heads.length
    while (slots < wanted) slots *= 2
    const wider = pageOf(slots)
    copySlots(page, 0, this.#lastPageUsed, wider, 0)
    this.#pages[this.#pages.length - 1] = wider
  }

  #release(from: number): void {
    const block = this.#blockOf(from)
    if (block === NO_BLOCK) return
    const slots = this.#get(from, CAPACITY)
    const free = this.#free.get(slots)
    if (free === undefined) this.#free.set(slots, [block])
    else free.push(block)
  }

  #meet(agent: number): void {
    if (agent < this.size) return
    if (agent >= AGENTS_LIMIT) throw new RangeError(`more than ${AGENTS_LIMIT} agents`)
    const capacity = this.#agents.length / FIELDS
    if (agent >= capacity) this.#growTo(roomFor(agent + 1, capacity))
    this.size = agent + 1
  }

  #growTo(capacity: number): void {
    this.#agents = grownInts(this.#agents, capacity * FIELDS)
  }
}

/** Half as much again; a few sizes only, so that what one agent leaves suits another. */
function biggerBlock(slots: number): number {
  let size = LEAST_BLOCK_SLOTS
  while (size <= slots) size += Math.max(2, (size >> 2) & ~1)
  return Math.min(size, VOUCHES_OF_AGENT_LIMIT)
}
