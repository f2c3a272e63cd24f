/**
 * What range-based set reconciliation costs on the wire, with the parameters that Negentropy
 * publishes: 16 buckets, fingerprints of 16 bytes, ids of 32 bytes listed for 32 and fewer.
 *
 * A plain implementation of the idea (Meyer, "Range-Based Set Reconciliation", 2023), written for
 * this comparison and counting bytes only. Bounds are the shortest that divide: the difference in
 * time as a varint, a length, and as many bytes of the id as equal times ask for. Equality is decided
 * on the sets themselves, so no fingerprint is computed: it is a cost of bytes, not of time.
 */
import { RECORD_KEY_BYTES } from '../../../src/records/replica/key-tree.ts'

const BUCKETS = 16
const FINGERPRINT_BYTES = 16
const ID_BYTES = 32
const LISTED_LIMIT = 32
const TIME_BYTES = RECORD_KEY_BYTES - ID_BYTES

export interface RangeSetsCost {
  readonly bytes: number
  readonly roundTrips: number
}

interface Asked {
  /** Bounds of the range in the asker's list and in the other's. */
  readonly mine: readonly [number, number]
  readonly theirs: readonly [number, number]
  readonly mode: 'fingerprint' | 'list'
}

/** The initiator learns both differences; records are not counted. */
export function rangeSetsCost(
  initiator: readonly Uint8Array[],
  responder: readonly Uint8Array[],
): RangeSetsCost {
  const sides = [initiator, responder] as const
  const sums = [prefixSums(initiator), prefixSums(responder)] as const
  let bytes = 0
  let messages = 0
  let asked: Asked[] = split(
    initiator,
    responder,
    [0, initiator.length],
    [0, responder.length],
    (cost) => {
      bytes += cost
    },
  )
  bytes += 1
  let asker = 0
  messages++
  while (asked.length > 0) {
    const answerer = 1 - asker
    const mineAll = sides[answerer === 0 ? 0 : 1]
    const theirsAll = sides[asker === 0 ? 0 : 1]
    const mineSums = sums[answerer === 0 ? 0 : 1]
    const theirSums = sums[asker === 0 ? 0 : 1]
    const next: Asked[] = []
    let cost = 1
    let lists = 0
    for (const { mine, theirs, mode } of asked) {
      // What the asker calls its own is the other's here.
      const [own, other] = [theirs, mine]
      if (mode === 'list') {
        // The responder answers a list with its own, so that the initiator knows both sides.
        if (answerer === 1) {
          cost += boundBytes(mineAll, own[1]) + 2 + (own[1] - own[0]) * ID_BYTES
          lists++
        }
        continue
      }
      const isEqual =
        own[1] - own[0] === other[1] - other[0] && sumOf(mineSums, own) === sumOf(theirSums, other)
      if (isEqual) continue
      next.push(
        ...split(mineAll, theirsAll, own, other, (part) => {
          cost += part
        }),
      )
    }
    // Ranges that are equal are skipped: one bound for each run of them, at most one a range said.
    if (next.length === 0 && lists === 0) break
    bytes += cost
    messages++
    asked = next
    asker = answerer
  }
  return { bytes, roundTrips: messages / 2 }
}

function split(
  own: readonly Uint8Array[],
  other: readonly Uint8Array[],
  mine: readonly [number, number],
  theirs: readonly [number, number],
  pay: (bytes: number) => void,
): Asked[] {
  const count = mine[1] - mine[0]
  if (count <= LISTED_LIMIT) {
    pay(boundBytes(own, mine[1]) + 2 + count * ID_BYTES)
    return [{ mine, theirs, mode: 'list' }]
  }
  const asked: Asked[] = []
  let from = mine[0]
  let theirFrom = theirs[0]
  for (let bucket = 1; bucket <= BUCKETS; bucket++) {
    const to = mine[0] + Math.floor((count * bucket) / BUCKETS)
    const bound = own[to]
    const theirTo =
      bucket === BUCKETS || bound === undefined
        ? theirs[1]
        : lowerBound(other, bound, theirFrom, theirs[1])
    pay(boundBytes(own, to) + 1 + FINGERPRINT_BYTES)
    asked.push({ mine: [from, to], theirs: [theirFrom, theirTo], mode: 'fingerprint' })
    from = to
    theirFrom = theirTo
  }
  return asked
}

/** A time as a varint of its difference, a length, and the id bytes that tell two keys apart. */
function boundBytes(keys: readonly Uint8Array[], at: number): number {
  const [before, key] = [keys[at - 1], keys[at]]
  if (before === undefined || key === undefined) return 2
  const gap = timeOf(key) - timeOf(before)
  const timeBytes = Math.max(1, Math.ceil(Math.log2(Math.max(2, gap * BUCKETS)) / 7))
  return timeBytes + 1 + (gap === 0 ? 1 : 0)
}

function timeOf(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, TIME_BYTES).getBigUint64(0))
}

function lowerBound(
  keys: readonly Uint8Array[],
  bound: Uint8Array,
  from: number,
  to: number,
): number {
  let [least, most] = [from, to]
  while (least < most) {
    const middle = (least + most) >>> 1
    if (Buffer.compare(keys[middle] ?? bound, bound) < 0) least = middle + 1
    else most = middle
  }
  return least
}

/** Sums of 4 bytes of the ids: equal sums of honest keys mean equal sets, nearly always. */
function prefixSums(keys: readonly Uint8Array[]): Uint32Array {
  const sums = new Uint32Array(keys.length + 1)
  for (const [index, key] of keys.entries()) {
    const at = TIME_BYTES
    const id = ((key[at] ?? 0) << 24) | ((key[at + 1] ?? 0) << 16) | ((key[at + 2] ?? 0) << 8)
    sums[index + 1] = (sums[index] ?? 0) + (id | (key[at + 3] ?? 0))
  }
  return sums
}

function sumOf(sums: Uint32Array, [from, to]: readonly [number, number]): number {
  return ((sums[to] ?? 0) - (sums[from] ?? 0)) >>> 0
}
