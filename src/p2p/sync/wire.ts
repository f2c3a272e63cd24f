/**
 * The messages of `/aip/<network>/sync/1.0.0`, to and from bytes.
 *
 *     HELLO   [0, 1, network, shard bits, now, salt, [first, count, …], [floor of lanes 0 to 3], window]
 *     ROOTS   [1, turn, first unit, [count, cut, …]]             no cut where the count is 0
 *     RANGES  [2, turn, [unit, [entry, …], …]]                   turn: 0 goes on, 1 over, 2 over and all said
 *     RECS    [3, [unit, [bytes, …], …]]
 *     CREDIT  [4, bytes]
 *     GET     [5, [unit, [range, bits, …], …]]
 *     DONE    [6, 0 complete / 1 a limit was reached]
 *     ERR     [7, status]
 *
 *     entry = [0, range, ids]                                    a list: all keys of the range
 *           / [1, range, prefix or "", mask, deep, cuts]         a node: its children
 *           / [2, count, prefix, depths, cuts, rights, tail from, ids]   a spine: the whole tree
 *
 * Frames are canonical DAG-CBOR. What is checked here is their shape; what they may say when, the
 * session knows. Specification: docs/spec/sync.md, "Messages".
 */
import { decodeCbor, encodeCbor } from '../../crypto/cbor.ts'
import { CryptoError } from '../../crypto/error.ts'
import { LEAF_KEYS_LIMIT } from '../../records/replica/key-tree-branch.ts'
import { SHARD_BITS_LIMIT } from '../../records/replica/lanes.ts'
import { ExchangeError } from '../query/error.ts'
import { refusedStatus, statusCode, type RefusedStatus } from '../query/status.ts'
import { CUT_BYTES, SALT_BYTES } from './cuts.ts'
import {
  GET_LIMIT_BYTES,
  HELLO_LIMIT_BYTES,
  ITEM_LIMIT_BYTES,
  LIST_LIMIT_IDS,
  RANGES_LIMIT_BYTES,
  RANGES_LIMIT_ENTRIES,
  RECS_CONTENT_LIMIT_BYTES,
  RECS_LIMIT_BYTES,
  RECS_LIMIT_ITEMS,
  ROOTS_LIMIT_BYTES,
  ROOTS_LIMIT_COUNT,
  SHARD_RUNS_LIMIT,
  SHORT_LIMIT_BYTES,
  WINDOW_LEAST_BYTES,
  WINDOW_LIMIT_BYTES,
} from './limits.ts'
import { encodeRange, isWhole, parseRange, type Range } from './range.ts'

export const SYNC_VERSION = 1
const NETWORK_LIMIT_CHARS = 32
const RECORD_LANES = 4
/** In a byte of `depths`: what is left of the spine here has keys, and a cut. */
const HAS_LEFT = 128

export interface Hello {
  readonly kind: 'hello'
  readonly network: string
  readonly shardBits: number
  readonly nowMs: number
  readonly salt: Uint8Array
  /** Ascending. */
  readonly shards: readonly number[]
  /** Of lanes 0 to 3. */
  readonly floorsMs: readonly number[]
  readonly windowBytes: number
}

export interface Root {
  readonly count: number
  /** Absent where there are no keys. */
  readonly cut: Uint8Array | undefined
}

/** 0: this turn goes on. 1: it is over, and there is more to say. 2: it is over, all is said. */
export type TurnMark = 0 | 1 | 2

export interface Roots {
  readonly kind: 'roots'
  readonly turn: TurnMark
  readonly first: number
  readonly roots: readonly Root[]
}

export interface ListEntry {
  readonly kind: 'list'
  readonly range: Range
  /** Short ids of all keys in the range, one after the other, in the keys' order. */
  readonly ids: Uint8Array
}

export interface NodeEntry {
  readonly kind: 'node'
  readonly range: Range
  /** What all keys of the range share; the range itself where it is divided at once. */
  readonly prefix: Range
  /** Bit n: there are keys with the digit n. */
  readonly mask: number
  /** Of these, the ones that entries of their own describe in the same frame. */
  readonly deep: number
  /** For each other one, ascending, the cut of its hash. */
  readonly cuts: Uint8Array
}

/** An inner node on the path of a spine. */
export interface SpineLevel {
  readonly depth: number
  /** Of all keys left of the path; absent where there are none. */
  readonly cut: Uint8Array | undefined
  /** Keys right of the path, which are listed. */
  readonly right: number
}

