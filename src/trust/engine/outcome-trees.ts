/**
 * Outcomes in the order of time, in many trees that share one set of records, with the sums that the
 * first and the second half of a history are made of.
 *
 * The outcomes of a tree are of one era, so that their weights are whole numbers of one scale. Sums
 * of whole numbers do not depend on the shape of a tree, so its balance may come from anything: here
 * from a mix of the node's number (a treap). Everything costs O(log n).
 */
import { PagedRecords } from './paged.ts'

export const EMPTY_TREE = -1

/** A product of weight and fulfilment has up to 52 bits; its halves are summed apart. */
const HALF = 2 ** 26

/** The doubles of a node; the sums are of an outcome and all below it. */
const AT_MS = 0
const WEIGHT = 1
const WEIGHT_SUM = 2
const HIGH_SUM = 3
const LOW_SUM = 4
/** And its whole numbers. */
const LEFT = 10
const RIGHT = 11
const KEPT = 12
const OUTCOME = 13
const NODE_DOUBLES = 7

export interface TimedOutcome {
  /** The caller's number. */
  readonly outcome: number
  readonly observedAtMs: number
  /** Whole, at most 2^32. */
  readonly weight: number
  /** Fulfilment in parts of 2^20. */
  readonly kept: number
}

/** T26: whether of two outcomes of one moment the first goes before the second. */
export type GoesFirst = (a: number, b: number) => boolean

/** What lies before the outcome in the middle. */
export interface Before {
  readonly weight: number
  readonly kept: bigint
  readonly middle: number
}

export class OutcomeTrees {
  readonly #records = new PagedRecords(NODE_DOUBLES)
  readonly #goesFirst: GoesFirst
  readonly #free: number[] = []
  #end = 0
  #splitLeft = EMPTY_TREE
  #splitRight = EMPTY_TREE

  constructor(goesFirst: GoesFirst) {
    this.#goesFirst = goesFirst
  }

  /** Writes an outcome down, in no tree yet. @returns its node. */
  write({ outcome, observedAtMs, weight, kept }: TimedOutcome): number {
    const node = this.#free.pop() ?? this.#end++
    const records = this.#records
    records.setInt(node, LEFT, EMPTY_TREE)
    records.setInt(node, RIGHT, EMPTY_TREE)
    records.setDouble(node, AT_MS, observedAtMs)
    records.setDouble(node, WEIGHT, weight)
    records.setInt(node, KEPT, kept)
    records.setInt(node, OUTCOME, outcome)
    this.#sum(node)
    return node
  }

  /** Lets go of a node that is in no tree. */
  forget(node: number): void {
    this.#free.push(node)
  }

  weightOf(outcome: number): number {
    return this.#records.double(outcome, WEIGHT)
  }

  keptOf(outcome: number): number {
    return this.#records.int(outcome, KEPT)
  }

  atMsOf(outcome: number): number {
    return this.#records.double(outcome, AT_MS)
  }

  /** The sum of the weights. */
  totalOf(root: number): number {
    return root === EMPTY_TREE ? 0 : this.#records.double(root, WEIGHT_SUM)
  }

