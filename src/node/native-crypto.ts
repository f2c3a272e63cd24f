/**
 * The signature rule, computed by OpenSSL: the fast path of a running node.
 *
 * OpenSSL decides only what all Ed25519 libraries agree on, because `isStrict` has refused the rest
 * before. `verify` runs on libuv's thread pool, or on threads of our own while there is much to check
 * (`verify/crew.ts`); what is checked one at a time never waits for those. A key's import costs about
 * a quarter of a check, hence the caches.
 * Specification: docs/spec/records.md, "The signature rule".
 */
import {
  createPrivateKey,
  createPublicKey,
  hash,
  randomFillSync,
  sign as signNative,
  verify as verifyNative,
} from 'node:crypto'
import { availableParallelism } from 'node:os'
import { isStrict, SEED_BYTES } from '../crypto/ed25519.ts'
import type { SignatureCheck, Signer, Verifier } from '../crypto/ed25519.ts'
import { VerifyCrew } from './verify/crew.ts'
import { KEY_CACHE_LIMIT, KeyCache } from './verify/key-cache.ts'
import { startVerifyThread } from './verify/thread.ts'

/** Threads that verify and do nothing else, at most; no more than there are cores. */
const VERIFY_THREADS_LIMIT = 4

/** Both forms of the rule on OpenSSL. One per process is enough: it holds keys and idle threads only. */
function createNativeVerifier(): Verifier {
  const keys = new KeyCache(KEY_CACHE_LIMIT)
  const crew = new VerifyCrew({
    onPool: async (check) => verifyOnPool(check, keys),
    startThread: startVerifyThread,
    threadsLimit: Math.min(availableParallelism(), VERIFY_THREADS_LIMIT),
  })
  return {
    verifyNow(check) {
      if (!isStrict(check)) return false
      const { key, name } = keys.find(check.publicKey)
      const isSound = verifyNative(null, check.message, key, check.signature)
      if (isSound) keys.keep(name, key)
      return isSound
    },
    verify(check, isUrgent) {
      return isStrict(check) ? crew.verify(check, isUrgent) : Promise.resolve(false)
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

/** From the system's random generator. */
export function randomBytes(count: number): Uint8Array {
  return randomFillSync(new Uint8Array(count))
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

/** SHA-256 by OpenSSL: a fraction of what the portable one costs. */
export function nativeSha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
