/**
 * A box that a passphrase opens: scrypt makes the key, AES-256-GCM seals.
 *
 * Used by the key file and by backups, which say what lies around the sealed bytes; it knows neither.
 * scrypt with N = 2^17, r = 8, p = 1 takes 128 MiB and a good part of a second, here and for
 * whoever guesses. The key of a box may seal again, each time under a fresh nonce.
 * Sources: RFC 7914; NIST SP 800-38D. Specification: docs/spec/identity-files.md.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { concatBytes, textBytes } from '../base/bytes.ts'
import { NodeError } from './error.ts'

export const SALT_BYTES = 16
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
const KEY_BYTES = 32
const COST = { N: 2 ** 17, r: 8, p: 1 } as const
/** What scrypt needs is 128 · N · r bytes; Node refuses to take as much unless told. */
const MEMORY_LIMIT_BYTES = 2 * 128 * COST.N * COST.r

/** The shortest passphrase that is taken for something new, in characters. */
export const PASSPHRASE_LEAST_CHARS = 8
export const PASSPHRASE_LIMIT_CHARS = 1_024

/** A key that came from a passphrase, and the salt it came by. Secret. */
export interface BoxKey {
  readonly salt: Uint8Array
  readonly key: Uint8Array
}

export interface Sealed {
  readonly nonce: Uint8Array
  /** Ciphertext, then the tag of 16 bytes. */
  readonly bytes: Uint8Array
}

/** Off the event loop. The same text in another Unicode form is the same passphrase. */
export async function deriveBoxKey(passphrase: string, salt: Uint8Array): Promise<BoxKey> {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt is ${SALT_BYTES} bytes`)
  const words = textBytes(passphrase.normalize('NFC'))
  const key = await new Promise<Uint8Array>((resolve, reject) => {
    scrypt(words, salt, KEY_BYTES, { ...COST, maxmem: MEMORY_LIMIT_BYTES }, (error, derived) => {
      if (error === null) resolve(Uint8Array.from(derived))
      else reject(error)
    })
  })
  words.fill(0)
  return { salt, key }
}

/**
 * A key for something new, with a salt of its own.
 *
 * @throws {NodeError} `node/passphrase-weak`.
 */
export async function newBoxKey(passphrase: string): Promise<BoxKey> {
  const { length } = passphrase
  if (length < PASSPHRASE_LEAST_CHARS || length > PASSPHRASE_LIMIT_CHARS) {
    const limits = { leastChars: PASSPHRASE_LEAST_CHARS, limitChars: PASSPHRASE_LIMIT_CHARS }
    throw new NodeError({ code: 'node/passphrase-weak', ...limits })
  }
  return deriveBoxKey(passphrase, Uint8Array.from(randomBytes(SALT_BYTES)))
}

/** @param context  What lies around the box in the clear: the box opens with the same only. */
export function seal({ key }: BoxKey, plain: Uint8Array, context: Uint8Array): Sealed {
  const nonce = Uint8Array.from(randomBytes(NONCE_BYTES))
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context)
  const bytes = concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag())
  return { nonce, bytes }
}

/** What was sealed, or `undefined` when key, context or a byte of the box is another. */
export function unseal(
  { key }: BoxKey,
  { nonce, bytes }: Sealed,
  context: Uint8Array,
): Uint8Array | undefined {
  if (bytes.length < TAG_BYTES || nonce.length !== NONCE_BYTES) return undefined
  const body = bytes.subarray(0, -TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(context)
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return concatBytes(decipher.update(body), decipher.final())
  } catch {
    return undefined // OpenSSL says no more than that the tag does not fit
  }
}
