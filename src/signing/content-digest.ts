/** The digest of a body, as a header carries it. Source: RFC 9530, section 2. */
import { parseDictionary, serializeDictionary } from 'structured-headers'
import { equalBytes } from '../base/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

const ALGORITHM = 'sha-256'

/** `sha-256=:…:`. */
export function contentDigest(body: Uint8Array): string {
  return serializeDictionary(new Map([[ALGORITHM, [sha256(body), new Map()]]]))
}

/** Whether a header names the SHA-256 of these bytes. Other algorithms beside it are passed over. */
export function fitsDigest(header: string, body: Uint8Array): boolean {
  try {
    const [value] = parseDictionary(header).get(ALGORITHM) ?? []
    return value instanceof ArrayBuffer && equalBytes(new Uint8Array(value), sha256(body))
  } catch {
    return false
  }
}
