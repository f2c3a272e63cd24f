/**
 * Bytes changed by chance, the same for the same dice: bits, bytes, heads of CBOR and varints, parts
 * that go, come twice, change places or come from another input, and heaps of all that.
 */
import { concatBytes, textBytes } from '../../../../src/base/bytes.ts'
import type { Dice } from '../../../../test/simulation/dice.ts'

/** No mutant is longer: above every limit of one message but the largest. */
const MUTANT_LIMIT_BYTES = 300_000
/** Changes to one input. */
const CHANGES_LIMIT = 6
/** A part that moves. */
const PART_LIMIT_BYTES = 64

/** Heads that CBOR, varints and protobuf give a meaning to. */
const HEADS: readonly (readonly number[])[] = [
  [0x00],
  [0x18, 0x00],
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x40],
  [0x5a, 0x7f, 0xff, 0xff, 0xff],
  [0x5f],
  [0x60],
  [0x7a, 0xff, 0xff, 0xff, 0xff],
  [0x80],
  [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81],
  [0x9a, 0xff, 0xff, 0xff, 0xff],
  [0x9f],
  [0xa0],
  [0xba, 0xff, 0xff, 0xff, 0xff],
  [0xbf],
  [0xc0],
  [0xd8, 0x2a, 0x58, 0x25, 0x00],
  [0xf4],
  [0xf5],
  [0xf6],
  [0xf7],
  [0xf9, 0x7e, 0x00],
  [0xfa, 0x7f, 0xc0, 0x00, 0x00],
  [0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xff],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
]

/** Text that parsers of names, paths, headers and JSON stumble over. */
const WORDS: readonly Uint8Array[] = [
  '__proto__ constructor ../ %2e%2e%2f %00 % # ? ; " \\u0000 1e999 -0 9007199254740993 null [[[[[[[[',
  '{"": did:aip: did:key:z6Mk ,, =: : @ // \r\n\0 \u202e \u{1f600}',
]
  .flatMap((line) => line.split(' '))
  .concat('x'.repeat(1_025))
  .map((word) => textBytes(word))

export class Mutator {
  readonly #dice: Dice

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** At least one change to `seed`; `others` lend parts. */
  mutant(seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const dice = this.#dice
    let bytes = seed
    const changes = dice.chance(0.5) ? 1 : dice.between(2, CHANGES_LIMIT)
    for (let made = 0; made < changes; made++) bytes = this.#changed(bytes, others)
    return bytes.length > MUTANT_LIMIT_BYTES ? bytes.slice(0, MUTANT_LIMIT_BYTES) : bytes
  }

  #changed(bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const dice = this.#dice
    const at = dice.below(bytes.length + 1)
    const to = Math.min(bytes.length, at + dice.between(1, PART_LIMIT_BYTES))
    const [before, part, after] = [
      bytes.subarray(0, at),
      bytes.subarray(at, to),
      bytes.subarray(to),
    ]
    switch (dice.below(12)) {
      case 0:
      case 1:
        return this.#bitFlipped(bytes)
      case 2:
        return this.#byteSet(bytes)
      case 3:
        return concatBytes(before, Uint8Array.from(dice.pick(HEADS)), bytes.subarray(at))
      case 4: {
        const head = Uint8Array.from(dice.pick(HEADS))
        return concatBytes(before, head, bytes.subarray(Math.min(bytes.length, at + head.length)))
      }
      case 5:
        return concatBytes(before, after)
      case 6:
        return concatBytes(before, part, part, after)
      case 7:
        return bytes.slice(0, at)
      case 8: {
        const other = dice.pick(others)
        const from = dice.below(other.length + 1)
        return concatBytes(
          before,
          other.subarray(from, from + dice.between(1, PART_LIMIT_BYTES)),
          after,
        )
      }
      case 9:
        return concatBytes(before, dice.pick(WORDS), after)
      case 10:
        return concatBytes(after, part, before)
      default:
        return dice.chance(0.05) ? this.#swollen(bytes, at) : this.#counted(bytes, at)
    }
  }

  #bitFlipped(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice()
    const at = this.#dice.below(Math.max(1, bytes.length))
    changed[at] = (changed[at] ?? 0) ^ (1 << this.#dice.below(8))
    return changed
  }

  #byteSet(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice()
    changed[this.#dice.below(Math.max(1, bytes.length))] = this.#dice.below(256)
    return changed
  }

  /** One more or one less, where a length or a number may stand. */
  #counted(bytes: Uint8Array, at: number): Uint8Array {
    const changed = bytes.slice()
    changed[at] = (changed[at] ?? 0) + (this.#dice.chance(0.5) ? 1 : -1)
    return changed
  }

  /** As large as the largest message may be, or deep. */
  #swollen(bytes: Uint8Array, at: number): Uint8Array {
    const filling = new Uint8Array(this.#dice.pick([1_024, 16_384, 70_000, 262_144]))
    filling.fill(this.#dice.pick([0x00, 0x20, 0x5b, 0x7b, 0x81, 0xa0, 0xff]))
    return concatBytes(bytes.subarray(0, at), filling, bytes.subarray(at))
  }
}
