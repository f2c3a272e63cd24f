import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../base/bytes.ts'

export const HASH_BYTES = 32

/** One that has seen no byte, and one that is put back to that state for each digest. */
const untouched = nobleSha256.create()
const hasher = nobleSha256.create()

/** The SHA-256 digest: 32 bytes. Source: FIPS 180-4. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // oxlint-disable-next-line no-underscore-dangle -- what the library's own HMAC reuses states by
  return untouched._cloneInto(hasher).update(bytes).digest()
}

/** Lower-case hex of the SHA-256 digest: 64 characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(sha256(bytes))
}