export interface SpineEntry {
  readonly kind: 'spine'
  /** Of all keys. */
  readonly count: number
  /** What all keys of the last inner node on the path share. */
  readonly prefix: Range
  readonly levels: readonly SpineLevel[]
  /** The keys of the last inner node from this digit on are right of the path. */
  readonly tailFrom: number
  /** Short ids of the keys right of the path: those of the first level, then of the next. */
  readonly ids: Uint8Array
}

export type Entry = ListEntry | NodeEntry | SpineEntry

export interface Group<T> {
  readonly unit: number
  readonly items: readonly T[]
}

export interface Ranges {
  readonly kind: 'ranges'
  readonly turn: TurnMark
  readonly groups: readonly Group<Entry>[]
}

export interface Recs {
  readonly kind: 'recs'
  readonly groups: readonly Group<Uint8Array>[]
}

/** Which keys of a list are wanted: bit 0 of byte 0 is the first. */
export interface Wanted {
  readonly range: Range
  readonly bits: Uint8Array
}

export interface Get {
  readonly kind: 'get'
  readonly groups: readonly Group<Wanted>[]
}

export interface Credit {
  readonly kind: 'credit'
  readonly bytes: number
}

export interface Done {
  readonly kind: 'done'
  readonly isComplete: boolean
}

export interface Err {
  readonly kind: 'err'
  readonly status: RefusedStatus
}

export type Message = Hello | Roots | Ranges | Recs | Credit | Get | Done | Err

const KINDS = ['hello', 'roots', 'ranges', 'recs', 'credit', 'get', 'done', 'err'] as const

const LIMIT_BYTES: Readonly<Record<Message['kind'], number>> = {
  hello: HELLO_LIMIT_BYTES,
  roots: ROOTS_LIMIT_BYTES,
  ranges: RANGES_LIMIT_BYTES,
  recs: RECS_LIMIT_BYTES,
  credit: SHORT_LIMIT_BYTES,
  get: GET_LIMIT_BYTES,
  done: SHORT_LIMIT_BYTES,
  err: SHORT_LIMIT_BYTES,
}

/** @throws {RangeError} for a frame of more than its limit: the session sees to it that none is. */
export function encodeMessage(message: Message): Uint8Array {
  const frame = encodeCbor([KINDS.indexOf(message.kind), ...fieldsOf(message)])
  if (frame.length > LIMIT_BYTES[message.kind]) {
    throw new RangeError(`${message.kind} of ${frame.length} bytes`)
  }
  return frame
}

function fieldsOf(message: Message): readonly unknown[] {
  switch (message.kind) {
    case 'hello': {
      const { network, shardBits, nowMs, salt, shards, floorsMs, windowBytes } = message
      return [SYNC_VERSION, network, shardBits, nowMs, salt, runsOf(shards), floorsMs, windowBytes]
    }
    case 'roots': {
      const flat = message.roots.flatMap(({ count, cut }) =>
        cut === undefined ? [0] : [count, cut],
      )
      return [message.turn, message.first, flat]
    }
    case 'ranges':
      return [
        message.turn,
        message.groups.flatMap(({ unit, items }) => [unit, items.map(entryFields)]),
      ]
    case 'recs':
      return [message.groups.flatMap(({ unit, items }) => [unit, items])]
    case 'credit':
      return [message.bytes]
    case 'get': {
      const flat = message.groups.flatMap(({ unit, items }) => [
        unit,
        items.flatMap(({ range, bits }) => [encodeRange(range), bits]),
      ])
      return [flat]
    }
    case 'done':
      return [message.isComplete ? 0 : 1]
    case 'err':
      return [statusCode(message.status)]
  }
}

function entryFields(entry: Entry): readonly unknown[] {
  switch (entry.kind) {
    case 'list':
      return [0, encodeRange(entry.range), entry.ids]
    case 'node': {
      const { range, prefix, mask, deep, cuts } = entry
      const isSame = isWhole(range) && prefix.digits === range.digits
      return [1, encodeRange(range), isSame ? NO_BYTES : encodeRange(prefix), mask, deep, cuts]
    }
    case 'spine': {
      const { count, prefix, levels, tailFrom, ids } = entry
      const depths = Uint8Array.from(levels, ({ depth, cut }) =>
        cut === undefined ? depth : depth + HAS_LEFT,
      )
      const cuts = joinedCuts(levels.flatMap(({ cut }) => (cut === undefined ? [] : [cut])))
      const rights = Uint8Array.from(levels, ({ right }) => right)
      return [2, count, encodeRange(prefix), depths, cuts, rights, tailFrom, ids]
    }
  }
}

