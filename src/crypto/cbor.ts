/**
 * Canonical DAG-CBOR: one spelling for each value.
 *
 * What consists of the common kinds is read in one pass that knows the one spelling
 * (`cbor-reader.ts`). The rest goes the thorough way, and the verdict is its verdict: the library's
 * decoder takes unsorted keys, short floats and bad UTF-8, so what it returns is encoded again and
 * compared with what came: bytes that differ are refused. Size and nesting are bounded before the
 * decoder sees a byte. Source: ipld.io/specs/codecs/dag-cbor.
 */
import * as dagCbor from '@ipld/dag-cbor'
import { equalBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { CBOR_DEPTH_LIMIT } from './cbor-depth.ts'
import { readCommonCbor, UNUSUAL } from './cbor-reader.ts'
import { CryptoError } from './error.ts'

/**
 * The one spelling of `value`: integers, byte strings, text, booleans, null, arrays, maps with text
 * keys. Fields that hold `undefined` must be left out by the caller.
 */
export function encodeCbor(value: unknown): Uint8Array {
  const bytes = dagCbor.encode(value)
  // The encoder may hand out a Buffer, whose `slice` shares memory.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * The value that `bytes` spell. Floats and links are canonical DAG-CBOR and come through; schemas
 * refuse them, so that a record of a later version is told from garbage. Text that begins with a
 * byte order mark is refused here, since the decoder drops it.
 *
 * @throws {CryptoError} `cbor/too-large`, `cbor/too-deep` or `cbor/not-canonical`.
 */
export function decodeCbor(bytes: Uint8Array, limitBytes: number): unknown {
  if (bytes.length > limitBytes) {
    throw new CryptoError({ code: 'cbor/too-large', bytes: bytes.length, limitBytes })
  }
  const common = readCommonCbor(bytes)
  return common === UNUSUAL ? decodeThoroughly(bytes) : common
}

/**
 * Any canonical value, by the library's decoder and encoder.
 *
 * @throws {CryptoError} `cbor/too-deep` or `cbor/not-canonical`.
 */
export function decodeThoroughly(bytes: Uint8Array): unknown {
  assertShallow(bytes)
  let value: unknown
  let spelled: Uint8Array
  try {
    value = dagCbor.decode(bytes)
    spelled = dagCbor.encode(value)
  } catch (cause) {
    throw new CryptoError({ code: 'cbor/not-canonical' }, { cause: asError(cause) })
  }
  if (!equalBytes(bytes, spelled)) throw new CryptoError({ code: 'cbor/not-canonical' })
  return value
}

const MAJOR_BYTES = 2
const MAJOR_TEXT = 3
const MAJOR_ARRAY = 4
const MAJOR_MAP = 5
const MAJOR_TAG = 6
const MAJOR_SIMPLE = 7

/**
 * Walks the headers without building anything. Anything odd (indefinite lengths, reserved headers,
 * lengths past the end) stops the walk: the decoder refuses those.
 */
function assertShallow(bytes: Uint8Array): void {
  /** For each open array or map, how many items are still to come. */
  const open: number[] = []
  let at = 0
  while (at < bytes.length) {
    const head = bytes[at++] ?? 0
    const major = head >> 5
    const short = head & 31
    let argument = short
    if (short >= 24) {
      if (short > 27) return
      const width = 1 << (short - 24)
      if (at + width > bytes.length) return
      argument = 0
      if (major !== MAJOR_SIMPLE) {
        for (let next = 0; next < width; next++) argument = argument * 256 + (bytes[at + next] ?? 0)
      }
      at += width
    }
    let children = 0
    if (major === MAJOR_BYTES || major === MAJOR_TEXT) at += argument
    else if (major === MAJOR_ARRAY) children = argument
    else if (major === MAJOR_MAP) children = 2 * argument
    else if (major === MAJOR_TAG) children = 1
    const isNest = major === MAJOR_ARRAY || major === MAJOR_MAP || major === MAJOR_TAG
    if (isNest && open.length === CBOR_DEPTH_LIMIT) {
      throw new CryptoError({ code: 'cbor/too-deep', depthLimit: CBOR_DEPTH_LIMIT })
    }
    if (children > 0) {
      open.push(children)
      continue
    }
    for (let last = open.length - 1; last >= 0; last = open.length - 1) {
      const left = (open[last] ?? 0) - 1
      open[last] = left
      if (left > 0) break
      open.pop()
    }
  }
}
