/**
 * Which rows of the DHT this node keeps when strangers send more than it has room for.
 *
 * Identities are free, so anyone can fill any number of rows; kept are those nearest to this node in
 * Kademlia's distance, the ones that others will ask it for, and those its owner chose.
 */
import { sha256 } from '../../crypto/hash.ts'
import { compareBytes } from '../../base/bytes.ts'
import type { Did } from '../../identity/did.ts'
import { dhtKey } from './key.ts'

/** At most 8.3 KiB each: 34 MB. */
const DHT_ROWS_LIMIT = 4_096
/** DIDs whose rows are kept whatever their distance: this agent, and those it publishes for. */
export const DHT_KEPT_LIMIT = 1_024

export class Rows {
  readonly #nearby: Uint8Array
  readonly #limit: number
  readonly #distances = new Map<Did, Uint8Array>()
  readonly #kept = new Set<Did>()

  /** @param peerIdBytes  The multihash of this node's peer id. */
  constructor(peerIdBytes: Uint8Array, limit = DHT_ROWS_LIMIT) {
    this.#nearby = sha256(peerIdBytes)
    this.#limit = limit
  }

  get size(): number {
    return this.#distances.size
  }

  get limit(): number {
    return this.#limit
  }

  /** From now on the DID's row is not given up; the first {@link DHT_KEPT_LIMIT} may ask for that. */
  keep(did: Did): void {
    if (this.#kept.size < DHT_KEPT_LIMIT) this.#kept.add(did)
  }

  add(did: Did): void {
    this.#distances.set(did, this.#distance(did))
  }

  remove(did: Did): void {
    this.#distances.delete(did)
  }

  /**
   * What has to go so that the DID's row fits: nothing, one DID, or `full` when every row is nearer
   * than this one would be.
   */
  roomFor(did: Did): 'free' | 'full' | { readonly evict: Did } {
    if (this.#distances.size < this.#limit || this.#distances.has(did)) return 'free'
    let farthest: Did | undefined
    let farthestDistance = this.#kept.has(did) ? new Uint8Array() : this.#distance(did)
    for (const [held, distance] of this.#distances) {
      if (this.#kept.has(held) || compareBytes(distance, farthestDistance) <= 0) continue
      farthest = held
      farthestDistance = distance
    }
    return farthest === undefined ? 'full' : { evict: farthest }
  }

  #distance(did: Did): Uint8Array {
    const hash = sha256(dhtKey(did))
    return hash.map((byte, at) => byte ^ (this.#nearby[at] ?? 0))
  }
}