const NO_BYTES = new Uint8Array(0)

export function joinedCuts(cuts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(cuts.length * CUT_BYTES)
  for (const [index, cut] of cuts.entries()) all.set(cut, index * CUT_BYTES)
  return all
}

export function cutAt(cuts: Uint8Array, index: number): Uint8Array {
  return cuts.subarray(index * CUT_BYTES, (index + 1) * CUT_BYTES)
}

/** What an entry takes in a frame at most: its byte strings, and a few bytes for each field. */
export function entryLimitBytes(entry: Entry): number {
  switch (entry.kind) {
    case 'list':
      return FIELDS_BYTES + entry.range.path.length + entry.ids.length
    case 'node':
      return FIELDS_BYTES + entry.range.path.length + entry.prefix.path.length + entry.cuts.length
    case 'spine':
      return (
        FIELDS_BYTES +
        entry.prefix.path.length +
        entry.levels.length * (2 + CUT_BYTES) +
        entry.ids.length
      )
  }
}

const FIELDS_BYTES = 48

function runsOf(shards: readonly number[]): number[] {
  const runs: number[] = []
  let count = 0
  for (const [index, shard] of shards.entries()) {
    count++
    if (shards[index + 1] !== shard + 1) {
      runs.push(shard - count + 1, count)
      count = 0
    }
  }
  return runs
}

/**
 * The message that a frame spells.
 *
 * @throws {ExchangeError} `p2p/frame-too-large` or `p2p/frame-malformed`.
 */
export function parseMessage(frame: Uint8Array): Message {
  // A canonical array of fewer than 24 items is one byte, and so is its first item, the kind.
  const kind = KINDS[frame[1] ?? KINDS.length]
  if (kind === undefined) throw malformed('message')
  const limitBytes = LIMIT_BYTES[kind]
  if (frame.length > limitBytes) {
    throw new ExchangeError({ code: 'p2p/frame-too-large', limitBytes })
  }
  let value: unknown
  try {
    value = decodeCbor(frame, limitBytes)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'canonical message' }, { cause })
  }
  const [code, ...fields] = listOf(value, kind)
  if (code !== KINDS.indexOf(kind)) throw malformed(kind)
  return PARSERS[kind](fields)
}

type Fields = readonly unknown[]

const PARSERS: { readonly [Kind in Message['kind']]: (fields: Fields) => Message } = {
  hello: parseHello,
  roots: parseRoots,
  ranges: parseRanges,
  recs: parseRecs,
  credit(fields) {
    const [bytes] = fieldsIn(fields, 1, 'credit')
    return { kind: 'credit', bytes: integer(bytes, 1, WINDOW_LIMIT_BYTES, 'credit') }
  },
  get: parseGet,
  done(fields) {
    const [limit] = fieldsIn(fields, 1, 'done')
    return { kind: 'done', isComplete: integer(limit, 0, 1, 'done') === 0 }
  },
  err(fields) {
    const [code] = fieldsIn(fields, 1, 'err')
    const status = refusedStatus(integer(code, 1, 255, 'err'))
    if (status === undefined) throw malformed('err')
    return { kind: 'err', status }
  },
}

function parseHello(fields: Fields): Hello {
  const [version, network, shardBits, nowMs, salt, runs, floorsMs, windowBytes] = fieldsIn(
    fields,
    8,
    'hello',
  )
  integer(version, SYNC_VERSION, SYNC_VERSION, 'hello')
  if (typeof network !== 'string' || network.length > NETWORK_LIMIT_CHARS) throw malformed('hello')
  const floors = listOf(floorsMs, 'hello')
  if (floors.length !== RECORD_LANES) throw malformed('hello')
  const bits = integer(shardBits, 0, SHARD_BITS_LIMIT, 'hello')
  return {
    kind: 'hello',
    network,
    shardBits: bits,
    nowMs: integer(nowMs, 0, Number.MAX_SAFE_INTEGER, 'hello'),
    salt: bytesOf(salt, SALT_BYTES, SALT_BYTES, 'hello'),
    shards: shardsOf(listOf(runs, 'hello'), 2 ** bits),
    floorsMs: floors.map((floor) => integer(floor, 0, Number.MAX_SAFE_INTEGER, 'hello')),
    windowBytes: integer(windowBytes, WINDOW_LEAST_BYTES, WINDOW_LIMIT_BYTES, 'hello'),
  }
}

