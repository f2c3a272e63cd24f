/**
 * Ranges of keys: those that share their first hex digits, and of these perhaps only the ones whose
 * next digit lies in an interval.
 *
 * On the wire a range is a byte string: the number of shared digits, with 128 added when an interval
 * follows; the interval, first digit and last digit in one byte; the digits, two a byte, a zero digit
 * at the end of an odd number. Specification: docs/spec/sync.md, "Ranges".
 */
import { BRANCHES, digitAt } from '../../records/replica/key-tree-branch.ts'
import { childOf, joined, someKeyOf, under } from '../../records/replica/key-tree-node.ts'
import type { InnerNode, KeyNode } from '../../records/replica/key-tree-node.ts'

export interface Range {
  /** The shared digits, two a byte; a zero digit at the end of an odd number. */
  readonly path: Uint8Array
  readonly digits: number
  /** The next digit: from this one … */
  readonly from: number
  /** … to before this one. */
  readonly to: number
}

const INTERVAL = 128

export const ALL: Range = { path: new Uint8Array(0), digits: 0, from: 0, to: BRANCHES }

export function isWhole({ from, to }: Range): boolean {
  return from === 0 && to === BRANCHES
}

/** The range of the first `digits` hex digits of a key, or of a longer path. */
export function prefixRange(key: Uint8Array, digits: number, at = 0): Range {
  const path = key.slice(at, at + ((digits + 1) >> 1))
  if ((digits & 1) === 1) path[path.length - 1] = (path.at(-1) ?? 0) & 0xf0
  return { path, digits, from: 0, to: BRANCHES }
}

/** The range that has one more digit. */
export function childRange({ path, digits }: Range, digit: number): Range {
  const isOdd = (digits & 1) === 1
  const longer = new Uint8Array(isOdd ? path.length : path.length + 1)
  longer.set(path)
  longer[longer.length - 1] = isOdd ? (path.at(-1) ?? 0) | digit : digit << 4
  return { path: longer, digits: digits + 1, from: 0, to: BRANCHES }
}

export function intervalOf({ path, digits }: Range, from: number, to: number): Range {
  return { path, digits, from, to }
}

export function encodeRange(range: Range): Uint8Array {
  const head = isWhole(range)
    ? [range.digits]
    : [range.digits + INTERVAL, (range.from << 4) | (range.to - 1)]
  const bytes = new Uint8Array(head.length + range.path.length)
  bytes.set(head)
  bytes.set(range.path, head.length)
  return bytes
}

/** The range that bytes spell in their one way, or `undefined`. */
export function parseRange(bytes: Uint8Array): Range | undefined {
  const [first, second] = bytes
  if (first === undefined) return undefined
  const hasInterval = first >= INTERVAL
  const digits = first & (INTERVAL - 1)
  const path = bytes.slice(hasInterval ? 2 : 1)
  if (path.length !== (digits + 1) >> 1) return undefined
  if ((digits & 1) === 1 && ((path.at(-1) ?? 0) & 15) !== 0) return undefined
  if (!hasInterval) return { path, digits, from: 0, to: BRANCHES }
  if (second === undefined) return undefined
  const from = second >> 4
  const to = (second & 15) + 1
  if (from >= to || (from === 0 && to === BRANCHES)) return undefined
  return { path, digits, from, to }
}

/** The same text for the same range, and no other. */
export function rangeName({ path, digits, from, to }: Range): string {
  return String.fromCharCode(digits, (from << 5) | to, ...path)
}

/** The smallest key of the range. */
export function lowestKey({ path, digits, from }: Range, keyBytes: number): Uint8Array {
  const key = new Uint8Array(keyBytes)
  key.set(path)
  if (from > 0) key[digits >> 1] = (key[digits >> 1] ?? 0) | ((digits & 1) === 0 ? from << 4 : from)
  return key
}

/** The smallest key above the range; `undefined` when there is none. */
export function keyAbove(range: Range, keyBytes: number): Uint8Array | undefined {
  const key = lowestKey({ ...range, from: 0 }, keyBytes)
  let [digits, add] = isWhole(range) ? [range.digits - 1, 1] : [range.digits, range.to]
  // Adds in base 16 from the digit at `digits` leftwards.
  for (; digits >= 0; digits--) {
    const sum = digitAt(key, digits) + add
    const isLow = (digits & 1) === 1
    const byte = key[digits >> 1] ?? 0
    key[digits >> 1] = isLow ? (byte & 0xf0) | (sum & 15) : ((sum & 15) << 4) | (byte & 0x0f)
    if (sum < BRANCHES) return key
    add = 1
  }
  return undefined
}

/** Whether all keys of `inner` are keys of `outer`. */
export function contains(outer: Range, inner: Range): boolean {
  if (inner.digits < outer.digits) return false
  for (let digit = 0; digit < outer.digits; digit++) {
    if (digitAt(outer.path, digit) !== digitAt(inner.path, digit)) return false
  }
  if (inner.digits === outer.digits) return inner.from >= outer.from && inner.to <= outer.to
  const next = digitAt(inner.path, outer.digits)
  return next >= outer.from && next < outer.to
}

/** The canonical node of a tree's keys in a range. */
export function nodeIn(
  root: KeyNode | undefined,
  range: Range,
  keyBytes: number,
): KeyNode | undefined {
  const node = under(root, range.path, range.digits, keyBytes)
  if (node === undefined || isWhole(range)) return node
  const children = Array.from({ length: BRANCHES }, (_, digit) => {
    if (digit < range.from || digit >= range.to) return undefined
    if (node.kind !== 'run' && node.depth === range.digits) return childOf(node, digit, keyBytes)
    const { path, digits } = childRange(range, digit)
    return under(node, path, digits, keyBytes)
  })
  return joined(range.digits, children, keyBytes)
}

/** The digits that all keys of an inner node share. */
export function rangeOf(node: InnerNode): Range {
  const { bytes, at } = someKeyOf(node)
  return prefixRange(bytes, node.depth, at)
}
