/**
 * The comparison of one shard and lane with the peer's: what is said about it, what follows from
 * what the peer says.
 *
 * Whatever a side says about a range is complete: a digit that a node does not name, an id that a
 * list does not hold, is a key that the sayer lacks. So each range is settled once: it is equal, or
 * divided further, or listed, and then each side knows what to send without being asked.
 * Specification: docs/spec/sync.md, "Comparing".
 */
import { compareBytes, equalBytes } from '../../base/bytes.ts'
import {
  BRANCHES,
  digitAt,
  LEAF_KEYS_LIMIT,
  sharedDigits,
} from '../../records/replica/key-tree-branch.ts'
import { childOf, countBelow, hashOf, keysBetween } from '../../records/replica/key-tree-node.ts'
import type { InnerNode, KeyNode, Run } from '../../records/replica/key-tree-node.ts'
import type { KeyTree } from '../../records/replica/key-tree.ts'
import { ExchangeError } from '../query/error.ts'
import { CUT_BYTES, type CutMaker } from './cuts.ts'
import {
  COMPARED_LIMIT_KEYS,
  EAGER_LEAST_KEYS,
  LIST_LIMIT_IDS,
  TAIL_KEYS,
  TAIL_SLACK_KEYS,
  UNCOUNTED_LIMIT_RECORDS,
} from './limits.ts'
import {
  ALL,
  childRange,
  contains,
  intervalOf,
  isWhole,
  keyAbove,
  lowestKey,
  nodeIn,
  prefixRange,
  rangeName,
  rangeOf,
  type Range,
} from './range.ts'
import type { SyncLane } from './sets.ts'
import {
  bitCount,
  cutAt,
  joinedCuts,
  type Entry,
  type ListEntry,
  type NodeEntry,
  type Wanted,
  type Root,
  type SpineEntry,
  type SpineLevel,
} from './wire.ts'

/** A range of which something is to be said. */
export interface Topic {
  readonly range: Range
  /**
   * It is a part of what was left of a spine and differs, so most of its keys will: they are listed
   * where hashes of its parts would all differ and only take time.
   */
  readonly isNear: boolean
}

/** What a comparison finds, for the session to act on. */
export interface Findings {
  /** The peer lacks all keys from `lowest` up to `above`, the latter excluded. */
  lacksRange(comparison: Comparison, lowest: Uint8Array, above: Uint8Array | undefined): void
  /** The peer lacks these keys, ascending. */
  lacksKeys(comparison: Comparison, keys: readonly Uint8Array[]): void
  /** Something is to be said about this range. */
  toSay(comparison: Comparison, topic: Topic): void
  /** Keys of a list of the peer's are wanted. */
  wants(comparison: Comparison, pick: Wanted): void
}

/** Trees do not change within one step. */
export interface Moment {
  step: number
}

export interface ComparisonPlace {
  readonly unit: number
  readonly shard: number
  readonly lane: SyncLane
  readonly keyBytes: number
  /** Keys below it are left out; `undefined` for none. */
  readonly floor: Uint8Array | undefined
  readonly tree: () => KeyTree | undefined
}

/** How a range was named, and so how the peer may speak of it: once. */
type Open = 'root' | 'hash' | 'list'

export class Comparison {
  readonly unit: number
  readonly shard: number
  readonly lane: SyncLane
  readonly keyBytes: number
  readonly floor: Uint8Array | undefined
  readonly tree: () => KeyTree | undefined
  readonly #cuts: CutMaker
  readonly #findings: Findings
  readonly #open = new Map<string, Open>()
  /** The keys of the lists of this side's last turn. */
  readonly #listed = new Map<string, readonly Uint8Array[]>()
  /** Ranges that the peer is about to describe in the frame that is being read. */
  readonly #announced = new Map<string, Pick<Topic, 'isNear'>>()
  readonly #moment: Moment
  #root: KeyNode | undefined
  /** The step in which the root was looked up. */
  #rootStep = -1
  /** Keys that the peer says it holds; `undefined` before it has said so. */
  #peerCount: number | undefined
  /** This side has said something that the peer may answer with records. */
  #hasSpoken = false
  /** The next that it says answers the peer's root. */
  #isFirst = false
  #received = 0

  constructor(
    place: ComparisonPlace,
    {
      cuts,
      findings,
      moment,
    }: { readonly cuts: CutMaker; readonly findings: Findings; readonly moment: Moment },
  ) {
    this.unit = place.unit
    this.shard = place.shard
    this.lane = place.lane
    this.keyBytes = place.keyBytes
    this.floor = place.floor
    this.tree = place.tree
    this.#cuts = cuts
    this.#findings = findings
    this.#moment = moment
  }

  /** A new turn of this side: what it listed before can no longer be picked from. */
  closeLists(): void {
    this.#listed.clear()
  }

