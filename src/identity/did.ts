/**
 * `did:aip`: a name that hashes its key.
 *
 * `did:aip:` and the first 16 bytes, in lower-case hex, of SHA-256 of a raw 32-byte Ed25519 public
 * key, the genesis key. Other projects use the method name with another syntax; those get
 * `identity/did-invalid`, never a guess. Specification: docs/spec/identity.md.
 */
import { fromHex, toHex } from '../base/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import { multikeyText } from '../crypto/multibase.ts'
import { IdentityError } from './error.ts'

export type Did = `did:aip:${string}`

export const DID_PREFIX = 'did:aip:'
export const DID_BYTES = 16
const DID_CHARS = DID_PREFIX.length + 2 * DID_BYTES
const DID_TEXT = /^did:aip:[0-9a-f]{32}$/

/** The DID that `genesisKey` (32 bytes, Ed25519) names for ever. */
export function didOf(genesisKey: Uint8Array): Did {
  return didFromBytes(sha256(genesisKey).subarray(0, DID_BYTES))
}

export function isDid(text: string): text is Did {
  return text.length === DID_CHARS && DID_TEXT.test(text)
}

/** @throws {IdentityError} `identity/did-invalid` for any other text. */
export function parseDid(text: string): Did {
  if (!isDid(text)) throw new IdentityError({ code: 'identity/did-invalid' })
  return text
}

/** The 16 bytes that records and logs carry. */
export function didBytes(did: Did): Uint8Array {
  return fromHex(did.slice(DID_PREFIX.length))
}

/** The DID whose 16 bytes these are. @throws {RangeError} when they are not 16. */
export function didFromBytes(bytes: Uint8Array): Did {
  if (bytes.length !== DID_BYTES) throw new RangeError(`a DID is ${DID_BYTES} bytes`)
  return `${DID_PREFIX}${toHex(bytes)}`
}

/** The same key's name for systems that know nothing of us. Source: W3C CCG did:key, section 3. */
export function didKeyOf(publicKey: Uint8Array): `did:key:${string}` {
  return `did:key:${multikeyText(publicKey)}`
}
