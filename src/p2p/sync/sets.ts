/**
 * What a reconciliation reads of this node: for each shard and lane, the ordered set of its keys.
 *
 * Lane `L` holds the key logs of the issuers with a record in the shard; lanes 0 to 3 hold records.
 * Specification: docs/spec/sync.md.
 */
import type { KeyTree } from '../../records/replica/key-tree.ts'
import type { Lane } from '../../records/replica/lanes.ts'

export type SyncLane = 'L' | Lane

/** In the order in which differences are sent: who signs comes before what is signed. */
export const SYNC_LANES: readonly SyncLane[] = ['L', 0, 1, 2, 3]

export interface SyncSets {
  /** The shards that this node follows, ascending, each once. */
  shards(): readonly number[]
  /**
   * The keys of one shard and lane, as they are now: the tree may change between two steps of a
   * session, not during one. `undefined` counts as empty. Width: `RECORD_KEY_BYTES`, in lane L
   * `LOG_KEY_BYTES`.
   */
  tree(shard: number, lane: SyncLane): KeyTree | undefined
  /** What was issued before this is not kept: `laneFloorMs`; 0 in lane L. */
  floorMs(lane: SyncLane): number
}
