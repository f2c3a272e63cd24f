/**
 * Records, each sound or with one thing wrong, written from docs/spec/records.md. What a judge must say of
 * each is written beside it and not computed: `npm run sec -- decoders` asks two decoders that share no code.
 */
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { encodeCbor } from '../../src/crypto/cbor.ts'
import { networkMessage } from '../../src/crypto/domain.ts'
import type { Signer } from '../../src/crypto/ed25519.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { NETWORK, NOW_MS, signers } from './cast.ts'

type Fields = Readonly<Record<string, unknown>>

interface Case {
  readonly name: string
  readonly bytes: string
  /** The code of the first rule that it breaks; `null`: none. */
  readonly fault: string | null
}

const issuerOf = ({ publicKey }: Signer): Uint8Array => sha256(publicKey).slice(0, 16)
const some = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte)
const letters = (count: number, letter = 'x'): string => letter.repeat(count)
const listOf = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one)

const by = signers.alice
const about = issuerOf(signers.bob)
const envelope: Fields = {
  v: 1,
  i: issuerOf(by),
  k: by.publicKey,
  n: NOW_MS,
  a: NOW_MS,
  e: NOW_MS + 30 * DAY_MS,
}
const work: Fields = { k: 'count', v: 10 }
const outcome: Fields = { a: NOW_MS, c: 'general', g: 0, w: work, y: work }
const BODIES = {
  vouch: { c: 'general', d: about, h: some(32), l: 800 },
  revocation: { d: about, r: some(32) },
  promise: { c: 'general', d: about, u: NOW_MS + DAY_MS, w: work },
  observation: { d: about, o: [outcome] },
} as const
type Type = keyof typeof BODIES

/** With these fields in place of the usual ones; one that is undefined is left out. */
const changed = (fields: Fields, change: Fields): Fields =>
  Object.fromEntries(
    Object.entries({ ...fields, ...change }).filter(([, value]) => value !== undefined),
  )

/** The body is changed by `change`, the record around it by `around`. */
function record(type: Type, change: Fields = {}, around: Fields = {}): Fields {
  return changed({ ...envelope, t: type, b: changed(BODIES[type], change) }, around)
}

function signed(fields: Fields, signer = by, network = NETWORK): Uint8Array {
  const signature = signer.sign(networkMessage('aip:record:v1', network, encodeCbor(fields)))
  return encodeCbor({ ...fields, s: signature })
}

const seen = (change: Fields): Fields => ({ o: [changed(outcome, change)] })
const done = (fields: Fields): Fields => seen({ w: fields, y: fields })

