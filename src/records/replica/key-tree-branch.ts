/**
 * A branch of a key tree: the keys that share the first `depth` hex digits, divided by the next one.
 *
 * A division of more than 64 keys is a branch again; the smaller ones are leaves, and all leaves of
 * one branch lie in one array, in order, behind the hashes that are known of them. So a key costs its
 * own bytes and a few more, and no object.
 */
import { HASH_BYTES } from '../../crypto/hash.ts'

export const LEAF_KEYS_LIMIT = 64
export const BRANCHES = 16

/** The page of a branch: its own hash, a count for each leaf, a hash for each leaf, the keys. */
const COUNTS_AT = HASH_BYTES
const LEAF_HASHES_AT = COUNTS_AT + BRANCHES
export const KEYS_AT = LEAF_HASHES_AT + BRANCHES * HASH_BYTES
/** Room for more keys when a page grows, and what may lie idle when it shrinks: a part of its keys. */
const ROOM_LEAST_KEYS = 4
const ROOM_SHARE = 8
const IDLE_SHARE = 2

/** The `depth`th hex digit; 0 at depth -1, where the trunk of a tree has its only division. */
export function digitAt(key: Uint8Array, depth: number, at = 0): number {
  if (depth < 0) return 0
  const byte = key[at + (depth >> 1)] ?? 0
  return (depth & 1) === 0 ? byte >> 4 : byte & 15
}

/** Negative, zero or positive, over `keyBytes` bytes. */
export function compareAt(
  one: Uint8Array,
  oneAt: number,
  other: Uint8Array,
  otherAt: number,
  keyBytes: number,
): number {
  for (let at = 0; at < keyBytes; at++) {
    const difference = (one[oneAt + at] ?? 0) - (other[otherAt + at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** How many hex digits two keys share from the start; at most `limit`. */
export function sharedDigits(
  one: Uint8Array,
  oneAt: number,
  other: Uint8Array,
  otherAt: number,
  limit: number,
): number {
  for (let at = 0; 2 * at < limit; at++) {
    const difference = (one[oneAt + at] ?? 0) ^ (other[otherAt + at] ?? 0)
    if (difference !== 0) return Math.min(limit, 2 * at + (difference < 16 ? 1 : 0))
  }
  return limit
}

export class Branch {
  readonly kind = 'branch'
  readonly depth: number
  /** Keys under it. */
  count = 0
  /** Keys in its page: of its leaves. */
  leafKeys = 0
  /** Bit n: the hash of leaf n is known. Bit 16: its own is. */
  #hashed = 0
  page: Uint8Array
  branches: (Branch | undefined)[] | undefined

  constructor(depth: number, roomBytes: number) {
    this.depth = depth
    this.page = new Uint8Array(KEYS_AT + roomBytes)
  }

  branchAt(digit: number): Branch | undefined {
    return this.branches?.[digit]
  }

  setBranch(digit: number, branch: Branch | undefined): void {
    this.branches ??= Array.from({ length: BRANCHES }, () => undefined)
    this.branches[digit] = branch
  }

  leafCount(digit: number): number {
    return this.page[COUNTS_AT + digit] ?? 0
  }

  /** Keys under one digit. */
  countAt(digit: number): number {
    return this.branches?.[digit]?.count ?? this.leafCount(digit)
  }

  /** Offset in the page of the first key of a leaf. */
  leafStart(digit: number, keyBytes: number): number {
    let keys = 0
    for (let before = 0; before < digit; before++) keys += this.leafCount(before)
    return KEYS_AT + keys * keyBytes
  }

  /** Puts keys into a leaf at an offset of the page, which must keep the leaf's order. */
  insert(digit: number, at: number, keys: Uint8Array, keyBytes: number): void {
    const usedBytes = KEYS_AT + this.leafKeys * keyBytes
    const page = this.#withRoom(usedBytes + keys.length, keyBytes)
    page.copyWithin(at + keys.length, at, usedBytes)
    page.set(keys, at)
    const added = keys.length / keyBytes
    page[COUNTS_AT + digit] = this.leafCount(digit) + added
    this.leafKeys += added
  }

  /** Takes `count` keys of a leaf out, from an offset of the page. */
  remove(digit: number, at: number, count: number, keyBytes: number): void {
    const usedBytes = KEYS_AT + this.leafKeys * keyBytes
    this.page.copyWithin(at, at + count * keyBytes, usedBytes)
    this.page[COUNTS_AT + digit] = this.leafCount(digit) - count
    this.leafKeys -= count
    const leastBytes = usedBytes - count * keyBytes
    const roomBytes = (ROOM_LEAST_KEYS + Math.floor(this.leafKeys / IDLE_SHARE)) * keyBytes
    if (this.page.length > leastBytes + roomBytes) this.page = this.page.slice(0, leastBytes)
  }

  /** Something under this digit has changed. */
  touch(digit: number): void {
    this.#hashed &= ~((1 << digit) | (1 << BRANCHES))
  }

  get hash(): Uint8Array | undefined {
    return (this.#hashed & (1 << BRANCHES)) === 0 ? undefined : this.page.subarray(0, HASH_BYTES)
  }

  setHash(hash: Uint8Array): void {
    this.page.set(hash, 0)
    this.#hashed |= 1 << BRANCHES
  }

  leafHash(digit: number): Uint8Array | undefined {
    if ((this.#hashed & (1 << digit)) === 0) return undefined
    const at = LEAF_HASHES_AT + digit * HASH_BYTES
    return this.page.subarray(at, at + HASH_BYTES)
  }

  setLeafHash(digit: number, hash: Uint8Array): void {
    this.page.set(hash, LEAF_HASHES_AT + digit * HASH_BYTES)
    this.#hashed |= 1 << digit
  }

  #withRoom(bytes: number, keyBytes: number): Uint8Array {
    if (bytes > this.page.length) {
      const roomKeys = ROOM_LEAST_KEYS + Math.floor(this.leafKeys / ROOM_SHARE)
      const larger = new Uint8Array(bytes + roomKeys * keyBytes)
      larger.set(this.page)
      this.page = larger
    }
    return this.page
  }
}
