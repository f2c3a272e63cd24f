/**
 * Bundles: records, and the identity values that they need, in one file.
 *
 * A header line, then items, each with its length before it, then an end that says how many there
 * were, so that a file cut short is noticed. Files may be large: items are decoded as the chunks
 * come in, and no more than one item is held. What an item says is not looked at here.
 * Specification: docs/spec/records.md, "Bundles".
 */
import { concatBytes, equalBytes, textBytes } from '../base/bytes.ts'
import { AipError } from '../base/error.ts'
import type { Counting } from '../identity/key-place.ts'
import { LARGEST_RECORD_BYTES } from './wire.ts'

export interface BundleItem {
  readonly kind: 'identity' | 'record'
  readonly bytes: Uint8Array
}

export type BundleFault =
  | { readonly code: 'bundle/not-a-bundle' }
  | { readonly code: 'bundle/malformed'; readonly offset: number }
  | { readonly code: 'bundle/cut-short'; readonly itemCount: number }
  /** An item that is sound in itself, by a key whose word does not count any more. */
  | { readonly code: 'bundle/key-retired'; readonly counting: Exclude<Counting, 'counts'> }

export class BundleError extends AipError<BundleFault> {
  override readonly name = 'BundleError'

  constructor(fault: BundleFault) {
    super(fault, sentence(fault))
  }
}

function sentence(fault: BundleFault): string {
  switch (fault.code) {
    case 'bundle/not-a-bundle':
      return 'The file is not a bundle: it does not begin with "aip-bundle:v1".'
    case 'bundle/malformed':
      return `The bundle is damaged at byte ${fault.offset}.`
    case 'bundle/cut-short':
      return `The bundle is cut short: it ends after ${fault.itemCount} items, without its end mark.`
    case 'bundle/key-retired':
      return KEY_RETIRED[fault.counting]
  }
}

const KEY_RETIRED: Readonly<Record<Exclude<Counting, 'counts'>, string>> = {
  'beyond-reach': 'The key was retired before, and the record is beyond its reach.',
  compromised: 'The issuer has given the key up as stolen.',
  'cold-root': 'The key signs the inception of its agent and no records.',
}

/** The largest identity value is smaller. */
export const BUNDLE_ITEM_LIMIT_BYTES = LARGEST_RECORD_BYTES

const HEADER = textBytes('aip-bundle:v1\n')
const END = 0
const IDENTITY = 1
const RECORD = 2
const COUNT_BYTES = 8

/** A small bundle as a whole: identities first, since they decide about the records. */
export function encodeBundle(parts: {
  readonly identities: Iterable<Uint8Array>
  readonly records: Iterable<Uint8Array>
}): Uint8Array {
  const chunks = [HEADER]
  let itemCount = 0
  for (const bytes of parts.identities) {
    chunks.push(encodeItem({ kind: 'identity', bytes }))
    itemCount++
  }
  for (const bytes of parts.records) {
    chunks.push(encodeItem({ kind: 'record', bytes }))
    itemCount++
  }
  return concatBytes(...chunks, encodeEnd(itemCount))
}

/** A bundle of any size, a chunk for each item. */
export async function* encodeBundleChunks(
  items: AsyncIterable<BundleItem> | Iterable<BundleItem>,
): AsyncGenerator<Uint8Array> {
  yield HEADER
  let itemCount = 0
  for await (const item of items) {
    yield encodeItem(item)
    itemCount++
  }
  yield encodeEnd(itemCount)
}

/**
 * The items of a bundle, as its bytes come in, cut wherever the reader cut them.
 *
 * @throws {BundleError}
 */
