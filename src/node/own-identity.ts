/** This node's own identity: made once, read at every start. Its key is never in the database. */
import { equalBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { didOf, type Did } from '../identity/did.ts'
import { grindNonce } from '../identity/inception.ts'
import { incept, KeyLog } from '../identity/key-log.ts'
import type { Epoch } from '../identity/key-place.ts'
import { NodeError } from './error.ts'
import { openKeyFile, readKeyFile, writeKeyFile, type KeyFile } from './key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from './native-crypto.ts'
import { newBoxKey, type BoxKey } from './passphrase-box.ts'
import { genesisSeed, recoverySeed, rotationSeed } from './recovery-sheet.ts'

/** Tries in one go; between goes the process answers signals. */
const GRIND_SLICE = 4_096

export interface OwnIdentity {
  readonly did: Did
  readonly log: KeyLog
  readonly seed: Uint8Array
  readonly signer: Signer
  /** Seals the key file; left out where the seed lies there in the clear. */
  readonly boxKey?: BoxKey
}

/**
 * Says the passphrase of an encrypted file; asked only when there is one.
 *
 * @throws {NodeError} `node/passphrase-needed` when nobody can say it.
 */
export type PassphraseSource = (path: string) => Promise<string>

const NOBODY: PassphraseSource = (path) =>
  Promise.reject(new NodeError({ code: 'node/passphrase-needed', path }))

/** What of an identity can be read without its passphrase. */
export interface PublicIdentity {
  readonly did: Did
  readonly log: KeyLog
  readonly isEncrypted: boolean
}

/** @throws {NodeError} as {@link readIdentity}, but for the passphrase. */
export async function readPublicIdentity(keyFile: string): Promise<PublicIdentity | undefined> {
  const file = await readKeyFile(keyFile)
  if (file === undefined) return undefined
  const log = parseLog(file.log, keyFile)
  return { did: log.did, log, isEncrypted: !('seed' in file) }
}

/**
 * The identity in this home, or `undefined` when there is none yet.
 *
 * @throws {NodeError} `node/key-file-mode`, `node/key-file-invalid`, `node/passphrase-needed` or
 *   `node/passphrase-wrong`.
 */
export async function readIdentity(
  keyFile: string,
  passphraseOf: PassphraseSource = NOBODY,
): Promise<OwnIdentity | undefined> {
  const file = await readKeyFile(keyFile)
  if (file === undefined) return undefined
  const content = 'seed' in file ? file : await openKeyFile(file, await passphraseOf(keyFile))
  return identityOf(content, keyFile)
}

/** @throws {NodeError} `node/key-file-invalid` when seed and log do not belong together. */
export function identityOf(content: KeyFile, keyFile: string): OwnIdentity {
  const log = parseLog(content.log, keyFile)
  const signer = nativeSigner(content.seed)
  if (!equalBytes(lastEpoch(log).key, signer.publicKey)) {
    const reason = 'its key log names another key'
    throw new NodeError({ code: 'node/key-file-invalid', path: keyFile, reason })
  }
  const { seed, boxKey } = content
  return { did: log.did, log, seed, signer, ...(boxKey !== undefined && { boxKey }) }
}

/**
 * An identity whose key is lost, for looking at what is here and for a recovery: the seed is one of
 * nobody, so it can sign nothing for the agent.
 */
export function keylessIdentity(log: KeyLog, boxKey?: BoxKey): OwnIdentity {
  const seed = randomSeed()
  const own = { did: log.did, log, seed, signer: nativeSigner(seed) }
  return boxKey === undefined ? own : { ...own, boxKey }
}

/** The last operational key: the present one, or of an ended log the one that it ended with. */
export function lastEpoch({ epochs }: KeyLog): Epoch {
  const last = epochs.at(-1)
  if (last === undefined) throw new Error('a valid log has an operational key')
  return last
}

/** Whether the identity committed to keys that can rotate or recover it. */
export function hasSheet(log: KeyLog): boolean {
  return log.entries.some(({ recoveryCommitment }) => recoveryCommitment !== undefined)
}

function parseLog(bytes: Uint8Array, keyFile: string): KeyLog {
  try {
    return KeyLog.parse(bytes, nativeVerifier)
  } catch (cause) {
    const reason = 'its key log does not hold'
    throw new NodeError(
      { code: 'node/key-file-invalid', path: keyFile, reason },
      { cause: asError(cause) },
    )
  }
}

export interface NewIdentity {
  readonly workBits: number
  /** 32 bytes of a recovery sheet; without them the identity can neither rotate nor recover. */
  readonly recoverySecret?: Uint8Array
  /** The genesis key signs the inception alone, and is on the sheet or nowhere. */
  readonly hasColdRoot?: boolean
  /** Brought along from elsewhere: it becomes genesis and operational key in one. */
  readonly seed?: Uint8Array
  readonly passphrase?: string
  /** Gets the sheet to somebody who keeps it, before the identity that rests on it is on disk. */
  readonly keepSheet?: (did: Did) => Promise<void>
  readonly signal?: AbortSignal
}

/**
 * Makes an identity and writes it down.
 *
 * @throws {NodeError} `node/identity-exists`, `node/passphrase-weak` or `node/home-not-writable`; the
 *   signal's reason.
 */
export async function createIdentity(keyFile: string, options: NewIdentity): Promise<OwnIdentity> {
  const present = await readPublicIdentity(keyFile)
  if (present !== undefined) {
    throw new NodeError({ code: 'node/identity-exists', did: present.did })
  }
  const { recoverySecret, hasColdRoot = false, passphrase } = options
  const boxKey = passphrase === undefined ? undefined : await newBoxKey(passphrase)
  const seed = options.seed ?? randomSeed()
  const signer = nativeSigner(seed)
  const genesis = hasColdRoot ? coldGenesis(recoverySecret) : signer
  const keys = {
    ...(hasColdRoot && { operationalKey: signer.publicKey }),
    ...(recoverySecret !== undefined && {
      rotationKey: nativeSigner(rotationSeed(recoverySecret, 0, 1)).publicKey,
      recoveryKey: nativeSigner(recoverySeed(recoverySecret, 1)).publicKey,
    }),
  }
  const nonce = await work({ ...keys, genesisKey: genesis.publicKey }, options)
  const { log } = incept({
    genesis,
    verifier: nativeVerifier,
    ...keys,
    ...(nonce === undefined ? {} : { nonce }),
  })
  await options.keepSheet?.(didOf(genesis.publicKey))
  const content = { seed, log: log.bytes, ...(boxKey !== undefined && { boxKey }) }
  if (!(await writeKeyFile(keyFile, content))) {
    // Another process has made one since; ours is nobody's yet.
    const first = await readPublicIdentity(keyFile)
    throw new NodeError({ code: 'node/identity-exists', did: first?.did ?? '' })
  }
  return identityOf(content, keyFile)
}

function coldGenesis(recoverySecret: Uint8Array | undefined): Signer {
  return nativeSigner(recoverySecret === undefined ? randomSeed() : genesisSeed(recoverySecret))
}

async function work(
  keys: Omit<Parameters<typeof grindNonce>[0], 'workBits' | 'from' | 'triesLimit'>,
  { workBits, signal }: Pick<NewIdentity, 'workBits' | 'signal'>,
): Promise<number | undefined> {
  if (workBits === 0) return undefined
  for (let from = 0; ; from += GRIND_SLICE) {
    signal?.throwIfAborted()
    const nonce = grindNonce({ ...keys, workBits, from, triesLimit: GRIND_SLICE })
    if (nonce !== undefined) return nonce
    await new Promise<void>((next) => {
      setImmediate(next)
    })
  }
}
