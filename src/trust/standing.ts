/**
 * Standing: how much of my trust reaches an agent, as a conserved quantity.
 *
 * The problem: any score of paths (0.8^hops, flow, noisy-or) gives n invented agents n voices. The
 * idea: trust moves like water. My vouches let some in; each agent passes on at most a fixed part
 * of what it got, once, divided among all it vouches for; so whatever hides behind k careless
 * vouches holds less than k/8 of one honest agent between all of its members, however many they
 * are. The sketch: hop by hop, whole numbers (ONE = 2^30), one rounding down for each edge. Sums of
 * whole numbers commute, so every order of arrival gives the same bits.
 *
 * Exactness: every product stays below 2^53, and the quotient of two such whole numbers, rounded to
 * a double and then down, is the true floor: it misses a whole number by at least 1/divisor, which
 * is more than half a unit in its last place.
 * Specification: docs/spec/scoring.md, T6 to T10.
 */
import type { Graph } from './graph.ts'
import { LEVEL_ONE, ONE } from './profile.ts'
import type { Profile } from './profile.ts'
import { passesOn } from './reading.ts'

/** Where standing enters, and where it stops. */
export interface Sources {
  /** What each node gets from me directly, in parts of ONE. */
  readonly first: Float64Array
  /** Nodes that hold and pass on nothing: me, and whom I distrust. */
  readonly muted: Uint8Array
}

/** The three steps that the promise rests on; the tests break each to see the promise fail. */
export interface FlowRules {
  /** By what an agent's outgoing standing is divided, in thousandths, given all it vouches. */
  divisor(outLevel: number, profile: Profile): number
  /** How much more a node can take that holds `taken`. */
  room(taken: number): number
  /** The voice of a node that holds `held`. */
  voice(held: number): number
}

export const FLOW_RULES: FlowRules = {
  // T7: few vouches are not worth more than D0 of them would be.
  divisor: (outLevel, profile) => Math.max(outLevel, LEVEL_ONE * profile.dilutionFloor),
  // T8: each agent holds, and passes on, at most one whole.
  room: (taken) => ONE - taken,
  // T10: linear, so that splitting into many gains nothing.
  voice: (held) => held,
}

export interface Standing {
  /** c: what each node holds over all hops, in parts of ONE. */
  readonly held: Float64Array
  /** x: what arrives at each hop; index 0 is the first hop. */
  readonly arrived: readonly Float64Array[]
  /** f: what is kept of it, and passed on. */
  readonly kept: readonly Float64Array[]
  /** How many agents passed on nothing because they had too little for each vouch. */
  readonly prunedCount: number
}

export interface FlowOptions {
  readonly rules?: FlowRules
  /** Passes on even the smallest amounts: for `upper`, which says what pruning may have cost. */
  readonly unpruned?: boolean
}

/** The flow of standing over `graph` from `sources`. */
export function flow(
  graph: Graph,
  sources: Sources,
  profile: Profile,
  options: FlowOptions = {},
): Standing {
  const rules = options.rules ?? FLOW_RULES
  const { heads, levels } = graph
  const held = new Float64Array(graph.size)
  const arrived: Float64Array[] = []
  const kept: Float64Array[] = []
  let prunedCount = 0
  let incoming = Float64Array.from(sources.first)
  for (let hop = 0; hop < profile.hopLimit; hop++) {
    const keep = new Float64Array(graph.size)
    const next = new Float64Array(graph.size)
    const isLast = hop === profile.hopLimit - 1
    for (let node = 0; node < graph.size; node++) {
      const coming = incoming[node] ?? 0
      if (coming === 0 || sources.muted[node] === 1) continue
      const share = Math.min(coming, rules.room(held[node] ?? 0))
      keep[node] = share
      held[node] = (held[node] ?? 0) + share
      const isPruned = options.unpruned !== true && !passesOn(share, graph.outDegree(node), profile)
      if (isPruned) prunedCount++
      if (isLast || isPruned || share === 0) continue
      const divisor = profile.passDenominator * rules.divisor(graph.outLevel[node] ?? 0, profile)
      const end = graph.outBegin(node + 1)
      for (let at = graph.outBegin(node); at < end; at++) {
        const part = Math.floor((profile.passNumerator * share * (levels[at] ?? 0)) / divisor)
        const head = heads[at] ?? 0
        next[head] = (next[head] ?? 0) + part
      }
    }
    arrived.push(incoming)
    kept.push(keep)
    incoming = next
  }
  return { held: held.map((amount) => rules.voice(amount)), arrived, kept, prunedCount }
}

/** T10: social trust of an agent that holds `held` and is distrusted by `distrust`, both in [0, 1]. */
export function socialTrust(held: number, distrust: number, profile: Profile): number {
  if (held <= 0) return 0
  const half = 1 / profile.halfStandingDenominator
  return ((profile.socialCeilingPercent / 100) * held) / (held + distrust + half)
}
