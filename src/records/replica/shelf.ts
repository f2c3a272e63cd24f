/**
 * A shelf: all records of one type in one shard, and which of them leaves when it is full.
 *
 * The first to leave is the last of the longest unit, so that a flood loses before a single record
 * of anybody; of equally long units the one whose issuer did less work, then the higher DID, then
 * the longer lane. A record's id never decides: its author could grind one.
 */
import type { RecordType } from '../record.ts'
import type { Unit } from './unit.ts'

/** A unit at the length it had when it was noted; stale once that has changed. */
interface Noted {
  readonly unit: Unit
  readonly length: number
}

/** Stale notes that are kept before the heap is made anew. */
const STALE_LIMIT_COUNT = 1_024

export class Shelf {
  readonly type: RecordType
  readonly limitCount: number
  readonly units = new Set<Unit>()
  /** Ranked records of all units. */
  rankedCount = 0
  /** Longest first; made when the shelf is full and it is missing. */
  #heap: Noted[] | undefined

  readonly #isLonger: (a: Noted, b: Noted) => boolean

  /** @param compareIssuers  by DID, of their numbers. */
  constructor(
    type: RecordType,
    limitCount: number,
    compareIssuers: (a: number, b: number) => number,
  ) {
    this.type = type
    this.limitCount = limitCount
    this.#isLonger = (a, b) => losesBefore(a, b, compareIssuers)
  }

  get isFull(): boolean {
    return this.rankedCount >= this.limitCount
  }

  /** A unit's ranked records have changed in number. */
  noteLength(unit: Unit): void {
    if (this.#heap === undefined || unit.ranked.length === 0) return
    push(this.#isLonger, this.#heap, { unit, length: unit.ranked.length })
    if (this.#heap.length > 2 * this.units.size + STALE_LIMIT_COUNT) {
      this.#heap = undefined
    }
  }

  /** The unit that would lose its last record if `grown` had one more. */
  longestWith(grown: Unit): Unit {
    const heap = (this.#heap ??= this.#heapOfAll())
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (top.length === top.unit.ranked.length) {
        const isFirst = this.#isLonger(top, { unit: grown, length: grown.ranked.length + 1 })
        return isFirst ? top.unit : grown
      }
      pop(this.#isLonger, heap)
    }
    return grown
  }

  #heapOfAll(): Noted[] {
    const heap: Noted[] = []
    for (const unit of this.units) {
      if (unit.ranked.length > 0) push(this.#isLonger, heap, { unit, length: unit.ranked.length })
    }
    return heap
  }
}

/** Whether `a` loses a record before `b`. */
function losesBefore(
  a: Noted,
  b: Noted,
  compareIssuers: (a: number, b: number) => number,
): boolean {
  if (a.length !== b.length) return a.length > b.length
  const [one, other] = [a.unit, b.unit]
  if (one.issuer.workBits !== other.issuer.workBits) {
    return one.issuer.workBits < other.issuer.workBits
  }
  return (compareIssuers(one.issuer.number, other.issuer.number) || one.lane - other.lane) > 0
}

type Order = (a: Noted, b: Noted) => boolean

function push(isLonger: Order, heap: Noted[], noted: Noted): void {
  let at = heap.length
  heap.push(noted)
  while (at > 0) {
    const parentAt = (at - 1) >> 1
    const parent = heap[parentAt]
    if (parent === undefined || !isLonger(noted, parent)) break
    heap[at] = parent
    at = parentAt
  }
  heap[at] = noted
}

function pop(isLonger: Order, heap: Noted[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let childAt = 2 * at + 1
    let child = heap[childAt]
    if (child === undefined) break
    const right = heap[childAt + 1]
    if (right !== undefined && isLonger(right, child)) {
      childAt += 1
      child = right
    }
    if (!isLonger(child, last)) break
    heap[at] = child
    at = childAt
  }
  heap[at] = last
}
