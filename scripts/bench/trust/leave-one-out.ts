/**
 * Leave one out (Kumar et al. 2016): each rating in turn is taken out alone, and guessed from its
 * rater's view of all the others; weights are rating / 10, from −1 to 1.
 */
import { pcc, rmse, type Pair } from './metrics.ts'
import type { Method } from './method.ts'
import { weightOf, type Network } from './network.ts'

export interface LeftOut {
  readonly rmse: number
  readonly pcc: number
}

/** @param limit  About how many ratings are asked for, evenly spread over the file. */
export function leaveOneOut(network: Network, method: Method, limit: number): LeftOut {
  const prepared = method.prepare(network)
  const every = Math.max(1, Math.floor(network.ratings.length / limit))
  const pairs: Pair[] = []
  for (let at = 0; at < network.ratings.length; at += every) {
    const rating = network.ratings[at]
    if (rating === undefined) continue
    const told = prepared.from(rating.from, rating).rating(rating.to)
    pairs.push({ told, true: weightOf(rating) })
  }
  return { rmse: rmse(pairs), pcc: pcc(pairs) }
}
