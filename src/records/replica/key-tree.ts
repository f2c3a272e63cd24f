/**
 * An ordered set of keys of one width, with one hash that says which keys they are.
 *
 * A radix tree over the keys' hex digits, of one shape for one set: whoever holds the same keys has
 * the same root, in whatever order they came and went. What changed is hashed again only when a hash
 * is asked for. About 55 bytes a key of 40 bytes, all told. Specification: docs/spec/sync.md, "The
 * tree".
 */
import { HASH_BYTES } from '../../crypto/hash.ts'
import { DID_BYTES } from '../../identity/did.ts'
import {
  BRANCHES,
  Branch,
  compareAt,
  digitAt,
  KEYS_AT,
  LEAF_KEYS_LIMIT,
  sharedDigits,
} from './key-tree-branch.ts'
import {
  atOrAbove,
  childOf,
  countBelow,
  EMPTY_HASH,
  hashOf,
  hashWithin,
  keysBetween,
  someKeyOf,
  type KeyNode,
} from './key-tree-node.ts'

const TIME_BYTES = 8
/** Issued at in ms, 8 bytes big-endian, then the record's id. */
export const RECORD_KEY_BYTES = TIME_BYTES + HASH_BYTES
/** The DID's 16 bytes, then SHA-256 of the joined log's stored bytes. */
export const LOG_KEY_BYTES = DID_BYTES + HASH_BYTES
/** Widest keys: their depth must fit into a byte, a leaf into the bytes that are hashed. */
const KEY_LIMIT_BYTES = 64

/** Above the root: its one division, at depth -1, holds all keys. */
const TRUNK_DEPTH = -1

export class KeyTree {
  readonly keyBytes: number
  readonly #trunk: Branch

  /** @param keyBytes  Width of every key: 1 to 64. */
  constructor(keyBytes: number) {
    if (!Number.isInteger(keyBytes) || keyBytes < 1 || keyBytes > KEY_LIMIT_BYTES) {
      throw new RangeError(`keys of ${keyBytes} bytes`)
    }
    this.keyBytes = keyBytes
    this.#trunk = new Branch(TRUNK_DEPTH, 0)
  }

  /**
   * Builds a tree from its keys, one after the other, strictly ascending.
   *
   * @throws {RangeError} when they are not.
   */
  static of(keyBytes: number, packed: Uint8Array): KeyTree {
    const tree = new KeyTree(keyBytes)
    const count = packed.length / keyBytes
    if (!Number.isInteger(count)) throw new RangeError('a key is cut off')
    for (let at = keyBytes; at < packed.length; at += keyBytes) {
      if (compareAt(packed, at - keyBytes, packed, at, keyBytes) >= 0) {
        throw new RangeError('keys out of order')
      }
    }
    const trunk = tree.#trunk
    trunk.count = count
    if (count <= LEAF_KEYS_LIMIT) trunk.insert(0, KEYS_AT, packed, keyBytes)
    else trunk.setBranch(0, built(packed, keyBytes))
    return tree
  }

  get size(): number {
    return this.#trunk.count
  }

  has(key: Uint8Array): boolean {
    this.#assertWidth(key)
    let branch = this.#trunk
    for (;;) {
      const digit = digitAt(key, branch.depth)
      const next = branch.branchAt(digit)
      if (next === undefined) return this.#find(branch, digit, key).isThere
      branch = next
    }
  }

  /** @returns whether it is new. The key is copied. */
  add(key: Uint8Array): boolean {
    this.#assertWidth(key)
    const { keyBytes } = this
    const path: Branch[] = []
    let branch = this.#trunk
    for (;;) {
      path.push(branch)
      const digit = digitAt(key, branch.depth)
      const next = branch.branchAt(digit)
      if (next === undefined) {
        const { at, isThere } = this.#find(branch, digit, key)
        if (isThere) return false
        branch.insert(digit, at, key, keyBytes)
        if (branch.leafCount(digit) > LEAF_KEYS_LIMIT) this.#divide(branch, digit)
        break
      }
      const some = someKeyOf(next)
      const shared = sharedDigits(some.bytes, some.at, key, 0, next.depth)
      if (shared < next.depth) {
        const between = new Branch(shared, 0)
        between.setBranch(digitAt(some.bytes, shared, some.at), next)
        between.insert(digitAt(key, shared), KEYS_AT, key, keyBytes)
        between.count = next.count + 1
        branch.setBranch(digit, between)
        break
      }
      branch = next
    }
    for (const passed of path) {
      passed.count++
      passed.touch(digitAt(key, passed.depth))
    }
    return true
  }

