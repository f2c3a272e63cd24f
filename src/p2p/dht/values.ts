/**
 * Identity values as they come from the DHT: bounded, parsed, of the DID they are filed under.
 *
 * One value passes here several times (validator, guard, look-up), and each pass would verify every
 * signature of its log; so the last few good values are remembered by the hash of their bytes.
 */
import { asError } from '../../base/error.ts'
import { CryptoError } from '../../crypto/error.ts'
import type { Verifier } from '../../crypto/ed25519.ts'
import { sha256Hex } from '../../crypto/hash.ts'
import type { Did } from '../../identity/did.ts'
import { IdentityError } from '../../identity/error.ts'
import { VALUE_LIMIT_BYTES } from '../../identity/limits.ts'
import { IdentityState } from '../../identity/state.ts'
import { DhtError } from './error.ts'

/** Parsed values remembered. */
const VALUES_REMEMBERED_LIMIT = 512

export class IdentityValues {
  readonly #context: { readonly network: string; readonly verifier: Verifier }
  readonly #remembered = new Map<string, IdentityState>()

  constructor(context: { readonly network: string; readonly verifier: Verifier }) {
    this.#context = context
  }

  /** @throws {DhtError} `p2p/dht-value-too-large` or `p2p/dht-value-invalid`. */
  parse(did: Did, bytes: Uint8Array): IdentityState {
    if (bytes.length > VALUE_LIMIT_BYTES) {
      const fault = { bytes: bytes.length, limitBytes: VALUE_LIMIT_BYTES }
      throw new DhtError({ code: 'p2p/dht-value-too-large', ...fault })
    }
    const hash = sha256Hex(bytes)
    const state = this.#remembered.get(hash) ?? this.#parsed(bytes)
    this.#remember(hash, state)
    if (state.did !== did) {
      throw new DhtError({ code: 'p2p/dht-value-invalid', reason: 'It belongs to another DID.' })
    }
    return state
  }

  #parsed(bytes: Uint8Array): IdentityState {
    try {
      return IdentityState.parse(bytes, this.#context)
    } catch (cause) {
      if (!(cause instanceof IdentityError) && !(cause instanceof CryptoError)) throw cause
      const reason = asError(cause).message
      throw new DhtError({ code: 'p2p/dht-value-invalid', reason }, { cause })
    }
  }

  #remember(hash: string, state: IdentityState): void {
    this.#remembered.delete(hash)
    this.#remembered.set(hash, state)
    if (this.#remembered.size <= VALUES_REMEMBERED_LIMIT) return
    const [oldest] = this.#remembered.keys()
    if (oldest !== undefined) this.#remembered.delete(oldest)
  }
}
