/**
 * Several files as one: a manifest with the size and hash of each, then their bytes, in its order.
 *
 *     uint32 length of the manifest ‖ manifest (DAG-CBOR) ‖ bytes of the files
 *
 * What is in the files is not looked at here. Specification: docs/spec/identity-files.md, "Backups".
 */
import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { KIB_BYTES } from '../../base/units.ts'
import { decodeCbor, encodeCbor } from '../../crypto/cbor.ts'
import { HASH_BYTES, sha256 } from '../../crypto/hash.ts'
import { DID_BYTES, didBytes, didFromBytes, type Did } from '../../identity/did.ts'
import { BackupError } from './error.ts'

export const PACK_LIMIT_BYTES = 256 * KIB_BYTES * KIB_BYTES
const MANIFEST_LIMIT_BYTES = 16 * KIB_BYTES
const FILES_LIMIT_COUNT = 64
const LENGTH_BYTES = 4
const VERSION = 1
const NAME = /^[a-z][a-z0-9.-]{0,63}$/

export interface Pack {
  readonly did: Did
  readonly network: string
  readonly madeAtMs: number
  /** By name, in order. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

interface Manifest {
  readonly v: number
  readonly a: number
  readonly d: Uint8Array
  readonly n: string
  readonly f: readonly (readonly [string, number, Uint8Array])[]
}

/** @throws {BackupError} `backup/too-large`. */
export function encodePack({ did, network, madeAtMs, files }: Pack): Uint8Array {
  const manifest: Manifest = {
    v: VERSION,
    a: madeAtMs,
    d: didBytes(did),
    n: network,
    f: [...files].map(([name, bytes]) => [name, bytes.length, sha256(bytes)]),
  }
  const head = encodeCbor(manifest)
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, head.length)
  const pack = concatBytes(length, head, ...files.values())
  assertSize(pack)
  return pack
}

/** @throws {BackupError} `backup/too-large`, `backup/newer`, `backup/damaged`. */
export function decodePack(bytes: Uint8Array): Pack {
  assertSize(bytes)
  if (bytes.length < LENGTH_BYTES) throw damaged('it is cut short')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  if (length > MANIFEST_LIMIT_BYTES || end > bytes.length) throw damaged('it has no manifest')
  const manifest = parseManifest(bytes.subarray(LENGTH_BYTES, end))
  const files = new Map<string, Uint8Array>()
  let at = end
  for (const [name, size, hash] of manifest.f) {
    const content = bytes.slice(at, at + size)
    if (files.has(name) || !equalBytes(sha256(content), hash)) {
      throw damaged(`its part "${name}" is not what the manifest says`)
    }
    files.set(name, content)
    at += size
  }
  if (at !== bytes.length) throw damaged('something follows its last part')
  return { did: didFromBytes(manifest.d), network: manifest.n, madeAtMs: manifest.a, files }
}

function parseManifest(bytes: Uint8Array): Manifest {
  let value: unknown
  try {
    value = decodeCbor(bytes, MANIFEST_LIMIT_BYTES)
  } catch (cause) {
    throw damaged('its manifest cannot be read', cause)
  }
  if (hasVersion(value) && value.v > VERSION) {
    throw new BackupError({ code: 'backup/newer', version: String(value.v) })
  }
  if (!isManifest(value)) throw damaged('its manifest does not fit')
  return value
}

function hasVersion(value: unknown): value is { readonly v: number } {
  return typeof value === 'object' && value !== null && 'v' in value && isCount(value.v)
}

function isManifest(value: unknown): value is Manifest {
  return (
    hasVersion(value) &&
    value.v === VERSION &&
    'a' in value &&
    isCount(value.a) &&
    'd' in value &&
    isBytes(value.d, DID_BYTES) &&
    'n' in value &&
    typeof value.n === 'string' &&
    'f' in value &&
    Array.isArray(value.f) &&
    value.f.length <= FILES_LIMIT_COUNT &&
    value.f.every(isEntry) &&
    Object.keys(value).length === 5
  )
}

function isEntry(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [name, size, hash]: readonly unknown[] = value
  return typeof name === 'string' && NAME.test(name) && isCount(size) && isBytes(hash, HASH_BYTES)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function assertSize({ length }: Uint8Array): void {
  if (length > PACK_LIMIT_BYTES) {
    throw new BackupError({ code: 'backup/too-large', limitBytes: PACK_LIMIT_BYTES })
  }
}

function damaged(reason: string, cause?: unknown): BackupError {
  return new BackupError({ code: 'backup/damaged', reason }, cause === undefined ? {} : { cause })
}
