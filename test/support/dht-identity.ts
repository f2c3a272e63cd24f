/** An agent whose identity has grown: states that are worse, better, and forked. */
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import type { Did } from '../../src/identity/did.ts'
import { signDocument } from '../../src/identity/document.ts'
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'

export const NETWORK = 'test'
export const CONTEXT = { network: NETWORK, verifier: nativeVerifier }

export interface GrownAgent {
  readonly did: Did
  /** A document of sequence 1 at the inception. */
  readonly older: IdentityState
  /** A document of sequence 2 at the inception. */
  readonly newer: IdentityState
  /** After a rotation. */
  readonly rotated: IdentityState
  /** After another rotation by the same key: together with `rotated`, a fork. */
  readonly otherRotated: IdentityState
}

export function grownAgent(): GrownAgent {
  const [genesis, rotation, next] = [1, 2, 3].map(() => nativeSigner(randomSeed()))
  if (genesis === undefined || rotation === undefined || next === undefined) throw new Error()
  const { log } = incept({ genesis, rotationKey: rotation.publicKey, verifier: nativeVerifier })
  const stateWith = (sequence: number): IdentityState =>
    IdentityState.of(
      log,
      signDocument({
        log,
        sequence,
        expiresAtMs: 4_000_000_000_000,
        content: {},
        signer: genesis,
        network: NETWORK,
      }),
    )
  const rotatedTo = (operationalKey: Uint8Array): KeyLog =>
    rotate({ log, authority: rotation, operationalKey, verifier: nativeVerifier }).log
  return {
    did: log.did,
    older: stateWith(1),
    newer: stateWith(2),
    rotated: IdentityState.of(rotatedTo(next.publicKey)),
    otherRotated: IdentityState.of(rotatedTo(nativeSigner(randomSeed()).publicKey)),
  }
}
