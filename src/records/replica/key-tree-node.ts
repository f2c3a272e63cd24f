/**
 * The canonical tree of a set of keys, node by node, with its hashes.
 *
 * A leaf is up to 64 keys; an inner node is more, divided by the first hex digit in which they
 * differ. Both are determined by the set alone, and so is what a range of a larger tree holds: the
 * keys under a prefix or above a floor have a canonical tree of their own, of which all nodes but
 * those along the cut are nodes of the larger one. Those few are made here when they are asked for.
 *
 *     leaf hash  = SHA-256(0x00 ‖ keys, ascending)
 *     inner hash = SHA-256(0x01 ‖ depth, 1 byte ‖ (digit, 1 byte ‖ hash of the child), ascending)
 *
 * Nodes are views of the tree: they are of no use once it has changed.
 * Specification: docs/spec/sync.md, "The tree".
 */
import { HASH_BYTES, sha256 } from '../../crypto/hash.ts'
import {
  BRANCHES,
  type Branch,
  compareAt,
  digitAt,
  KEYS_AT,
  LEAF_KEYS_LIMIT,
  sharedDigits,
} from './key-tree-branch.ts'

const LEAF_MARK = 0
const INNER_MARK = 1

/** At most 64 keys, side by side in an array. */
export interface Run {
  readonly kind: 'run'
  readonly bytes: Uint8Array
  /** Offset of the first key. */
  readonly at: number
  readonly count: number
  /** The leaf of a branch that it is the whole of. */
  readonly leaf: { readonly branch: Branch; readonly digit: number } | undefined
}

/** An inner node of which the tree holds only a larger one. */
export interface Trimmed {
  readonly kind: 'trimmed'
  readonly depth: number
  readonly count: number
  readonly children: readonly (KeyNode | undefined)[]
}

export type InnerNode = Branch | Trimmed
export type KeyNode = Run | InnerNode

export function childOf(node: InnerNode, digit: number, keyBytes: number): KeyNode | undefined {
  if (node.kind === 'trimmed') return node.children[digit]
  const branch = node.branchAt(digit)
  if (branch !== undefined) return branch
  const count = node.leafCount(digit)
  if (count === 0) return undefined
  const at = node.leafStart(digit, keyBytes)
  return { kind: 'run', bytes: node.page, at, count, leaf: { branch: node, digit } }
}

/** Any of its keys, as an array and an offset. */
export function someKeyOf(node: KeyNode): { readonly bytes: Uint8Array; readonly at: number } {
  if (node.kind === 'run') return node
  if (node.kind === 'branch' && node.leafKeys > 0) return { bytes: node.page, at: KEYS_AT }
  const children = node.kind === 'branch' ? (node.branches ?? []) : node.children
  for (const child of children) if (child !== undefined) return someKeyOf(child)
  throw new Error('a node without keys')
}

/** The keys of `node` whose first `digits` hex digits are those of `path`. */
export function under(
  node: KeyNode | undefined,
  path: Uint8Array,
  digits: number,
  keyBytes: number,
): KeyNode | undefined {
  let at = node
  while (at !== undefined && at.kind !== 'run') {
    const some = someKeyOf(at)
    const limit = Math.min(at.depth, digits)
    if (sharedDigits(some.bytes, some.at, path, 0, limit) < limit) return undefined
    if (digits <= at.depth) return at
    at = childOf(at, digitAt(path, at.depth), keyBytes)
  }
  return at === undefined ? undefined : runUnder(at, path, digits, keyBytes)
}

function runUnder(
  run: Run,
  path: Uint8Array,
  digits: number,
  keyBytes: number,
): KeyNode | undefined {
  let from = 0
  const matches = (index: number): boolean =>
    sharedDigits(run.bytes, run.at + index * keyBytes, path, 0, digits) >= digits
  while (from < run.count && !matches(from)) from++
  let to = from
  while (to < run.count && matches(to)) to++
  return partOf(run, from, to, keyBytes)
}