  /** The sum of weight times fulfilment. */
  keptTotalOf(root: number): bigint {
    return root === EMPTY_TREE
      ? 0n
      : joined(this.#records.double(root, HIGH_SUM), this.#records.double(root, LOW_SUM))
  }

  /** The latest time in a tree that is not empty. */
  latestMs(root: number): number {
    let at = root
    for (let next = at; next !== EMPTY_TREE; next = this.#rightOf(at)) at = next
    return this.atMsOf(at)
  }

  /** @returns the root from now on. */
  insert(root: number, outcome: number): number {
    if (root === EMPTY_TREE) return outcome
    if (rankOf(outcome) > rankOf(root)) {
      this.#split(root, outcome)
      this.#records.setInt(outcome, LEFT, this.#splitLeft)
      this.#records.setInt(outcome, RIGHT, this.#splitRight)
      this.#sum(outcome)
      return outcome
    }
    if (this.#isBefore(outcome, root)) {
      this.#records.setInt(root, LEFT, this.insert(this.#leftOf(root), outcome))
    } else this.#records.setInt(root, RIGHT, this.insert(this.#rightOf(root), outcome))
    this.#sum(root)
    return root
  }

  /** @returns the root from now on. */
  remove(root: number, outcome: number): number {
    if (root === EMPTY_TREE) throw new Error(`outcome ${outcome} is not in its tree`)
    if (root === outcome) {
      const rest = this.#merge(this.#leftOf(root), this.#rightOf(root))
      this.#records.setInt(root, LEFT, EMPTY_TREE)
      this.#records.setInt(root, RIGHT, EMPTY_TREE)
      return rest
    }
    if (this.#isBefore(outcome, root)) {
      this.#records.setInt(root, LEFT, this.remove(this.#leftOf(root), outcome))
    } else this.#records.setInt(root, RIGHT, this.remove(this.#rightOf(root), outcome))
    this.#sum(root)
    return root
  }

  /**
   * The outcome with which twice the weight first exceeds `doubled`, and what lies before it.
   * `doubled` is less than twice the tree's total.
   */
  beforeMiddle(root: number, doubled: number): Before {
    let [weight, high, low] = [0, 0, 0]
    let at = root
    for (;;) {
      const left = this.#leftOf(at)
      const leftWeight = this.totalOf(left)
      if (2 * (weight + leftWeight) > doubled) {
        at = left
        continue
      }
      weight += leftWeight
      high += left === EMPTY_TREE ? 0 : this.#records.double(left, HIGH_SUM)
      low += left === EMPTY_TREE ? 0 : this.#records.double(left, LOW_SUM)
      const own = this.weightOf(at)
      if (2 * (weight + own) > doubled) return { weight, kept: joined(high, low), middle: at }
      const product = own * this.keptOf(at)
      weight += own
      high += Math.floor(product / HALF)
      low += product % HALF
      at = this.#rightOf(at)
      if (at === EMPTY_TREE) throw new RangeError('the middle lies beyond the tree')
    }
  }

  #split(root: number, around: number): void {
    if (root === EMPTY_TREE) {
      this.#splitLeft = EMPTY_TREE
      this.#splitRight = EMPTY_TREE
      return
    }
    if (this.#isBefore(root, around)) {
      this.#split(this.#rightOf(root), around)
      this.#records.setInt(root, RIGHT, this.#splitLeft)
      this.#splitLeft = root
    } else {
      this.#split(this.#leftOf(root), around)
      this.#records.setInt(root, LEFT, this.#splitRight)
      this.#splitRight = root
    }
    this.#sum(root)
  }

  #merge(early: number, late: number): number {
    if (early === EMPTY_TREE) return late
    if (late === EMPTY_TREE) return early
    if (rankOf(early) > rankOf(late)) {
      this.#records.setInt(early, RIGHT, this.#merge(this.#rightOf(early), late))
      this.#sum(early)
      return early
    }
    this.#records.setInt(late, LEFT, this.#merge(early, this.#leftOf(late)))
    this.#sum(late)
    return late
  }

  #sum(outcome: number): void {
    const left = this.#leftOf(outcome)
    const right = this.#rightOf(outcome)
    const own = this.weightOf(outcome)
    const product = own * this.keptOf(outcome)
    let weight = own
    let high = Math.floor(product / HALF)
    let low = product % HALF
    if (left !== EMPTY_TREE) {
      weight += this.#records.double(left, WEIGHT_SUM)
      high += this.#records.double(left, HIGH_SUM)
      low += this.#records.double(left, LOW_SUM)
    }
    if (right !== EMPTY_TREE) {
      weight += this.#records.double(right, WEIGHT_SUM)
      high += this.#records.double(right, HIGH_SUM)
      low += this.#records.double(right, LOW_SUM)
    }
    this.#records.setDouble(outcome, WEIGHT_SUM, weight)
    this.#records.setDouble(outcome, HIGH_SUM, high)
    this.#records.setDouble(outcome, LOW_SUM, low)
  }

  /** T26: one order, by (observed at, id, index). */
  #isBefore(a: number, b: number): boolean {
    const difference = this.atMsOf(a) - this.atMsOf(b)
    if (difference !== 0) return difference < 0
    return this.#goesFirst(this.#records.int(a, OUTCOME), this.#records.int(b, OUTCOME))
  }

  #leftOf(outcome: number): number {
    return this.#records.int(outcome, LEFT)
  }

  #rightOf(outcome: number): number {
    return this.#records.int(outcome, RIGHT)
  }
}

function joined(high: number, low: number): bigint {
  return BigInt(high) * BigInt(HALF) + BigInt(low)
}

/** Any number that has nothing to do with the order of time. */
function rankOf(outcome: number): number {
  let hash = Math.imul(outcome ^ (outcome >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return (hash ^ (hash >>> 16)) >>> 0
}
