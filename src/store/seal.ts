/**
 * Sealed rows: every value begins with a CRC-32 of its key and its content.
 *
 * LevelDB as it is built for us does not check its blocks' checksums on reads, so a bit that the
 * disk turned comes back as data, under the wrong key perhaps. A seal finds what happens by accident;
 * against intent there are the record's id and the signatures. Specification: docs/spec/store.md.
 */
import { crc32 } from 'node:zlib'
import { FieldWriter, readU32 } from './fields.ts'

export const SEAL_BYTES = 4

/** A row of `size` bytes of content, its seal left open. */
export function unsealedRow(size: number): FieldWriter {
  return new FieldWriter(SEAL_BYTES + size).u32(0)
}

/** The finished row as the value to store under `key`. */
export function sealRow(key: Uint8Array, row: FieldWriter): Uint8Array {
  const value = row.done()
  const sum = crc32(value.subarray(SEAL_BYTES), crc32(key))
  value[0] = sum >>> 24
  value[1] = (sum >>> 16) & 0xff
  value[2] = (sum >>> 8) & 0xff
  value[3] = sum & 0xff
  return value
}

export function seal(key: Uint8Array, content: Uint8Array): Uint8Array {
  return sealRow(key, unsealedRow(content.length).raw(content))
}

/** The content stored under `key`; `undefined` when the seal is broken. */
export function unseal(key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
  if (value.length < SEAL_BYTES) return undefined
  const content = value.subarray(SEAL_BYTES)
  return crc32(content, crc32(key)) === readU32(value, 0) ? content : undefined
}
