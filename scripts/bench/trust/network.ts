/**
 * People and how they rate each other, as numbers: what every method in the table is given.
 *
 * A rating r above 0 is a vouch of level r/10; every rating is an outcome with fulfilment
 * (r + 10)/20. Time is not used: each rating counts as made at the moment of the view, as in the
 * work that the table compares with.
 */
export interface Rating {
  readonly from: number
  readonly to: number
  /** -10..10, not 0. */
  readonly value: number
}

export const RATING_LIMIT = 10

export class Network {
  /** People are 0 … size − 1. */
  readonly size: number
  readonly ratings: readonly Rating[]
  readonly #given: readonly (readonly Rating[])[]
  readonly #received: readonly (readonly Rating[])[]

  constructor(size: number, ratings: readonly Rating[]) {
    this.size = size
    this.ratings = ratings
    this.#given = by(size, ratings, ({ from }) => from)
    this.#received = by(size, ratings, ({ to }) => to)
  }

  givenBy(person: number): readonly Rating[] {
    return this.#given[person] ?? []
  }

  receivedBy(person: number): readonly Rating[] {
    return this.#received[person] ?? []
  }
}

/** In [0, 1]. */
export function fulfilmentOf({ value }: Rating): number {
  return (value + RATING_LIMIT) / (2 * RATING_LIMIT)
}

/** In [-1, 1]. */
export function weightOf({ value }: Rating): number {
  return value / RATING_LIMIT
}

/**
 * A person's habit: the mean of the fulfilments that they report, with one of 0.5 added. What a
 * rater will say depends on the rater too; everybody knows their own habit.
 */
export function habitOf(network: Network, person: number, except?: Rating): number {
  const own = network.givenBy(person).filter((rating) => rating !== except)
  return (own.reduce((sum, rating) => sum + fulfilmentOf(rating), 0) + 0.5) / (own.length + 1)
}

function by(
  size: number,
  ratings: readonly Rating[],
  keyOf: (rating: Rating) => number,
): readonly (readonly Rating[])[] {
  const lists: Rating[][] = Array.from({ length: size }, () => [])
  for (const rating of ratings) lists[keyOf(rating)]?.push(rating)
  return lists
}
