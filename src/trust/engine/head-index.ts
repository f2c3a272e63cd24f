/**
 * Where in an agent's block of vouches the one for a given agent stands, for agents that vouch for
 * many: open addressing with linear probing over positions.
 *
 * A cell has a position and some bits of its agent's hash, so that hardly any but the right one is
 * looked up in the block; cells are at most four fifths full, 5 to 8 bytes for each vouch. Beyond
 * some thousands the hash's next bits choose among parts, each an index of its own: no growth moves
 * more than one part.
 */

/** Below this many vouches a walk over the block is as fast. */
export const INDEXED_FROM_COUNT = 768

const EMPTY = 0
const FULL = 0.8
const GROWTH = 1.5
/** A position counted from 1 has 21 bits; above it lie bits of the hash. */
const POSITION_BITS = 21
const POSITION = 2 ** POSITION_BITS - 1
const PART_COUNT_LIMIT = 4096
const PARTS_SHIFT = 4
const PARTS = 2 ** PARTS_SHIFT
/** 256 parts, for about 2^12 each of at most 2^20 vouches. */
const DEPTH_LIMIT = 2

export class HeadIndex {
  #cells = new Int32Array(0)
  #count = 0
  /** In place of cells, once there are too many of them. */
  #parts: readonly HeadIndex[] | undefined
  readonly #depth: number

  constructor(depth = 0) {
    this.#depth = depth
  }

  /** Over the first `count` of `heads` from `begin` on. */
  static over(heads: Int32Array, begin: number, count: number): HeadIndex {
    const index = new HeadIndex()
    index.#resize(heads, begin, count)
    for (let position = 0; position < count; position++) index.add(heads, begin, position)
    return index
  }

  /** The position of `head`, or -1. */
  find(heads: Int32Array, begin: number, head: number): number {
    const hash = mixed(head)
    const cells = this.#partOf(hash).#cells
    const cell = cellOf(cells, hash, heads, begin, head)
    return cell < 0 ? -1 : ((cells[cell] ?? 0) & POSITION) - 1
  }

  /** Takes in the vouch at `position`, which is the last of the block and already stands there. */
  add(heads: Int32Array, begin: number, position: number): void {
    const hash = mixed(heads[begin + position] ?? 0)
    const index = this.#partOf(hash)
    if (index.#count < PART_COUNT_LIMIT || index.#depth === DEPTH_LIMIT) {
      index.#addHere(heads, begin, position, hash)
    } else {
      index.#divide(heads, begin)
      index.add(heads, begin, position)
    }
  }

  /** Takes `head` out; the cells after it close the gap. */
  remove(heads: Int32Array, begin: number, head: number): void {
    const hash = mixed(head)
    this.#partOf(hash).#removeHere(heads, begin, head, hash)
  }

  /** Says that `head`, still standing at its old position, will stand at `position`. */
  move(heads: Int32Array, begin: number, head: number, position: number): void {
    const hash = mixed(head)
    const index = this.#partOf(hash)
    const cell = knownCellOf(index.#cells, hash, heads, begin, head)
    index.#cells[cell] = filled(position, hash)
  }

  #addHere(heads: Int32Array, begin: number, position: number, hash: number): void {
    if (this.#count + 1 > this.#cells.length * FULL) {
      this.#resize(heads, begin, this.#count + 1)
    }
    this.#place(position, hash)
    this.#count++
  }

  #removeHere(heads: Int32Array, begin: number, head: number, hash: number): void {
    const cells = this.#cells
    const size = cells.length
    let gap = knownCellOf(cells, hash, heads, begin, head)
    cells[gap] = EMPTY
    this.#count--
    for (let cell = after(gap, size); ; cell = after(cell, size)) {
      const found = cells[cell] ?? EMPTY
      if (found === EMPTY) return
      const home = homeOf(size, mixed(heads[begin + (found & POSITION) - 1] ?? 0))
      // What lies between its home and here may move into a gap that is not before its home.
      const [fromHome, fromGap] = [cell - home, cell - gap]
      if ((fromHome < 0 ? fromHome + size : fromHome) < (fromGap < 0 ? fromGap + size : fromGap)) {
        continue
      }
      cells[gap] = found
      cells[cell] = EMPTY
      gap = cell
    }
  }

  /** The part that a hash belongs to, which may be this one. */
  #partOf(hash: number): HeadIndex {
    if (this.#parts === undefined) return this
    const part = this.#parts[(hash >>> (this.#depth * PARTS_SHIFT)) & (PARTS - 1)]
    return part === undefined ? this : part.#partOf(hash)
  }

  #divide(heads: Int32Array, begin: number): void {
    const cells = this.#cells
    this.#cells = new Int32Array(0)
    this.#count = 0
    this.#parts = Array.from({ length: PARTS }, () => {
      const part = new HeadIndex(this.#depth + 1)
      part.#resize(heads, begin, PART_COUNT_LIMIT / PARTS)
      return part
    })
    for (let cell = 0; cell < cells.length; cell++) {
      const found = cells[cell] ?? EMPTY
      if (found !== EMPTY) this.add(heads, begin, (found & POSITION) - 1)
    }
  }

  /** Room for `count` and some more, with the same ones in it. */
  #resize(heads: Int32Array, begin: number, count: number): void {
    const before = this.#cells
    this.#cells = new Int32Array(Math.ceil((count * GROWTH) / FULL))
    for (let cell = 0; cell < before.length; cell++) {
      const found = before[cell] ?? EMPTY
      if (found === EMPTY) continue
      const position = (found & POSITION) - 1
      this.#place(position, mixed(heads[begin + position] ?? 0))
    }
  }

  #place(position: number, hash: number): void {
    const cells = this.#cells
    const size = cells.length
    let cell = homeOf(size, hash)
    while ((cells[cell] ?? EMPTY) !== EMPTY) cell = after(cell, size)
    cells[cell] = filled(position, hash)
  }
}

/** The cell of `head`, or -1. */
function cellOf(
  cells: Int32Array,
  hash: number,
  heads: Int32Array,
  begin: number,
  head: number,
): number {
  const size = cells.length
  if (size === 0) return -1
  const tag = tagOf(hash)
  for (let cell = homeOf(size, hash); ; cell = after(cell, size)) {
    const found = cells[cell] ?? EMPTY
    if (found === EMPTY) return -1
    if ((found & ~POSITION) === tag && heads[begin + (found & POSITION) - 1] === head) return cell
  }
}

function knownCellOf(
  cells: Int32Array,
  hash: number,
  heads: Int32Array,
  begin: number,
  head: number,
): number {
  const cell = cellOf(cells, hash, heads, begin, head)
  if (cell < 0) throw new Error(`agent ${head} is not in the index`)
  return cell
}

function after(cell: number, size: number): number {
  return cell + 1 === size ? 0 : cell + 1
}

/** By the upper bits of the hash: the lowest ones have chosen the part. `size` is below 2^15. */
function homeOf(size: number, hash: number): number {
  return ((hash >>> 16) * size) >>> 16
}

/** Bits between those that choose a part and those that choose a cell. */
function tagOf(hash: number): number {
  return (hash >>> (DEPTH_LIMIT * PARTS_SHIFT)) << POSITION_BITS
}

function filled(position: number, hash: number): number {
  return tagOf(hash) | (position + 1)
}

/** Neighbouring numbers far apart, without a sign. Source: the finaliser of MurmurHash3. */
function mixed(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
