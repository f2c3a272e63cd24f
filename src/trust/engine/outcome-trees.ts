/**
 * Outcomes in the order of time, in many trees that share one set of columns, with the sums that the
 * first and the second half of a history are made of.
 *
 * The outcomes of a tree are of one era, so that their weights are whole numbers of one scale. Sums
 * of whole numbers do not depend on the shape of a tree, so its balance may come from anything: here
 * from a mix of the outcome's number (a treap). Everything costs O(log n).
 */
import { grownDoubles, grownInts, roomFor } from './growth.ts'

export const EMPTY_TREE = -1

/** A product of weight and fulfilment has up to 52 bits; its halves are summed apart. */
const HALF = 2 ** 26

export interface TimedOutcome {
  readonly observedAtMs: number
  readonly id: string
  readonly index: number
  /** Whole, at most 2^32. */
  readonly weight: number
  /** Fulfilment in parts of 2^20. */
  readonly kept: number
}

/** What lies before the outcome in the middle. */
export interface Before {
  readonly weight: number
  readonly kept: bigint
  readonly middle: number
}

export class OutcomeTrees {
  #left = new Int32Array(0)
  #right = new Int32Array(0)
  #atMs = new Float64Array(0)
  #weight = new Float64Array(0)
  #kept = new Int32Array(0)
  #index = new Int32Array(0)
  readonly #ids: string[] = []
  /** Of an outcome and all below it. */
  #weightSum = new Float64Array(0)
  #highSum = new Float64Array(0)
  #lowSum = new Float64Array(0)
  #splitLeft = EMPTY_TREE
  #splitRight = EMPTY_TREE

  /** Writes an outcome down under the caller's number, in no tree yet. */
  write(outcome: number, { observedAtMs, id, index, weight, kept }: TimedOutcome): void {
    this.#reach(outcome)
    this.#left[outcome] = EMPTY_TREE
    this.#right[outcome] = EMPTY_TREE
    this.#atMs[outcome] = observedAtMs
    this.#weight[outcome] = weight
    this.#kept[outcome] = kept
    this.#index[outcome] = index
    this.#ids[outcome] = id
    this.#sum(outcome)
  }

  weightOf(outcome: number): number {
    return this.#weight[outcome] ?? 0
  }

  keptOf(outcome: number): number {
    return this.#kept[outcome] ?? 0
  }

  atMsOf(outcome: number): number {
    return this.#atMs[outcome] ?? 0
  }

  /** The sum of the weights. */
  totalOf(root: number): number {
    return root === EMPTY_TREE ? 0 : (this.#weightSum[root] ?? 0)
  }

  /** The sum of weight times fulfilment. */
  keptTotalOf(root: number): bigint {
    return root === EMPTY_TREE ? 0n : joined(this.#highSum[root] ?? 0, this.#lowSum[root] ?? 0)
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
      this.#left[outcome] = this.#splitLeft
      this.#right[outcome] = this.#splitRight
      this.#sum(outcome)
      return outcome
    }
    if (this.#isBefore(outcome, root)) {
      this.#left[root] = this.insert(this.#leftOf(root), outcome)
    } else this.#right[root] = this.insert(this.#rightOf(root), outcome)
    this.#sum(root)
    return root
  }

  /** @returns the root from now on. */
  remove(root: number, outcome: number): number {
    if (root === EMPTY_TREE) throw new Error(`outcome ${outcome} is not in its tree`)
    if (root === outcome) {
      const rest = this.#merge(this.#leftOf(root), this.#rightOf(root))
      this.#left[root] = EMPTY_TREE
      this.#right[root] = EMPTY_TREE
      return rest
    }
    if (this.#isBefore(outcome, root)) {
      this.#left[root] = this.remove(this.#leftOf(root), outcome)
    } else this.#right[root] = this.remove(this.#rightOf(root), outcome)
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
      high += left === EMPTY_TREE ? 0 : (this.#highSum[left] ?? 0)
      low += left === EMPTY_TREE ? 0 : (this.#lowSum[left] ?? 0)
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
      this.#right[root] = this.#splitLeft
      this.#splitLeft = root
    } else {
      this.#split(this.#leftOf(root), around)
      this.#left[root] = this.#splitRight
      this.#splitRight = root
    }
    this.#sum(root)
  }

  #merge(early: number, late: number): number {
    if (early === EMPTY_TREE) return late
    if (late === EMPTY_TREE) return early
    if (rankOf(early) > rankOf(late)) {
      this.#right[early] = this.#merge(this.#rightOf(early), late)
      this.#sum(early)
      return early
    }
    this.#left[late] = this.#merge(early, this.#leftOf(late))
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
      weight += this.#weightSum[left] ?? 0
      high += this.#highSum[left] ?? 0
      low += this.#lowSum[left] ?? 0
    }
    if (right !== EMPTY_TREE) {
      weight += this.#weightSum[right] ?? 0
      high += this.#highSum[right] ?? 0
      low += this.#lowSum[right] ?? 0
    }
    this.#weightSum[outcome] = weight
    this.#highSum[outcome] = high
    this.#lowSum[outcome] = low
  }

  /** T26: one order, by (observed at, id, index). */
  #isBefore(a: number, b: number): boolean {
    const difference = this.atMsOf(a) - this.atMsOf(b)
    if (difference !== 0) return difference < 0
    const [idOfA, idOfB] = [this.#ids[a] ?? '', this.#ids[b] ?? '']
    if (idOfA !== idOfB) return idOfA < idOfB
    return (this.#index[a] ?? 0) < (this.#index[b] ?? 0)
  }

  #leftOf(outcome: number): number {
    return this.#left[outcome] ?? EMPTY_TREE
  }

  #rightOf(outcome: number): number {
    return this.#right[outcome] ?? EMPTY_TREE
  }

  #reach(outcome: number): void {
    const capacity = roomFor(outcome + 1, this.#left.length)
    this.#left = grownInts(this.#left, capacity)
    this.#right = grownInts(this.#right, capacity)
    this.#atMs = grownDoubles(this.#atMs, capacity)
    this.#weight = grownDoubles(this.#weight, capacity)
    this.#kept = grownInts(this.#kept, capacity)
    this.#index = grownInts(this.#index, capacity)
    this.#weightSum = grownDoubles(this.#weightSum, capacity)
    this.#highSum = grownDoubles(this.#highSum, capacity)
    this.#lowSum = grownDoubles(this.#lowSum, capacity)
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
