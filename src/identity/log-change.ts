/**
 * The next word in a key log, for who holds the key that may say it: rotate, recover, deactivate.
 *
 * Each builder returns a whole new log, validated as a stranger's would be: a rotation key from the
 * wrong recovery sheet is refused here with the same fault as at a peer. Keys that authorise are
 * used once; who calls destroys them afterwards. Specification: docs/spec/identity.md.
 */
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { commitments } from './inception.ts'
import type { NextKeys } from './inception.ts'
import { KeyLog } from './key-log.ts'
import type { Epoch, Retirement } from './key-place.ts'
import { NO_PARENT, signEntry, wireSignedEntry } from './log-entry.ts'
import type { EarlierKey, LogEntry, UnsignedEntry } from './log-entry.ts'

interface Replacement {
  readonly log: KeyLog
  /** The key that was committed to: the rotation key of the head, or the recovery key. */
  readonly authority: Signer
  /** Nothing by the outgoing operational key counts any more. */
  readonly compromised?: boolean
  /** The last author sequence by the outgoing operational key that counts. */
  readonly reach?: number
  readonly verifier: Verifier
}

interface Built {
  readonly log: KeyLog
}

/** A new operational key, by the rotation key that the head committed to. */
export function rotate(
  options: Replacement & {
    readonly operationalKey: Uint8Array
    readonly rotationKey?: Uint8Array
  },
): Built {
  const { log, authority, verifier, operationalKey } = options
  const entry = signEntry(
    {
      type: 'rotation',
      key: operationalKey,
      ...commitments({ rotationKey: options.rotationKey }),
      ...outgoing(options),
    },
    log.head,
    authority,
  )
  return { log: KeyLog.parse([...log.entries.map(wireSignedEntry), entry], verifier) }
}

/**
 * A new generation, by the recovery key: new operational, rotation and recovery keys. The rotations
 * of the last generation leave the log; of their operational keys, those that were not compromised
 * stay named, as far as they counted.
 */
export function recover(
  options: Replacement &
    NextKeys & {
      readonly operationalKey: Uint8Array
    },
): Built {
  const { log, authority, verifier, operationalKey } = options
  const generations = generationsOf(log)
  const { root, dropped } = closeGeneration(options)
  const entry = signEntry(
    {
      type: 'recovery',
      key: operationalKey,
      ...commitments(options),
      ...root,
      ...(dropped.length > 0 && { earlierKeys: dropped }),
    },
    generations.parentHash,
    authority,
  )
  return { log: KeyLog.parse([...generations.wire, entry], verifier) }
}

/**
 * The end of the identity, by the recovery key. Operational keys of the last generation's rotations
 * leave the log with their records: an owner who wants those kept recovers first.
 */
export function deactivate(options: Replacement): Built {
  const { log, authority, verifier } = options
  const generations = generationsOf(log)
  const entry = signEntry(
    { type: 'deactivation', ...closeGeneration(options).root },
    generations.parentHash,
    authority,
  )
  return { log: KeyLog.parse([...generations.wire, entry], verifier) }
}

type Outgoing = Pick<UnsignedEntry, 'compromised' | 'reach'>

function outgoing(retired: {
  readonly compromised?: boolean
  readonly reach?: number | undefined
}): Outgoing {
  return {
    ...(retired.compromised === true && { compromised: true }),
    ...(retired.reach !== undefined && { reach: retired.reach }),
  }
}

/** The inception and the recoveries: what a new generation stands on. */
function generationsOf(log: KeyLog): {
  readonly wire: readonly unknown[]
  readonly parentHash: Uint8Array
} {
  const entries: readonly LogEntry[] = log.entries.filter(({ type }) => type !== 'rotation')
  return { wire: entries.map(wireSignedEntry), parentHash: entries.at(-1)?.hash ?? NO_PARENT }
}

/** What a recovery says of the keys of the generation that it ends: of its first, and of the rest. */
function closeGeneration(options: Replacement): {
  readonly root: Outgoing
  readonly dropped: readonly EarlierKey[]
} {
  const { log, compromised, reach } = options
  const generation = log.epochs.at(-1)?.generation
  const [first, ...rest] = log.epochs.filter((epoch) => epoch.generation === generation)
  const ending = (epoch: Epoch | undefined): Retirement =>
    epoch?.retired ?? { compromised: compromised === true, reach }
  return {
    root: outgoing(ending(first)),
    dropped: rest
      .map((epoch) => ({ key: epoch.key, ...ending(epoch) }))
      .filter((earlier) => !earlier.compromised)
      .map((earlier) => ({ key: earlier.key, reach: earlier.reach ?? Number.MAX_SAFE_INTEGER })),
  }
}
