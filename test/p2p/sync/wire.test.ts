/* oxlint-disable unicorn/consistent-function-scoping -- a helper of one test stands in it */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import {
  HELLO_LIMIT_BYTES,
  ITEM_LIMIT_BYTES,
  LIST_LIMIT_IDS,
  RANGES_LIMIT_ENTRIES,
  RECS_CONTENT_LIMIT_BYTES,
  RECS_LIMIT_ITEMS,
  ROOTS_LIMIT_COUNT,
  SHARD_RUNS_LIMIT,
  WINDOW_LEAST_BYTES,
  WINDOW_LIMIT_BYTES,
} from '../../../src/p2p/sync/limits.ts'
import {
  childRange,
  encodeRange,
  keyAbove,
  lowestKey,
  parseRange,
  prefixRange,
  rangeName,
  type Range,
} from '../../../src/p2p/sync/range.ts'
import { encodeMessage, parseMessage, type Message } from '../../../src/p2p/sync/wire.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })
const cut = bytes(8)
const whole: fc.Arbitrary<Range> = fc
  .tuple(bytes(48), fc.integer({ min: 0, max: 95 }))
  .map(([key, digits]) => prefixRange(key, digits))
const interval: fc.Arbitrary<Range> = fc
  .tuple(whole, fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 16 }))
  .filter(([, from, to]) => from < to && to - from < 16)
  .map(([range, from, to]) => ({ ...range, from, to }))
const range = fc.oneof(whole, interval)
const count = fc.integer({ min: 65, max: Number.MAX_SAFE_INTEGER })
const unit = fc.nat()
const ids = (least: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(cut, { minLength: least, maxLength: 20 })
    .map((all) => new Uint8Array(Buffer.concat(all)))

const list = fc.record({ kind: fc.constant('list' as const), range, ids: ids(0) })
const node = fc
  .tuple(
    range,
    whole,
    fc.integer({ min: 1, max: 0xffff }),
    fc.integer({ min: 0, max: 0xffff }),
    bytes(128),
  )
  .map(([where, prefix, mask, deepBits, cuts]) => {
    const deep = mask & deepBits
    const length = 8 * (mask & ~deep).toString(2).replaceAll('0', '').length
    return { kind: 'node' as const, range: where, prefix, mask, deep, cuts: cuts.slice(0, length) }
  })
  .filter(({ range: { digits, from, to }, prefix }) => {
    return !(digits === prefix.digits && from === 0 && to === 16)
  })
const divided = fc.tuple(whole, cut).map(([where, one]) => ({
  kind: 'node' as const,
  range: where,
  prefix: where,
  mask: 4,
  deep: 0,
  cuts: one,
}))
const spine = fc
  .tuple(
    count,
    bytes(48),
    fc.uniqueArray(fc.integer({ min: 0, max: 95 }), { minLength: 1 }),
    fc.array(fc.option(cut, { nil: undefined }), { minLength: 96, maxLength: 96 }),
    fc.integer({ min: 0, max: 15 }),
    ids(1),
  )
  .map(([all, key, depths, cuts, tailFrom, listed]) => {
    const levels = depths
      .toSorted((a, b) => a - b)
      .map((depth, index) => ({
        depth,
        cut: cuts[index],
        right: index === 0 ? listed.length / 8 : 0,
      }))
    const prefix = prefixRange(key, levels.at(-1)?.depth ?? 0)
    return { kind: 'spine' as const, count: all, prefix, levels, tailFrom, ids: listed }
  })
const groups = <T>(item: fc.Arbitrary<T>) =>
  fc.array(fc.record({ unit, items: fc.array(item, { minLength: 1, maxLength: 5 }) }), {
    maxLength: 4,
  })
const turn = fc.constantFrom(0 as const, 1 as const, 2 as const)

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    network: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
    shardBits: fc.constant(8),
    nowMs: fc.maxSafeNat(),
    salt: bytes(16),
    shards: fc
      .uniqueArray(fc.integer({ min: 0, max: 255 }))
      .map((all) => all.toSorted((a, b) => a - b)),
    floorsMs: fc.array(fc.maxSafeNat(), { minLength: 4, maxLength: 4 }),
    windowBytes: fc.integer({ min: WINDOW_LEAST_BYTES, max: WINDOW_LIMIT_BYTES }),
  }),
  fc.record({
    kind: fc.constant('roots' as const),
    turn,
    first: unit,
    roots: fc.array(
      fc.oneof(
        fc.constant({ count: 0, cut: undefined }),
        fc.record({ count: fc.integer({ min: 1, max: 2 ** 40 }), cut }),
      ),
      { minLength: 1 },
    ),
  }),
  fc.record({
    kind: fc.constant('ranges' as const),
    turn,
    groups: groups(fc.oneof(list, node, divided, spine)),
  }),
  fc.record({
    kind: fc.constant('recs' as const),
    groups: groups(bytes(1, 40)).filter(({ length }) => length > 0),
  }),
  fc.record({
    kind: fc.constant('credit' as const),
    bytes: fc.integer({ min: 1, max: WINDOW_LIMIT_BYTES }),
  }),
  fc.record({
    kind: fc.constant('get' as const),
    groups: groups(
      fc.record({ range, bits: bytes(1, 32).filter((bits) => bits.at(-1) !== 0) }),
    ).filter(({ length }) => length > 0),
  }),
  fc.record({ kind: fc.constant('done' as const), isComplete: fc.boolean() }),
  fc.record({
    kind: fc.constant('err' as const),
    status: fc.constantFrom(
      'NOT_FOUND' as const,
      'BAD_REQUEST' as const,
      'RATE_LIMITED' as const,
      'ERROR' as const,
    ),
  }),
)

