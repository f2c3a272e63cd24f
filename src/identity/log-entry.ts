/**
 * One entry of a key log: its fields, its one spelling, its hash.
 *
 * An entry says who may sign for the DID from now on, and commits to the hashes of the keys that may
 * say the next word. Whether its place in a log and its signature are right is decided by
 * `log-chain.ts`. Specification: docs/spec/identity.md, "The key log".
 */
import { concatBytes } from '../base/bytes.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { globalMessage } from '../crypto/domain.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/ed25519.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { HASH_BYTES, sha256 } from '../crypto/hash.ts'
import { malformed, parseArray, parseBytes, parseFields, parseMap, parseUint } from './schema.ts'

export const ENTRY_TYPES = ['inception', 'rotation', 'recovery', 'deactivation'] as const
export type EntryType = (typeof ENTRY_TYPES)[number]

/** An operational key of an earlier time, and the last author sequence by it that counts. */
export interface EarlierKey {
  readonly key: Uint8Array
  readonly reach: number
}

export interface UnsignedEntry {
  readonly type: EntryType
  /** `r`: the key that signs this entry and nothing else; of an inception, the genesis key. */
  readonly authority: Uint8Array
  /** `k`: the operational key that this entry installs. */
  readonly key?: Uint8Array
  /** `n`: hash of the next rotation key. */
  readonly rotationCommitment?: Uint8Array
  /** `c`: hash of the recovery key. */
  readonly recoveryCommitment?: Uint8Array
  /** `w`: what makes the inception's hash start with zero bits. */
  readonly nonce?: number
  /** `x`: nothing by the outgoing key counts. */
  readonly compromised?: boolean
  /** `q`: the last author sequence by the outgoing key that counts. */
  readonly reach?: number
  /** `p`: operational keys of rotations that a recovery drops, in the order of those rotations. */
  readonly earlierKeys?: readonly EarlierKey[]
}

export interface LogEntry extends UnsignedEntry {
  readonly signature: Uint8Array
  /** The entry in DAG-CBOR without `s`: what is hashed, and with the parent's hash signed. */
  readonly body: Uint8Array
  /** H(entry), 32 bytes. */
  readonly hash: Uint8Array
}

/** The parent that an inception signs. */
export const NO_PARENT: Uint8Array = new Uint8Array(HASH_BYTES)

/** The hash that stands for a key until it is used. */
export function commitmentOf(publicKey: Uint8Array): Uint8Array {
  return sha256(globalMessage('aip:key-commitment:v1', publicKey))
}

/** What `r` signs: the entry, and the whole chain of authority behind it. */
export function entryMessage(parentHash: Uint8Array, body: Uint8Array): Uint8Array {
  return globalMessage('aip:key-log:v1', concatBytes(parentHash, body))
}

/** The fields of each type. I4: what an entry of that type cannot mean, it cannot say. */
const SHAPES = [
  { required: ['t', 'r', 's'], optional: ['k', 'n', 'c', 'w'] },
  { required: ['t', 'r', 'k', 's'], optional: ['n', 'x', 'q'] },
  { required: ['t', 'r', 'k', 's'], optional: ['n', 'c', 'x', 'q', 'p'] },
  { required: ['t', 'r', 's'], optional: ['x', 'q'] },
] as const

/**
 * The entry in a decoded map.
 *
 * @throws {IdentityError} `identity/malformed`.
 */
export function parseEntry(value: unknown, path: string): LogEntry {
  const typeCode = parseUint(parseMap(value, path)['t'], `${path}.t`)
  const shape = SHAPES[typeCode]
  const type = ENTRY_TYPES[typeCode]
  if (shape === undefined || type === undefined) throw malformed(`${path}.t`)
  const { s, ...unsigned } = parseFields(value, path, shape)
  const bytesOf = (name: string, length: number): Uint8Array =>
    parseBytes(unsigned[name], `${path}.${name}`, length)
  if (unsigned['x'] !== undefined && unsigned['x'] !== 1) throw malformed(`${path}.x`)
  const body = Uint8Array.from(encodeCbor(unsigned))
  return {
    type,
    authority: bytesOf('r', PUBLIC_KEY_BYTES),
    ...('k' in unsigned && { key: bytesOf('k', PUBLIC_KEY_BYTES) }),
    ...('n' in unsigned && { rotationCommitment: bytesOf('n', HASH_BYTES) }),
    ...('c' in unsigned && { recoveryCommitment: bytesOf('c', HASH_BYTES) }),
    ...('w' in unsigned && { nonce: parseUint(unsigned['w'], `${path}.w`) }),
    ...('x' in unsigned && { compromised: true }),
    ...('q' in unsigned && { reach: parseUint(unsigned['q'], `${path}.q`) }),
    ...('p' in unsigned && { earlierKeys: parseEarlierKeys(unsigned['p'], `${path}.p`) }),
    signature: parseBytes(s, `${path}.s`, SIGNATURE_BYTES),
    body,
    hash: sha256(body),
  }
}

function parseEarlierKeys(value: unknown, path: string): readonly EarlierKey[] {
  return parseArray(value, path).map((item, at) => {
    const pair = parseArray(item, `${path}.${at}`)
    if (pair.length !== 2) throw malformed(`${path}.${at}`)
    return {
      key: parseBytes(pair[0], `${path}.${at}.0`, PUBLIC_KEY_BYTES),
      reach: parseUint(pair[1], `${path}.${at}.1`),
    }
  })
}

/** The map that is encoded, without its signature. */
export function wireEntry(entry: UnsignedEntry): Record<string, unknown> {
  return {
    t: ENTRY_TYPES.indexOf(entry.type),
    r: entry.authority,
    ...(entry.key !== undefined && { k: entry.key }),
    ...(entry.rotationCommitment !== undefined && { n: entry.rotationCommitment }),
    ...(entry.recoveryCommitment !== undefined && { c: entry.recoveryCommitment }),
    ...(entry.nonce !== undefined && { w: entry.nonce }),
    ...(entry.compromised === true && { x: 1 }),
    ...(entry.reach !== undefined && { q: entry.reach }),
    ...(entry.earlierKeys !== undefined && {
      p: entry.earlierKeys.map(({ key, reach }) => [key, reach]),
    }),
  }
}

/** The same entry as it stands in a log that is being encoded. */
export function wireSignedEntry(entry: LogEntry): Record<string, unknown> {
  return { ...wireEntry(entry), s: entry.signature }
}

/** The signed map of a new entry. `signer` holds `entry.authority`. */
export function signEntry(
  entry: Omit<UnsignedEntry, 'authority'>,
  parentHash: Uint8Array,
  signer: Signer,
): Record<string, unknown> {
  const unsigned = wireEntry({ ...entry, authority: signer.publicKey })
  return { ...unsigned, s: signer.sign(entryMessage(parentHash, encodeCbor(unsigned))) }
}