function partOf(run: Run, from: number, to: number, keyBytes: number): Run | undefined {
  if (from >= to) return undefined
  if (from === 0 && to === run.count) return run
  return { ...run, at: run.at + from * keyBytes, count: to - from, leaf: undefined }
}

/** The keys of `node` at or above `floor`. */
export function atOrAbove(
  node: KeyNode | undefined,
  floor: Uint8Array,
  keyBytes: number,
): KeyNode | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'run') {
    let from = 0
    while (
      from < node.count &&
      compareAt(node.bytes, node.at + from * keyBytes, floor, 0, keyBytes) < 0
    )
      from++
    return partOf(node, from, node.count, keyBytes)
  }
  const side = sideOf(node, floor)
  if (side > 0) return node
  if (side < 0) return undefined
  const cut = digitAt(floor, node.depth)
  const children = Array.from({ length: BRANCHES }, (_, digit) => {
    if (digit < cut) return undefined
    const child = childOf(node, digit, keyBytes)
    return digit === cut ? atOrAbove(child, floor, keyBytes) : child
  })
  return joined(node.depth, children, keyBytes)
}

/** Whether the node's keys all lie above (1) or below (-1) `key`, or share their prefix with it (0). */
function sideOf(node: InnerNode, key: Uint8Array): number {
  const some = someKeyOf(node)
  const shared = sharedDigits(some.bytes, some.at, key, 0, node.depth)
  if (shared === node.depth) return 0
  return digitAt(some.bytes, shared, some.at) > digitAt(key, shared) ? 1 : -1
}

/** The canonical node of keys that are divided so at `depth`. */
export function joined(
  depth: number,
  children: readonly (KeyNode | undefined)[],
  keyBytes: number,
): KeyNode | undefined {
  const present = children.filter((child) => child !== undefined)
  const [only] = present
  if (present.length <= 1) return only
  const count = present.reduce((sum, child) => sum + child.count, 0)
  if (count > LEAF_KEYS_LIMIT) return { kind: 'trimmed', depth, count, children }
  const bytes = new Uint8Array(count * keyBytes)
  let at = 0
  for (const child of present) {
    at += copyKeys(child, bytes, at, keyBytes)
  }
  return { kind: 'run', bytes, at: 0, count, leaf: undefined }
}

/** Copies all keys of a node into `target`. @returns how many bytes they are. */
export function copyKeys(
  node: KeyNode,
  target: Uint8Array,
  targetAt: number,
  keyBytes: number,
): number {
  if (node.kind === 'run') {
    target.set(node.bytes.subarray(node.at, node.at + node.count * keyBytes), targetAt)
    return node.count * keyBytes
  }
  let at = targetAt
  for (let digit = 0; digit < BRANCHES; digit++) {
    const child = childOf(node, digit, keyBytes)
    if (child !== undefined) at += copyKeys(child, target, at, keyBytes)
  }
  return at - targetAt
}

/** How many keys are smaller than `key`. */
export function countBelow(node: KeyNode | undefined, key: Uint8Array, keyBytes: number): number {
  let below = 0
  let at = node
  while (at !== undefined && at.kind !== 'run') {
    const side = sideOf(at, key)
    if (side !== 0) return below + (side < 0 ? at.count : 0)
    const digit = digitAt(key, at.depth)
    for (let before = 0; before < digit; before++) below += countOfChild(at, before)
    at = childOf(at, digit, keyBytes)
  }
  if (at === undefined) return below
  let index = 0
  while (index < at.count && compareAt(at.bytes, at.at + index * keyBytes, key, 0, keyBytes) < 0)
    index++
  return below + index
}

function countOfChild(node: InnerNode, digit: number): number {
  return node.kind === 'branch' ? node.countAt(digit) : (node.children[digit]?.count ?? 0)
}