function codeOf(frame: Uint8Array): string {
  try {
    parseMessage(frame)
    return 'taken'
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return error.fault.code
  }
}

const HELLO = [
  0,
  1,
  'net',
  8,
  5,
  new Uint8Array(16),
  [0, 2, 4, 1],
  [0, 0, 0, 0],
  WINDOW_LIMIT_BYTES,
]
const LIST = [0, Uint8Array.of(1, 0x10), new Uint8Array(8)]
const NODE = [1, Uint8Array.of(1, 0x10), new Uint8Array(0), 3, 1, new Uint8Array(8)]
const SPINE = [
  2,
  65,
  Uint8Array.of(2, 0x12),
  Uint8Array.of(128, 2),
  new Uint8Array(8),
  Uint8Array.of(0, 1),
  1,
  new Uint8Array(8),
]
const ranges = (entry: unknown): unknown => [2, 2, [0, [entry]]]

function changed(value: readonly unknown[], at: number, field: unknown): readonly unknown[] {
  return value.with(at, field)
}

describe('a frame', () => {
  test('is read as what was written, and has no other spelling', () => {
    fc.assert(
      fc.property(message, (one) => {
        const frame = encodeMessage(one)
        const read = parseMessage(frame)
        expect(read).toEqual(one)
        expect(toHex(encodeMessage(read))).toBe(toHex(frame))
      }),
      { numRuns: 300 },
    )
  })

  test('of any bytes is taken or refused as the peer’s fault', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, flip) => {
        const frame = encodeMessage(one).slice()
        frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ flip
        expect(['taken', 'p2p/frame-malformed', 'p2p/frame-too-large']).toContain(codeOf(frame))
      }),
      { numRuns: 500 },
    )
  })

  test('of the shapes that are broken below is taken', () => {
    const sound = [
      HELLO,
      [1, 2, 0, [1, new Uint8Array(8)]],
      ranges(LIST),
      ranges(NODE),
      ranges(SPINE),
    ]
    for (const value of sound) expect(codeOf(encodeCbor(value))).toBe('taken')
  })

  test.each<[string, unknown]>([
    ['nothing', []],
    ['a map', { 0: 1 }],
    ['an unknown kind', [8]],
    ['a kind in text', ['0']],
    ['a version of another protocol', changed(HELLO, 1, 2)],
    ['a network of 33 characters', changed(HELLO, 2, 'n'.repeat(33))],
    ['17 shard bits', changed(HELLO, 3, 17)],
    ['a time before 1970', changed(HELLO, 4, -1)],
    ['a time in fractions', changed(HELLO, 4, 1.5)],
    ['a salt of 15 bytes', changed(HELLO, 5, new Uint8Array(15))],
    ['a shard beyond the shard bits', changed(HELLO, 6, [255, 2])],
    ['runs that touch', changed(HELLO, 6, [0, 2, 2, 1])],
    ['runs out of order', changed(HELLO, 6, [4, 1, 0, 2])],
    ['an empty run', changed(HELLO, 6, [0, 0])],
    ['half a run', changed(HELLO, 6, [0])],
    ['three floors', changed(HELLO, 7, [0, 0, 0])],
    ['a window too small', changed(HELLO, 8, WINDOW_LEAST_BYTES - 1)],
    ['a window too large', changed(HELLO, 8, WINDOW_LIMIT_BYTES + 1)],
    ['a field more', [...HELLO, 0]],
    ['no roots', [1, 2, 0, []]],
    ['a turn of three', [1, 3, 0, [0]]],
    ['a root without its cut', [1, 2, 0, [1]]],
    ['a cut of 7 bytes', [1, 2, 0, [1, new Uint8Array(7)]]],
    ['ranges of a turn of three', [2, 3, []]],
    ['a group without entries', [2, 2, [0, []]]],
    ['a group without its unit', [2, 2, [[LIST]]]],
    ['an unknown entry', ranges([3, LIST[1], LIST[2]])],
    ['a range of no bytes', ranges(changed(LIST, 1, new Uint8Array(0)))],
    ['a range with a digit more', ranges(changed(LIST, 1, Uint8Array.of(1, 0x12)))],
    ['a range whose interval is missing', ranges(changed(LIST, 1, Uint8Array.of(128)))],
    ['a range with a byte more', ranges(changed(LIST, 1, Uint8Array.of(1, 0x10, 0)))],
    ['an interval that is the whole', ranges(changed(LIST, 1, Uint8Array.of(129, 0x0f, 0x10)))],
    [
      'an interval that ends before it begins',
      ranges(changed(LIST, 1, Uint8Array.of(129, 0x32, 0x10))),
    ],
    ['a short id of 7 bytes', ranges(changed(LIST, 2, new Uint8Array(7)))],
    ['a node without children', ranges(changed(NODE, 3, 0))],
    ['a node with a 17th child', ranges(changed(NODE, 3, 0x10000))],
    ['a deep child that is not there', ranges(changed(NODE, 4, 4))],
    ['a cut too few', ranges(changed(NODE, 5, new Uint8Array(0)))],
    ['a prefix that is the range', ranges(changed(NODE, 2, NODE[1]))],
    ['a prefix that is an interval', ranges(changed(NODE, 2, Uint8Array.of(130, 0x01, 0x12)))],
    ['a spine of a leaf', ranges(changed(SPINE, 1, 64))],
    ['a spine that goes up', ranges(changed(SPINE, 3, Uint8Array.of(130, 2)))],
    ['a spine without levels', ranges(changed(SPINE, 3, new Uint8Array(0)))],
    ['a spine that ends elsewhere', ranges(changed(SPINE, 3, Uint8Array.of(128, 1)))],
    ['a spine with a cut too many', ranges(changed(SPINE, 4, new Uint8Array(16)))],
    ['a tail from a 17th digit', ranges(changed(SPINE, 6, 16))],
    [
      'a tail of no keys',
      ranges(changed(changed(SPINE, 5, new Uint8Array(2)), 7, new Uint8Array(0))),
    ],
    ['a count of keys that are not listed', ranges(changed(SPINE, 5, Uint8Array.of(1, 1)))],
    ['a level without its count', ranges(changed(SPINE, 5, Uint8Array.of(1)))],
    ['no records', [3, []]],
    ['a record of no bytes', [3, [0, [new Uint8Array(0)]]]],
    ['a record in text', [3, [0, ['record']]]],
    ['credit of nothing', [4, 0]],
    ['credit of more than a window', [4, WINDOW_LIMIT_BYTES + 1]],
    ['a GET of nothing', [5, []]],
    ['a GET without bits', [5, [0, [Uint8Array.of(0), new Uint8Array(0)]]]],
    ['a GET with a byte of bits too many', [5, [0, [Uint8Array.of(0), Uint8Array.of(1, 0)]]]],
    ['a DONE of two', [6, 2]],
    ['an ERR that is OK', [7, 0]],
    ['an ERR of no status', [7, 5]],
  ])('with %s is malformed', (_, value) => {
    expect(codeOf(encodeCbor(value))).toBe('p2p/frame-malformed')
  })

  test.each<[string, number, (size: number) => unknown]>([
    ['ids in a list', LIST_LIMIT_IDS, (size) => ranges(changed(LIST, 2, new Uint8Array(8 * size)))],
    ['roots', ROOTS_LIMIT_COUNT, (size) => [1, 2, 0, Array.from({ length: size }, () => 0)]],
    [
      'entries',
      RANGES_LIMIT_ENTRIES,
      (size) => [2, 2, [0, Array.from({ length: size }, () => LIST)]],
    ],
    [
      'records',
      RECS_LIMIT_ITEMS,
      (size) => [3, [0, Array.from({ length: size }, () => Uint8Array.of(1))]],
    ],
    ['bytes of a record', ITEM_LIMIT_BYTES, (size) => [3, [0, [new Uint8Array(size)]]]],
    [
      'runs of shards',
      SHARD_RUNS_LIMIT,
      (size) =>
        changed(
          changed(HELLO, 3, 16),
          6,
          Array.from({ length: 2 * size }, (_, at) => (at % 2 === 0 ? 2 * at : 1)),
        ),
    ],
    [
      'bytes of wanted bits',
      LIST_LIMIT_IDS / 8,
      (size) => [5, [0, [Uint8Array.of(0), new Uint8Array(size).fill(1)]]],
    ],
  ])('holds as many %s as its limit, and not one more', (_, limit, made) => {
    expect(codeOf(encodeCbor(made(limit)))).toBe('taken')
    expect(codeOf(encodeCbor(made(limit + 1)))).toBe('p2p/frame-malformed')
  })

  test('holds records up to their bytes in all', () => {
    const items = (total: number): unknown => {
      const full = Array.from(
        { length: Math.floor(total / ITEM_LIMIT_BYTES) },
        () => new Uint8Array(ITEM_LIMIT_BYTES),
      )
      return [
        3,
        [
          0,
          total % ITEM_LIMIT_BYTES === 0
            ? full
            : [...full, new Uint8Array(total % ITEM_LIMIT_BYTES)],
        ],
      ]
    }
    expect(codeOf(encodeCbor(items(RECS_CONTENT_LIMIT_BYTES)))).toBe('taken')
    expect(codeOf(encodeCbor(items(RECS_CONTENT_LIMIT_BYTES + 1)))).toBe('p2p/frame-malformed')
  })

  test('is bounded by what it is before it is decoded', () => {
    const hello = encodeCbor(changed(HELLO, 2, 'n'.repeat(HELLO_LIMIT_BYTES)))
    expect(codeOf(hello)).toBe('p2p/frame-too-large')
    expect(codeOf(encodeCbor([6, new Uint8Array(64)]))).toBe('p2p/frame-too-large')
  })
})

describe('a range', () => {
  test('is read as what was written', () => {
    fc.assert(
      fc.property(range, (one) => {
        const read = parseRange(encodeRange(one))
        expect(read).toEqual(one)
        expect(read === undefined ? '' : rangeName(read)).toBe(rangeName(one))
      }),
    )
  })

  test('ends where the next one begins', () => {
    fc.assert(
      fc.property(whole, fc.integer({ min: 0, max: 14 }), (one, digit) => {
        const next = lowestKey(childRange(one, digit + 1), 48)
        expect(keyAbove(childRange(one, digit), 48)).toEqual(next)
        expect(keyAbove({ ...one, from: 0, to: digit + 1 }, 48)).toEqual(next)
        expect(keyAbove(childRange(one, 15), 48)).toEqual(keyAbove(one, 48))
      }),
    )
  })

  test('of the last keys ends nowhere', () => {
    const last = prefixRange(new Uint8Array(48).fill(255), 7)
    expect(keyAbove(last, 48)).toBeUndefined()
    expect(keyAbove({ ...last, from: 3 }, 48)).toBeUndefined()
  })
})