export async function* decodeBundle(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<BundleItem> {
  const decoder = new BundleDecoder()
  for await (const chunk of chunks) {
    decoder.push(chunk)
    for (let item = decoder.next(); item !== undefined; item = decoder.next()) yield item
  }
  decoder.assertEnded()
}

function encodeItem({ kind, bytes }: BundleItem): Uint8Array {
  if (bytes.length > BUNDLE_ITEM_LIMIT_BYTES) {
    throw new RangeError(`an item of a bundle has at most ${BUNDLE_ITEM_LIMIT_BYTES} bytes`)
  }
  return frame(kind === 'identity' ? IDENTITY : RECORD, bytes)
}

function encodeEnd(itemCount: number): Uint8Array {
  const count = new Uint8Array(COUNT_BYTES)
  new DataView(count.buffer).setBigUint64(0, BigInt(itemCount))
  return frame(END, count)
}

/** Length of kind and payload, as an unsigned varint; kind; payload. */
function frame(kind: number, payload: Uint8Array): Uint8Array {
  const head: number[] = []
  let length = payload.length + 1
  for (; length > 0x7f; length >>= 7) head.push((length & 0x7f) | 0x80)
  return concatBytes(Uint8Array.from([...head, length, kind]), payload)
}

/** Bytes of the longest length. */
const LENGTH_LIMIT_BYTES = 3

class BundleDecoder {
  #rest: Uint8Array = new Uint8Array()
  /** Bytes of the bundle before `rest`. */
  #offset = 0
  #itemCount = 0
  #state: 'header' | 'items' | 'ended' = 'header'

  push(chunk: Uint8Array): void {
    if (this.#state === 'ended' && chunk.length > 0) throw this.#malformed()
    this.#rest = this.#rest.length === 0 ? chunk : concatBytes(this.#rest, chunk)
  }

  /** The next item, or `undefined` until more has come in. */
  next(): BundleItem | undefined {
    if (this.#state === 'header' && !this.#readHeader()) return undefined
    if (this.#state === 'ended') {
      if (this.#rest.length > 0) throw this.#malformed()
      return undefined
    }
    const length = this.#readLength()
    if (length === undefined) return undefined
    const { value, bytes: headBytes } = length
    if (value < 1 || value > BUNDLE_ITEM_LIMIT_BYTES + 1) throw this.#malformed()
    if (this.#rest.length < headBytes + value) return undefined
    const kind = this.#rest[headBytes]
    const payload = this.#rest.slice(headBytes + 1, headBytes + value)
    if (kind === END) {
      this.#readEnd(payload)
      this.#advance(headBytes + value)
      return this.next()
    }
    if (kind !== IDENTITY && kind !== RECORD) throw this.#malformed()
    this.#advance(headBytes + value)
    this.#itemCount++
    return { kind: kind === IDENTITY ? 'identity' : 'record', bytes: payload }
  }

  assertEnded(): void {
    if (this.#state === 'header') throw new BundleError({ code: 'bundle/not-a-bundle' })
    if (this.#state !== 'ended') {
      throw new BundleError({ code: 'bundle/cut-short', itemCount: this.#itemCount })
    }
  }

  #readHeader(): boolean {
    const seen = this.#rest.subarray(0, HEADER.length)
    if (!equalBytes(seen, HEADER.subarray(0, seen.length))) {
      throw new BundleError({ code: 'bundle/not-a-bundle' })
    }
    if (seen.length < HEADER.length) return false
    this.#advance(HEADER.length)
    this.#state = 'items'
    return true
  }

  #readLength(): { readonly value: number; readonly bytes: number } | undefined {
    let value = 0
    for (let at = 0; at < LENGTH_LIMIT_BYTES; at++) {
      const byte = this.#rest[at]
      if (byte === undefined) return undefined
      value |= (byte & 0x7f) << (7 * at)
      if (byte > 0x7f) continue
      // A zero at the end of a longer length would be a second spelling.
      if (byte === 0 && at > 0) throw this.#malformed()
      return { value, bytes: at + 1 }
    }
    throw this.#malformed()
  }

  #readEnd(payload: Uint8Array): void {
    if (payload.length !== COUNT_BYTES) throw this.#malformed()
    const view = new DataView(payload.buffer, payload.byteOffset, COUNT_BYTES)
    if (view.getBigUint64(0) !== BigInt(this.#itemCount)) throw this.#malformed()
    this.#state = 'ended'
  }

  #advance(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes)
    this.#offset += bytes
  }

  #malformed(): BundleError {
    return new BundleError({ code: 'bundle/malformed', offset: this.#offset })
  }
}
