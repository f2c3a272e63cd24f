/**
 * What scores and explanations ask of one scope as one viewer sees it: who holds how much standing,
 * by which vouches it came, and how it would be if one friend were wrong.
 *
 * Two answer it: the full computation (`scope-graph.ts`) and the engine that is kept up to date
 * (`live/`). Nodes are small numbers of either's own choice, so nothing that is shown may depend on
 * their order; `compareNodes` is the order to use. Specification: docs/spec/scoring.md, T5 to T11, T23.
 */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import { LEVEL_ONE, ONE } from './profile.ts'
import type { Profile } from './profile.ts'

/** How the viewer's trust enters at a node. */
export interface FirstHop {
  readonly via: 'vouch' | 'introducer' | 'pin'
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly vouch?: RecordId
}

/** One vouch as the graph of a scope has it. */
export interface Edge {
  readonly from: number
  readonly to: number
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly vouch: RecordId
}

/** Standing alone: as it is, or as it would be. */
export interface StandingReading {
  /**
   * T23: the node that stands for an agent: of two branches the one with more standing, neither
   * while they are even. `undefined` for a stranger too.
   */
  nodeOf(did: Did): number | undefined
  /** What an agent's settled node holds, in parts of ONE; 0 without one. */
  heldBy(did: Did): number
  /** The branch that {@link nodeOf} settles on: 0 or 1. */
  branchOf(did: Did): number | undefined
}

export interface ScopeReading extends StandingReading {
  readonly profile: Profile
  /** One node, or two where two inceptions claim the name; none for a stranger. */
  nodesOf(did: Did): readonly number[]
  didOf(node: number): Did
  /** By DID, then by branch: the same in every implementation. */
  compareNodes(a: number, b: number): number
  /** x and f at a hop, 0 being the first, in parts of ONE. */
  arrived(node: number, hop: number): number
  kept(node: number, hop: number): number
  /** How many vouches of the scope a node gives, and the sum of their levels. */
  outDegree(node: number): number
  outLevel(node: number): number
  firstHopOf(node: number): FirstHop | undefined
  /** Nodes at which the viewer's trust enters, in the order of {@link compareNodes}. */
  firstHopNodes(): readonly number[]
  /** The vouches for a node that carry something at some hop, in the order of who vouches. */
  carryingInto(node: number): readonly Edge[]
  /** What an agent would hold if small amounts were passed on too, in parts of ONE; for `upper`. */
  unprunedHeldBy(did: Did): number
  /** Standing if one first-hop agent were wrong: it brings in nothing and, but for the subject itself, says nothing. */
  without<Result>(friend: Did, subject: Did, read: (other: StandingReading) => Result): Result
}

/** T9: whether a node that keeps `share` at a hop has enough for each of its vouches. */
export function passesOn(share: number, outDegree: number, profile: Profile): boolean {
  return share * profile.pruneDenominator >= outDegree * ONE
}

/** T7: what a vouch of that level carries when its node passes on `share`. It grows with the share. */
export function amountOf(share: number, level: number, outLevel: number, profile: Profile): number {
  const divisor = profile.passDenominator * Math.max(outLevel, LEVEL_ONE * profile.dilutionFloor)
  return Math.floor((profile.passNumerator * share * level) / divisor)
}

/** T7 and T9: what `edge` carries out of hop `hop`, in parts of ONE. */
export function carried(reading: ScopeReading, edge: Edge, hop: number): number {
  const { from, level } = edge
  const share = reading.kept(from, hop)
  if (share === 0 || !passesOn(share, reading.outDegree(from), reading.profile)) return 0
  return amountOf(share, level, reading.outLevel(from), reading.profile)
}
