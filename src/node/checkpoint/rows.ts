/**
 * What scores are made from, in rows of 80 bytes: one for each agent of a scope of which there is
 * anything to say. Rows lie in the order of the first bits of the DID, so that one is found where it
 * lies and nothing has to be taken out of the bytes beforehand.
 * Specification: docs/spec/checkpoint.md, K4.
 */
import { didBytes, didFromBytes, type Did } from '../../identity/did.ts'
import type { ScoreInputs } from '../../trust/score-inputs.ts'

export const ROW_BYTES = 80
const DID_BYTES = 16
const HELD = 16
const UNPRUNED = 20
const FLAGS = 24
const OUTCOMES = 28
const ATTESTED = 32
const OBSERVERS = 36
const WEIGHT = 40
const MEAN = 48
const ADAPTATION = 56
const ROBUSTNESS = 64
const LATEST_MS = 72

const HAS_SUMS = 1
const IS_UNSETTLED = 2

const BUCKET_BITS = 16
const FIRST_ROWS = 256

/** Rows as they come, then in order. */
export class RowWriter {
  count = 0
  #bytes = Buffer.alloc(FIRST_ROWS * ROW_BYTES)

  add(did: Did, { held, unprunedHeld, sums, isUnsettled }: ScoreInputs): void {
    const at = this.count * ROW_BYTES
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * at)
    const row = this.#bytes
    row.set(didBytes(did), at)
    row.writeUInt32BE(held, at + HELD)
    row.writeUInt32BE(unprunedHeld, at + UNPRUNED)
    const flags = (sums === undefined ? 0 : HAS_SUMS) | (isUnsettled ? IS_UNSETTLED : 0)
    row.writeUInt32BE(flags, at + FLAGS)
    if (sums !== undefined) {
      row.writeUInt32BE(sums.outcomes, at + OUTCOMES)
      row.writeUInt32BE(sums.attested, at + ATTESTED)
      row.writeUInt32BE(sums.observers, at + OBSERVERS)
      row.writeDoubleBE(sums.weight, at + WEIGHT)
      row.writeDoubleBE(sums.mean, at + MEAN)
      row.writeDoubleBE(sums.adaptation, at + ADAPTATION)
      row.writeDoubleBE(sums.robustness, at + ROBUSTNESS)
      row.writeDoubleBE(sums.latestMs, at + LATEST_MS)
    }
    this.count++
  }

  /** All of them, those with the same first bits side by side. */
  inOrder(): Buffer {
    const ends = bucketEnds(this.#bytes, this.count)
    const sorted = Buffer.alloc(this.count * ROW_BYTES)
    for (let row = this.count - 1; row >= 0; row--) {
      const bucket = bucketAt(this.#bytes, row)
      const place = (ends[bucket] ?? 0) - 1
      ends[bucket] = place
      this.#bytes.copy(sorted, place * ROW_BYTES, row * ROW_BYTES, (row + 1) * ROW_BYTES)
    }
    return sorted
  }
}

/** Rows in order, to be looked up. */
export class RowTable {
  readonly count: number
  readonly #bytes: Buffer
  readonly #ends: Uint32Array

  /** @returns `undefined` when they are not in order. */
  static over(bytes: Buffer): RowTable | undefined {
    let before = 0
    const count = bytes.length / ROW_BYTES
    for (let row = 0; row < count; row++) {
      const bucket = bucketAt(bytes, row)
      if (bucket < before) return undefined
      before = bucket
    }
    return new RowTable(bytes, count)
  }

  private constructor(bytes: Buffer, count: number) {
    this.count = count
    this.#bytes = bytes
    this.#ends = bucketEnds(bytes, count)
  }

  find(did: Did): ScoreInputs | undefined {
    const wanted = didBytes(did)
    const bucket = ((wanted[0] ?? 0) << 8) | (wanted[1] ?? 0)
    const end = this.#ends[bucket] ?? 0
    for (let row = bucket === 0 ? 0 : (this.#ends[bucket - 1] ?? 0); row < end; row++) {
      const at = row * ROW_BYTES
      if (this.#bytes.compare(wanted, 0, DID_BYTES, at, at + DID_BYTES) === 0) {
        return this.#inputsAt(at)
      }
    }
    return undefined
  }

  *dids(): Generator<Did> {
    for (let at = 0; at < this.#bytes.length; at += ROW_BYTES) {
      yield didFromBytes(this.#bytes.subarray(at, at + DID_BYTES))
    }
  }

  #inputsAt(at: number): ScoreInputs {
    const row = this.#bytes
    const flags = row.readUInt32BE(at + FLAGS)
    return {
      held: row.readUInt32BE(at + HELD),
      unprunedHeld: row.readUInt32BE(at + UNPRUNED),
      isUnsettled: (flags & IS_UNSETTLED) !== 0,
      sums:
        (flags & HAS_SUMS) === 0
          ? undefined
          : {
              outcomes: row.readUInt32BE(at + OUTCOMES),
              attested: row.readUInt32BE(at + ATTESTED),
              observers: row.readUInt32BE(at + OBSERVERS),
              weight: row.readDoubleBE(at + WEIGHT),
              mean: row.readDoubleBE(at + MEAN),
              adaptation: row.readDoubleBE(at + ADAPTATION),
              robustness: row.readDoubleBE(at + ROBUSTNESS),
              latestMs: row.readDoubleBE(at + LATEST_MS),
            },
    }
  }
}

function bucketAt(bytes: Buffer, row: number): number {
  return bytes.readUInt16BE(row * ROW_BYTES)
}

/** For each value of the first bits, one more than the last of its rows. */
function bucketEnds(bytes: Buffer, count: number): Uint32Array {
  const ends = new Uint32Array(2 ** BUCKET_BITS)
  for (let row = 0; row < count; row++) {
    const bucket = bucketAt(bytes, row)
    ends[bucket] = (ends[bucket] ?? 0) + 1
  }
  let sum = 0
  for (const [bucket, own] of ends.entries()) {
    sum += own
    ends[bucket] = sum
  }
  return ends
}
