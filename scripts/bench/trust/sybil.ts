/**
 * What invented people can do for a bad agent: n of them rate it 10 and each other 10, and k honest
 * people, picked at random, are fooled into rating one of them 10 (the attack edges). The target is
 * somebody whom at least 5 people rate, below 0 on average; the viewer is somebody else, with at
 * least 5 ratings above 0. Told is how much the target's answer rises, averaged over pairs.
 */
import { fairnessGoodness } from './fairness.ts'
import { hops } from './hops.ts'
import { mean } from './metrics.ts'
import type { Viewpoint } from './method.ts'
import { Network, RATING_LIMIT, weightOf, type Rating } from './network.ts'
import type { OurMethod, OurViewpoint } from './ours.ts'
import { pagerankVote } from './pagerank.ts'
import { picked, randomOf, shuffled } from './random.ts'

export const ATTACK_EDGES = [1, 10, 50]
export const SYBIL_COUNTS = [100, 1_000, 10_000]
const RATINGS_LEAST = 5
/** Each invented person vouches for the target and for this many of the next in their ring. */
const RING_NEIGHBOURS = 4

export interface Attack {
  readonly edges: number
  readonly sybils: number
}

export interface Rise extends Attack {
  readonly hops: number
  readonly pagerank: number
  readonly fairness: number
  /** For each of our profiles. */
  readonly ours: readonly OurRise[]
}

export interface OurRise {
  readonly score: number
  readonly reliability: number
  /** The most standing that all invented together had in any view. */
  readonly standing: number
  /** What the promise allows them: less than edges · a / D0 / (1 − a). */
  readonly promised: number
}

export interface Pair {
  readonly viewer: number
  readonly target: number
}

/** Viewers and targets for the attacks, by chance. @throws {RangeError} when nobody is fit. */
export function pairsOf(network: Network, count: number, seed: number): readonly Pair[] {
  const random = randomOf(seed)
  const people = Array.from({ length: network.size }, (_, person) => person)
  const bad = people.filter((person) => isBad(network, person))
  const viewers = people.filter(
    (person) => network.givenBy(person).filter(({ value }) => value > 0).length >= RATINGS_LEAST,
  )
  return Array.from({ length: count }, () => {
    const target = picked(bad, random)
    const others = viewers.filter((person) => person !== target)
    return { viewer: picked(others, random), target }
  })
}

function isBad(network: Network, person: number): boolean {
  const received = network.receivedBy(person)
  return received.length >= RATINGS_LEAST && mean(received.map(weightOf)) < 0
}

export function riseUnder(
  network: Network,
  attack: Attack,
  parts: { pairs: readonly Pair[]; ours: readonly OurMethod[]; seed: number },
): Rise {
  const random = randomOf(parts.seed)
  const cases = parts.pairs.map((pair) => {
    const attacked = attackedBy(network, attack, pair, random)
    const of = (method: { prepare(of: Network): { from(viewer: number): Viewpoint } }): number =>
      method.prepare(attacked).from(pair.viewer).quality(pair.target) -
      method.prepare(network).from(pair.viewer).quality(pair.target)
    return {
      hops: of(hops),
      pagerank: of(pagerankVote),
      fairness: of(fairnessGoodness),
      ours: parts.ours.map((method) => ourRise(method, network, attacked, pair)),
    }
  })
  return {
    ...attack,
    hops: mean(cases.map((one) => one.hops)),
    pagerank: mean(cases.map((one) => one.pagerank)),
    fairness: mean(cases.map((one) => one.fairness)),
    ours: parts.ours.map(({ profile }, at) => {
      const own = cases.flatMap((one) => one.ours[at] ?? [])
      const { passNumerator, passDenominator, dilutionFloor } = profile
      return {
        score: mean(own.map(({ score }) => score)),
        reliability: mean(own.map(({ reliability }) => reliability)),
        standing: Math.max(...own.map(({ standing }) => standing)),
        promised:
          (attack.edges * passNumerator) / dilutionFloor / (passDenominator - passNumerator),
      }
    }),
  }
}

function ourRise(
  method: OurMethod,
  before: Network,
  after: Network,
  { viewer, target }: Pair,
): Omit<OurRise, 'promised'> {
  const clean = method.prepare(before).from(viewer)
  const attacked = method.prepare(after).from(viewer)
  let standing = 0
  for (let sybil = before.size; sybil < after.size; sybil++) standing += attacked.standing(sybil)
  return {
    score: (attacked.score(target) ?? 0) - (clean.score(target) ?? 0),
    reliability: reliabilityOf(attacked, target) - reliabilityOf(clean, target),
    standing,
  }
}

/** What a view says with no evidence: the prior. */
const PRIOR = 0.5

function reliabilityOf(view: OurViewpoint, person: number): number {
  return view.behaviour(person)?.reliability ?? PRIOR
}

/** The network with the invented people at the end of it. */
export function attackedBy(
  network: Network,
  { edges, sybils }: Attack,
  { viewer, target }: Pair,
  random: () => number,
): Network {
  const added: Rating[] = []
  const add = (from: number, to: number): void => {
    added.push({ from, to, value: RATING_LIMIT })
  }
  for (let at = 0; at < sybils; at++) {
    const sybil = network.size + at
    add(sybil, target)
    for (let step = 1; step <= Math.min(RING_NEIGHBOURS, sybils - 1); step++) {
      add(sybil, network.size + ((at + step) % sybils))
    }
  }
  const honest = Array.from({ length: network.size }, (_, person) => person).filter(
    (person) => person !== viewer && person !== target,
  )
  for (const fooled of shuffled(honest, random).slice(0, edges)) {
    add(fooled, network.size + Math.floor(random() * sybils))
  }
  return new Network(network.size + sybils, [...network.ratings, ...added])
}
