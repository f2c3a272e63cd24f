/** This node's own identity: made once, read at every start. Its key is never in the database. */
import { equalBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { grindNonce } from '../identity/inception.ts'
import { incept, KeyLog } from '../identity/key-log.ts'
import type { Did } from '../identity/did.ts'
import { NodeError } from './error.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from './native-crypto.ts'
import { recoverySeed, rotationSeed } from './recovery-sheet.ts'

/** Tries in one go; between goes the process answers signals. */
const GRIND_SLICE = 4_096

export interface OwnIdentity {
  readonly did: Did
  readonly log: KeyLog
  readonly seed: Uint8Array
  readonly signer: Signer
}

/**
 * The identity in this home, or `undefined` when there is none yet.
 *
 * @throws {NodeError} `node/key-file-mode` or `node/key-file-invalid`.
 */
export async function readIdentity(keyFile: string): Promise<OwnIdentity | undefined> {
  const content = await readKeyFile(keyFile)
  if (content === undefined) return undefined
  const signer = nativeSigner(content.seed)
  let log: KeyLog
  try {
    log = KeyLog.parse(content.log, nativeVerifier)
  } catch (cause) {
    const reason = 'its key log does not hold'
    throw new NodeError(
      { code: 'node/key-file-invalid', path: keyFile, reason },
      { cause: asError(cause) },
    )
  }
  if (log.current === undefined || !equalBytes(log.current.key, signer.publicKey)) {
    const reason = 'its key log names another key'
    throw new NodeError({ code: 'node/key-file-invalid', path: keyFile, reason })
  }
  return { did: log.did, log, seed: content.seed, signer }
}

/**
 * Makes an identity and writes it down.
 *
 * @param recoverySecret 32 bytes of a recovery sheet; without them the identity can neither rotate
 *   its key nor recover from its theft.
 * @throws {NodeError} `node/identity-exists` or `node/home-not-writable`; the signal's reason.
 */
export async function createIdentity(
  keyFile: string,
  options: {
    readonly workBits: number
    readonly recoverySecret?: Uint8Array
    readonly signal?: AbortSignal
  },
): Promise<OwnIdentity> {
  const present = await readIdentity(keyFile)
  if (present !== undefined) {
    throw new NodeError({ code: 'node/identity-exists', did: present.did })
  }
  const seed = randomSeed()
  const signer = nativeSigner(seed)
  const { recoverySecret } = options
  const keys =
    recoverySecret === undefined
      ? {}
      : {
          rotationKey: nativeSigner(rotationSeed(recoverySecret)).publicKey,
          recoveryKey: nativeSigner(recoverySeed(recoverySecret)).publicKey,
        }
  const nonce = await work(signer.publicKey, keys, options)
  const { log } = incept({
    genesis: signer,
    verifier: nativeVerifier,
    ...keys,
    ...(nonce === undefined ? {} : { nonce }),
  })
  if (!(await writeKeyFile(keyFile, { seed, log: log.bytes }))) {
    // Another process has made one since; ours is nobody's yet.
    const first = await readIdentity(keyFile)
    throw new NodeError({ code: 'node/identity-exists', did: first?.did ?? '' })
  }
  return { did: log.did, log, seed, signer }
}

async function work(
  genesisKey: Uint8Array,
  keys: { readonly rotationKey?: Uint8Array; readonly recoveryKey?: Uint8Array },
  { workBits, signal }: { readonly workBits: number; readonly signal?: AbortSignal },
): Promise<number | undefined> {
  if (workBits === 0) return undefined
  for (let from = 0; ; from += GRIND_SLICE) {
    signal?.throwIfAborted()
    const nonce = grindNonce({ ...keys, genesisKey, workBits, from, triesLimit: GRIND_SLICE })
    if (nonce !== undefined) return nonce
    await new Promise<void>((next) => {
      setImmediate(next)
    })
  }
}
