/**
 * What one observer says about one subject in more than one outcome, kept up to date in whole numbers:
 * outcome by outcome, in any order of time. What a single outcome says needs no keeping.
 *
 * The same quantities as a summary's (T18), as exact fractions: sums of weights are whole numbers of
 * any size, a mean is one division rounded down to millionths. So the order in which outcomes
 * arrive, leave and come back cannot matter. Time does not change a word (see day-weight.ts).
 * Specification: docs/spec/scoring.md, T15 to T18; docs/spec/engine.md.
 */
import { dayOf, dayWeight } from './day-weight.ts'
import { EMPTY_TREE } from './outcome-trees.ts'
import type { OutcomeTrees } from './outcome-trees.ts'

/** One whole fulfilment. */
export const KEPT_ONE = 1_000_000

/** So many outcomes of an observer about a subject keep every sum below 2^53. */
export const OUTCOMES_OF_WORD_LIMIT = 2 ** 20

interface Group {
  weight: bigint
  kept: bigint
  count: number
  /** In millionths. */
  mean: bigint
}

export interface WordOutcome {
  /** Where it is written down. */
  readonly node: number
  readonly observedAtMs: number
  readonly isAttested: boolean
  /** Which conditions it was seen under. */
  readonly group: string
}

export class Word {
  count = 0
  attested = 0
  latestMs = 0
  /** Σ of the day weights. */
  fresh = 0n
  /** Σ of the outcomes' weights: an attested one weighs the profile's unilateral denominator, another 1. */
  weight = 0n
  /** Components in millionths. */
  mean = 0
  adaptation = 0
  robustness = 0
  #kept = 0n
  readonly #groups = new Map<string, Group>()
  #meanSum = 0n
  #squareSum = 0n
  /** Roots by era, in the order of time. */
  readonly #eras = new Map<number, number>()

  /** Takes in an outcome that is written down in `trees`. */
  add(outcome: WordOutcome, trees: OutcomeTrees): void {
    if (this.count === OUTCOMES_OF_WORD_LIMIT) {
      throw new RangeError(`more than ${OUTCOMES_OF_WORD_LIMIT} outcomes by one about one`)
    }
    const { era } = dayWeight(dayOf(outcome.observedAtMs))
    this.#eras.set(era, trees.insert(this.#eras.get(era) ?? EMPTY_TREE, outcome.node))
    this.#weigh(outcome, trees, 1)
    this.#conclude(trees)
  }

  remove(outcome: WordOutcome, trees: OutcomeTrees): void {
    const { era } = dayWeight(dayOf(outcome.observedAtMs))
    const root = trees.remove(this.#eras.get(era) ?? EMPTY_TREE, outcome.node)
    if (root === EMPTY_TREE) this.#eras.delete(era)
    else this.#eras.set(era, root)
    this.#weigh(outcome, trees, -1)
    this.#conclude(trees)
  }

  #weigh(outcome: WordOutcome, trees: OutcomeTrees, sign: 1 | -1): void {
    const { era, parts } = dayWeight(dayOf(outcome.observedAtMs))
    const shift = BigInt(era)
    const own = trees.weightOf(outcome.node)
    const weight = BigInt(sign * own) << shift
    // Below 2^52, so the product is exact.
    const kept = BigInt(sign * own * trees.keptOf(outcome.node)) << shift
    this.count += sign
    if (outcome.isAttested) this.attested += sign
    this.fresh += BigInt(sign * parts) << shift
    this.weight += weight
    this.#kept += kept
    this.#weighGroup(outcome.group, { weight, kept, sign })
  }

  #weighGroup(name: string, by: { weight: bigint; kept: bigint; sign: 1 | -1 }): void {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { weight: 0n, kept: 0n, count: 0, mean: 0n }
      this.#groups.set(name, group)
    }
    this.#meanSum -= group.mean
    this.#squareSum -= group.mean * group.mean
    group.weight += by.weight
    group.kept += by.kept
    group.count += by.sign
    if (group.count === 0) {
      this.#groups.delete(name)
      return
    }
    group.mean = group.kept / group.weight
    this.#meanSum += group.mean
    this.#squareSum += group.mean * group.mean
  }

  #conclude(trees: OutcomeTrees): void {
    if (this.count === 0) return
    this.mean = Number(this.#kept / this.weight)
    const eras = [...this.#eras].toSorted(([a], [b]) => a - b)
    this.adaptation = this.#adaptationOf(eras, trees)
    this.robustness = this.#robustness()
    this.latestMs = trees.latestMs(eras.at(-1)?.[1] ?? EMPTY_TREE)
  }

  /** T18: late minus early around one half, split where half of the weight has passed. */
  #adaptationOf(eras: readonly (readonly [number, number])[], trees: OutcomeTrees): number {
    let passed = 0n
    let early = 0n
    for (const [era, root] of eras) {
      const shift = BigInt(era)
      const weight = BigInt(trees.totalOf(root)) << shift
      if (2n * (passed + weight) <= this.weight) {
        passed += weight
        early += trees.keptTotalOf(root) << shift
        continue
      }
      const rest = this.weight - 2n * passed
      const before = trees.beforeMiddle(root, Number(rest >> shift))
      // Twice the part of the outcome in the middle that belongs to the first half.
      const part = rest - ((2n * BigInt(before.weight)) << shift)
      const middle = part * BigInt(trees.keptOf(before.middle))
      const doubled = 2n * (early + (before.kept << shift)) + middle
      // Late minus early over half the weight, all doubled.
      const difference = (2n * this.#kept - 2n * doubled) / this.weight
      return clamped(KEPT_ONE / 2 + Number(difference))
    }
    throw new Error('half of the weight lies nowhere')
  }

  /** T18: 1 − 2 · standard deviation of the means of the groups; of one group, its mean. */
  #robustness(): number {
    const count = this.#groups.size
    if (count < 2) return this.mean
    const spread = BigInt(count) * this.#squareSum - this.#meanSum * this.#meanSum
    return clamped(KEPT_ONE - Math.round((2 * Math.sqrt(Number(spread))) / count))
  }
}

/** Fulfilment in millionths. @throws {RangeError} outside of [0, 1]. */
export function keptParts(kept: number): number {
  if (!(kept >= 0 && kept <= 1)) throw new RangeError(`fulfilment is in [0, 1]: ${kept}`)
  return Math.round(kept * KEPT_ONE)
}

function clamped(parts: number): number {
  return Math.min(KEPT_ONE, Math.max(0, parts))
}