  /** This side's root, for ROOTS. */
  sayRoot(): Root {
    const root = this.#node()
    this.#open.set(rangeName(ALL), 'root')
    this.#hasSpoken = true
    if (root === undefined) return { count: 0, cut: undefined }
    return { count: root.count, cut: this.#cutOf(root) }
  }

  /** The peer's root. */
  takeRoot({ count, cut }: Root): void {
    const root = this.#node()
    this.#peerCount = count
    if (cut === undefined) this.#lacksAll(ALL)
    else if (root === undefined || !equalBytes(this.#cutOf(root), cut)) {
      this.#isFirst = true
      this.#toSay(far(ALL))
    }
  }

  /**
   * What this side holds in a range: one entry, and those of children that it describes at once.
   *
   * @param cutsLimit  Hashes that the entries of such children may hold.
   */
  say({ range, isNear }: Topic, cutsLimit: number): readonly Entry[] {
    this.#hasSpoken = true
    const node = nodeIn(this.#node(), range, this.keyBytes)
    if (node === undefined) return [{ kind: 'list', range, ids: new Uint8Array(0) }]
    const isFew = node.count <= (isNear ? LIST_LIMIT_IDS : LEAF_KEYS_LIMIT)
    if (isFew) return [this.#list(range, node)]
    if (node.kind === 'run') throw new Error('a run of more keys than a leaf')
    if (this.#isFirst) {
      this.#isFirst = false
      return [this.#spine(node)]
    }
    const entries: Entry[] = []
    this.#describe(range, node, { cuts: cutsLimit }, entries)
    return entries
  }

  /** One entry of the peer's. @throws {ExchangeError} when it answers nothing that is open. */
  take(entry: Entry): void {
    if (entry.kind === 'spine') this.#takeSpine(entry)
    else {
      this.#assertWithin(entry.range)
      const name = rangeName(entry.range)
      const announced = this.#announced.get(name)
      let isNear = !isWhole(entry.range)
      if (announced === undefined) {
        const open = this.#open.get(name)
        if (open === undefined) throw outOfBounds('a range that was not named, or was settled')
        if (open === 'list') this.#assertAgainstList(entry)
        this.#open.delete(name)
      } else {
        if (entry.kind === 'list') throw outOfBounds('a list in place of a node')
        this.#announced.delete(name)
        isNear = announced.isNear
      }
      if (entry.kind === 'list') this.#takeList(entry.range, entry.ids)
      else this.#takeNode(entry, isNear)
    }
  }

  /** A frame is read. @throws {ExchangeError} when it announced what it does not hold. */
  endFrame(): void {
    if (this.#announced.size > 0) throw outOfBounds('a node without its parts')
  }

  /** The peer wants keys of a list of this side's last turn. */
  takePick({ range, bits }: Wanted): void {
    const name = rangeName(range)
    const keys = this.#listed.get(name)
    if (keys === undefined) throw outOfBounds('a list that was not sent')
    this.#listed.delete(name)
    const wanted = keys.filter((_, index) => ((bits[index >> 3] ?? 0) >> (index & 7)) & 1)
    const asked = bits.reduce((sum, byte) => sum + bitCount(byte), 0)
    if (wanted.length < asked) throw outOfBounds('more than the list holds')
    this.#findings.lacksKeys(this, wanted)
  }

  /** Records came. @throws {ExchangeError} when the peer cannot have had a reason to send them. */
  takeRecords(count: number): void {
    this.#received += count
    if (!this.#hasSpoken) throw outOfBounds('records that were not asked for')
    if (
      this.#peerCount !== undefined &&
      this.#received > this.#peerCount + UNCOUNTED_LIMIT_RECORDS
    ) {
      throw outOfBounds('more records than were counted')
    }
  }

  #node(): KeyNode | undefined {
    if (this.#rootStep !== this.#moment.step) {
      const tree = this.tree()
      const isCut = this.floor !== undefined && tree !== undefined && tree.rank(this.floor) > 0
      this.#root = tree?.node(isCut ? this.floor : undefined)
      this.#rootStep = this.#moment.step
    }
    return this.#root
  }

  #cutOf(node: KeyNode): Uint8Array {
    return this.#cuts.ofHash(hashOf(node, this.keyBytes))
  }

  #toSay(topic: Topic): void {
    this.#findings.toSay(this, topic)
  }

  #list(range: Range, node: KeyNode): ListEntry {
    const keys = keysBetween(node, 0, node.count, this.keyBytes)
    this.#openList(range, keys)
    return { kind: 'list', range, ids: joinedCuts(keys.map((key) => this.#cuts.ofKey(key))) }
  }

  #openList(range: Range, keys: readonly Uint8Array[]): void {
    const name = rangeName(range)
    this.#open.set(name, 'list')
    this.#listed.set(name, keys)
  }

  #describe(range: Range, node: InnerNode, room: { cuts: number }, entries: Entry[]): void {
    const prefix = rangeOf(node)
    const cuts: Uint8Array[] = []
    const deep: { readonly range: Range; readonly node: InnerNode }[] = []
    let mask = 0
    let deepMask = 0
    const near = isWhole(range) ? undefined : this.#lastDigit(node)
    for (let digit = 0; digit < BRANCHES; digit++) {
      const child = childOf(node, digit, this.keyBytes)
      if (child === undefined) continue
      mask |= 1 << digit
      const part = childRange(prefix, digit)
      const isEager = digit === near || child.count > EAGER_LEAST_KEYS
      if (child.kind !== 'run' && isEager && room.cuts >= BRANCHES) {
        room.cuts -= BRANCHES
        deepMask |= 1 << digit
        deep.push({ range: part, node: child })
      } else {
        cuts.push(this.#cutOf(child))
        this.#open.set(rangeName(part), 'hash')
      }
    }
    entries.push({ kind: 'node', range, prefix, mask, deep: deepMask, cuts: joinedCuts(cuts) })
    for (const part of deep) this.#describe(part.range, part.node, room, entries)
  }

  /**
   * The path to a key that few are above: at each inner node on it one hash for all that is left of
   * it, and the keys that are right of it, listed. Leaves are divided on the way like inner nodes.
   */
  #spine(root: InnerNode): SpineEntry {
    const { keyBytes } = this
    const [pivot = new Uint8Array(keyBytes)] = keysBetween(
      root,
      root.count - TAIL_KEYS,
      root.count - TAIL_KEYS + 1,
      keyBytes,
    )
    const levels: SpineLevel[] = []
    const lists: Uint8Array[][] = []
    let node: KeyNode = root
    for (;;) {
      const prefix = node.kind === 'run' ? this.#sharedBy(node) : rangeOf(node)
      const digit = digitAt(pivot, prefix.digits)
      const child = nodeIn(node, childRange(prefix, digit), keyBytes)
      if (child === undefined) throw new Error('a path without keys')
      const isLast = countBelow(child, pivot, keyBytes) <= TAIL_SLACK_KEYS
      const right = this.#sayRight(node, intervalOf(prefix, isLast ? digit : digit + 1, BRANCHES))
      lists.push(right)
      levels.push({
        depth: prefix.digits,
        cut: this.#sayLeft(node, intervalOf(prefix, 0, digit)),
        right: right.length,
      })
      if (isLast) {
        const ids = joinedCuts(lists.flat().map((key) => this.#cuts.ofKey(key)))
        return { kind: 'spine', count: root.count, prefix, levels, tailFrom: digit, ids }
      }
      node = child
    }
  }

  #sayLeft(node: KeyNode, left: Range): Uint8Array | undefined {
    const leftNode = left.to === 0 ? undefined : nodeIn(node, left, this.keyBytes)
    if (leftNode === undefined) return undefined
    this.#open.set(rangeName(left), 'hash')
    return this.#cutOf(leftNode)
  }

  #sayRight(node: KeyNode, right: Range): Uint8Array[] {
    const rightNode = right.from === BRANCHES ? undefined : nodeIn(node, right, this.keyBytes)
    if (rightNode === undefined) return []
    const keys = keysBetween(rightNode, 0, rightNode.count, this.keyBytes)
    this.#openList(right, keys)
    return keys
  }

  #sharedBy({ bytes, at, count }: Run): Range {
    const last = at + (count - 1) * this.keyBytes
    return prefixRange(bytes, sharedDigits(bytes, at, bytes, last, 2 * this.keyBytes), at)
  }

  #lastDigit(node: InnerNode): number {
    for (let digit = BRANCHES - 1; digit > 0; digit--) {
      if (childOf(node, digit, this.keyBytes) !== undefined) return digit
    }
    return 0
  }

  #takeSpine({ count, prefix, levels, tailFrom, ids }: SpineEntry): void {
    if (this.#open.get(rangeName(ALL)) !== 'root') throw outOfBounds('a spine that answers no root')
    if (prefix.digits >= 2 * this.keyBytes) throw outOfBounds('a node as long as a key')
    this.#open.delete(rangeName(ALL))
    this.#peerCount = count
    let outer = ALL
    let listed = 0
    for (const [index, { depth, cut, right }] of levels.entries()) {
      const isLast = index === levels.length - 1
      const inner = prefixRange(prefix.path, depth)
      const digit = isLast ? tailFrom : digitAt(prefix.path, depth)
      this.#lacksAround(outer, inner)
      if (digit === 0 && cut !== undefined) throw outOfBounds('keys left of the first digit')
      if (digit > 0) this.#takeHash(far(intervalOf(inner, 0, digit)), cut)
      const from = isLast ? digit : digit + 1
      const end = listed + right * CUT_BYTES
      if (from === BRANCHES && right > 0) throw outOfBounds('keys right of the last digit')
      if (from < BRANCHES) {
        this.#takeList(intervalOf(inner, from, BRANCHES), ids.subarray(listed, end))
      }
      listed = end
      outer = childRange(inner, digit)
    }
  }

  #takeNode({ range, prefix, mask, deep, cuts }: NodeEntry, isNear: boolean): void {
    const isDivided = prefix.digits === range.digits
    const isInside = isDivided ? equalBytes(prefix.path, range.path) : contains(range, prefix)
    const [from, to] = isDivided ? [range.from, range.to] : [0, BRANCHES]
    const outside = mask & ~((1 << to) - (1 << from))
    if (!isInside || outside !== 0 || prefix.digits >= 2 * this.keyBytes) {
      throw outOfBounds('a node outside the range that it answers')
    }
    if (!isDivided) this.#lacksAround(range, prefix)
    let index = 0
    for (let digit = from; digit < to; digit++) {
      const child = childRange(prefix, digit)
      if (((deep >> digit) & 1) === 1) this.#announced.set(rangeName(child), { isNear })
      else {
        const cut = ((mask >> digit) & 1) === 1 ? cutAt(cuts, index++) : undefined
        this.#takeHash({ range: child, isNear }, cut)
      }
    }
  }

  /** The peer's hash of a range; `undefined` where it has nothing. */
  #takeHash(topic: Topic, cut: Uint8Array | undefined): void {
    if (cut === undefined) {
      this.#lacksAll(topic.range)
      return
    }
    const node = nodeIn(this.#node(), topic.range, this.keyBytes)
    if (node === undefined || !equalBytes(this.#cutOf(node), cut)) this.#toSay(topic)
  }

  #takeList(range: Range, ids: Uint8Array): void {
    if (ids.length === 0) {
      this.#lacksAll(range)
      return
    }
    const node = nodeIn(this.#node(), range, this.keyBytes)
    if (node !== undefined && node.count > COMPARED_LIMIT_KEYS) {
      this.#toSay(far(range))
      return
    }
    const theirs = Array.from({ length: ids.length / CUT_BYTES }, (_, index) =>
      textOf(cutAt(ids, index)),
    )
    const here = new Set<string>()
    const there = new Set(theirs)
    const lacking: Uint8Array[] = []
    for (const key of keysBetween(node, 0, node?.count ?? 0, this.keyBytes)) {
      const id = textOf(this.#cuts.ofKey(key))
      here.add(id)
      if (!there.has(id)) lacking.push(key)
    }
    if (lacking.length > 0) this.#findings.lacksKeys(this, lacking)
    const bits = bitsOf(theirs.map((id) => !here.has(id)))
    if (bits.length > 0) this.#findings.wants(this, { range, bits })
  }

  #lacksAll(range: Range): void {
    this.#lacks(lowestKey(range, this.keyBytes), keyAbove(range, this.keyBytes))
  }

  /** All keys of `outer` that are not of `inner`. */
  #lacksAround(outer: Range, inner: Range): void {
    const [lowest, above] = [lowestKey(inner, this.keyBytes), keyAbove(inner, this.keyBytes)]
    this.#lacks(lowestKey(outer, this.keyBytes), lowest)
    if (above !== undefined) this.#lacks(above, keyAbove(outer, this.keyBytes))
  }

  #lacks(lowest: Uint8Array, above: Uint8Array | undefined): void {
    const { floor } = this
    const from = floor !== undefined && compareBytes(lowest, floor) < 0 ? floor : lowest
    this.#findings.lacksRange(this, from, above)
  }

  /** A list is answered with bits; only a side that holds too much to compare divides instead. */
  #assertAgainstList({ kind }: Entry): void {
    if (kind === 'list') throw outOfBounds('a list against a list')
    if ((this.#peerCount ?? Infinity) <= COMPARED_LIMIT_KEYS) {
      throw outOfBounds('a list divided that could be compared')
    }
  }

  #assertWithin({ digits }: Range): void {
    if (digits > 2 * this.keyBytes) throw outOfBounds('a range longer than a key')
  }
}

function far(range: Range): Topic {
  return { range, isNear: false }
}

/** Bit 0 of byte 0 is the first; no zero byte at the end. */
function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array((flags.lastIndexOf(true) + 8) >> 3)
  for (const [index, flag] of flags.entries()) {
    if (flag) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return bits
}

function textOf(cut: Uint8Array): string {
  return String.fromCharCode(...cut)
}

export function outOfBounds(what: string): ExchangeError {
  return new ExchangeError({ code: 'p2p/answer-out-of-bounds', what })
}
