/**
 * Fixed-width fields, big-endian, one after the other: how keys and rows are written and read.
 * Written in place, since a batch of records is some thousand of them.
 */
import { DID_BYTES, DID_PREFIX, didFromBytes } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'

export const ID_BYTES = 32
export const U16_BYTES = 2
export const U64_BYTES = 8

/** Writes as many bytes as it was made for, in order. */
export class FieldWriter {
  readonly #bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  ascii(text: string): this {
    for (let at = 0; at < text.length; at++) this.#bytes[this.#at++] = text.charCodeAt(at)
    return this
  }

  u8(value: number): this {
    this.#bytes[this.#at++] = value
    return this
  }

  /** @throws {RangeError} when the number does not fit: all that come here are bounded before. */
  u16(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
      throw new RangeError(`not an unsigned 16-bit number: ${value}`)
    }
    return this.u8(value >> 8).u8(value & 0xff)
  }

  u32(value: number): this {
    return this.u8(value >>> 24)
      .u8((value >>> 16) & 0xff)
      .u8((value >>> 8) & 0xff)
      .u8(value & 0xff)
  }

  /** @throws {RangeError} for anything but a safe integer from 0. */
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`not a safe unsigned integer: ${value}`)
    }
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32)
  }

  /** 32 bytes in hex. @throws {RangeError} for other text: ids are parsed before they come here. */
  id(id: string): this {
    return this.#hex(id, ID_BYTES)
  }

  did(did: Did): this {
    return this.#hex(did.slice(DID_PREFIX.length), DID_BYTES)
  }

  raw(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
    return this
  }

  /** @throws {Error} when a field was left out: a key or row of another width is another thing. */
  done(): Uint8Array {
    if (this.#at !== this.#bytes.length) {
      throw new Error(`${this.#at} bytes were written of ${this.#bytes.length}`)
    }
    return this.#bytes
  }

  #hex(text: string, size: number): this {
    const written = text.length === 2 * size ? this.#bytes.write(text, this.#at, size, 'hex') : 0
    if (written !== size) throw new RangeError(`not ${size} bytes in hex`)
    this.#at += size
    return this
  }
}

export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at) * 2 ** 16 + readU16(bytes, at + 2)
}

/** `undefined` when what is there is no safe integer. */
export function readU64(bytes: Uint8Array, at: number): number | undefined {
  if (at + U64_BYTES > bytes.length) return undefined
  const value = readU32(bytes, at) * 2 ** 32 + readU32(bytes, at + 4)
  return Number.isSafeInteger(value) ? value : undefined
}

export function readId(bytes: Uint8Array, at: number): string {
  return hexText(bytes.subarray(at, at + ID_BYTES))
}

export function readDid(bytes: Uint8Array, at: number): Did {
  return didFromBytes(bytes.subarray(at, at + DID_BYTES))
}

/** Lower-case hex, by the runtime: quicker than `base/bytes.ts` for the many ids of a scan. */
export function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
