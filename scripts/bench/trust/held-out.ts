/**
 * Sign of a held-out rating from the rater's view: 20 % of the ratings are taken out at random, the
 * methods see the rest, and each answers for every rating taken out, from its rater's view. AUC over
 * all of them together, ratings above 0 against those below; once for each seed.
 */
import { auc } from './metrics.ts'
import type { Method } from './method.ts'
import { Network, type Rating } from './network.ts'
import { randomOf, shuffled } from './random.ts'

const HELD_OUT_SHARE = 0.2

export interface HeldOut {
  /** By the method's quality alone. */
  readonly quality: number | undefined
  /** By its guess at the rating. */
  readonly rating: number | undefined
}

export function heldOut(network: Network, methods: readonly Method[], seed: number): HeldOut[] {
  const mixed = shuffled(network.ratings, randomOf(seed))
  const count = Math.round(mixed.length * HELD_OUT_SHARE)
  const asked = Map.groupBy(mixed.slice(0, count), ({ from }) => from)
  const known = new Network(network.size, mixed.slice(count))
  return methods.map((method) => answersOf(known, method, asked))
}

function answersOf(
  known: Network,
  method: Method,
  asked: ReadonlyMap<number, readonly Rating[]>,
): HeldOut {
  const prepared = method.prepare(known)
  const quality = { good: [] as number[], bad: [] as number[] }
  const guess = { good: [] as number[], bad: [] as number[] }
  for (const [viewer, ratings] of asked) {
    const view = prepared.from(viewer)
    for (const { to, value } of ratings) {
      const side = value > 0 ? 'good' : 'bad'
      quality[side].push(view.quality(to))
      guess[side].push(view.rating(to))
    }
  }
  return { quality: auc(quality.good, quality.bad), rating: auc(guess.good, guess.bad) }
}