function* sound(): Generator<[string, Uint8Array]> {
  const bodies: readonly [string, Type, Fields][] = [
    ['the least', 'vouch', {}],
    ['least level, longest scope', 'vouch', { l: 1, c: letters(64) }],
    ['greatest level, a scope with dots', 'vouch', { l: 1_000, c: '0a.b-c' }],
    ['shortest statement', 'vouch', { m: 'a' }],
    ['longest statement of one-byte characters', 'vouch', { m: letters(280) }],
    ['a statement of two-byte characters', 'vouch', { m: letters(280, 'é') }],
    ['a statement beyond the first plane', 'vouch', { m: letters(150, '😀') }],
    [
      'a statement beside each range that is hidden',
      'vouch',
      { m: ' ~\u00a1\u00ae\u034e\u2010\u202f\u205f\ufff9'.slice(0, -1) },
    ],
    ['the least', 'revocation', {}],
    ['of a vouch of oneself', 'revocation', { d: issuerOf(by) }],
    ['longest reason', 'revocation', { m: letters(280) }],
    ['the least', 'promise', {}],
    ['with a specification', 'promise', { x: some(32) }],
    ['to oneself, due at the last instant', 'promise', { d: issuerOf(by), u: 253_402_300_799_999 }],
    ['no items', 'promise', { w: { k: 'items', v: [] } }],
    ['the most items', 'promise', { w: { k: 'items', v: listOf(64, letters(50)) } }],
    ['longest item, an empty one', 'promise', { w: { k: 'items', v: [letters(128), ''] } }],
    ['greatest count', 'promise', { w: { k: 'count', v: 2 ** 53 - 1 } }],
    ['no time', 'promise', { w: { k: 'time', v: 0 } }],
    ['best quality, longest measure', 'promise', { w: { k: 'quality', v: 1_000, m: letters(64) } }],
    ['best uptime', 'promise', { w: { k: 'uptime', v: 1_000_000, ms: 2 ** 53 - 1 } }],
    ['the least', 'observation', {}],
    ['of oneself', 'observation', { d: issuerOf(by) }],
    ['the most outcomes', 'observation', { o: listOf(64, outcome) }],
    ['every optional field', 'observation', seen({ p: some(32), q: { a: 1 }, x: some(32) })],
    ['no conditions', 'observation', seen({ q: {} })],
    ['conditions of each kind', 'observation', seen({ q: { a: '', b: true, c: -(2 ** 53 - 1) } })],
    [
      'the most conditions',
      'observation',
      seen({ q: Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`${at}`, at])) }),
    ],
    [
      'longest name and value of a condition',
      'observation',
      seen({ q: { [letters(64)]: letters(128) } }),
    ],
    ['clarity 1', 'observation', seen({ g: 1 })],
    ['clarity 2', 'observation', seen({ g: 2 })],
    ['other amounts', 'observation', seen({ y: { k: 'count', v: 0 } })],
  ]
  for (const [name, type, change] of bodies)
    yield [`${type}: ${name}`, signed(record(type, change))]
  for (const type of ['vouch', 'revocation', 'promise', 'observation'] as const) {
    yield [`${type}: two minutes ahead`, signed(record(type, {}, { a: NOW_MS + 2 * MINUTE_MS }))]
    yield [`${type}: number 0`, signed(record(type, {}, { n: 0 }))]
    yield [`${type}: greatest number`, signed(record(type, {}, { n: 2 ** 53 - 1 }))]
    yield [`${type}: the longest life`, signed(record(type, {}, { e: NOW_MS + 366 * DAY_MS }))]
    yield [`${type}: a life of 1 ms`, signed(record(type, {}, { e: NOW_MS + 1 }))]
  }
  for (const days of [30, 90, 366]) {
    const a = floorMs(days)
    yield [
      `vouch: at the floor of ${days} days`,
      signed(record('vouch', {}, { a, e: a + days * DAY_MS })),
    ]
  }
}

/** What a lane of so many days keeps begins here. */
const floorMs = (days: number): number => 2 ** 24 * Math.floor((NOW_MS - days * DAY_MS) / 2 ** 24)

