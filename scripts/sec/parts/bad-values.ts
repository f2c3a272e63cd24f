/** Identity values that the DHT must not keep, by kind, and what the guard of its rows must answer. */
import { concatBytes } from '../../../src/base/bytes.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { signDocument } from '../../../src/identity/document.ts'
import { incept, type KeyLog } from '../../../src/identity/key-log.ts'
import { rotate } from '../../../src/identity/log-change.ts'
import { VALUE_LIMIT_BYTES } from '../../../src/identity/limits.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import { committed, keyNamed, publicKeyOf, rawLog } from '../../../test/support/identity.ts'

export const VALUE_KINDS = [
  'forged',
  'replayed',
  'oversized',
  'duplicate',
  'wrong-domain',
  'wrong-network',
  'non-canonical',
  'wrong-author-key',
  'revoked-key',
] as const
export type ValueKind = (typeof VALUE_KINDS)[number]

/** `kept`: taken, and nothing changes. */
export const ANSWER_TO_VALUE: Readonly<Record<ValueKind, string>> = {
  forged: 'p2p/dht-value-invalid',
  replayed: 'p2p/dht-value-stale',
  oversized: 'p2p/dht-value-too-large',
  duplicate: 'kept',
  'wrong-domain': 'p2p/dht-value-invalid',
  'wrong-network': 'p2p/dht-value-invalid',
  'non-canonical': 'p2p/dht-value-invalid',
  'wrong-author-key': 'p2p/dht-value-invalid',
  'revoked-key': 'p2p/dht-value-invalid',
}

const EXPIRES_AT_MS = Date.UTC(2040, 0)

/** An agent whose key was replaced: what was put before, and what is right now. */
export class Rotated {
  readonly name: string
  readonly network: string
  readonly before: IdentityState
  readonly now: IdentityState
  readonly #oldLog: KeyLog
  readonly #newLog: KeyLog

  constructor(name: string, network: string) {
    this.name = name
    this.network = network
    this.#oldLog = incept({
      genesis: keyNamed(name),
      rotationKey: publicKeyOf(`${name} r1`),
      recoveryKey: publicKeyOf(`${name} c1`),
      verifier: nativeVerifier,
    }).log
    this.#newLog = rotate({
      log: this.#oldLog,
      authority: keyNamed(`${name} r1`),
      operationalKey: publicKeyOf(`${name} k1`),
      rotationKey: publicKeyOf(`${name} r2`),
      verifier: nativeVerifier,
    }).log
    this.before = this.#described(this.#oldLog, keyNamed(name), 1)
    this.now = this.#described(this.#newLog, keyNamed(`${name} k1`), 2)
  }

  /** Bytes that claim to be of this agent. */
  bad(kind: ValueKind, at: number): Uint8Array {
    const sound = this.now.bytes
    switch (kind) {
      case 'forged': {
        const bytes = sound.slice()
        // Somewhere in the last signature.
        const spot = bytes.length - 5 - (at % 50)
        bytes[spot] = (bytes[spot] ?? 0) ^ (1 << (at % 8))
        return bytes
      }
      case 'replayed':
        return this.before.bytes
      case 'oversized':
        return concatBytes(sound, new Uint8Array(VALUE_LIMIT_BYTES))
      case 'duplicate':
        return sound
      case 'wrong-domain': {
        // The entry's body is signed as it stands, under no domain.
        const [entry] = rawLog({ fields: { t: 0, n: committed('n') }, by: keyNamed(this.name) })
        const { s: _signature, ...body } = entry ?? {}
        const signature = keyNamed(this.name).sign(encodeCbor(body))
        return encodeCbor({ l: [{ ...body, s: signature }] })
      }
      case 'wrong-network':
        return this.#described(this.#newLog, keyNamed(`${this.name} k1`), 3, 'elsewhere').bytes
      case 'non-canonical':
        return concatBytes(sound, Uint8Array.of(at % 256))
      case 'wrong-author-key':
        return IdentityState.of(
          incept({ genesis: keyNamed('stranger'), verifier: nativeVerifier }).log,
        ).bytes
      case 'revoked-key':
        return this.#described(
          this.#newLog,
          impostor(keyNamed(`${this.name} k1`), keyNamed(this.name)),
          4,
        ).bytes
    }
  }

  #described(log: KeyLog, signer: Signer, sequence: number, network = this.network): IdentityState {
    const document = signDocument({
      log,
      signer,
      network,
      sequence,
      expiresAtMs: EXPIRES_AT_MS,
      content: {},
    })
    return IdentityState.of(log, document)
  }
}

/** Says that it is one key, and signs with another. */
function impostor({ publicKey }: Signer, by: Signer): Signer {
  return { publicKey, sign: (message) => by.sign(message) }
}
