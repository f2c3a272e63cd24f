/** Byte strings: hex, order, equality. Nothing here is secret-dependent or constant-time. */

const DIGIT = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const HEX_TEXT = /^(?:[0-9a-f]{2})*$/
/** As many bytes as a hash has, at a time. */
const CHUNK_BYTES = 32
const codes = Array.from({ length: 2 * CHUNK_BYTES }, () => 0)
const halfCodes = Array.from({ length: CHUNK_BYTES }, () => 0)

/**
 * Lower-case hex, two characters a byte. Ids, keys and DIDs are written in one piece each: a text
 * that is put together from pairs takes ten times its room until somebody reads it.
 */
export function toHex(bytes: Uint8Array): string {
  const { length } = bytes
  if (length === CHUNK_BYTES) return chunkText(bytes, 0, codes)
  if (length === CHUNK_BYTES / 2) return chunkText(bytes, 0, halfCodes)
  let text = ''
  let at = 0
  for (; at + CHUNK_BYTES <= length; at += CHUNK_BYTES) text += chunkText(bytes, at, codes)
  const rest = Array.from({ length: 2 * (length - at) }, () => 0)
  return text + chunkText(bytes, at, rest)
}

function chunkText(bytes: Uint8Array, from: number, into: number[]): string {
  for (let at = 0; at < into.length; at += 2) {
    const byte = bytes[from + at / 2] ?? 0
    into[at] = DIGIT[byte >> 4] ?? 0
    into[at + 1] = DIGIT[byte & 15] ?? 0
  }
  return String.fromCharCode.apply(null, into)
}

/**
 * The bytes that lower-case hex spells.
 *
 * @throws {RangeError} for anything but pairs of `0-9a-f`: callers check foreign text first.
 */
export function fromHex(text: string): Uint8Array {
  if (!HEX_TEXT.test(text)) throw new RangeError('not lower-case hex')
  const bytes = new Uint8Array(text.length / 2)
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
  return bytes
}

/** Negative, zero or positive: unsigned bytes from the left; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let at = 0; at < common; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const utf8 = new TextEncoder()

/** UTF-8. */
export function textBytes(text: string): Uint8Array {
  return utf8.encode(text)
}
