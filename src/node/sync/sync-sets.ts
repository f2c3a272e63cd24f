/**
 * What this node holds, as reconciliation compares it: for each followed shard and lane the set of its
 * keys, in step with the disk and never ahead of it.
 *
 * Nothing of this is stored. At the start it is built in the background from the keys of the records
 * alone, and follows every change from there on. Specification: docs/spec/sync.md, "Sets".
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fromHex } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { HASH_BYTES, sha256 } from '../../crypto/hash.ts'
import { didBytes, type Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { SyncLane, SyncSets } from '../../p2p/sync/sets.ts'
import { shardSubject } from '../../records/record.ts'
import {
  KeyTree,
  LOG_KEY_BYTES,
  RECORD_KEY_BYTES,
  logKey,
  recordKey,
} from '../../records/replica/key-tree.ts'
import { laneFloorMs, laneOf, shardOf, type Lane } from '../../records/replica/lanes.ts'
import type { Inventory, Store } from '../../store/store.ts'
import type { EvidenceRecord } from '../../trust/context.ts'
import type { EvidenceWatcher } from '../evidence.ts'

/** Hashes computed in one turn of the event loop while the sets are built: a few milliseconds. */
const HASHES_AT_A_TIME = 512

export interface HeldSetsDeps {
  readonly store: Pick<Store, 'inventory'>
  /** Whether a record is held whole: what the disk has changed is to come again. 32 bytes of its id. */
  readonly isHeld: (id: Uint8Array) => boolean
  /** The identity that is held of an agent. */
  readonly identityOf: (did: Did) => IdentityState | undefined
  readonly shardBits: number
  /** The shards that this node follows. */
  readonly shards: () => readonly number[]
  readonly clock: Clock
  readonly log: Logger
}

interface Change {
  readonly isThere: boolean
  readonly issuer: Did
  readonly shard: number
  readonly lane: Lane
  readonly key: Uint8Array
}

/** An agent with records here: how many in each shard, and the key of its log where that is held. */
interface Issuer {
  readonly records: Map<number, number>
  log: Uint8Array | undefined
}

export class HeldSets implements SyncSets, EvidenceWatcher {
  readonly #deps: HeldSetsDeps
  #trees = new Map<string, KeyTree>()
  #issuers = new Map<Did, Issuer>()
  /** While the sets are read from the disk: what has changed since. */
  #changes: Change[] | undefined = []
  #reading: Promise<void> | undefined
  #isClosed = false

  constructor(deps: HeldSetsDeps) {
    this.#deps = deps
  }

  /** Whether the sets are those of the disk. */
  get isReady(): boolean {
    return this.#changes === undefined
  }

  shards(): readonly number[] {
    return this.#deps.shards()
  }

  tree(shard: number, lane: SyncLane): KeyTree | undefined {
    return this.#trees.get(nameOf(shard, lane))
  }

  floorMs(lane: SyncLane): number {
    return lane === 'L' ? 0 : laneFloorMs(lane, this.#deps.clock())
  }

  /** Reads what is on disk, in the background; what changes meanwhile is not lost. Never throws. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async stop(): Promise<void> {
    this.#isClosed = true
    await this.#reading
  }

  put(one: EvidenceRecord): void {
    this.#note(changeOf(one, true, this.#deps.shardBits))
  }

  remove(one: EvidenceRecord): void {
    this.#note(changeOf(one, false, this.#deps.shardBits))
  }

  identityChanged(did: Did): void {
    // While the sets are read, all logs are looked up at the end.
    if (this.isReady) this.#logChanged(did)
  }

  /** The disk was read again: what was seen here may be ahead of it. */
  replaced(): void {
    this.#changes = []
    void this.read()
  }

  #note(change: Change): void {
    if (this.#changes !== undefined) this.#changes.push(change)
    else this.#apply(change)
  }

  /** Without sets nothing is reconciled; the node runs all the same. */
  async #read(): Promise<void> {
    try {
      while (this.#changes !== undefined && !this.#isClosed) {
        const changes: Change[] = []
        this.#changes = changes
        const { trees, issuers } = await this.#deps.store.inventory((inventory) =>
          readInventory(inventory, this.#deps.isHeld),
        )
        // Everything was replaced once more while it was being read.
        if (this.#changes !== changes) continue
        this.#trees = trees
        this.#issuers = issuers
        for (const change of changes) this.#apply(change)
        for (const did of issuers.keys()) this.#logChanged(did)
        this.#changes = undefined
      }
      await this.#settle()
    } catch (error) {
      this.#deps.log.error('what is held could not be read for reconciliation', { error })
    }
  }

  /** Hashes are computed before a peer asks for them, a slice at a time. */
  async #settle(): Promise<void> {
    for (const tree of this.#trees.values()) {
      while (!this.#isClosed && !tree.settle(HASHES_AT_A_TIME)) await nextTurn()
    }
  }

  #apply({ isThere, issuer, shard, lane, key }: Change): void {
    const name = nameOf(shard, lane)
    let tree = this.#trees.get(name)
    if (tree === undefined) {
      if (!isThere) return
      tree = new KeyTree(RECORD_KEY_BYTES)
      this.#trees.set(name, tree)
    }
    const isChanged = isThere ? tree.add(key) : tree.delete(key)
    if (isChanged) this.#count(issuer, shard, isThere ? 1 : -1)
  }

