/** Public keys as OpenSSL wants them, kept while they are in use. A key's import costs about a quarter of a check. */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Imported public keys kept at a time, some 1 KiB each. */
export const KEY_CACHE_LIMIT = 4_096

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

/** As a JWK: measured quicker than SPKI in DER and than the raw form. */
function importKey(raw: Buffer): KeyObject {
  const x = raw.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
