/**
 * Where in an agent's block of vouches the one for a given agent stands, for agents that vouch for
 * many: open addressing with linear probing over positions, so that each costs 8 bytes at most 16.
 */

/** Below this many vouches a walk over the block is as fast. */
export const INDEXED_FROM_COUNT = 48

const EMPTY = 0

export class HeadIndex {
  /** Positions counted from 1. */
  #cells: Int32Array
  #mask: number
  #count = 0

  /** Over the first `count` of `heads` from `begin` on. */
  constructor(heads: Int32Array, begin: number, count: number) {
    this.#cells = new Int32Array(0)
    this.#mask = 0
    this.#rebuild(heads, begin, count)
  }

  /** The position of `head`, or -1. */
  find(heads: Int32Array, begin: number, head: number): number {
    for (let cell = mixed(head) & this.#mask; ; cell = (cell + 1) & this.#mask) {
      const found = this.#cells[cell] ?? EMPTY
      if (found === EMPTY) return -1
      if (heads[begin + found - 1] === head) return found - 1
    }
  }

  /** Takes in the vouch at `position`, which is the last of the block and already stands there. */
  add(heads: Int32Array, begin: number, position: number): void {
    if ((this.#count + 1) * 2 > this.#cells.length) {
      this.#rebuild(heads, begin, position + 1)
      return
    }
    this.#place(heads[begin + position] ?? 0, position)
    this.#count++
  }

  /** Takes `head` out; the cells after it close the gap. */
  remove(heads: Int32Array, begin: number, head: number): void {
    let gap = this.#cellOf(heads, begin, head)
    this.#cells[gap] = EMPTY
    this.#count--
    for (let cell = (gap + 1) & this.#mask; ; cell = (cell + 1) & this.#mask) {
      const found = this.#cells[cell] ?? EMPTY
      if (found === EMPTY) return
      const home = mixed(heads[begin + found - 1] ?? 0) & this.#mask
      // What lies between its home and here may move into a gap that is not before its home.
      if (((cell - home) & this.#mask) < ((cell - gap) & this.#mask)) continue
      this.#cells[gap] = found
      this.#cells[cell] = EMPTY
      gap = cell
    }
  }

  /** Says that `head`, still standing at its old position, will stand at `position`. */
  move(heads: Int32Array, begin: number, head: number, position: number): void {
    this.#cells[this.#cellOf(heads, begin, head)] = position + 1
  }

  #cellOf(heads: Int32Array, begin: number, head: number): number {
    for (let cell = mixed(head) & this.#mask; ; cell = (cell + 1) & this.#mask) {
      const found = this.#cells[cell] ?? EMPTY
      if (found === EMPTY) throw new Error(`agent ${head} is not in the index`)
      if (heads[begin + found - 1] === head) return cell
    }
  }

  #rebuild(heads: Int32Array, begin: number, count: number): void {
    let size = 128
    while (size < count * 3) size *= 2
    this.#cells = new Int32Array(size)
    this.#mask = size - 1
    this.#count = count
    for (let position = 0; position < count; position++) {
      this.#place(heads[begin + position] ?? 0, position)
    }
  }

  #place(head: number, position: number): void {
    let cell = mixed(head) & this.#mask
    while ((this.#cells[cell] ?? EMPTY) !== EMPTY) cell = (cell + 1) & this.#mask
    this.#cells[cell] = position + 1
  }
}

/** Neighbouring numbers far apart. Source: the finaliser of MurmurHash3. */
function mixed(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
