/**
 * What the score would be if one of the viewer's first-hop agents were wrong: the flow is computed
 * again without that agent, its voice included. Specification: docs/spec/scoring.md, T25.
 */
import type { Did } from '../identity/did.ts'
import { ONE } from './profile.ts'
import { measure } from './measure.ts'
import type { Measured, MeasureInput } from './measure.ts'
import { creditOfFirstHops } from './paths.ts'
import type { Roster } from './roster.ts'

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
  roster: Roster,
): OneFriendWrong | undefined {
  if (measured.score === null || measured.state === 'distrusted') return undefined
  const branches = friendsThatMatter(input, measured, roster)
    .map((friend) => {
      const standing = input.scope.standingWithout(friend, input.subject)
      return { without: friend, score: measure(input, standing).score }
    })
    .toSorted((a, b) => (a.score ?? -1) - (b.score ?? -1) || (a.without < b.without ? -1 : 1))
  const [least, greatest] = [branches[0], branches.at(-1)]
  return least === undefined || greatest === undefined ? undefined : { least, greatest, branches }
}

/** First-hop agents through whom the subject's standing or its observers' came, most first. */
function friendsThatMatter(
  input: MeasureInput,
  measured: Measured,
  roster: Roster,
): readonly Did[] {
  const { scope } = input
  const seeds = new Map<number, number>()
  const add = (did: Did, worth: number): void => {
    const node = scope.nodeOf(did)
    if (node !== undefined) seeds.set(node, (seeds.get(node) ?? 0) + worth)
  }
  // Worth: each part of the product counts as one whole.
  add(input.subject, 1 / measured.standing)
  for (const { observer, standing, weight } of measured.behaviour?.observers ?? []) {
    if (observer === input.viewer) continue
    add(observer, weight / (measured.behaviour?.weight ?? weight) / standing)
  }
  const credit = creditOfFirstHops(input, scope.standing, seeds)
  return [...scope.firstHops.keys()]
    .filter((node) => (credit[node] ?? 0) > 1 / ONE)
    .toSorted((a, b) => (credit[b] ?? 0) - (credit[a] ?? 0) || a - b)
    .slice(0, FRIENDS_LIMIT)
    .map((node) => roster.didOf(node))
}