  /** @returns whether it was there. */
  delete(key: Uint8Array): boolean {
    this.#assertWidth(key)
    const { keyBytes } = this
    const path: Branch[] = []
    let branch = this.#trunk
    for (;;) {
      path.push(branch)
      const digit = digitAt(key, branch.depth)
      const next = branch.branchAt(digit)
      if (next === undefined) {
        const { at, isThere } = this.#find(branch, digit, key)
        if (!isThere) return false
        branch.remove(digit, at, 1, keyBytes)
        break
      }
      branch = next
    }
    for (let index = path.length - 1; index >= 0; index--) {
      const passed = path[index]
      if (passed === undefined) continue
      passed.count--
      passed.touch(digitAt(key, passed.depth))
      const parent = path[index - 1]
      if (parent !== undefined) this.#tidy(passed, parent, digitAt(key, parent.depth))
    }
    return true
  }

  /**
   * Hashes what changed, in a bounded slice.
   *
   * @param hashLimit  How many hashes to compute at most.
   * @returns whether {@link root} costs nothing now.
   */
  settle(hashLimit: number): boolean {
    const root = this.#trunk.branchAt(0)
    if (root !== undefined) return hashWithin(root, { left: hashLimit }, this.keyBytes)
    if (this.size === 0 || this.#trunk.leafHash(0) !== undefined) return true
    if (hashLimit <= 0) return false
    this.root()
    return true
  }

  /** SHA-256 that stands for the set of keys at or above `floor`; of all keys without one. 32 bytes, a copy. */
  root(floor?: Uint8Array): Uint8Array {
    const node = this.node(floor)
    return node === undefined ? EMPTY_HASH.slice() : hashOf(node, this.keyBytes).slice()
  }

  /**
   * The canonical node of the keys at or above `floor`, `undefined` when there are none. A view, of
   * no use once the tree has changed; a few nodes along the floor are made, the others exist.
   */
  node(floor?: Uint8Array): KeyNode | undefined {
    const node = childOf(this.#trunk, 0, this.keyBytes)
    if (floor === undefined) return node
    this.#assertWidth(floor)
    return atOrAbove(node, floor, this.keyBytes)
  }

  /** How many keys are smaller than `key`. */
  rank(key: Uint8Array): number {
    this.#assertWidth(key)
    return countBelow(this.node(), key, this.keyBytes)
  }

  /** The keys at the positions `from` up to `to`, the latter excluded, ascending, copied. */
  slice(from: number, to: number): Uint8Array[] {
    return keysBetween(this.node(), from, to, this.keyBytes)
  }

  /** At most `limit` keys at or above `from`, ascending, copied. */
  page(from: Uint8Array | undefined, limit: number): Uint8Array[] {
    const first = from === undefined ? 0 : this.rank(from)
    return this.slice(first, first + limit)
  }

  /** Where a key is, or belongs, in a leaf of the branch. */
  #find(
    branch: Branch,
    digit: number,
    key: Uint8Array,
  ): { readonly at: number; readonly isThere: boolean } {
    const { keyBytes } = this
    const start = branch.leafStart(digit, keyBytes)
    let from = 0
    let to = branch.leafCount(digit)
    while (from < to) {
      const middle = (from + to) >>> 1
      const order = compareAt(branch.page, start + middle * keyBytes, key, 0, keyBytes)
      if (order === 0) return { at: start + middle * keyBytes, isThere: true }
      if (order < 0) from = middle + 1
      else to = middle
    }
    return { at: start + from * keyBytes, isThere: false }
  }

  /** A leaf has become too large. */
  #divide(branch: Branch, digit: number): void {
    const at = branch.leafStart(digit, this.keyBytes)
    const count = branch.leafCount(digit)
    const keys = branch.page.slice(at, at + count * this.keyBytes)
    branch.remove(digit, at, count, this.keyBytes)
    branch.setBranch(digit, built(keys, this.keyBytes))
  }

