/**
 * The names of topics, and which shard a DID's records travel in.
 *
 * A network with `shardBits` b has 2^b shards; each has a topic for records about its subjects and
 * one for the identities of its DIDs. New versions of a message get topics of their own.
 * Specification: docs/spec/gossip.md, "Topics".
 */
import { DID_PREFIX } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'

export type TopicKind = 'records' | 'identities'

export interface Topic {
  readonly topic: string
  readonly kind: TopicKind
  readonly shard: number
}

/** More shards than this would be more topics than a node can track. */
export const SHARD_BITS_LIMIT = 12

/** The first `shardBits` bits of the DID's hex digits. */
export function shardOfDid(did: Did, shardBits: number): number {
  assertShardBits(shardBits)
  const digits = Number.parseInt(did.slice(DID_PREFIX.length, DID_PREFIX.length + 4), 16)
  return digits >>> (16 - shardBits)
}

/** `/aip/<network>/records/<s>/1`, s in hex with as many digits as the last shard needs. */
export function topicOf(
  network: { readonly name: string; readonly shardBits: number },
  kind: TopicKind,
  shard: number,
): string {
  assertShardBits(network.shardBits)
  if (!Number.isInteger(shard) || shard < 0 || shard >= 2 ** network.shardBits) {
    throw new RangeError(`no such shard: ${shard}`)
  }
  const digits = shard.toString(16).padStart(Math.ceil(network.shardBits / 4), '0')
  return `/aip/${network.name}/${kind}/${digits}/1`
}

/** Every topic of the network: nothing else may be spoken of. */
export function allTopics(network: {
  readonly name: string
  readonly shardBits: number
}): readonly Topic[] {
  assertShardBits(network.shardBits)
  const shards = Array.from({ length: 2 ** network.shardBits }, (_, shard) => shard)
  return shards.flatMap((shard) => topicsOf(network, shard))
}

/** Both topics of one shard. */
export function topicsOf(
  network: { readonly name: string; readonly shardBits: number },
  shard: number,
): readonly Topic[] {
  return [
    { topic: topicOf(network, 'identities', shard), kind: 'identities', shard },
    { topic: topicOf(network, 'records', shard), kind: 'records', shard },
  ]
}

function assertShardBits(shardBits: number): void {
  if (!Number.isInteger(shardBits) || shardBits < 0 || shardBits > SHARD_BITS_LIMIT) {
    throw new RangeError(`shardBits is an integer from 0 to ${SHARD_BITS_LIMIT}`)
  }
}