function* malformed(): Generator<[string, Uint8Array]> {
  const at = (type: Type, what: string, change: Fields): [string, Uint8Array] => [
    `${type}: ${what}`,
    signed(record(type, change)),
  ]
  for (const [type, fields] of Object.entries(BODIES)) {
    if (!isType(type)) continue
    for (const field of Object.keys(fields)) {
      yield at(type, `no ${field}`, { [field]: undefined })
      yield at(type, `${field} is null`, { [field]: null })
      yield at(type, `${field} is true`, { [field]: true })
    }
    yield at(type, 'a field too many', { z: 1 })
    for (const field of ['a', 'e', 'i', 'k', 'n']) {
      yield [`${type}: no ${field}`, signed(record(type, {}, { [field]: undefined }))]
    }
    yield [`${type}: the body is a list`, signed(record(type, {}, { b: [] }))]
    yield [`${type}: a record with a field too many`, signed(record(type, {}, { z: 1 }))]
    yield [`${type}: a subject of 15 bytes`, signed(record(type, { d: some(15) }))]
    yield [`${type}: a subject of 17 bytes`, signed(record(type, { d: some(17) }))]
  }
  yield at('vouch', 'level 0', { l: 0 })
  yield at('vouch', 'level 1001', { l: 1_001 })
  yield at('vouch', 'level -1', { l: -1 })
  yield at('vouch', 'level a half', { l: 0.5 })
  yield at('vouch', 'a hash of 31 bytes', { h: some(31) })
  yield at('vouch', 'a hash of 33 bytes', { h: some(33) })
  for (const scope of ['', letters(65), 'Abc', '.a', '-a', 'a b', 'a_b', 'é', 'a\n']) {
    yield at('vouch', `scope ${JSON.stringify(scope)}`, { c: scope })
    yield at('promise', `scope ${JSON.stringify(scope)}`, { c: scope })
  }
  yield at('vouch', 'an empty statement', { m: '' })
  yield at('vouch', 'a statement of 281 characters', { m: letters(281) })
  yield at('vouch', 'a statement in bytes', { m: some(3) })
  yield at('revocation', 'an empty reason', { m: '' })
  yield at('revocation', 'a reason of 281 characters', { m: letters(281) })
  yield at('revocation', 'a vouch of 31 bytes', { r: some(31) })
  for (const [low, high] of HIDDEN) {
    yield at('vouch', `a statement that ends in U+${low.toString(16)}`, {
      m: `a${String.fromCodePoint(low)}`,
    })
    yield at('vouch', `a statement that begins with U+${high.toString(16)}`, {
      m: `${String.fromCodePoint(high)}a`,
    })
  }
  yield at('vouch', 'a statement that is not composed', { m: 'e\u0301' })
  yield at('vouch', 'a statement of a singleton', { m: '\u212b' })
  yield at('promise', 'a specification of 31 bytes', { x: some(31) })
  yield at('promise', 'due after the last instant', { u: 253_402_300_800_000 })
  yield at('promise', 'work of no kind', { w: { v: 1 } })
  yield at('promise', 'work of an unknown kind', { w: { k: 'luck', v: 1 } })
  yield at('promise', '65 items', { w: { k: 'items', v: listOf(65, 'a') } })
  yield at('promise', 'an item of 129 characters', { w: { k: 'items', v: [letters(129)] } })
  yield at('promise', 'an item that is a number', { w: { k: 'items', v: [1] } })
  yield at('promise', 'an item with a line break', { w: { k: 'items', v: ['a\nb'] } })
  yield at('promise', 'a count of less than none', { w: { k: 'count', v: -1 } })
  yield at('promise', 'a count in text', { w: { k: 'count', v: '1' } })
  yield at('promise', 'a count with a measure', { w: { k: 'count', v: 1, m: 'a' } })
  yield at('promise', 'time in text', { w: { k: 'time', v: '1' } })
  yield at('promise', 'quality 1001', { w: { k: 'quality', v: 1_001, m: 'a' } })
  yield at('promise', 'quality of no measure', { w: { k: 'quality', v: 1 } })
  yield at('promise', 'quality of an empty measure', { w: { k: 'quality', v: 1, m: '' } })
  yield at('promise', 'a measure of 65 characters', { w: { k: 'quality', v: 1, m: letters(65) } })
  yield at('promise', 'uptime 1000001', { w: { k: 'uptime', v: 1_000_001, ms: 1 } })
  yield at('promise', 'uptime of no period', { w: { k: 'uptime', v: 1 } })
  yield at('observation', 'no outcomes', { o: [] })
  yield at('observation', '65 outcomes', { o: listOf(65, outcome) })
  yield at('observation', 'an outcome that is a list', { o: [[]] })
  for (const field of Object.keys(outcome)) {
    yield at('observation', `an outcome without ${field}`, seen({ [field]: undefined }))
  }
  yield at('observation', 'an outcome with a field too many', seen({ z: 1 }))
  yield at('observation', 'clarity 3', seen({ g: 3 }))
  yield at('observation', 'clarity true', seen({ g: true }))
  yield at('observation', 'a promise of 31 bytes', seen({ p: some(31) }))
  yield at('observation', 'evidence of 33 bytes', seen({ x: some(33) }))
  yield at('observation', 'seen after the last instant', seen({ a: 253_402_300_800_000 }))
  yield at('observation', 'other work than was promised', seen({ y: { k: 'time', v: 1 } }))
  yield at('observation', '65 items', done({ k: 'items', v: listOf(65, 'a') }))
  yield at('observation', 'conditions in a list', seen({ q: [] }))
  yield at(
    'observation',
    '17 conditions',
    seen({ q: Object.fromEntries(Array.from({ length: 17 }, (_, one) => [`c${one}`, 1])) }),
  )
  yield at('observation', 'a condition without a name', seen({ q: { '': 1 } }))
  yield at('observation', 'a condition with a name of 65', seen({ q: { [letters(65)]: 1 } }))
  yield at('observation', 'a condition of 129 characters', seen({ q: { a: letters(129) } }))
  yield at('observation', 'a condition that is a list', seen({ q: { a: [] } }))
  yield at('observation', 'a condition that is null', seen({ q: { a: null } }))
  yield at('observation', 'a condition of 2^53', seen({ q: { a: 2n ** 53n } }))
  yield at('observation', 'a condition that hides', seen({ q: { 'a\u200b': 1 } }))
  yield [
    'vouch: issued after the last instant',
    signed(record('vouch', {}, { a: 253_402_300_800_000 })),
  ]
  yield ['vouch: an issuer of 32 bytes', signed(record('vouch', {}, { i: some(32) }))]
  yield ['vouch: a key of 31 bytes', signed(record('vouch', {}, { k: some(31) }))]
  yield ['vouch: number 2^53', signed(record('vouch', {}, { n: 2n ** 53n }))]
  yield ['vouch: number -1', signed(record('vouch', {}, { n: -1 }))]
  yield ['vouch: version 1 and a type in bytes', signed({ ...record('vouch'), t: some(3) })]
  yield ['vouch: version -1', signed({ ...record('vouch'), v: -1 })]
  yield ['vouch: version 2^53', signed({ ...record('vouch'), v: 2n ** 53n })]
  yield ['vouch: a version in text', signed({ ...record('vouch'), v: '1' })]
  yield ['vouch: no version', signed(changed(record('vouch'), { v: undefined }))]
  yield ['vouch: no signature', encodeCbor(record('vouch'))]
  yield ['vouch: a signature of 63 bytes', encodeCbor({ ...record('vouch'), s: some(63) })]
  yield [
    'of a later version: 17 maps and lists deep',
    signed({ ...record('vouch'), v: 2, b: deep(16) }),
  ]
  yield* notCanonical()
}

