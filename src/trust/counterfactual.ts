/**
 * What the score would be if one of the viewer's first-hop agents were wrong: standing without that
 * agent, its voice included. Specification: docs/spec/scoring.md, T25.
 */
import type { Did } from '../identity/did.ts'
import { heardBy, measure } from './measure.ts'
import type { Measured, MeasureInput } from './measure.ts'
import { creditOfFirstHops } from './paths.ts'
import { ONE } from './profile.ts'
import type { ScopeReading } from './reading.ts'
import { weightOf } from './tally.ts'

export interface WithoutFriend {
  readonly without: Did
  /** Null when nothing would be known any more. */
  readonly score: number | null
}

export interface OneFriendWrong {
  readonly least: WithoutFriend
  readonly greatest: WithoutFriend
  /** Lowest score first, null before all; at most {@link FRIENDS_LIMIT}, those who matter most. */
  readonly branches: readonly WithoutFriend[]
}

/** How many first-hop agents are left out in turn. */
const FRIENDS_LIMIT = 16

/** `undefined` when there is no score to change. */
export function oneFriendWrong(
  input: MeasureInput,
  measured: Measured,
  reading: ScopeReading,
): OneFriendWrong | undefined {
  if (measured.score === null || measured.state === 'distrusted') return undefined
  const branches = friendsThatMatter(input, measured, reading)
    .map((friend) => ({
      without: friend,
      score: reading.without(friend, input.subject, (other) => measure(input, other).score),
    }))
    .toSorted((a, b) => (a.score ?? -1) - (b.score ?? -1) || (a.without < b.without ? -1 : 1))
  const [least, greatest] = [branches[0], branches.at(-1)]
  return least === undefined || greatest === undefined ? undefined : { least, greatest, branches }
}

/** First-hop agents through whom the subject's standing or its observers' came, most first. */
function friendsThatMatter(
  input: MeasureInput,
  measured: Measured,
  reading: ScopeReading,
): readonly Did[] {
  const { viewer, todayWeight, profile } = input
  const seeds = new Map<number, number>()
  const add = (did: Did, worth: number): void => {
    const node = reading.nodeOf(did)
    if (node !== undefined) seeds.set(node, (seeds.get(node) ?? 0) + worth)
  }
  // Worth: each part of the product counts as one whole.
  add(input.subject, 1 / measured.standing)
  const all = measured.behaviour?.weight ?? 1
  for (const { observer, heard } of heardBy(input, reading)) {
    if (observer === viewer) continue
    add(observer, weightOf(heard, todayWeight, profile) / all / (heard.standing / ONE))
  }
  const credit = creditOfFirstHops(reading, seeds)
  const order = (node: number): number => credit.get(node) ?? 0
  const friends = reading
    .firstHopNodes()
    .filter((node) => order(node) > 1 / ONE)
    .toSorted((a, b) => order(b) - order(a) || reading.compareNodes(a, b))
    .map((node) => reading.didOf(node))
  return [...new Set(friends)].slice(0, FRIENDS_LIMIT)
}
