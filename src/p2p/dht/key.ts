/** Where an identity is filed: `/aip/<32 hex>` in the DHT, base32 of that in the datastore. */
import { base32 } from 'multiformats/bases/base32'
import { textBytes } from '../../base/bytes.ts'
import { DID_PREFIX, isDid, type Did } from '../../identity/did.ts'

const KEY_PREFIX = '/aip/'
/** `/aip/` and 32 hex digits. */
const KEY_BYTES = 37
/** kad-dht's name for the rows of values. */
export const RECORD_ROW_PREFIX = '/dht/record/'

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function dhtKey(did: Did): Uint8Array {
  return textBytes(`${KEY_PREFIX}${did.slice(DID_PREFIX.length)}`)
}

/** The DID whose key this is; `undefined` for the key of anything else. */
export function didOfDhtKey(key: Uint8Array): Did | undefined {
  if (key.length !== KEY_BYTES) return undefined
  let text: string
  try {
    text = utf8.decode(key)
  } catch {
    return undefined // not text, so not one of ours
  }
  const did = `${DID_PREFIX}${text.slice(KEY_PREFIX.length)}`
  return text.startsWith(KEY_PREFIX) && isDid(did) ? did : undefined
}

/** The datastore's row for a DHT key. */
export function rowOfDhtKey(key: Uint8Array): string {
  return `${RECORD_ROW_PREFIX}${base32.baseEncode(key)}`
}

/** The DID that a datastore row is about; `undefined` for rows of anything else. */
export function didOfRow(row: string): Did | undefined {
  if (!row.startsWith(RECORD_ROW_PREFIX)) return undefined
  let key: Uint8Array
  try {
    key = base32.baseDecode(row.slice(RECORD_ROW_PREFIX.length))
  } catch {
    return undefined // not base32, so not written by kad-dht
  }
  const did = didOfDhtKey(key)
  return did !== undefined && rowOfDhtKey(key) === row ? did : undefined
}
