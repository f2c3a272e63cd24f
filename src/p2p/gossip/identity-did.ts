/** Whose value a message on an identities topic is: read, not checked. */
import { decodeCbor } from '../../crypto/cbor.ts'
import { didOf } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'
import { PUBLIC_KEY_BYTES } from '../../crypto/ed25519.ts'
import { IDENTITY_MESSAGE_LIMIT_BYTES } from '../limits.ts'

/**
 * The DID that the first entry's key names, in `{l: log, …}` and in `{f: [log, log]}`; `undefined`
 * where there is none. Says nothing of validity: the sink does.
 */
export function didOfIdentityValue(bytes: Uint8Array): Did | undefined {
  let value: unknown
  try {
    value = decodeCbor(bytes, IDENTITY_MESSAGE_LIMIT_BYTES)
  } catch {
    return undefined // not canonical: refused elsewhere, with a reason
  }
  const log = field(value, 'l') ?? first(field(value, 'f'))
  const key = field(first(log), 'r')
  return key instanceof Uint8Array && key.length === PUBLIC_KEY_BYTES ? didOf(key) : undefined
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  const found: unknown = Reflect.get(value, name)
  return found
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as readonly unknown[])[0] : undefined
}
