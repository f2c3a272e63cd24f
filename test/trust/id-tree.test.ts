import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, textBytes, toHex } from '../../src/base/bytes.ts'
import { sha256, sha256Hex } from '../../src/crypto/hash.ts'
import { IdTree } from '../../src/trust/id-tree.ts'
import { NO_ID, PackedIds } from '../../src/trust/packed-ids.ts'

/** T27, word by word. */
function plainHash(ids: readonly string[], depth = 0): Uint8Array {
  if (ids.length <= 16) {
    return sha256(Uint8Array.from([0, ...ids.toSorted().flatMap((id) => [...fromHex(id)])]))
  }
  const branches = [...'0123456789abcdef'].map((digit) => {
    const own = ids.filter((id) => id.charAt(depth) === digit)
    return own.length === 0 ? new Uint8Array(32) : plainHash(own, depth + 1)
  })
  return sha256(Uint8Array.from([1, ...branches.flatMap((branch) => [...branch])]))
}

const idOf = (number: number): string => sha256Hex(textBytes(`record ${number}`))
/** Some have long beginnings in common. */
const near = (number: number): string => `00000000000${idOf(number).slice(11)}`

describe('the digest of a view', () => {
  test.each([
    ['spread', idOf],
    ['side by side', near],
  ])('T27 is that of the whole set after any comings and goings: %s', (_, make) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400), fc.nat(60)), { minLength: 1, maxLength: 60, size: 'max' }),
        fc.nat(9),
        (changes, limit) => {
          const tree = new IdTree()
          const held = new Set<string>()
          for (const [from, count] of changes) {
            for (let number = from; number < from + count; number++) {
              const id = make(number)
              if (held.delete(id)) expect(tree.delete(id)).toBeGreaterThanOrEqual(0)
              else {
                held.add(id)
                expect(tree.add(id)).toBeGreaterThanOrEqual(0)
                expect(tree.add(id)).toBe(NO_ID)
              }
            }
            tree.settle(limit)
          }
          while (!tree.settle(limit + 1));
          expect(tree.size).toBe(held.size)
          expect(tree.digest).toBe(toHex(plainHash([...held])))
        },
      ),
      { numRuns: 25, seed: 4 },
    )
  })

  test('T27 does not change with how much of the tree is kept', () => {
    const ids = Array.from({ length: 2_300 }, (_, number) => idOf(number))
    expect(IdTree.of(ids).digest).toBe(toHex(plainHash(ids)))
  })
})

describe('packed ids', () => {
  test('an id has one number and comes back as it was; its number is given out again', () => {
    const ids = new PackedIds()
    const numbers = Array.from({ length: 500 }, (_, at) => ids.take(idOf(at)))
    expect(new Set(numbers).size).toBe(500)
    for (const [at, number] of numbers.entries()) {
      expect(ids.take(idOf(at))).toBe(number)
      expect(ids.id(number)).toBe(idOf(at))
      ids.setSlot(number, at)
    }
    expect(ids.compare(ids.numberOf(idOf(3)), ids.numberOf(idOf(4))) < 0).toBe(idOf(3) < idOf(4))
    const gone = ids.numberOf(idOf(7))
    ids.delete(gone)
    expect(ids.numberOf(idOf(7))).toBe(NO_ID)
    expect([ids.size, ids.slot(ids.numberOf(idOf(8)))]).toEqual([499, 8])
    expect(ids.take(idOf(900))).toBe(gone)
    expect([ids.slot(gone), ids.end]).toEqual([0, 500])
  })

  test('a text that is no id is none of them', () => {
    const ids = new PackedIds()
    for (const text of ['', 'ab', 'A'.repeat(64), 'g'.repeat(64), 'é'.repeat(64), '0'.repeat(65)]) {
      expect(() => ids.take(text)).toThrow(RangeError)
    }
  })
})
