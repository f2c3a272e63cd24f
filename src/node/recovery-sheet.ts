/**
 * The recovery sheet: one secret on paper, from which the rotation and the recovery key follow.
 *
 * 32 random bytes in base32, in groups of four, with a checksum of 20 bits: short enough to copy by
 * hand, and a slip of the pen is noticed. The keys are `SHA-256(label ‖ 0 ‖ secret)`; only the hashes
 * of their public halves are published, in the inception.
 */
import { base32 } from 'multiformats/bases/base32'
import { concatBytes, textBytes } from '../base/bytes.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { sha256 } from '../crypto/hash.ts'

const GROUP_CHARS = 4
const CHECK_CHARS = 4
const SECRET_CHARS = 52

function derived(label: string, secret: Uint8Array): Uint8Array {
  return sha256(concatBytes(textBytes(label), Uint8Array.of(0), secret))
}

/** The seed of the first rotation key. */
export function rotationSeed(secret: Uint8Array): Uint8Array {
  return derived('aip:recovery-sheet:v1:rotation:1', secret)
}

/** The seed of the first recovery key. */
export function recoverySeed(secret: Uint8Array): Uint8Array {
  return derived('aip:recovery-sheet:v1:recovery:1', secret)
}

function checkOf(secret: Uint8Array): string {
  return base32.baseEncode(derived('aip:recovery-sheet:v1:check', secret)).slice(0, CHECK_CHARS)
}

/** `abcd-efgh-…`: fourteen groups of four. */
export function sheetText(secret: Uint8Array): string {
  if (secret.length !== SEED_BYTES) throw new RangeError(`a secret is ${SEED_BYTES} bytes`)
  const text = base32.baseEncode(secret) + checkOf(secret)
  return (text.match(new RegExp(`.{${GROUP_CHARS}}`, 'g')) ?? []).join('-')
}

/** The secret that a sheet spells, or `undefined` when it was copied wrongly. */
export function parseSheet(text: string): Uint8Array | undefined {
  const plain = text.toLowerCase().replaceAll(/[\s-]/g, '')
  if (!/^[a-z2-7]+$/.test(plain) || plain.length !== SECRET_CHARS + CHECK_CHARS) return undefined
  let secret: Uint8Array
  try {
    secret = base32.baseDecode(plain.slice(0, SECRET_CHARS))
  } catch {
    return undefined
  }
  return checkOf(secret) === plain.slice(SECRET_CHARS) ? secret : undefined
}
