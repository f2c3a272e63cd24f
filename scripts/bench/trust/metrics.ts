/** How well answers fit the truth. */

/**
 * The chance that one of `good` is above one of `bad`, ties counted half: area under the ROC curve.
 * `undefined` when either is empty.
 */
export function auc(good: readonly number[], bad: readonly number[]): number | undefined {
  if (good.length === 0 || bad.length === 0) return undefined
  const all = [
    ...good.map((value) => ({ value, isGood: true })),
    ...bad.map((value) => ({ value, isGood: false })),
  ].toSorted((a, b) => a.value - b.value)
  let ranks = 0
  for (let begin = 0; begin < all.length;) {
    let end = begin
    while (end < all.length && all[end]?.value === all[begin]?.value) end++
    const shared = (begin + end + 1) / 2
    for (let at = begin; at < end; at++) if (all[at]?.isGood === true) ranks += shared
    begin = end
  }
  const least = (good.length * (good.length + 1)) / 2
  return (ranks - least) / (good.length * bad.length)
}

export interface Pair {
  readonly told: number
  readonly true: number
}

/** Root of the mean squared error. @throws {RangeError} without pairs. */
export function rmse(pairs: readonly Pair[]): number {
  return Math.sqrt(mean(pairs.map((pair) => (pair.told - pair.true) ** 2)))
}

/** Pearson's correlation. @throws {RangeError} without pairs. */
export function pcc(pairs: readonly Pair[]): number {
  const told = mean(pairs.map((pair) => pair.told))
  const truth = mean(pairs.map((pair) => pair.true))
  let both = 0
  let toldSquares = 0
  let trueSquares = 0
  for (const pair of pairs) {
    both += (pair.told - told) * (pair.true - truth)
    toldSquares += (pair.told - told) ** 2
    trueSquares += (pair.true - truth) ** 2
  }
  return both / Math.sqrt(toldSquares * trueSquares)
}

/** @throws {RangeError} without values. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values have no mean')
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
