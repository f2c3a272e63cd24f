/**
 * The key log of one DID: which keys may sign for it, now and before.
 *
 * A `KeyLog` is always valid; there is no way to one but {@link KeyLog.parse}. It means the same on
 * every network and at any time: it knows no clock, no pins and no other log of the same DID. What
 * becomes of two logs is decided by `log-order.ts`. Specification: docs/spec/identity.md.
 */
import { toHex } from '../base/bytes.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { didOf } from './did.ts'
import type { Did } from './did.ts'
import { IdentityError } from './error.ts'
import { leadingZeroBits, unsignedInception } from './inception.ts'
import type { InceptionKeys } from './inception.ts'
import { COLD_ROOT, placeOfEpoch } from './key-place.ts'
import type { Epoch, KeyPlace } from './key-place.ts'
import { LOG_ENTRIES_LIMIT, LOG_LIMIT_BYTES } from './limits.ts'
import { assertChain, epochsOf } from './log-chain.ts'
import { NO_PARENT, parseEntry, signEntry } from './log-entry.ts'
import type { EntryType, LogEntry } from './log-entry.ts'
import { malformed, parseArray } from './schema.ts'

/** The three stretches of a path, in the order in which a conflict there counts. */
export const STRETCHES = ['inceptions', 'recoveries', 'rotations'] as const
export type Stretch = (typeof STRETCHES)[number]

/** Hashes in hex along each stretch. */
export type LogPath = Readonly<Record<Stretch, readonly string[]>>

export class KeyLog {
  readonly did: Did
  readonly bytes: Uint8Array
  readonly entries: readonly LogEntry[]
  /** H(inception): the name of the branch, should there ever be two. */
  readonly inception: Uint8Array
  readonly inceptionHex: string
  /** H(head entry). */
  readonly head: Uint8Array
  /** Every operational key, oldest first, with those that a recovery names in `p`. */
  readonly epochs: readonly Epoch[]
  /** `undefined` when deactivated. */
  readonly current: Epoch | undefined
  readonly deactivated: boolean
  /** The genesis key: it names the DID, and signs records only where the root is hot. */
  readonly genesisKey: Uint8Array
  /** The genesis key signs the inception alone; another key signs records. */
  readonly hasColdRoot: boolean
  /** Leading zero bits of {@link inception}: a toll for storage, never trust. */
  readonly workBits: number
  /** The hashes of its entries, as `log-order.ts` compares them. */
  readonly path: LogPath

  private constructor(bytes: Uint8Array, inception: LogEntry, entries: readonly LogEntry[]) {
    const head = entries.at(-1) ?? inception
    this.bytes = bytes
    this.entries = entries
    this.did = didOf(inception.authority)
    this.inception = inception.hash
    this.inceptionHex = toHex(inception.hash)
    this.head = head.hash
    this.epochs = epochsOf(entries)
    this.deactivated = head.type === 'deactivation'
    this.current = this.deactivated ? undefined : this.epochs.at(-1)
    this.genesisKey = inception.authority
    this.hasColdRoot = inception.key !== undefined
    this.workBits = leadingZeroBits(inception.hash)
    const hashes = (...types: readonly EntryType[]): readonly string[] =>
      entries.filter(({ type }) => types.includes(type)).map(({ hash }) => toHex(hash))
    this.path = {
      inceptions: hashes('inception'),
      recoveries: hashes('recovery', 'deactivation'),
      rotations: hashes('rotation'),
    }
  }

  /**
   * The log in its bytes, or in the value that they decode to.
   *
   * @throws {IdentityError} `identity/too-large`, `identity/malformed`, `identity/log-full`,
   *   `identity/log-invalid`.
   * @throws {CryptoError} when the bytes are not canonical.
   */
  static parse(value: unknown, verifier: Verifier): KeyLog {
    const decoded = value instanceof Uint8Array ? decodeLog(value) : value
    const items = parseArray(decoded, 'l')
    // I2: bounded before a signature is checked.
    if (items.length > LOG_ENTRIES_LIMIT) {
      throw new IdentityError({ code: 'identity/log-full', entriesLimit: LOG_ENTRIES_LIMIT })
    }
    const entries = items.map((item, at) => parseEntry(item, `l.${at}`))
    const [inception] = entries
    if (inception === undefined) throw malformed('l')
    const bytes = Uint8Array.from(encodeCbor(items))
    assertSize(bytes)
    assertChain(entries, verifier)
    return new KeyLog(bytes, inception, entries)
  }

  /** R8, I16: where a key stands in this log; `undefined` for a key that is not of this DID. */
  place(keyHex: string): KeyPlace | undefined {
    const epoch = this.epochs.find((candidate) => candidate.keyHex === keyHex)
    if (epoch !== undefined) return placeOfEpoch(epoch)
    return this.hasColdRoot && toHex(this.genesisKey) === keyHex ? COLD_ROOT : undefined
  }
}

/** A new identity. Its DID follows from `genesis`. */
export function incept(
  options: InceptionKeys & { readonly genesis: Signer; readonly verifier: Verifier },
): { readonly log: KeyLog } {
  const { genesis, verifier } = options
  return {
    log: KeyLog.parse([signEntry(unsignedInception(options), NO_PARENT, genesis)], verifier),
  }
}

/** I2, I3: size before the decoder sees a byte, then one spelling only. */
function decodeLog(bytes: Uint8Array): unknown {
  assertSize(bytes)
  return decodeCbor(bytes, LOG_LIMIT_BYTES)
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.length > LOG_LIMIT_BYTES) {
    throw new IdentityError({
      code: 'identity/too-large',
      bytes: bytes.length,
      limitBytes: LOG_LIMIT_BYTES,
    })
  }
}
