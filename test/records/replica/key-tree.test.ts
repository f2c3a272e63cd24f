/* oxlint-disable unicorn/consistent-function-scoping -- a helper of one test stands in it */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import {
  floorKey,
  KeyTree,
  logKey,
  LOG_KEY_BYTES,
  recordKey,
  RECORD_KEY_BYTES,
} from '../../../src/records/replica/key-tree.ts'
import {
  childOf,
  hashOf,
  someKeyOf,
  under,
  type KeyNode,
} from '../../../src/records/replica/key-tree-node.ts'

const WIDTH = 4

/** The tree's hash as docs/spec/sync.md defines it, from the sorted keys in hex. */
function referenceRoot(keys: readonly string[]): Uint8Array {
  if (keys.length <= 64) return sha256(Uint8Array.from([0, ...Buffer.from(keys.join(''), 'hex')]))
  const [first = '', last = ''] = [keys[0], keys.at(-1)]
  let depth = 0
  while (first[depth] === last[depth]) depth++
  const parts: Uint8Array[] = [Uint8Array.of(1, depth)]
  for (let digit = 0; digit < 16; digit++) {
    const part = keys.filter((key) => key[depth] === digit.toString(16))
    if (part.length > 0) parts.push(Uint8Array.of(digit), Uint8Array.from(referenceRoot(part)))
  }
  return sha256(concatBytes(...parts))
}

function keysOf(tree: KeyTree): string[] {
  return tree.slice(0, tree.size).map(toHex)
}

/** Close together and far apart, so that there are long shared prefixes, leaves and branches. */
const key = fc
  .oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(keyOf)
const keys = fc.array(key, { maxLength: 400, size: 'max' })
/** So many that branches have branches: an arithmetic sequence, and some by themselves. */
const many = fc
  .tuple(fc.nat(2_000), fc.integer({ min: 1, max: 70_000 }), fc.nat(2 ** 24), keys)
  .map(([count, step, first, some]) => [
    ...Array.from({ length: count }, (_, at) => keyOf(first + step * at)),
    ...some,
  ])