/** So many lists, one in the other. */
const deep = (count: number): unknown => {
  let value: unknown = 1
  for (let at = 0; at < count; at++) value = [value]
  return value
}

/** What another encoder could have written of a sound record. */
function* notCanonical(): Generator<[string, Uint8Array]> {
  const bytes = signed(record('vouch'))
  const replaced = (from: readonly number[], to: readonly number[]): Uint8Array => {
    const at = Buffer.from(bytes).indexOf(Uint8Array.from(from))
    if (at < 0) throw new Error('nothing to replace')
    return concatBytes(bytes.slice(0, at), Uint8Array.from(to), bytes.slice(at + from.length))
  }
  const [l, d, v, c] = [0x6c, 0x64, 0x76, 0x63] as const // the letters
  const level = [0x61, l, 0x19, 0x03, 0x20]
  yield ['no bytes', new Uint8Array()]
  yield ['a number', Uint8Array.of(1)]
  yield ['an empty map', Uint8Array.of(0xa0)]
  yield ['a list', Uint8Array.of(0x80)]
  yield ['a byte behind the end', concatBytes(bytes, Uint8Array.of(0))]
  yield ['cut short by a byte', bytes.slice(0, -1)]
  yield ['cut short in the middle', bytes.slice(0, bytes.length / 2)]
  yield ['an integer longer than it must be', replaced(level, [0x61, l, 0x1a, 0, 0, 0x03, 0x20])]
  yield ['a small integer in two bytes', replaced([0x61, v, 0x01], [0x61, v, 0x18, 0x01])]
  yield [
    'a whole number as a float',
    replaced(level, [0x61, l, 0xfb, 0x40, 0x89, 0, 0, 0, 0, 0, 0]),
  ]
  yield ['a float of half the length', replaced(level, [0x61, l, 0xf9, 0x62, 0x40])]
  yield ['undefined', replaced(level, [0x61, l, 0xf7])]
  yield ['a tag', replaced(level, [0x61, l, 0xc1, 0x19, 0x03, 0x20])]
  yield ['a link', replaced(level, [0x61, l, 0xd8, 0x2a, 0x45, 0, 1, 0x55, 0, 0])]
  yield ['bytes of no definite length', replaced([0x61, d, 0x50], [0x61, d, 0x5f])]
  yield [
    'a map of no definite length',
    concatBytes(Uint8Array.of(0xbf), bytes.slice(1), Uint8Array.of(0xff)),
  ]
  yield ['one field more than announced', concatBytes(Uint8Array.of(0xaa), bytes.slice(1))]
  yield ['one field less than announced', concatBytes(Uint8Array.of(0xa8), bytes.slice(1))]
  yield ['a field twice', replaced([0x61, d, 0x50], [0x61, c, 0x50])]
  yield [
    'fields out of order',
    concatBytes(Uint8Array.of(0xa9), bytes.slice(-3), bytes.slice(1, -3)),
  ]
  yield ['a name in bytes', replaced([0x61, l, 0x19], [0x41, l, 0x19])]
  yield ['text that is no UTF-8', replaced([0x67, 0x67, 0x65], [0x67, 0xff, 0x65])]
  yield ['text with half of a pair', replaced([0x67, 0x67, 0x65, 0x6e], [0x67, 0xed, 0xa0, 0x80])]
  yield [
    'a length beyond the end',
    replaced([0x61, d, 0x50], [0x61, d, 0x5a, 0xff, 0xff, 0xff, 0xff]),
  ]
}

