/** Byte strings: hex, order, equality. Nothing here is secret-dependent or constant-time. */

const DIGIT_CODES = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const DIGITS_AT_A_TIME = 1_024
const HEX_TEXT = /^(?:[0-9a-f]{2})*$/

/** Lower-case hex, two characters a byte. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length <= DIGITS_AT_A_TIME / 2) return hexOf(bytes)
  let text = ''
  for (let at = 0; at < bytes.length; at += DIGITS_AT_A_TIME / 2) {
    text += hexOf(bytes.subarray(at, at + DIGITS_AT_A_TIME / 2))
  }
  return text
}

/** One flat text: a chain of short ones takes some twenty times its size until somebody reads it. */
function hexOf(bytes: Uint8Array): string {
  const codes: number[] = []
  for (const byte of bytes) {
    codes.push(DIGIT_CODES[byte >> 4] ?? 0, DIGIT_CODES[byte & 15] ?? 0)
  }
  return String.fromCharCode(...codes)
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
