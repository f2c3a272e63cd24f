import { describe, expect, test } from 'vitest'
import { HeadIndex } from '../../../src/trust/engine/head-index.ts'
import { randomOf } from '../../../scripts/bench/trust/random.ts'

const BEGIN = 3

/** Close together and far apart. */
function headOf(at: number): number {
  return at % 2 === 0 ? at : ((at * 2_654_435_761) % 2 ** 26) | 1
}

/** A block of heads with its index, and the same in the plainest way. */
class Block {
  readonly heads: Int32Array
  readonly plain = new Map<number, number>()
  readonly index = HeadIndex.over(new Int32Array(0), 0, 0)

  constructor(capacity: number) {
    this.heads = new Int32Array(BEGIN + capacity)
  }

  add(head: number): void {
    const position = this.plain.size
    this.heads[BEGIN + position] = head
    this.plain.set(head, position)
    this.index.add(this.heads, BEGIN, position)
  }

  /** As the graph does: the last one takes the place of the one that goes. */
  remove(head: number): void {
    const position = this.plain.get(head) ?? -1
    const last = this.plain.size - 1
    const lastHead = this.heads[BEGIN + last] ?? 0
    this.index.remove(this.heads, BEGIN, head)
    if (position !== last) this.index.move(this.heads, BEGIN, lastHead, position)
    this.heads[BEGIN + position] = lastHead
    this.plain.set(lastHead, position)
    this.plain.delete(head)
  }

  isRight(): boolean {
    for (const [head, position] of this.plain) {
      if (this.index.find(this.heads, BEGIN, head) !== position) return false
    }
    return true
  }
}

describe('the index of heads', () => {
  test.each([1, 2, 96, 4_096, 4_097, 20_000, 150_000])(
    'of %i finds each one, and none that went',
    (count) => {
      const random = randomOf(count)
      const block = new Block(2 * count)
      for (let at = 0; at < count; at++) if (!block.plain.has(headOf(at))) block.add(headOf(at))
      expect(block.isRight()).toBe(true)
      for (let step = 0; step < count; step++) {
        const head = headOf(Math.floor(random() * count))
        if (block.plain.has(head)) block.remove(head)
        else block.add(head)
      }
      expect(block.isRight()).toBe(true)
      for (let at = 0; at < count; at++) {
        const isThere = block.plain.has(headOf(at))
        expect(block.index.find(block.heads, BEGIN, headOf(at)) >= 0).toBe(isThere)
        if (at > 1_000) break
      }
      const gone = [...block.plain.keys()]
      for (const head of gone) block.remove(head)
      expect(gone.every((head) => block.index.find(block.heads, BEGIN, head) < 0)).toBe(true)
    },
  )

  test('says so when told to take out what is not in it', () => {
    const block = new Block(4)
    block.add(7)
    expect(() => block.index.remove(block.heads, BEGIN, 8)).toThrow('agent 8 is not in the index')
  })
})