const HIDDEN: readonly (readonly [number, number])[] = [
  [0x0, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]

function* unsupported(): Generator<[string, Uint8Array]> {
  yield ['version 2', signed({ ...record('vouch'), v: 2 })]
  yield ['version 0', signed({ ...record('vouch'), v: 0 })]
  yield ['the last version', signed({ ...record('vouch'), v: 2 ** 53 - 1 })]
  yield ['version 2 and a type in bytes', signed({ ...record('vouch'), v: 2, t: some(3) })]
  yield ['version 2 with nothing else', encodeCbor({ v: 2 })]
  yield ['version 2, 16 maps and lists deep', signed({ ...record('vouch'), v: 2, b: deep(15) })]
  yield ['another type', signed({ ...record('vouch'), t: 'praise' })]
  yield ['a type in capitals', signed({ ...record('vouch'), t: 'Vouch' })]
  yield ['an empty type', signed({ ...record('vouch'), t: '' })]
  yield ['another type as large as any', large({ ...envelope, t: 'praise', b: {} }, 16_384)]
}

/** A signed record that a field more makes so long; it comes first, so that the end is as always. */
function large(fields: Fields, bytes: number): Uint8Array {
  const least = signed({ ...fields, A: new Uint8Array(256) })
  return signed({ ...fields, A: new Uint8Array(256 + bytes - least.length) })
}

const LIMITS = { vouch: 1_024, revocation: 1_024, promise: 4_096, observation: 16_384 } as const

function* tooLarge(): Generator<[string, Uint8Array]> {
  for (const [type, limit] of Object.entries(LIMITS)) {
    if (isType(type)) yield [`${type}: a byte too many`, large(record(type), limit + 1)]
  }
  yield ['another type: a byte too many', large({ ...envelope, t: 'praise', b: {} }, 16_385)]
  yield ['nothing known', new Uint8Array(16_385)]
}

function* wrongSignature(): Generator<[string, Uint8Array]> {
  const fields = record('vouch')
  const signature = by.sign(networkMessage('aip:record:v1', NETWORK, encodeCbor(fields)))
  const withSignature = (change: (bytes: Uint8Array) => void, of: Fields = fields): Uint8Array => {
    const other = Uint8Array.from(signature)
    change(other)
    return encodeCbor({ ...of, s: other })
  }
  yield ['by another key', signed(fields, signers.bob)]
  yield ['for another network', signed(fields, by, 'other')]
  yield ['of other fields', encodeCbor({ ...record('vouch', { l: 801 }), s: signature })]
  yield ['the first bit changed', withSignature((bytes) => flip(bytes, 0))]
  yield ['the last bit of R changed', withSignature((bytes) => flip(bytes, 31, 0x80))]
  yield ['the first bit of S changed', withSignature((bytes) => flip(bytes, 32))]
  yield ['S of more than the order', withSignature(addOrder)]
  yield ['all bits set', withSignature((bytes) => bytes.fill(0xff))]
  yield ['all zero', withSignature((bytes) => bytes.fill(0))]
  for (const [name, encoded] of SMALL_ORDER) {
    yield [`R of small order: ${name}`, withSignature((bytes) => bytes.set(encoded))]
    yield [
      `a key of small order: ${name}`,
      withSignature(
        (bytes) => {
          bytes.fill(0)
          bytes.set(encoded)
        },
        { ...fields, k: encoded },
      ),
    ]
  }
}

function flip(bytes: Uint8Array, at: number, bit = 1): void {
  bytes[at] = (bytes[at] ?? 0) ^ bit
}

/** Makes S the same number modulo the order. */
function addOrder(signature: Uint8Array): void {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  let number = order
  for (let at = 63; at >= 32; at--) number += BigInt(signature[at] ?? 0) << BigInt(8 * (at - 32))
  for (let at = 32; at < 64; at++) signature[at] = Number((number >> BigInt(8 * (at - 32))) & 0xffn)
}

const SMALL_ORDER: readonly (readonly [string, Uint8Array])[] = [
  ['order 4', some(32, 0)],
  ['order 1', Uint8Array.from({ length: 32 }, (_, at) => Number(at === 0))],
  [
    'order 2',
    Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 0xec : at === 31 ? 0x7f : 0xff)),
  ],
]

