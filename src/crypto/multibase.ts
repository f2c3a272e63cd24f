/** Texts that carry bytes, and say how: CIDs of records, base58 of keys. */
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { concatBytes } from '../base/bytes.ts'
import { HASH_BYTES } from './hash.ts'

/** CIDv1, dag-cbor (0x71), sha2-256 (0x12), 32 bytes. Source: multiformats CID specification. */
const CID_PREFIX = Uint8Array.of(1, 0x71, 0x12, HASH_BYTES)

/** The CIDv1 of dag-cbor bytes whose SHA-256 is `hash`: `bafyrei…`, 59 characters. */
export function cidText(hash: Uint8Array): string {
  return base32.encode(concatBytes(CID_PREFIX, hash))
}

const CID_TEXT = /^bafyrei[a-z2-7]{52}$/

/** The SHA-256 inside a CID as {@link cidText} writes it, or `undefined` for any other text. */
export function hashOfCid(text: string): Uint8Array | undefined {
  if (!CID_TEXT.test(text)) return undefined
  let bytes: Uint8Array
  try {
    bytes = base32.decode(text)
  } catch {
    return undefined // non-zero padding bits: a second spelling
  }
  const hash = bytes.slice(CID_PREFIX.length)
  return cidText(hash) === text ? hash : undefined // else another prefix
}

/** Multicodec ed25519-pub (0xed), as a varint. */
const ED25519_PREFIX = Uint8Array.of(0xed, 0x01)

/** `z6Mk…`: an Ed25519 public key as a Multikey. Source: W3C Controlled Identifiers, Multikey. */
export function multikeyText(publicKey: Uint8Array): string {
  return base58btc.encode(concatBytes(ED25519_PREFIX, publicKey))
}

const MULTIKEY_TEXT = /^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/

/** The 32-byte key in a Multikey text, or `undefined` for any other text. */
export function keyOfMultikey(text: string): Uint8Array | undefined {
  if (!MULTIKEY_TEXT.test(text)) return undefined
  const bytes = base58btc.decode(text)
  if (bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) return undefined
  return bytes.slice(2)
}

/** Any bytes as multibase: `z` and base58 with Bitcoin's alphabet. */
export function base58Text(bytes: Uint8Array): string {
  return base58btc.encode(bytes)
}

/** Base58 takes time in the square of its length: a signature has 88 digits at most. */
const BASE58_TEXT = /^z[1-9A-HJ-NP-Za-km-z]{1,128}$/

/** The bytes in a text as {@link base58Text} writes it, of up to 128 digits; else `undefined`. */
export function bytesOfBase58(text: string): Uint8Array | undefined {
  return BASE58_TEXT.test(text) ? base58btc.decode(text) : undefined
}

/** Any bytes as multibase: `u` and base64url without padding. */
export function base64urlText(bytes: Uint8Array): string {
  return base64url.encode(bytes)
}

/** The bytes in a text as {@link base64urlText} writes it; `undefined` for any other spelling. */
export function bytesOfBase64url(text: string): Uint8Array | undefined {
  if (!/^u[\w-]*$/.test(text)) return undefined
  let bytes: Uint8Array
  try {
    bytes = base64url.decode(text)
  } catch {
    return undefined // a length or padding bits that no encoder leaves
  }
  return base64url.encode(bytes) === text ? bytes : undefined
}

/** Multicodec x25519-pub (0xec), as a varint. */
const X25519_PREFIX = Uint8Array.of(0xec, 0x01)

/** `z6LS…`: an X25519 public key as a Multikey. */
export function agreementMultikeyText(publicKey: Uint8Array): string {
  return base58btc.encode(concatBytes(X25519_PREFIX, publicKey))
}

/** The longest Multikey that is decoded: base58 takes time that grows with the square of its length. */
const MULTIKEY_LIMIT_CHARS = 1_024
const ANY_BASE58_TEXT = /^z[1-9A-HJ-NP-Za-km-z]+$/
/** A multicodec code takes at most this many bytes of seven bits here. */
const CODE_LIMIT_BYTES = 4

/**
 * The multicodec code and the bytes behind it, of any key in base58btc; `undefined` for a text that
 * is none, or whose code is not the shortest spelling of its number.
 */
export function anyMultikey(text: string): { code: number; key: Uint8Array } | undefined {
  if (text.length > MULTIKEY_LIMIT_CHARS || !ANY_BASE58_TEXT.test(text)) return undefined
  const bytes = base58btc.decode(text)
  let code = 0
  for (let at = 0; at < Math.min(CODE_LIMIT_BYTES, bytes.length); at++) {
    const byte = bytes[at] ?? 0
    code |= (byte & 0x7f) << (7 * at)
    if (byte < 0x80) return byte === 0 && at > 0 ? undefined : { code, key: bytes.slice(at + 1) }
  }
  return undefined
}
