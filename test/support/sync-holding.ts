/** What a peer holds, for tests of reconciliation: bytes in a map, and the keys that stand for them. */
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { SyncSource } from '../../src/p2p/ports.ts'
import type { SyncLane, SyncSets } from '../../src/p2p/sync/sets.ts'
import type { Fetch } from '../../src/p2p/sync/step.ts'
import {
  KeyTree,
  LOG_KEY_BYTES,
  RECORD_KEY_BYTES,
  logKey,
  recordKey,
} from '../../src/records/replica/key-tree.ts'

const ISSUED_AT_MS = Date.now() - DAY_MS

function keyOf(bytes: Uint8Array): Uint8Array {
  const id = sha256(bytes)
  const spread = (id[0] ?? 0) * 256 + (id[1] ?? 0)
  return recordKey(ISSUED_AT_MS + spread, id)
}

/** All in shard 0: records in lane 1, identities in lane L. The same bytes, the same key. */
export class SyncHolding implements SyncSource, SyncSets {
  readonly #trees = new Map<SyncLane, KeyTree>([
    ['L', new KeyTree(LOG_KEY_BYTES)],
    [1, new KeyTree(RECORD_KEY_BYTES)],
  ])
  readonly #bytes = new Map<string, Uint8Array>()
  isReady = true
  /** Keys that were asked for. */
  reads = 0
  /** Awaited before each answer. */
  before: () => Promise<void> = () => Promise.resolve()

  get sets(): SyncSets {
    return this
  }

  get size(): number {
    return this.#bytes.size
  }

  record(...all: readonly Uint8Array[]): this {
    for (const bytes of all) {
      this.#put(1, keyOf(bytes), bytes)
    }
    return this
  }

  identity(...all: readonly Uint8Array[]): this {
    for (const bytes of all) {
      const hash = sha256(bytes)
      this.#put('L', logKey(hash.subarray(0, 16), hash), bytes)
    }
    return this
  }

  /** Claims what it does not hold. */
  claim(bytes: Uint8Array): this {
    this.#trees.get(1)?.add(keyOf(bytes))
    return this
  }

  shards(): readonly number[] {
    return [0]
  }

  tree(_shard: number, lane: SyncLane): KeyTree | undefined {
    return this.#trees.get(lane)
  }

  floorMs(): number {
    return 0
  }

  async read({ keys }: Fetch): Promise<readonly (Uint8Array | undefined)[]> {
    this.reads += keys.length
    await this.before()
    return keys.map((key) => this.#bytes.get(toHex(key)))
  }

  #put(lane: SyncLane, key: Uint8Array, bytes: Uint8Array): void {
    this.#trees.get(lane)?.add(key)
    this.#bytes.set(toHex(key), bytes)
  }
}