function* others(): Generator<[string, Uint8Array, string]> {
  yield ['a vouch of oneself', signed(record('vouch', { d: issuerOf(by) })), 'record/self-vouch']
  yield [
    'a vouch of oneself, signed by another',
    signed(record('vouch', { d: issuerOf(by) }), signers.bob),
    'record/self-vouch',
  ]
  for (const type of ['vouch', 'revocation', 'promise', 'observation'] as const) {
    const ahead = { a: NOW_MS + 2 * MINUTE_MS + 1 }
    yield [
      `${type}: 1 ms more than two minutes ahead`,
      signed(record(type, {}, ahead)),
      'record/from-future',
    ]
    yield [`${type}: no life`, signed(record(type, {}, { e: NOW_MS })), 'record/expired']
    yield [
      `${type}: over before it began`,
      signed(record(type, {}, { e: NOW_MS - 1 })),
      'record/expired',
    ]
    yield [
      `${type}: too long a life`,
      signed(record(type, {}, { e: NOW_MS + 366 * DAY_MS + 1 })),
      'record/expired',
    ]
    const a = floorMs(366) - 1
    yield [
      `${type}: below the floor of 366 days`,
      signed(record(type, {}, { a, e: a + 366 * DAY_MS })),
      'record/expired',
    ]
    const stranger = { i: issuerOf(signers.aliceOther) }
    yield [
      `${type}: a key that is not the issuer's`,
      signed(record(type, {}, stranger)),
      'record/key-unknown',
    ]
  }
  for (const days of [30, 90]) {
    const a = floorMs(days) - 1
    yield [
      `vouch: below the floor of ${days} days`,
      signed(record('vouch', {}, { a, e: a + days * DAY_MS })),
      'record/expired',
    ]
  }
  yield [
    'ahead, and by another key',
    signed(record('vouch', {}, { a: NOW_MS + DAY_MS }), signers.bob),
    'record/from-future',
  ]
  yield [
    'over, and by another key',
    signed(record('vouch', {}, { e: NOW_MS }), signers.bob),
    'record/expired',
  ]
  yield [
    'by another key than an unknown one',
    signed(record('vouch', {}, { i: some(16) }), signers.bob),
    'record/signature-invalid',
  ]
}

function isType(name: string): name is Type {
  return Object.hasOwn(BODIES, name)
}

export function recordVectors(): object {
  const cases: Case[] = []
  const add = (fault: string | null, made: Iterable<[string, Uint8Array]>): void => {
    for (const [name, bytes] of made) cases.push({ name, bytes: toHex(bytes), fault })
  }
  add(null, sound())
  add('record/malformed', malformed())
  add('record/unsupported', unsupported())
  add('record/too-large', tooLarge())
  add('record/signature-invalid', wrongSignature())
  for (const [name, bytes, fault] of others()) cases.push({ name, bytes: toHex(bytes), fault })
  return {
    about:
      'docs/spec/records.md. Records in hex, by agents whose keys are their own names, judged at "now" for "network" with no key log at hand. "fault" is the code of the first rule that is broken; null: none of R1 to R8 is.',
    network: NETWORK,
    now: NOW_MS,
    records: cases,
  }
}
