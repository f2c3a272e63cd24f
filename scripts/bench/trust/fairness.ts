/**
 * Fairness × goodness (Kumar, Spezzano, Subrahmanian, Faloutsos: "Edge Weight Prediction in Weighted
 * Signed Networks", ICDM 2016): a person is as good as fair raters say, and a rater is as fair as
 * their ratings are near to what is good. One answer for all viewers, and no bound against invented
 * raters.
 *
 *     goodness(v) = mean over raters u of fairness(u) · weight(u, v)
 *     fairness(u) = 1 − mean over the rated v of |weight(u, v) − goodness(v)| / 2
 */
import { weightOf, type Network, type Rating } from './network.ts'
import type { Method, Prepared, Viewpoint } from './method.ts'

const ROUND_LIMIT = 100
/** Sum of all changes in a round below which it has settled. */
const SETTLED = 1e-6

export interface Fairness {
  readonly fairness: Float64Array
  readonly goodness: Float64Array
}

export const fairnessGoodness: Method = {
  name: 'fairness × goodness',
  prepare,
}

function prepare(network: Network): Prepared {
  const links = linksOf(network)
  const whole = settle(links, startOf(links))
  return {
    from: (viewer, except) => {
      // Without the rating everything changes a little; from where it was, it settles soon.
      const found = except === undefined ? whole : settle(links, whole, except)
      return viewpoint(found, viewer)
    },
  }
}

function viewpoint({ fairness, goodness }: Fairness, viewer: number): Viewpoint {
  return {
    quality: (person) => ((goodness[person] ?? 0) + 1) / 2,
    rating: (person) => (fairness[viewer] ?? 1) * (goodness[person] ?? 0),
  }
}

/** For the tests and the table of attacks. */
export function fairnessOf(network: Network): Fairness {
  const links = linksOf(network)
  return settle(links, startOf(links))
}

interface Links {
  readonly size: number
  readonly ratings: readonly Rating[]
  readonly from: Int32Array
  readonly to: Int32Array
  readonly weight: Float64Array
  readonly given: Float64Array
  readonly received: Float64Array
}

function linksOf({ size, ratings }: Network): Links {
  const given = new Float64Array(size)
  const received = new Float64Array(size)
  for (const { from, to } of ratings) {
    given[from] = (given[from] ?? 0) + 1
    received[to] = (received[to] ?? 0) + 1
  }
  return {
    size,
    ratings,
    from: Int32Array.from(ratings, ({ from }) => from),
    to: Int32Array.from(ratings, ({ to }) => to),
    weight: Float64Array.from(ratings, weightOf),
    given,
    received,
  }
}

/** As the authors' program begins: all fair; of those whom nobody rates nothing is known, ever. */
function startOf({ size }: Links): Fairness {
  return { fairness: new Float64Array(size).fill(1), goodness: new Float64Array(size) }
}

function settle(links: Links, begin: Fairness, except?: Rating): Fairness {
  const { from, to, weight } = links
  const left = except === undefined ? -1 : links.ratings.indexOf(except)
  const given = links.given.slice()
  const received = links.received.slice()
  if (except !== undefined) {
    given[except.from] = (given[except.from] ?? 0) - 1
    received[except.to] = (received[except.to] ?? 0) - 1
  }
  let { fairness, goodness } = begin
  for (let round = 0; round < ROUND_LIMIT; round++) {
    const good = new Float64Array(links.size)
    for (let at = 0; at < from.length; at++) {
      if (at === left) continue
      const head = to[at] ?? 0
      good[head] = (good[head] ?? 0) + (fairness[from[at] ?? 0] ?? 0) * (weight[at] ?? 0)
    }
    for (let person = 0; person < links.size; person++) {
      good[person] = (good[person] ?? 0) / Math.max(1, received[person] ?? 0)
    }
    const off = new Float64Array(links.size)
    for (let at = 0; at < from.length; at++) {
      if (at === left) continue
      const tail = from[at] ?? 0
      off[tail] = (off[tail] ?? 0) + Math.abs((weight[at] ?? 0) - (good[to[at] ?? 0] ?? 0)) / 2
    }
    const fair = off.map((sum, person) => 1 - sum / Math.max(1, given[person] ?? 0))
    const changed = distance(good, goodness) + distance(fair, fairness)
    fairness = fair
    goodness = good
    if (changed < SETTLED) break
  }
  return { fairness, goodness }
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0))
  return sum
}