/** Runs in the one way: ascending, none touching the next. */
function shardsOf(runs: readonly unknown[], shardCount: number): number[] {
  if (runs.length % 2 !== 0 || runs.length > 2 * SHARD_RUNS_LIMIT) throw malformed('hello')
  const shards: number[] = []
  let least = 0
  for (let at = 0; at < runs.length; at += 2) {
    const first = integer(runs[at], least, shardCount - 1, 'hello')
    const count = integer(runs[at + 1], 1, shardCount - first, 'hello')
    for (let shard = first; shard < first + count; shard++) shards.push(shard)
    least = first + count + 1
  }
  return shards
}

function parseRoots(fields: Fields): Roots {
  const [mark, first, flat] = fieldsIn(fields, 3, 'roots')
  const roots: Root[] = []
  const values = listOf(flat, 'roots')
  for (let at = 0; at < values.length; at++) {
    const count = integer(values[at], 0, Number.MAX_SAFE_INTEGER, 'roots')
    if (count === 0) roots.push({ count, cut: undefined })
    else roots.push({ count, cut: bytesOf(values[++at], CUT_BYTES, CUT_BYTES, 'roots') })
  }
  if (roots.length === 0 || roots.length > ROOTS_LIMIT_COUNT) throw malformed('roots')
  return {
    kind: 'roots',
    turn: turnMark(mark, 'roots'),
    first: integer(first, 0, Number.MAX_SAFE_INTEGER, 'roots'),
    roots,
  }
}

function turnMark(value: unknown, what: Message['kind']): TurnMark {
  if (value === 0 || value === 1 || value === 2) return value
  throw malformed(what)
}

function parseRanges(fields: Fields): Ranges {
  const [mark, groups] = fieldsIn(fields, 2, 'ranges')
  return {
    kind: 'ranges',
    turn: turnMark(mark, 'ranges'),
    groups: groupsOf(groups, parseEntry, RANGES_LIMIT_ENTRIES, 'ranges'),
  }
}

function parseEntry(value: unknown): Entry {
  const [kind, ...fields] = listOf(value, 'ranges')
  if (kind === 0) {
    const [range, ids] = fieldsIn(fields, 2, 'ranges')
    return { kind: 'list', range: rangeFrom(range, 'ranges'), ids: idsOf(ids, 0) }
  }
  if (kind === 1) return parseNode(fields)
  if (kind === 2) return parseSpine(fields)
  throw malformed('ranges')
}

function parseNode(fields: Fields): NodeEntry {
  const [where, shared, maskField, deepField, cutsField] = fieldsIn(fields, 5, 'ranges')
  const range = rangeFrom(where, 'ranges')
  const prefixBytes = bytesOf(shared, 0, Number.MAX_SAFE_INTEGER, 'ranges')
  const prefix = prefixBytes.length === 0 ? range : rangeFrom(prefixBytes, 'ranges')
  const isSame = prefix.digits === range.digits && isWhole(range)
  if (!isWhole(prefix) || (prefixBytes.length > 0 && isSame)) throw malformed('ranges')
  const mask = integer(maskField, 1, 0xffff, 'ranges')
  const deep = integer(deepField, 0, 0xffff, 'ranges')
  if ((deep & ~mask) !== 0) throw malformed('ranges')
  const cutsBytes = bitCount(mask & ~deep) * CUT_BYTES
  return {
    kind: 'node',
    range,
    prefix,
    mask,
    deep,
    cuts: bytesOf(cutsField, cutsBytes, cutsBytes, 'ranges'),
  }
}

function parseSpine(fields: Fields): SpineEntry {
  const [count, path, depthsField, cutsField, rightsField, tail, idsField] = fieldsIn(
    fields,
    7,
    'ranges',
  )
  const prefix = rangeFrom(path, 'ranges')
  const depths = bytesOf(depthsField, 1, HAS_LEFT, 'ranges')
  const cuts = bytesOf(cutsField, 0, HAS_LEFT * CUT_BYTES, 'ranges')
  const rights = bytesOf(rightsField, depths.length, depths.length, 'ranges')
  const ids = idsOf(idsField, 1)
  let cutIndex = 0
  let above = -1
  const levels = Array.from(depths, (byte, index) => {
    const depth = byte & (HAS_LEFT - 1)
    if (depth <= above) throw malformed('ranges')
    above = depth
    const cut = byte >= HAS_LEFT ? cutAt(cuts, cutIndex++) : undefined
    return { depth, cut, right: rights[index] ?? 0 }
  })
  const listed = rights.reduce((sum, right) => sum + right, 0)
  if (listed * CUT_BYTES !== ids.length) throw malformed('ranges')
  if (cutIndex * CUT_BYTES !== cuts.length || above !== prefix.digits || !isWhole(prefix)) {
    throw malformed('ranges')
  }
  return {
    kind: 'spine',
    count: integer(count, LEAF_KEYS_LIMIT + 1, Number.MAX_SAFE_INTEGER, 'ranges'),
    prefix,
    levels,
    tailFrom: integer(tail, 0, 15, 'ranges'),
    ids,
  }
}

