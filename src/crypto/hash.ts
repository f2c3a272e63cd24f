import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../base/bytes.ts'

export const HASH_BYTES = 32

/** The SHA-256 digest: 32 bytes. Source: FIPS 180-4. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes)
}

/** Lower-case hex of the SHA-256 digest: 64 characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(nobleSha256(bytes))
}
