/**
 * What an inception says, and the work that may be asked for it.
 *
 * Work is a toll for storage on networks that ask for it, never trust: it makes free identities cost
 * something to keep. Specification: docs/spec/identity.md, "The key log", I19.
 */
import { encodeCbor } from '../crypto/cbor.ts'
import { sha256 } from '../crypto/hash.ts'
import { commitmentOf, wireEntry } from './log-entry.ts'
import type { UnsignedEntry } from './log-entry.ts'

/** The public keys that may say the next word. Only their hashes are published. */
export interface NextKeys {
  readonly rotationKey?: Uint8Array
  readonly recoveryKey?: Uint8Array
}

export interface InceptionKeys extends NextKeys {
  /** Given for a cold root: the public key that signs in place of the genesis key. */
  readonly operationalKey?: Uint8Array
  readonly nonce?: number
}

/** What an inception says with these keys, for its genesis key to sign. */
export function unsignedInception(keys: InceptionKeys): Omit<UnsignedEntry, 'authority'> {
  const { operationalKey, nonce } = keys
  return {
    type: 'inception',
    ...(operationalKey !== undefined && { key: operationalKey }),
    ...commitments(keys),
    ...(nonce !== undefined && { nonce }),
  }
}

export function commitments(keys: {
  readonly rotationKey?: Uint8Array | undefined
  readonly recoveryKey?: Uint8Array | undefined
}): Pick<UnsignedEntry, 'rotationCommitment' | 'recoveryCommitment'> {
  const { rotationKey, recoveryKey } = keys
  return {
    ...(rotationKey !== undefined && { rotationCommitment: commitmentOf(rotationKey) }),
    ...(recoveryKey !== undefined && { recoveryCommitment: commitmentOf(recoveryKey) }),
  }
}

/**
 * I19: a nonce that gives the inception at least `workBits` leading zero bits, tried from `from` on,
 * or `undefined` after `triesLimit` tries. Each bit doubles the tries; a caller that must stay
 * responsive asks for a few thousand at a time.
 */
export function grindNonce(
  options: Omit<InceptionKeys, 'nonce'> & {
    readonly genesisKey: Uint8Array
    readonly workBits: number
    readonly from?: number
    readonly triesLimit: number
  },
): number | undefined {
  const { genesisKey: authority, workBits, from = 0, triesLimit } = options
  const wire = wireEntry({ ...unsignedInception(options), authority })
  for (let nonce = from; nonce < from + triesLimit; nonce++) {
    if (leadingZeroBits(sha256(encodeCbor({ ...wire, w: nonce }))) >= workBits) return nonce
  }
  return undefined
}

/** I19: what the work of an inception with this hash is. */
export function leadingZeroBits(hash: Uint8Array): number {
  let bits = 0
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}
