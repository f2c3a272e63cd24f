/** An agent with one key, and as many documents as it is asked for: each a newer identity value. */
import type { Did } from '../../../src/identity/did.ts'
import { signDocument } from '../../../src/identity/document.ts'
import { incept, type KeyLog } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { keyNamed } from '../../../test/support/identity.ts'

const EXPIRES_AT_MS = Date.UTC(2040, 0)

export class DocumentedAgent {
  readonly did: Did
  readonly #log: KeyLog
  readonly #name: string
  readonly #network: string

  constructor(name: string, network: string) {
    this.#name = name
    this.#network = network
    this.#log = incept({ genesis: keyNamed(name), verifier: nativeVerifier }).log
    this.did = this.#log.did
  }

  /** The identity value with the document of this number; a larger one is newer. */
  document(sequence: number): Uint8Array {
    const document = signDocument({
      log: this.#log,
      signer: keyNamed(this.#name),
      network: this.#network,
      sequence,
      expiresAtMs: EXPIRES_AT_MS,
      content: {},
    })
    return IdentityState.of(this.#log, document).bytes
  }
}
