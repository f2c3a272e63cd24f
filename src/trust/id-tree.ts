/**
 * Which records a view is made from, in one number that is kept up to date record by record.
 *
 * A tree over the hex digits of the ids. Up to 16 ids lie together in a leaf; more are divided by
 * their next digit. So the shape, and with it the digest, depends on the set of ids alone, in any
 * order of coming and going. Hashes are kept down to where some ten ids lie under each; what is below
 * is hashed again when one of them changed, and only when the digest is asked for.
 * Specification: docs/spec/scoring.md, T27.
 */
import { toHex } from '../base/bytes.ts'
import { HASH_BYTES, sha256 } from '../crypto/hash.ts'
import type { RecordId } from '../records/record.ts'
import { NO_ID, PackedIds } from './packed-ids.ts'

const LEAF_IDS_LIMIT = 16
const BRANCHES = 16
const LEAF_MARK = 0
const INNER_MARK = 1
/** A further level of hashes is kept from so many ids for each of its nodes on. */
const IDS_OF_KEPT_NODE = 8
/** 2^24 ids and more have no further level. */
const LEVELS_LIMIT = 6

/** One level of the tree, by prefix. */
interface Level {
  readonly counts: Int32Array
  readonly hashes: Uint8Array
  readonly isFresh: Uint8Array
}

export class IdTree {
  /** The ids, with a slot each for whoever has the tree. */
  readonly ids: PackedIds
  #levels: Level[] = []
  #digest: string | undefined

  constructor(ids = new PackedIds()) {
    this.ids = ids
    this.#levels = [levelOf(0)]
  }

  static of(ids: Iterable<RecordId>): IdTree {
    const tree = new IdTree()
    for (const id of ids) tree.add(id)
    return tree
  }

  get size(): number {
    return this.ids.size
  }

  /** @returns its number when it is new, else {@link NO_ID}. */
  add(id: RecordId): number {
    const { size } = this.ids
    const number = this.ids.take(id)
    if (this.ids.size === size) return NO_ID
    this.#count(number, 1)
    if (this.ids.size > IDS_OF_KEPT_NODE * BRANCHES ** this.#levels.length) this.#deepen()
    return number
  }

  /** @returns the number that it had, or {@link NO_ID} when it was not there. */
  delete(id: RecordId): number {
    const number = this.ids.numberOf(id)
    if (number === NO_ID) return NO_ID
    this.#count(number, -1)
    this.ids.delete(number)
    return number
  }

  /**
   * Hashes what changed, in a bounded slice.
   *
   * @param hashLimit  How many hashes to compute, about.
   * @returns whether {@link digest} costs nothing now.
   */
  settle(hashLimit: number): boolean {
    return this.#hashedWithin(0, 0, { left: hashLimit })
  }

  /** SHA-256, in hex: two nodes with one digest hold the same records. */
  get digest(): string {
    if (this.#digest === undefined) {
      this.settle(Number.POSITIVE_INFINITY)
      this.#digest = toHex(this.#hashAt(0, 0))
    }
    return this.#digest
  }

  #count(number: number, change: 1 | -1): void {
    this.#digest = undefined
    for (const [depth, { counts, isFresh }] of this.#levels.entries()) {
      const prefix = this.ids.prefix(number, depth)
      counts[prefix] = (counts[prefix] ?? 0) + change
      isFresh[prefix] = 0
    }
  }

  #deepen(): void {
    const depth = this.#levels.length
    if (depth > LEVELS_LIMIT) return
    const level = levelOf(depth)
    this.ids.each((number) => {
      const prefix = this.ids.prefix(number, depth)
      level.counts[prefix] = (level.counts[prefix] ?? 0) + 1
    })
    this.#levels.push(level)
    for (const { isFresh } of this.#levels) isFresh.fill(0)
  }

  #hashedWithin(depth: number, prefix: number, budget: { left: number }): boolean {
    const level = this.#level(depth)
    if (level.isFresh[prefix] === 1) return true
    const count = level.counts[prefix] ?? 0
    const isInner = count > LEAF_IDS_LIMIT
    const isLast = depth + 1 === this.#levels.length
    if (isInner && !isLast) {
      for (let digit = 0; digit < BRANCHES; digit++) {
        const child = prefix * BRANCHES + digit
        const isEmpty = this.#level(depth + 1).counts[child] === 0
        if (!isEmpty && !this.#hashedWithin(depth + 1, child, budget)) return false
      }
    }
    if (budget.left <= 0) return false
    level.hashes.set(
      isInner && !isLast
        ? innerHash((digit) => this.#childHash(depth + 1, prefix * BRANCHES + digit))
        : this.#hashBelow(this.ids.beginningWith(prefix, depth), depth, budget),
      prefix * HASH_BYTES,
    )
    level.isFresh[prefix] = 1
    budget.left--
    return true
  }

  #childHash(depth: number, prefix: number): Uint8Array | undefined {
    return this.#level(depth).counts[prefix] === 0 ? undefined : this.#hashAt(depth, prefix)
  }

  #hashAt(depth: number, prefix: number): Uint8Array {
    return this.#level(depth).hashes.subarray(prefix * HASH_BYTES, (prefix + 1) * HASH_BYTES)
  }

  /** The hash of a node of which nothing is kept but its ids. */
  #hashBelow(numbers: number[], depth: number, budget: { left: number }): Uint8Array {
    budget.left--
    if (numbers.length <= LEAF_IDS_LIMIT) return this.#leafHash(numbers)
    const byDigit: number[][] = Array.from({ length: BRANCHES }, () => [])
    for (const number of numbers) byDigit[this.ids.digit(number, depth)]?.push(number)
    return innerHash((digit) => {
      const own = byDigit[digit] ?? []
      return own.length === 0 ? undefined : this.#hashBelow(own, depth + 1, budget)
    })
  }

  /** SHA-256 of a zero byte and the ids, sorted, 32 bytes each. */
  #leafHash(numbers: number[]): Uint8Array {
    const bytes = new Uint8Array(1 + numbers.length * HASH_BYTES)
    bytes[0] = LEAF_MARK
    numbers.sort((a, b) => this.ids.compare(a, b))
    let offset = 1
    for (const number of numbers) {
      this.ids.copyInto(bytes, offset, number)
      offset += HASH_BYTES
    }
    return sha256(bytes)
  }

  #level(depth: number): Level {
    const level = this.#levels[depth]
    if (level === undefined) throw new RangeError(`no level ${depth}`)
    return level
  }
}

function levelOf(depth: number): Level {
  const count = BRANCHES ** depth
  return {
    counts: new Int32Array(count),
    hashes: new Uint8Array(count * HASH_BYTES),
    isFresh: new Uint8Array(count),
  }
}

/** SHA-256 of a one byte and the 16 branches' hashes, 32 zero bytes for one without ids. */
function innerHash(hashOf: (digit: number) => Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(1 + BRANCHES * HASH_BYTES)
  bytes[0] = INNER_MARK
  for (let digit = 0; digit < BRANCHES; digit++) {
    const hash = hashOf(digit)
    if (hash !== undefined) bytes.set(hash, 1 + digit * HASH_BYTES)
  }
  return sha256(bytes)
}
