/**
 * Short forms of hashes and keys, for one session only.
 *
 * Eight bytes of SHA-256 over a salt to which both sides contribute: whoever makes keys cannot know
 * it, and two keys that look alike in one session do not in the next.
 */
import { concatBytes } from '../../base/bytes.ts'
import { HASH_BYTES, sha256 } from '../../crypto/hash.ts'

export const SALT_BYTES = 16
export const CUT_BYTES = 8

export class Cuts {
  /** The salt, then the 32 bytes to cut: one block of SHA-256. */
  readonly #salted = new Uint8Array(SALT_BYTES + HASH_BYTES)

  /** @param diallerSalt, responderSalt  16 bytes each, from the two HELLOs. */
  constructor(diallerSalt: Uint8Array, responderSalt: Uint8Array) {
    this.#salted.set(sha256(concatBytes(diallerSalt, responderSalt)).subarray(0, SALT_BYTES))
  }

  /** Of a tree's hash: the first 8 bytes of SHA-256(salt ‖ hash). */
  ofHash(hash: Uint8Array): Uint8Array {
    this.#salted.set(hash, SALT_BYTES)
    return sha256(this.#salted).subarray(0, CUT_BYTES)
  }

  /** Of a key, by its last 32 bytes, which no other key shares: a short id. */
  ofKey(key: Uint8Array): Uint8Array {
    return this.ofHash(key.subarray(key.length - HASH_BYTES))
  }
}

export type CutMaker = Pick<Cuts, 'ofHash' | 'ofKey'>