/** Copies the keys from one position to another, the latter excluded. */
export function keysBetween(
  node: KeyNode | undefined,
  from: number,
  to: number,
  keyBytes: number,
): Uint8Array[] {
  const keys: Uint8Array[] = []
  if (node !== undefined) pushBetween(node, from, to, keyBytes, keys)
  return keys
}

function pushBetween(
  node: KeyNode,
  from: number,
  to: number,
  keyBytes: number,
  keys: Uint8Array[],
): void {
  if (node.kind === 'run') {
    for (let index = Math.max(0, from); index < Math.min(node.count, to); index++) {
      const at = node.at + index * keyBytes
      keys.push(node.bytes.slice(at, at + keyBytes))
    }
    return
  }
  let before = 0
  for (let digit = 0; digit < BRANCHES && before < to; digit++) {
    const count = countOfChild(node, digit)
    if (count > 0 && before + count > from) {
      const child = childOf(node, digit, keyBytes)
      if (child !== undefined) pushBetween(child, from - before, to - before, keyBytes, keys)
    }
    before += count
  }
}

const LEAF_BYTES_LIMIT = 1 + LEAF_KEYS_LIMIT * 64
const scratch = new Uint8Array(Math.max(LEAF_BYTES_LIMIT, 2 + BRANCHES * (1 + HASH_BYTES)))

/** The hash of no keys. */
export const EMPTY_HASH = sha256(Uint8Array.of(LEAF_MARK))

/** A view of the tree where it is known there: to be read or copied before the tree changes. */
export function hashOf(node: KeyNode, keyBytes: number): Uint8Array {
  if (node.kind === 'run') {
    const known = node.leaf?.branch.leafHash(node.leaf.digit)
    if (known !== undefined) return known
    const length = node.count * keyBytes
    scratch[0] = LEAF_MARK
    scratch.set(node.bytes.subarray(node.at, node.at + length), 1)
    const hash = sha256(scratch.subarray(0, 1 + length))
    node.leaf?.branch.setLeafHash(node.leaf.digit, hash)
    return hash
  }
  if (node.kind === 'branch' && node.hash !== undefined) return node.hash
  const hash = innerHash(node, keyBytes)
  if (node.kind === 'branch') node.setHash(hash)
  return hash
}

function innerHash(node: InnerNode, keyBytes: number): Uint8Array {
  // The children first: their hashes need the scratch bytes too.
  const hashes: (Uint8Array | undefined)[] = []
  for (let digit = 0; digit < BRANCHES; digit++) {
    const child = childOf(node, digit, keyBytes)
    hashes.push(child === undefined ? undefined : hashOf(child, keyBytes))
  }
  scratch[0] = INNER_MARK
  scratch[1] = node.depth
  return sha256(scratch.subarray(0, writeChildren(hashes, 2)))
}

function writeChildren(hashes: readonly (Uint8Array | undefined)[], from: number): number {
  let at = from
  for (const [digit, hash] of hashes.entries()) {
    if (hash === undefined) continue
    scratch[at] = digit
    scratch.set(hash, at + 1)
    at += 1 + HASH_BYTES
  }
  return at
}

/**
 * Computes hashes that are not known, those of children first.
 *
 * @returns whether the node's own is known now.
 */
export function hashWithin(branch: Branch, budget: { left: number }, keyBytes: number): boolean {
  if (branch.hash !== undefined) return true
  for (let digit = 0; digit < BRANCHES; digit++) {
    const child = branch.branchAt(digit)
    if (child !== undefined) {
      if (!hashWithin(child, budget, keyBytes)) return false
      continue
    }
    if (branch.leafCount(digit) === 0 || branch.leafHash(digit) !== undefined) continue
    if (budget.left <= 0) return false
    budget.left--
    const leaf = childOf(branch, digit, keyBytes)
    if (leaf !== undefined) hashOf(leaf, keyBytes)
  }
  if (budget.left <= 0) return false
  budget.left--
  hashOf(branch, keyBytes)
  return true
}
