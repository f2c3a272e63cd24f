/**
 * Whether entries form one key log, and whose time each operational key had.
 *
 * There are two chains. Generations: the inception, then recoveries, each authorised by the recovery
 * key that the generation before it committed to. Rotations: inside the last generation, each
 * authorised by the rotation key that the entry before it committed to. A recovery drops the
 * rotations of its predecessor, so generations stand first in a log and rotations last; a
 * deactivation is authorised as a recovery is, and ends the log.
 *
 *     inception ── recovery ── recovery ── rotation ── rotation
 *                                       └─ deactivation
 *
 * Specification: docs/spec/identity.md, I5–I9, I16.
 */
import { equalBytes, toHex } from '../base/bytes.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import { IdentityError } from './error.ts'
import type { LogFlaw } from './error.ts'
import type { Epoch, Retirement } from './key-place.ts'
import { commitmentOf, entryMessage, NO_PARENT } from './log-entry.ts'
import type { EntryType, LogEntry } from './log-entry.ts'

/** I5: what may follow what. */
const SUCCESSORS: Record<EntryType, readonly EntryType[]> = {
  inception: ['recovery', 'rotation', 'deactivation'],
  recovery: ['recovery', 'rotation', 'deactivation'],
  rotation: ['rotation'],
  deactivation: [],
}

/** @throws {IdentityError} `identity/log-invalid`, at the first entry that is at fault. */
export function assertChain(entries: readonly LogEntry[], verifier: Verifier): void {
  const keys = new KeysOfLog()
  /** The entry before: by I5 no recovery stands after a rotation, so it is the parent of any entry. */
  let parent: LogEntry | undefined
  for (const [at, entry] of entries.entries()) {
    const refuse = (reason: LogFlaw): IdentityError =>
      new IdentityError({ code: 'identity/log-invalid', entry: at, reason })

    // I5: one inception, first; rotations of the last generation only; nothing after the end.
    const isInPlace =
      parent === undefined
        ? entry.type === 'inception'
        : SUCCESSORS[parent.type].includes(entry.type)
    if (!isInPlace) throw refuse('it cannot stand at this place')

    // I6: only the key whose hash was published beforehand may say the next word.
    if (parent !== undefined) {
      const commitment =
        entry.type === 'rotation' ? parent.rotationCommitment : parent.recoveryCommitment
      const isCommitted =
        commitment !== undefined && equalBytes(commitment, commitmentOf(entry.authority))
      if (!isCommitted) throw refuse('its authorising key is not the one committed to')
    }

    // I8, I9: a revealed key never becomes a signing key, and no key serves twice.
    const flaw = keys.add(entry)
    if (flaw !== undefined) throw refuse(flaw)

    // I7: the signature covers the parent's hash, and so the whole chain of authority.
    const isSigned = verifier.verifyNow({
      message: entryMessage(parent?.hash ?? NO_PARENT, entry.body),
      signature: entry.signature,
      publicKey: entry.authority,
    })
    if (!isSigned) throw refuse('its signature does not hold')

    parent = entry
  }
}

/** The keys seen so far, whatever they did: none comes twice. */
class KeysOfLog {
  readonly #seen = new Set<string>()

  add(entry: LogEntry): LogFlaw | undefined {
    if (!this.#addNew(entry.authority)) return 'its authorising key was used before'
    const { earlierKeys = [], key } = entry
    const operational = [...earlierKeys.map((earlier) => earlier.key), ...(key ? [key] : [])]
    const areNew = operational.every((each) => this.#addNew(each))
    return areNew ? undefined : 'its operational key is not new in the log'
  }

  /** @returns whether it was new. */
  #addNew(key: Uint8Array): boolean {
    const { size } = this.#seen
    return this.#seen.add(toHex(key)).size > size
  }
}

/** Every operational key of a valid log, oldest first. I16. */
export function epochsOf(entries: readonly LogEntry[]): readonly Epoch[] {
  const epochs: Epoch[] = []
  let generation = -1
  for (const [at, entry] of entries.entries()) {
    if (entry.type === 'deactivation') break
    const previous = epochs.at(-1)
    const isRotation = entry.type === 'rotation' && previous !== undefined
    if (!isRotation) generation += 1
    for (const [index, earlier] of (entry.earlierKeys ?? []).entries()) {
      epochs.push(
        epoch(generation - 1, index + 1, earlier.key, { compromised: false, reach: earlier.reach }),
      )
    }
    const key = entry.key ?? entry.authority
    epochs.push(
      epoch(generation, isRotation ? previous.rotation + 1 : 0, key, retirement(entries[at + 1])),
    )
  }
  return epochs
}

function epoch(generation: number, rotation: number, key: Uint8Array, retired?: Retirement): Epoch {
  const keyHex = toHex(key)
  return { generation, rotation, key, keyHex, ...(retired !== undefined && { retired }) }
}

/** What an entry says of the operational key before it. */
function retirement(successor: LogEntry | undefined): Retirement | undefined {
  return successor && { compromised: successor.compromised === true, reach: successor.reach }
}
