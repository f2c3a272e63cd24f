/**
 * Which shards a node wants to follow: those of its own agent, of agents that stand well with it,
 * strongest first, and of agents it was asked about lately.
 *
 * Pure, so that the order in which room is given can be read here and nowhere else. Specification:
 * docs/spec/interest.md, "Which shards".
 */
import type { Did } from '../../identity/did.ts'
import { shardOf } from '../../records/replica/lanes.ts'

/** How much of the network's records a node keeps. */
export const REPLICATIONS = ['all', 'interest', 'none'] as const
export type Replication = (typeof REPLICATIONS)[number]

/**
 * Shards followed at a time, each of them two topics. What a topic costs is measured in
 * docs/scale.md.
 */
export const FOLLOWED_SHARDS_LIMIT = 200

export interface Wishes {
  /** This node's agent. */
  readonly own: Did
  /** Agents with standing, strongest first. */
  readonly near: readonly Did[]
  /** Agents asked about, latest first. */
  readonly asked: readonly Did[]
}

/** Every shard of the network. */
export function everyShard(shardBits: number): readonly number[] {
  return Array.from({ length: 2 ** shardBits }, (_, shard) => shard)
}

/**
 * The shards wanted, each once, the dearest first. Standing and questions take turns, so that neither
 * leaves no room for the other.
 */
export function wantedShards(
  { own, near, asked }: Wishes,
  shardBits: number,
  limitCount = FOLLOWED_SHARDS_LIMIT,
): ReadonlySet<number> {
  const wanted = new Set([shardOf(own, shardBits)])
  const longest = Math.max(near.length, asked.length)
  for (let at = 0; at < longest; at++) {
    for (const did of [near[at], asked[at]]) {
      if (wanted.size >= limitCount) return wanted
      if (did !== undefined) wanted.add(shardOf(did, shardBits))
    }
  }
  return wanted
}