function parseRecs(fields: Fields): Recs {
  const [flat] = fieldsIn(fields, 1, 'recs')
  const groups = groupsOf(flat, itemOf, RECS_LIMIT_ITEMS, 'recs')
  const bytes = groups.reduce((sum, { items }) => sum + bytesIn(items), 0)
  if (groups.length === 0 || bytes > RECS_CONTENT_LIMIT_BYTES) throw malformed('recs')
  return { kind: 'recs', groups }
}

function itemOf(value: unknown): Uint8Array {
  return bytesOf(value, 1, ITEM_LIMIT_BYTES, 'recs')
}

export function bytesIn(items: readonly Uint8Array[]): number {
  return items.reduce((sum, { length }) => sum + length, 0)
}

function parseGet(fields: Fields): Get {
  const [flat] = fieldsIn(fields, 1, 'get')
  const values = listOf(flat, 'get')
  if (values.length === 0 || values.length % 2 !== 0) throw malformed('get')
  const groups: Group<Wanted>[] = []
  for (let at = 0; at < values.length; at += 2) {
    const pairs = listOf(values[at + 1], 'get')
    if (pairs.length === 0 || pairs.length % 2 !== 0) throw malformed('get')
    const items: Wanted[] = []
    for (let pair = 0; pair < pairs.length; pair += 2) {
      const bits = bytesOf(pairs[pair + 1], 1, LIST_LIMIT_IDS / 8, 'get')
      if (bits.at(-1) === 0) throw malformed('get')
      items.push({ range: rangeFrom(pairs[pair], 'get'), bits })
    }
    groups.push({ unit: integer(values[at], 0, Number.MAX_SAFE_INTEGER, 'get'), items })
  }
  return { kind: 'get', groups }
}

function groupsOf<T>(
  value: unknown,
  parse: (item: unknown) => T,
  limit: number,
  what: Message['kind'],
): Group<T>[] {
  const values = listOf(value, what)
  if (values.length % 2 !== 0) throw malformed(what)
  const groups: Group<T>[] = []
  let count = 0
  for (let at = 0; at < values.length; at += 2) {
    const items = listOf(values[at + 1], what)
    count += items.length
    if (items.length === 0 || count > limit) throw malformed(what)
    const unit = integer(values[at], 0, Number.MAX_SAFE_INTEGER, what)
    groups.push({ unit, items: items.map((item) => parse(item)) })
  }
  return groups
}

function fieldsIn(fields: Fields, count: number, what: Message['kind']): Fields {
  if (fields.length !== count) throw malformed(what)
  return fields
}

function listOf(value: unknown, what: Message['kind']): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(what)
  return value
}

function integer(value: unknown, least: number, most: number, what: Message['kind']): number {
  const isWithin =
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
  if (!isWithin) throw malformed(what)
  return value
}

function bytesOf(value: unknown, least: number, most: number, what: Message['kind']): Uint8Array {
  const isWithin = value instanceof Uint8Array && value.length >= least && value.length <= most
  if (!isWithin) throw malformed(what)
  return value
}

function idsOf(value: unknown, least: number): Uint8Array {
  const ids = bytesOf(value, least * CUT_BYTES, LIST_LIMIT_IDS * CUT_BYTES, 'ranges')
  if (ids.length % CUT_BYTES !== 0) throw malformed('ranges')
  return ids
}

function rangeFrom(value: unknown, what: Message['kind']): Range {
  const range = value instanceof Uint8Array ? parseRange(value) : undefined
  if (range === undefined) throw malformed(what)
  return range
}

export function bitCount(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

function malformed(what: Message['kind'] | 'message'): ExchangeError {
  return new ExchangeError({ code: 'p2p/frame-malformed', what: `${what.toUpperCase()} message` })
}