  /** A branch has lost a key: it may have become a leaf, or have one division left. */
  #tidy(branch: Branch, parent: Branch, digit: number): void {
    if (branch.count <= LEAF_KEYS_LIMIT) {
      const keys = branch.page.slice(KEYS_AT, KEYS_AT + branch.leafKeys * this.keyBytes)
      parent.setBranch(digit, undefined)
      parent.insert(digit, parent.leafStart(digit, this.keyBytes), keys, this.keyBytes)
      return
    }
    if (branch.leafKeys > 0) return
    const below = branch.branches?.filter((child) => child !== undefined) ?? []
    if (below.length === 1) parent.setBranch(digit, below[0])
  }

  #assertWidth(key: Uint8Array): void {
    if (key.length !== this.keyBytes) throw new RangeError(`a key of ${key.length} bytes`)
  }
}

/** A branch of more than 64 keys, ascending. */
function built(keys: Uint8Array, keyBytes: number): Branch {
  const count = keys.length / keyBytes
  const depth = sharedDigits(keys, 0, keys, keys.length - keyBytes, 2 * keyBytes)
  const bounds = boundsOf(keys, depth, keyBytes)
  let leafKeys = 0
  for (let digit = 0; digit < BRANCHES; digit++) {
    const size = (bounds[digit + 1] ?? 0) - (bounds[digit] ?? 0)
    if (size <= LEAF_KEYS_LIMIT) leafKeys += size
  }
  const branch = new Branch(depth, leafKeys * keyBytes)
  branch.count = count
  for (let digit = 0; digit < BRANCHES; digit++) {
    const from = bounds[digit] ?? 0
    const to = bounds[digit + 1] ?? 0
    if (from === to) continue
    const part = keys.subarray(from * keyBytes, to * keyBytes)
    if (to - from > LEAF_KEYS_LIMIT) branch.setBranch(digit, built(part, keyBytes))
    else branch.insert(digit, branch.leafStart(digit, keyBytes), part, keyBytes)
  }
  return branch
}

/** For each digit where its keys begin; one more for the end. */
function boundsOf(keys: Uint8Array, depth: number, keyBytes: number): readonly number[] {
  const count = keys.length / keyBytes
  const bounds = [0]
  for (let digit = 1; digit < BRANCHES; digit++) {
    let from = bounds[digit - 1] ?? 0
    let to = count
    while (from < to) {
      const middle = (from + to) >>> 1
      if (digitAt(keys, depth, middle * keyBytes) < digit) from = middle + 1
      else to = middle
    }
    bounds.push(from)
  }
  bounds.push(count)
  return bounds
}

/** The key of a record. @throws {RangeError} for a time that is not a safe integer of 0 or more. */
export function recordKey(issuedAtMs: number, id: Uint8Array): Uint8Array {
  if (id.length !== HASH_BYTES) throw new RangeError(`an id of ${id.length} bytes`)
  const key = floorKey(issuedAtMs)
  key.set(id, TIME_BYTES)
  return key
}

/** The smallest key that was issued at this time. @throws {RangeError} as {@link recordKey} does. */
export function floorKey(issuedAtMs: number): Uint8Array {
  if (!Number.isSafeInteger(issuedAtMs) || issuedAtMs < 0) {
    throw new RangeError(`a time of ${issuedAtMs} ms`)
  }
  const key = new Uint8Array(RECORD_KEY_BYTES)
  let rest = issuedAtMs
  for (let at = TIME_BYTES - 1; at >= 0; at--) {
    key[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return key
}

/** The key of a key log. */
export function logKey(did: Uint8Array, valueHash: Uint8Array): Uint8Array {
  if (did.length !== DID_BYTES || valueHash.length !== HASH_BYTES) {
    throw new RangeError('not the bytes of a DID and a hash')
  }
  const key = new Uint8Array(LOG_KEY_BYTES)
  key.set(did)
  key.set(valueHash, DID_BYTES)
  return key
}
