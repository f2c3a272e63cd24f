/**
 * The reference's social trust: 0.8 for each hop of the shortest chain of vouches. For comparison; a
 * chain of any agent's inventions scores as well as an honest one. Specification: docs/spec/pdr.md, P11.
 */
import { round4 } from './round.ts'

export interface ReferenceVouch {
  readonly from: string
  readonly to: string
  readonly scope: string
}

export interface ReferencePath {
  /** From the source to the target, both included; empty when there is none. */
  readonly path: readonly string[]
  readonly score: number
}

const HOP_DECAY = 0.8
export const PATH_DEPTH_LIMIT = 5

/**
 * @param vouches   Those that are live, in the order in which they were made.
 * @param maxDepth  The most hops that a path may have.
 */
export function referencePath(
  vouches: readonly ReferenceVouch[],
  ask: { readonly from: string; readonly to: string; readonly scope: string },
  maxDepth = PATH_DEPTH_LIMIT,
): ReferencePath {
  if (ask.from === ask.to) return { path: [ask.from], score: 1 }
  const neighbours = Map.groupBy(
    vouches.filter(({ scope }) => scope === ask.scope),
    ({ from }) => from,
  )
  const cameFrom = new Map<string, string | undefined>([[ask.from, undefined]])
  let front = [ask.from]
  let score = 1
  for (let hop = 1; hop <= maxDepth && front.length > 0; hop++) {
    score *= HOP_DECAY
    const next: string[] = []
    for (const from of front) {
      for (const { to } of neighbours.get(from) ?? []) {
        if (cameFrom.has(to)) continue
        cameFrom.set(to, from)
        if (to === ask.to) return { path: pathTo(to, cameFrom), score: round4(score) }
        next.push(to)
      }
    }
    front = next
  }
  return { path: [], score: 0 }
}

function pathTo(
  target: string,
  cameFrom: ReadonlyMap<string, string | undefined>,
): readonly string[] {
  const path: string[] = []
  for (let at: string | undefined = target; at !== undefined; at = cameFrom.get(at))
    path.unshift(at)
  return path
}