function keyOf(value: number): Uint8Array {
  const bytes = new Uint8Array(WIDTH)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** All keys of a node, in the order in which it has them. */
function keysIn(node: KeyNode | undefined): string[] {
  if (node === undefined) return []
  if (node.kind === 'run') {
    return Array.from({ length: node.count }, (_, at) => {
      const from = node.at + at * WIDTH
      return toHex(node.bytes.subarray(from, from + WIDTH))
    })
  }
  return Array.from({ length: 16 }, (_, digit) => keysIn(childOf(node, digit, WIDTH))).flat()
}

function treeOf(all: Iterable<Uint8Array>): KeyTree {
  const tree = new KeyTree(WIDTH)
  for (const one of all) tree.add(one)
  return tree
}

function sortedHex(all: Iterable<Uint8Array>): string[] {
  return [...new Set(Array.from(all, toHex))].toSorted()
}

describe('a key tree', () => {
  test('holds what was added and not deleted, in order, whatever came between', () => {
    fc.assert(
      fc.property(
        keys,
        fc.array(fc.tuple(key, fc.boolean()), { maxLength: 400, size: 'max' }),
        (first, then) => {
          const tree = treeOf(first)
          const model = new Set(first.map(toHex))
          for (const [one, isAdded] of then) {
            const hex = toHex(one)
            const changes = model.has(hex) !== isAdded
            expect(isAdded ? tree.add(one) : tree.delete(one)).toBe(changes)
            if (isAdded) model.add(hex)
            else model.delete(hex)
            expect(tree.has(one)).toBe(isAdded)
          }
          expect(tree.size).toBe(model.size)
          expect(keysOf(tree)).toEqual([...model].toSorted())
        },
      ),
      { numRuns: 60 },
    )
  })

  test('has one root for one set, however it came to be, and the one of the specification', () => {
    fc.assert(
      fc.property(keys, keys, (kept, dropped) => {
        const sorted = sortedHex(kept)
        const expected = referenceRoot(sorted)
        const grown = treeOf([...dropped, ...kept])
        grown.root()
        const isKept = new Set(sorted)
        for (const one of dropped) if (!isKept.has(toHex(one))) grown.delete(one)
        const built = KeyTree.of(WIDTH, Buffer.from(sorted.join(''), 'hex'))
        for (const tree of [grown, built, treeOf(kept.toReversed())]) {
          expect(tree.root()).toEqual(expected)
        }
        expect(keysOf(built)).toEqual(sorted)
      }),
      { numRuns: 60 },
    )
  })

  test('has, above a floor, the root of the set that lies there', () => {
    fc.assert(
      fc.property(keys, key, (all, floor) => {
        const tree = treeOf(all)
        const above = sortedHex(all).filter((hex) => hex >= toHex(floor))
        expect(tree.root(floor)).toEqual(referenceRoot(above))
        expect(tree.size - tree.rank(floor)).toBe(above.length)
        expect(tree.page(floor, 5).map(toHex)).toEqual(above.slice(0, 5))
        expect(tree.root()).toEqual(referenceRoot(sortedHex(all)))
      }),
      { numRuns: 60 },
    )
  })

  test.each([64, 65])('has the root of the specification at %i keys', (count) => {
    const all = Array.from({ length: count }, (_, at) => Uint8Array.of(0, 0, 0, at))
    expect(treeOf(all).root()).toEqual(referenceRoot(sortedHex(all)))
  })

  test('tells sets apart that differ in one key', () => {
    fc.assert(
      fc.property(keys, key, (all, one) => {
        const tree = treeOf(all)
        const before = toHex(tree.root())
        const changed = tree.has(one) ? tree.delete(one) : tree.add(one)
        expect(changed).toBe(true)
        expect(toHex(tree.root())).not.toBe(before)
      }),
      { numRuns: 60 },
    )
  })

  test('has under a path, and above a floor there, a node of just the keys that begin with it', () => {
    fc.assert(
      fc.property(
        many,
        key,
        fc.nat(2 * WIDTH),
        fc.nat(),
        fc.boolean(),
        (all, one, digits, at, isKnown) => {
          const tree = treeOf(all)
          const sorted = sortedHex(all)
          const known = all[at % Math.max(1, all.length)] ?? one
          const path = isKnown ? known : one
          const begins = toHex(path).slice(0, digits)
          const expected = sorted.filter((hex) => hex.startsWith(begins))
          const found = under(tree.node(), path, digits, WIDTH)
          expect(keysIn(found)).toEqual(expected)
          if (found !== undefined) {
            expect(toHex(hashOf(found, WIDTH))).toBe(toHex(referenceRoot(expected)))
            const some = someKeyOf(found)
            const someHex = toHex(some.bytes.subarray(some.at, some.at + WIDTH))
            expect(expected).toContain(someHex)
          }
          const above = expected.filter((hex) => hex >= toHex(one))
          const cut = under(tree.node(one), path, digits, WIDTH)
          expect(keysIn(cut)).toEqual(above)
          if (cut !== undefined) expect(hashOf(cut, WIDTH)).toEqual(referenceRoot(above))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('gives the keys between two places, and counts those below one', () => {
    fc.assert(
      fc.property(many, fc.nat(3_000), fc.nat(3_000), key, (all, from, to, one) => {
        const tree = treeOf(all)
        const sorted = sortedHex(all)
        expect(tree.slice(from, to).map(toHex)).toEqual(sorted.slice(from, to))
        expect(tree.rank(one)).toBe(sorted.filter((hex) => hex < toHex(one)).length)
        expect(tree.page(undefined, to).map(toHex)).toEqual(sorted.slice(0, to))
      }),
      { numRuns: 60 },
    )
  })

  test('hashes in slices of the size that it is given', () => {
    const all = Array.from({ length: 3_000 }, (_, at) => Uint8Array.of(0, at & 255, at >> 8, 0))
    const tree = treeOf(all)
    let slices = 0
    while (!tree.settle(10)) slices++
    expect(slices).toBeGreaterThan(5)
    expect(tree.settle(0)).toBe(true)
    expect(tree.root()).toEqual(referenceRoot(sortedHex(all)))
    tree.add(Uint8Array.of(9, 9, 9, 9))
    expect(tree.settle(0)).toBe(false)
  })

  test('does not change with the bytes that it was given or gave', () => {
    const one = Uint8Array.of(1, 2, 3, 4)
    const tree = treeOf([one])
    one.fill(0)
    tree.slice(0, 1)[0]?.fill(0)
    tree.root().fill(0)
    expect(keysOf(tree)).toEqual(['01020304'])
    expect(tree.root()).toEqual(referenceRoot(['01020304']))
  })

  test('is not built from keys out of order, twice, or cut off', () => {
    const packed = (...all: number[]): Uint8Array => Uint8Array.from(all)
    expect(KeyTree.of(2, packed(0, 1, 0, 2)).size).toBe(2)
    for (const bad of [packed(0, 2, 0, 1), packed(0, 1, 0, 1), packed(0, 1, 0)]) {
      expect(() => KeyTree.of(2, bad)).toThrow(RangeError)
    }
    expect(() => new KeyTree(65)).toThrow(RangeError)
    expect(() => new KeyTree(2).add(packed(1))).toThrow(RangeError)
  })
})

describe('keys', () => {
  test('of records order by time, then by id', () => {
    const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(255)]
    const ordered = [
      recordKey(0, low),
      recordKey(255, high),
      recordKey(256, low),
      recordKey(2 ** 40, low),
    ]
    const hex = ordered.map(toHex)
    expect(hex).toEqual(hex.toSorted())
    expect(ordered[0]).toHaveLength(RECORD_KEY_BYTES)
    expect(toHex(floorKey(2 ** 40))).toBe(hex[3])
    expect(() => recordKey(-1, low)).toThrow(RangeError)
    expect(() => recordKey(2 ** 53, low)).toThrow(RangeError)
    expect(() => recordKey(0, new Uint8Array(31))).toThrow(RangeError)
  })

  test('of logs are the DID and the hash', () => {
    const made = logKey(new Uint8Array(16).fill(1), new Uint8Array(32).fill(2))
    expect(made).toHaveLength(LOG_KEY_BYTES)
    expect(toHex(made)).toBe('01'.repeat(16) + '02'.repeat(32))
    expect(() => logKey(new Uint8Array(15), new Uint8Array(32))).toThrow(RangeError)
  })
})
