/**
 * Holds the short way of `ours.ts` against the long one: a `View` over records, as a node makes it,
 * of the same ratings from the same viewer. A table whose figures came from other code than a node
 * runs would prove nothing.
 */
import { LabWorld } from '../../../src/cli/lab/world.ts'
import { fulfilmentOf, RATING_LIMIT, type Network } from './network.ts'
import type { OurMethod } from './ours.ts'

/** Sums in another order differ in the last bits. */
const TOLERANCE = 1e-9
const MOMENT_MS = Date.UTC(2026, 0, 1)

/** How many scores were compared. @throws {Error} when one differs. */
export function checkedAgainstView(network: Network, method: OurMethod, viewer: number): number {
  const nameOf = String
  const world = new LabWorld({
    edges: network.ratings
      .filter(({ value }) => value > 0)
      .map(({ from, to, value }, at) => ({
        number: at + 1,
        source: nameOf(from),
        target: nameOf(to),
        level: (1000 * value) / RATING_LIMIT,
      })),
    observations: network.ratings.map((rating, at) => ({
      number: at + 1,
      observer: nameOf(rating.from),
      subject: nameOf(rating.to),
      promised: 1,
      delivered: fulfilmentOf(rating),
      atMs: MOMENT_MS,
      isAttested: false,
    })),
  })
  const { profile } = method
  const question = { viewer: nameOf(viewer), profile: profile.name, nowMs: MOMENT_MS }
  const view = world.view({ ...question, scope: 'general' })
  const short = method.prepare(network).from(viewer)
  let compared = 0
  for (const { name, did } of world.agents.values()) {
    const person = Number(name)
    if (person === viewer) continue
    const long = view.score(did, 'general')
    const pairs = [
      [short.standing(person), long.standing],
      [short.social(person), long.social],
      [short.behaviour(person)?.reliability ?? null, long.reliability],
      [short.behaviour(person)?.weight ?? 0, long.evidence.weight],
      [short.score(person), long.score],
    ] as const
    for (const [one, other] of pairs) if (!isAlike(one, other)) throw differing(person, one, other)
    compared++
  }
  return compared
}

function isAlike(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other
  return Math.abs(one - other) <= TOLERANCE
}

function differing(person: number, one: number | null, other: number | null): Error {
  return new Error(`person ${person}: the benchmark says ${one}, a view says ${other}`)
}
