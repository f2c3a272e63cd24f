/**
 * The signature rule, computed by OpenSSL: the fast path of a running node.
 *
 * OpenSSL decides only what all Ed25519 libraries agree on, because `isStrict` has refused the rest
 * before. `verify` runs on libuv's thread pool, so UV_THREADPOOL_SIZE says how many signatures are
 * checked at once; libuv reads it once, when the process starts. A key's import costs about a
 * quarter of a check, hence the cache. Specification: docs/spec/records.md, "The signature rule".
 */
import {
  createPrivateKey,
  createPublicKey,
  hash,
  randomFillSync,
  sign as signNative,
  verify as verifyNative,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isStrict, SEED_BYTES } from '../crypto/ed25519.ts'
import type { SignatureCheck, Signer, Verifier } from '../crypto/ed25519.ts'

/** Imported public keys kept at a time, some 1 KiB each. */
const KEY_CACHE_LIMIT = 4_096

/**
 * Keys that have verified something, in two generations: when the young one has half the limit it
 * becomes the old one, and what is not asked for until then is forgotten. A key that never verified
 * anything is not kept, so garbage pushes nothing out.
 */
export class KeyCache {
  readonly #halfLimit: number
  #young = new Map<string, KeyObject>()
  #old = new Map<string, KeyObject>()

  constructor(limit: number) {
    this.#halfLimit = Math.floor(limit / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  find(publicKey: Uint8Array): { readonly key: KeyObject; readonly name: string } {
    const raw = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength)
    const name = raw.toString('latin1')
    return { key: this.#young.get(name) ?? this.#old.get(name) ?? importKey(raw), name }
  }

  keep(name: string, key: KeyObject): void {
    if (this.#young.has(name)) return
    this.#old.delete(name)
    if (this.#young.size >= this.#halfLimit) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, key)
  }
}

/** Both forms of the rule on OpenSSL. One per process is enough: it holds nothing but its cache. */
function createNativeVerifier(): Verifier {
  const keys = new KeyCache(KEY_CACHE_LIMIT)
  return {
    verifyNow(check) {
      if (!isStrict(check)) return false
      const { key, name } = keys.find(check.publicKey)
      const isSound = verifyNative(null, check.message, key, check.signature)
      if (isSound) keys.keep(name, key)
      return isSound
    },
    verify(check) {
      return isStrict(check) ? verifyOnPool(check, keys) : Promise.resolve(false)
    },
  }
}

/** The verifier of this process. */
export const nativeVerifier: Verifier = createNativeVerifier()

/** Signs as RFC 8032 section 5.1.6 says, on OpenSSL. `seed` is 32 secret bytes. */
export function nativeSigner(seed: Uint8Array): Signer {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`)
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new Error('an Ed25519 key exports as a JWK with x')
  return {
    publicKey: Uint8Array.from(Buffer.from(x, 'base64url')),
    sign: (message) => Uint8Array.from(signNative(null, message, privateKey)),
  }
}

/** 32 bytes from the system's random generator. */
export function randomSeed(): Uint8Array {
  return randomFillSync(new Uint8Array(SEED_BYTES))
}

/** PrivateKeyInfo of an Ed25519 seed, up to the seed. Source: RFC 8410 section 7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function verifyOnPool(check: SignatureCheck, keys: KeyCache): Promise<boolean> {
  const { key, name } = keys.find(check.publicKey)
  return new Promise((resolve, reject) => {
    verifyNative(null, check.message, key, check.signature, (error, isSound) => {
      if (error !== null) return reject(error)
      if (isSound) keys.keep(name, key)
      resolve(isSound)
    })
  })
}

/** As a JWK: measured quicker than SPKI in DER and than the raw form. */
function importKey(raw: Buffer): KeyObject {
  const x = raw.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** SHA-256 by OpenSSL: a fraction of what the portable one costs. */
export function nativeSha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
