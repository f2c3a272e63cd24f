/**
 * A vote weighed by personalised PageRank: a walk that starts at the viewer, follows vouches in
 * proportion to their level, and begins again with 15 %. The usual way to make a view personal. Its
 * voices sum to 1, but one fooled person with a single vouch passes on all of theirs, and a ring of
 * invented people keeps what it gets going round.
 */
import { fulfilmentOf, habitOf, type Network, type Rating } from './network.ts'
import type { Method, Prepared } from './method.ts'

const FOLLOWED = 0.85
const ROUNDS = 30
/** What 0.5, or the viewer's habit, weighs against all the others' voices, which are 1 together. */
const PRIOR_WEIGHT = 1 / 64

export const pagerankVote: Method = {
  name: 'personalised PageRank vote',
  prepare,
}

function prepare(network: Network): Prepared {
  const links = linksOf(network)
  return {
    from: (viewer, except) => {
      const rank = rankFrom(links, viewer, except)
      const habit = habitOf(network, viewer, except)
      const vote = (person: number, prior: number): number => {
        let weight = PRIOR_WEIGHT
        let sum = PRIOR_WEIGHT * prior
        for (const rating of network.receivedBy(person)) {
          if (rating === except) continue
          const voice = rank[rating.from] ?? 0
          weight += voice
          sum += voice * fulfilmentOf(rating)
        }
        return sum / weight
      }
      return {
        quality: (person) => vote(person, 0.5),
        rating: (person) => 2 * vote(person, habit) - 1,
      }
    },
  }
}

/** Vouches side by side in memory, by who gives them. */
interface Links {
  readonly size: number
  readonly start: Int32Array
  readonly heads: Int32Array
  readonly levels: Float64Array
  readonly outLevel: Float64Array
}

function linksOf(network: Network): Links {
  const positive = Array.from({ length: network.size }, (_, person) =>
    network.givenBy(person).filter(({ value }) => value > 0),
  )
  const start = new Int32Array(network.size + 1)
  for (const [person, given] of positive.entries()) {
    start[person + 1] = (start[person] ?? 0) + given.length
  }
  const flat = positive.flat()
  return {
    size: network.size,
    start,
    heads: Int32Array.from(flat, ({ to }) => to),
    levels: Float64Array.from(flat, ({ value }) => value),
    outLevel: Float64Array.from(positive, (given) =>
      given.reduce((sum, { value }) => sum + value, 0),
    ),
  }
}

/** The chance to be at each person; they sum to 1. */
export function rankFrom(links: Links, viewer: number, except?: Rating): Float64Array {
  const { size, start, heads, levels, outLevel } = links
  let rank = new Float64Array(size)
  rank[viewer] = 1
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(size)
    let stopped = 0
    for (let person = 0; person < size; person++) {
      const here = rank[person] ?? 0
      if (here === 0) continue
      const skipped = except !== undefined && person === except.from ? except.to : -1
      const missing = skipped >= 0 ? Math.max(0, except?.value ?? 0) : 0
      const total = (outLevel[person] ?? 0) - missing
      if (total <= 0) {
        stopped += here
        continue
      }
      const each = (FOLLOWED * here) / total
      const end = start[person + 1] ?? 0
      for (let at = start[person] ?? 0; at < end; at++) {
        const head = heads[at] ?? 0
        if (head !== skipped) next[head] = (next[head] ?? 0) + each * (levels[at] ?? 0)
      }
    }
    next[viewer] = (next[viewer] ?? 0) + (1 - FOLLOWED) + FOLLOWED * stopped
    rank = next
  }
  return rank
}

/** For the tests: the ranks of a whole network from one viewer. */
export function ranks(network: Network, viewer: number): Float64Array {
  return rankFrom(linksOf(network), viewer)
}