  #count(did: Did, shard: number, change: 1 | -1): void {
    let issuer = this.#issuers.get(did)
    if (issuer === undefined) {
      issuer = { records: new Map(), log: this.#logKeyOf(did) }
      this.#issuers.set(did, issuer)
    }
    const count = (issuer.records.get(shard) ?? 0) + change
    if (count > 0) issuer.records.set(shard, count)
    else issuer.records.delete(shard)
    if (issuer.log !== undefined) {
      if (count <= 0) this.#logs(shard).delete(issuer.log)
      else if (change === 1 && count === 1) this.#logs(shard).add(issuer.log)
    }
    if (issuer.records.size === 0) this.#issuers.delete(did)
  }

  #logChanged(did: Did): void {
    const issuer = this.#issuers.get(did)
    if (issuer === undefined) return
    const log = this.#logKeyOf(did)
    for (const shard of issuer.records.keys()) {
      const tree = this.#logs(shard)
      if (issuer.log !== undefined) tree.delete(issuer.log)
      if (log !== undefined) tree.add(log)
    }
    issuer.log = log
  }

  #logKeyOf(did: Did): Uint8Array | undefined {
    const state = this.#deps.identityOf(did)
    return state === undefined ? undefined : logKey(didBytes(did), sha256(state.bytes))
  }

  #logs(shard: number): KeyTree {
    const name = nameOf(shard, 'L')
    const tree = this.#trees.get(name) ?? new KeyTree(LOG_KEY_BYTES)
    this.#trees.set(name, tree)
    return tree
  }
}

function nameOf(shard: number, lane: SyncLane): string {
  return `${shard} ${lane}`
}

function changeOf({ id, record }: EvidenceRecord, isThere: boolean, shardBits: number): Change {
  return {
    isThere,
    issuer: record.issuer,
    shard: shardOf(shardSubject(record), shardBits),
    lane: laneOf(record),
    key: recordKey(record.issuedAtMs, fromHex(id)),
  }
}

interface Read {
  readonly trees: Map<string, KeyTree>
  readonly issuers: Map<Did, Issuer>
}

/** Keys come in order, so that each tree is made at once. */
async function readInventory(inventory: Inventory, isHeld: HeldSetsDeps['isHeld']): Promise<Read> {
  const trees = new Map<string, KeyTree>()
  let name: string | undefined
  let parts: Uint8Array[] = []
  const finish = (): void => {
    if (name !== undefined) trees.set(name, KeyTree.of(RECORD_KEY_BYTES, plain(parts)))
    parts = []
  }
  for await (const { shard, lane, keys } of inventory.runs()) {
    const present = nameOf(shard, lane)
    if (present !== name) finish()
    name = present
    parts.push(Buffer.concat(keys.filter((key) => isHeld(key.subarray(-HASH_BYTES)))))
  }
  finish()
  const issuers = new Map<Did, Issuer>()
  for await (const { issuer, records } of inventory.issuers()) {
    issuers.set(issuer, { records: new Map(records), log: undefined })
  }
  return { trees, issuers }
}

/** A Buffer's `slice` does not copy as other arrays' does. */
function plain(parts: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.concat(parts)
  return new Uint8Array(buffer, byteOffset, length)
}
