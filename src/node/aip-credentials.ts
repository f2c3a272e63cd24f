/**
 * The credentials file of aip 0.5.52 (`~/.aip/credentials.json`), read: a DID, a public and a private
 * Ed25519 key in base64. Its DIDs are made as ours are, so the identity can be brought along, as long as
 * its key is the one that the DID hashes. Other fields say where it was registered, and mean nothing here.
 */
import { equalBytes } from '../base/bytes.ts'
import { PUBLIC_KEY_BYTES, SEED_BYTES } from '../crypto/ed25519.ts'
import { didOf, isDid, type Did } from '../identity/did.ts'
import { NodeError } from './error.ts'
import { nativeSigner } from './native-crypto.ts'

export const CREDENTIALS_LIMIT_BYTES = 65_536
const ENCRYPTED = 'aip-encrypted-v1'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export interface AipCredentials {
  readonly did: Did
  readonly seed: Uint8Array
}

/** @throws {NodeError} `node/credentials-invalid`, without a word of what is secret. */
export function parseAipCredentials(text: string): AipCredentials {
  const fields = asFields(text)
  if (fields['format'] === ENCRYPTED) {
    throw invalid('the file is encrypted; have the program that made it write it in the clear')
  }
  const did = fields['did']
  if (typeof did !== 'string' || !isDid(did)) {
    throw invalid('"did" is not "did:aip:" and 32 lower-case hex digits')
  }
  const seed = seedIn(fields['private_key'])
  const { publicKey } = nativeSigner(seed)
  const told = bytesIn(fields['public_key'])
  if (told?.length !== PUBLIC_KEY_BYTES) throw invalid('"public_key" is not 32 bytes in base64')
  if (!equalBytes(told, publicKey)) throw invalid('its two keys do not belong together')
  if (didOf(publicKey) !== did) {
    throw invalid(
      'its DID is not the hash of its key; one whose key was replaced over there cannot be brought along',
    )
  }
  return { did, seed }
}

function asFields(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('the file is not JSON') // the cause would quote what is secret
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('the file is not a JSON object')
  }
  return Object.fromEntries(Object.entries(value))
}

/** 32 bytes; or 64, where the public key follows, as some libraries have it. */
function seedIn(value: unknown): Uint8Array {
  const bytes = bytesIn(value)
  if (bytes?.length === SEED_BYTES) return bytes
  if (bytes?.length === SEED_BYTES + PUBLIC_KEY_BYTES) {
    const seed = bytes.slice(0, SEED_BYTES)
    if (equalBytes(nativeSigner(seed).publicKey, bytes.subarray(SEED_BYTES))) return seed
  }
  throw invalid('"private_key" is not the 32 bytes of an Ed25519 key in base64')
}

function bytesIn(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length > 128 || !BASE64.test(value)) return undefined
  const bytes = Uint8Array.from(Buffer.from(value, 'base64'))
  // One spelling: the bits that base64 leaves over are zero.
  return Buffer.from(bytes).toString('base64') === value ? bytes : undefined
}

function invalid(reason: string): NodeError {
  return new NodeError({ code: 'node/credentials-invalid', reason })
}
