/**
 * An ordered set of keys of one width, with one hash that says which keys they are.
 *
 * Specification: docs/spec/sync.md, "The tree".
 */
import { HASH_BYTES } from '../../crypto/hash.ts'

/** Issued at in ms, 8 bytes big-endian, then the record's id. */
export const RECORD_KEY_BYTES = 8 + HASH_BYTES
/** The DID's 16 bytes, then SHA-256 of the joined log's stored bytes. */
export const LOG_KEY_BYTES = 16 + HASH_BYTES

export class KeyTree {
  readonly keyBytes: number

  /** @param keyBytes  Width of every key. */
  constructor(keyBytes: number) {
    this.keyBytes = keyBytes
  }

  /**
   * Builds a tree from its keys, one after the other, strictly ascending.
   *
   * @throws {RangeError} when they are not.
   */
  static of(_keyBytes: number, _packed: Uint8Array): KeyTree {
    throw new Error('not built yet')
  }

  get size(): number {
    throw new Error('not built yet')
  }

  has(_key: Uint8Array): boolean {
    throw new Error('not built yet')
  }

  /** @returns whether it is new. The key is copied. */
  add(_key: Uint8Array): boolean {
    throw new Error('not built yet')
  }

  /** @returns whether it was there. */
  delete(_key: Uint8Array): boolean {
    throw new Error('not built yet')
  }

  /**
   * Hashes what changed, in a bounded slice.
   *
   * @param hashLimit  How many hashes to compute at most.
   * @returns whether {@link root} costs nothing now.
   */
  settle(_hashLimit: number): boolean {
    throw new Error('not built yet')
  }

  /** SHA-256 that stands for the set of keys at or above `floor`; of all keys without one. */
  root(_floor?: Uint8Array): Uint8Array {
    throw new Error('not built yet')
  }

  /** At most `limit` keys at or above `from`, ascending, copied. */
  page(_from: Uint8Array | undefined, _limit: number): Uint8Array[] {
    throw new Error('not built yet')
  }
}

/** The key of a record. @throws {RangeError} for a time that is not a safe integer of 0 or more. */
export function recordKey(_issuedAtMs: number, _id: Uint8Array): Uint8Array {
  throw new Error('not built yet')
}

/** The smallest key that was issued at this time. */
export function floorKey(_issuedAtMs: number): Uint8Array {
  throw new Error('not built yet')
}

/** The key of a key log. */
export function logKey(_did: Uint8Array, _valueHash: Uint8Array): Uint8Array {
  throw new Error('not built yet')
}
