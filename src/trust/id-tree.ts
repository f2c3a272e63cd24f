/**
 * Which records a view is made from, in one number that is kept up to date record by record.
 *
 * A tree over the hex digits of the ids. Up to 16 ids lie together in a leaf; more are divided by
 * their next digit. So the shape, and with it the digest, depends on the set of ids alone, in any
 * order of coming and going. What changed is hashed again only when the digest is asked for.
 * Specification: docs/spec/scoring.md, T27.
 */
import { fromHex, toHex } from '../base/bytes.ts'
import { HASH_BYTES, sha256 } from '../crypto/hash.ts'
import type { RecordId } from '../records/record.ts'

const LEAF_IDS_LIMIT = 16
const BRANCHES = 16
const LEAF_MARK = 0
const INNER_MARK = 1
const EMPTY_HASH = new Uint8Array(HASH_BYTES)

type Node = Leaf | Inner

interface Leaf {
  readonly kind: 'leaf'
  readonly ids: Set<RecordId>
  hash: Uint8Array | undefined
}

interface Inner {
  readonly kind: 'inner'
  readonly branches: (Node | undefined)[]
  count: number
  hash: Uint8Array | undefined
}

export class IdTree {
  #root: Node = leafOf([])
  #digest: string | undefined

  static of(ids: Iterable<RecordId>): IdTree {
    const tree = new IdTree()
    for (const id of ids) tree.add(id)
    return tree
  }

  get size(): number {
    return countOf(this.#root)
  }

  /** @returns whether it is new. */
  add(id: RecordId): boolean {
    if (has(this.#root, id, 0)) return false
    this.#root = added(this.#root, id, 0)
    this.#digest = undefined
    return true
  }

  /** @returns whether it was there. */
  delete(id: RecordId): boolean {
    if (!has(this.#root, id, 0)) return false
    this.#root = deleted(this.#root, id, 0)
    this.#digest = undefined
    return true
  }

  /**
   * Hashes what changed, in a bounded slice.
   *
   * @param hashLimit  How many hashes to compute at most.
   * @returns whether {@link digest} costs nothing now.
   */
  settle(hashLimit: number): boolean {
    return hashedWithin(this.#root, { left: hashLimit })
  }

  /** SHA-256, in hex: two nodes with one digest hold the same records. */
  get digest(): string {
    this.#digest ??= toHex(hashOf(this.#root))
    return this.#digest
  }
}

function leafOf(ids: Iterable<RecordId>): Leaf {
  return { kind: 'leaf', ids: new Set(ids), hash: undefined }
}

function countOf(node: Node): number {
  return node.kind === 'leaf' ? node.ids.size : node.count
}

function digitOf(id: RecordId, depth: number): number {
  return Number.parseInt(id.charAt(depth), BRANCHES)
}

function has(node: Node | undefined, id: RecordId, depth: number): boolean {
  if (node === undefined) return false
  if (node.kind === 'leaf') return node.ids.has(id)
  return has(node.branches[digitOf(id, depth)], id, depth + 1)
}

function added(node: Node, id: RecordId, depth: number): Node {
  node.hash = undefined
  if (node.kind === 'leaf') {
    node.ids.add(id)
    return node.ids.size > LEAF_IDS_LIMIT ? divided(node, depth) : node
  }
  node.count++
  const digit = digitOf(id, depth)
  node.branches[digit] = added(node.branches[digit] ?? leafOf([]), id, depth + 1)
  return node
}

function divided({ ids }: Leaf, depth: number): Inner {
  const branches: (Node | undefined)[] = Array.from({ length: BRANCHES }, () => undefined)
  for (const id of ids) {
    const digit = digitOf(id, depth)
    branches[digit] = added(branches[digit] ?? leafOf([]), id, depth + 1)
  }
  return { kind: 'inner', branches, count: ids.size, hash: undefined }
}

function deleted(node: Node, id: RecordId, depth: number): Node {
  node.hash = undefined
  if (node.kind === 'leaf') {
    node.ids.delete(id)
    return node
  }
  node.count--
  const digit = digitOf(id, depth)
  const branch = node.branches[digit]
  if (branch !== undefined) {
    const rest = deleted(branch, id, depth + 1)
    node.branches[digit] = countOf(rest) === 0 ? undefined : rest
  }
  return node.count > LEAF_IDS_LIMIT ? node : leafOf(idsOf(node))
}

function* idsOf(node: Node): Generator<RecordId> {
  if (node.kind === 'leaf') yield* node.ids
  else for (const branch of node.branches) if (branch !== undefined) yield* idsOf(branch)
}

function hashedWithin(node: Node, budget: { left: number }): boolean {
  if (node.hash !== undefined) return true
  if (node.kind === 'inner') {
    for (const branch of node.branches) {
      if (branch !== undefined && !hashedWithin(branch, budget)) return false
    }
  }
  if (budget.left <= 0) return false
  budget.left--
  hashOf(node)
  return true
}

function hashOf(node: Node): Uint8Array {
  node.hash ??= node.kind === 'leaf' ? leafHash(node) : innerHash(node)
  return node.hash
}

/** SHA-256 of a zero byte and the ids, sorted, 32 bytes each. */
function leafHash({ ids }: Leaf): Uint8Array {
  const bytes = new Uint8Array(1 + ids.size * HASH_BYTES)
  bytes[0] = LEAF_MARK
  for (const [at, id] of [...ids].toSorted().entries()) {
    bytes.set(fromHex(id), 1 + at * HASH_BYTES)
  }
  return sha256(bytes)
}

/** SHA-256 of a one byte and the 16 branches' hashes, 32 zero bytes for one without ids. */
function innerHash({ branches }: Inner): Uint8Array {
  const bytes = new Uint8Array(1 + BRANCHES * HASH_BYTES)
  bytes[0] = INNER_MARK
  for (const [digit, branch] of branches.entries()) {
    bytes.set(branch === undefined ? EMPTY_HASH : hashOf(branch), 1 + digit * HASH_BYTES)
  }
  return sha256(bytes)
}
