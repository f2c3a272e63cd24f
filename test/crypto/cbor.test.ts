import * as fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { CBOR_DEPTH_LIMIT } from '../../src/crypto/cbor-depth.ts'
import { readCommonCbor, UNUSUAL } from '../../src/crypto/cbor-reader.ts'
import { decodeCbor, decodeThoroughly, encodeCbor } from '../../src/crypto/cbor.ts'
import { CryptoError } from '../../src/crypto/error.ts'

const LIMIT_BYTES = 65_536

function decode(hex: string): unknown {
  return decodeCbor(fromHex(hex), LIMIT_BYTES)
}

/** The code of the fault, or `undefined` when the bytes are accepted. */
function faultOf(bytes: Uint8Array, limitBytes = LIMIT_BYTES): string | undefined {
  try {
    decodeCbor(bytes, limitBytes)
    return undefined
  } catch (error) {
    if (error instanceof CryptoError) return error.fault.code
    throw error
  }
}

describe('what is not canonical', () => {
  test.each([
    ['nothing at all', ''],
    ['bytes after the value', '0000'],
    ['a second value after a map', 'a0a0'],
    ['a cut integer', '19ff'],
    ['a cut text', '6261'],
    ['a cut array', '8201'],
    ['a cut map', 'a26161016162'],
    ['an integer in two bytes that fits in one', '1817'],
    ['an integer in three bytes that fits in two', '1900ff'],
    ['an integer in five bytes that fits in three', '1a0000ffff'],
    ['an integer in nine bytes that fits in five', '1b00000000ffffffff'],
    ['a negative integer in two bytes that fits in one', '3800'],
    ['a length of text in two bytes that fits in one', '780161'],
    ['a length of bytes in two bytes that fits in one', '580161'],
    ['a length of an array in two bytes that fits in one', '980101'],
    ['a length of a map in two bytes that fits in one', 'b801616101'],
    ['an array of indefinite length', '9f01ff'],
    ['a map of indefinite length', 'bf616101ff'],
    ['text of indefinite length', '7f6161ff'],
    ['bytes of indefinite length', '5f4161ff'],
    ['a break alone', 'ff'],
    ['a break in an array', '81ff'],
    ['keys in the wrong order, by bytes', 'a2616201616101'],
    ['keys in the wrong order, by length', 'a262616101616201'],
    ['a key twice', 'a2616101616101'],
    ['a key that is an integer', 'a10101'],
    ['a key that is bytes', 'a1416101'],
    ['a key that is null', 'a1f601'],
    ['a float of half size', 'f93e00'],
    ['a float of single size', 'fa3fc00000'],
    ['a whole number as a float', 'fb3ff0000000000000'],
    ['zero as a float', 'fb0000000000000000'],
    ['minus zero', 'fb8000000000000000'],
    ['not a number', 'fb7ff8000000000000'],
    ['not a number of half size', 'f97e00'],
    ['infinity', 'fb7ff0000000000000'],
    ['minus infinity', 'fbfff0000000000000'],
    ['undefined', 'f7'],
    ['undefined in a map', 'a16161f7'],
    ['a simple value', 'e0'],
    ['a simple value in two bytes', 'f8ff'],
    ['false in two bytes', 'f814'],
    ['a tag of a date', 'c11a514b67b0'],
    ['a tag of a big number', 'c249010000000000000000'],
    ['a tag of CBOR itself', 'd9d9f700'],
    ['a link that is no bytes', 'd82a01'],
    ['a link without a CID', 'd82a4100'],
    ['a reserved header', '1c'],
    ['text that is no UTF-8', '61ff'],
    ['text with a cut sequence', '61c3'],
    ['text with an overlong NUL', '62c080'],
    ['text with half a surrogate pair', '63eda080'],
    ['text with a code point past the last', '64f4908080'],
    ['text that begins with a byte order mark', '64efbbbf61'],
    ['a key that is no UTF-8', 'a161ff01'],
    ['four billion items announced', '9affffffff'],
    ['2^64 - 1 items announced', '9bffffffffffffffff'],
    ['four billion pairs announced', 'baffffffff'],
    ['two billion bytes announced', '5a7fffffff'],
    ['2^64 - 1 bytes announced', '5bffffffffffffffff'],
    ['2^64 - 1 characters announced', '7bffffffffffffffff'],
    ['a map that encodes as a link', 'a2612f61616562797465736161'],
  ])('%s is refused', (_, hex) => {
    expect(faultOf(fromHex(hex))).toBe('cbor/not-canonical')
  })

  test('no proper beginning of a sound value is accepted', () => {
    const bytes = encodeCbor({
      a: [1, 'two', Uint8Array.of(3)],
      b: { c: null, d: true },
      e: -70_000,
    })
    for (let length = 0; length < bytes.length; length++) {
      expect(faultOf(bytes.subarray(0, length))).toBe('cbor/not-canonical')
    }
    expect(faultOf(bytes)).toBeUndefined()
  })

  test('any bytes are either refused with a code or spelled again just so', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(plainValue, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
        const bytes = Uint8Array.from(encodeCbor(value))
        bytes[at % bytes.length] = byte
        return bytes
      }),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        if (faultOf(bytes) !== undefined) return
        const value = decodeCbor(bytes, LIMIT_BYTES)
        expect(toHex(encodeCbor(value))).toBe(toHex(bytes))
        expect(depthOf(value)).toBeLessThanOrEqual(CBOR_DEPTH_LIMIT)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('what is canonical', () => {
  test.each<[string, unknown]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['18ff', 255],
    ['190100', 256],
    ['1a00010000', 65_536],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['1b0020000000000000', 2n ** 53n],
    ['20', -1],
    ['3818', -25],
    ['40', new Uint8Array()],
    ['43010203', Uint8Array.of(1, 2, 3)],
    ['60', ''],
    ['62c3bc', 'ü'],
    ['64f09f9880', '😀'],
    ['63efbfbd', '\uFFFD'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['a0', {}],
    ['a361620161630262616103', { b: 1, c: 2, aa: 3 }],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['fb3ff8000000000000', 1.5],
  ])('%s has one spelling', (hex, value) => {
    expect(decode(hex)).toEqual(value)
    expect(toHex(encodeCbor(value))).toBe(hex)
  })

  test('a key named __proto__ is a key like any other', () => {
    const value = decode('a1695f5f70726f746f5f5f01')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test('what is decoded does not change when the bytes it came from do', () => {
    const bytes = Buffer.from('a1616143010203', 'hex')
    const value = decodeCbor(bytes, LIMIT_BYTES)
    bytes.fill(0)
    expect(value).toEqual({ a: Uint8Array.of(1, 2, 3) })
  })

  test('every value comes back as it was, whatever the order of its keys', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const bytes = encodeCbor(value)
        expect(decodeCbor(bytes, LIMIT_BYTES)).toEqual(value)
        expect(toHex(encodeCbor(reversedKeys(value)))).toBe(toHex(bytes))
      }),
      { numRuns: 500 },
    )
  })

  test('undefined and numbers that are none cannot be encoded', () => {
    expect(() => encodeCbor({ a: undefined })).toThrow()
    expect(() => encodeCbor(Number.NaN)).toThrow()
    expect(() => encodeCbor(Number.POSITIVE_INFINITY)).toThrow()
  })
})

describe('bounds', () => {
  test('bytes at the limit are read, one more is refused before decoding', () => {
    const bytes = encodeCbor('a'.repeat(98))
    expect(bytes).toHaveLength(100)
    expect(faultOf(bytes, 100)).toBeUndefined()
    expect(faultOf(bytes, 99)).toBe('cbor/too-large')
    expect(faultOf(new Uint8Array(100).fill(0xff), 99)).toBe('cbor/too-large')
  })

  test.each([
    ['arrays', '81', '80'],
    ['arrays around a number', '81', '8101'],
    ['maps', 'a16161', 'a0'],
    ['maps around text', 'a16161', 'a161616161'],
    ['arrays after a number', '8201', '80'],
  ])('%s nest as deep as the limit and no deeper', (_, open, last) => {
    const nested = (levels: number) => fromHex(open.repeat(levels - 1) + last)
    expect(faultOf(nested(CBOR_DEPTH_LIMIT))).toBeUndefined()
    expect(faultOf(nested(CBOR_DEPTH_LIMIT + 1))).toBe('cbor/too-deep')
  })

  test('what is beside does not count as what is inside', () => {
    const wide = Array.from({ length: 40 }, () => [[{}], [], { a: [] }])
    expect(decodeCbor(encodeCbor(wide), LIMIT_BYTES)).toEqual(wide)
  })

  test.each([
    ['plain', '81'],
    ['with a length of one byte', '9801'],
    ['with a length of eight bytes', '9b0000000000000001'],
    ['as maps', 'a16161'],
    ['as keys of maps', 'a1'],
    ['as tags', 'c1'],
    ['as links', 'd82a'],
    ['after floats', '82fb3ff8000000000000'],
    ['after text and bytes', '8361614161'],
  ])('a nesting bomb of 50,000 levels is refused without recursion, %s', (_, open) => {
    const bomb = fromHex(open.repeat(50_000))
    expect(faultOf(bomb, bomb.length)).toMatch(/^cbor\/(too-deep|not-canonical)$/)
  })

  test('a generated tree is accepted exactly when it is no deeper than the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 22 }), (asMap) => {
        let value: unknown = asMap.length % 2 === 0 ? [] : {}
        for (const isMap of asMap) value = isMap ? { a: 1, b: value } : [0, value, 'x']
        const fault = depthOf(value) > CBOR_DEPTH_LIMIT ? 'cbor/too-deep' : undefined
        expect(faultOf(encodeCbor(value))).toBe(fault)
      }),
    )
  })
})

describe('the one pass and the thorough way', () => {
  test('give the same answer for the same bytes', () => {
    fc.assert(
      fc.property(mutants, (bytes) => {
        expect(answerOf(() => decodeCbor(bytes, LIMIT_BYTES))).toEqual(
          answerOf(() => decodeThoroughly(bytes)),
        )
      }),
      { numRuns: 10_000 },
    )
  })

  test('the one pass takes all that messages are made of', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(readCommonCbor(encodeCbor(value))).toEqual(value)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['a float', encodeCbor(1.5)],
    ['an integer that is not safe', encodeCbor(2n ** 53n)],
    ['a negative integer that is not safe', encodeCbor(-(2n ** 53n))],
    ['a link', encodeCbor(LINK)],
    ['a key that links are told by', encodeCbor({ '/': 1 })],
    ['a key named __proto__', fromHex('a1695f5f70726f746f5f5f01')],
    ['more levels than the limit', fromHex(`${'81'.repeat(CBOR_DEPTH_LIMIT)}80`)],
    ['bytes after the value', fromHex('0000')],
  ])('the one pass leaves to the thorough way: %s', (_, bytes) => {
    expect(readCommonCbor(bytes)).toBe(UNUSUAL)
  })

  test('the one pass shares no memory with a Buffer', () => {
    const bytes = Buffer.from(encodeCbor({ a: new Uint8Array(8), b: new Uint8Array(100) }))
    const value = readCommonCbor(bytes)
    bytes.fill(0xff)
    expect(value).toEqual({ a: new Uint8Array(8), b: new Uint8Array(100) })
  })
})

function answerOf(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof CryptoError) return { code: error.fault.code }
    throw error
  }
}

const LINK = CID.parse('bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi')

/** Those that mean something to JavaScript or to the library are among the traps below. */
const plainKey = text(6).filter((key) => key !== '/' && key !== '__proto__')

/** What the protocol's messages are made of. */
const plainValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    text(40),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(plainKey, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
})).value

/** Whatever the data model has, traps of JavaScript and of the library included. */
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    plainValue,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.constant(LINK),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('/', '__proto__', 'bytes', 'asCID', 'constructor', '1', '0', 'a', 'é', ''),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value

/** Values as they are spelled, with one byte changed, inserted or taken out, and bytes of no kind. */
const mutants = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 24 }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(anyValue, fc.nat(), fc.nat(255), fc.constantFrom('none', 'set', 'insert', 'remove'))
      .map(([value, place, byte, change]) => {
        const bytes = [...encodedOrNothing(value)]
        const at = place % (bytes.length + 1)
        if (change === 'set') bytes[at] = byte
        if (change === 'insert') bytes.splice(at, 0, byte)
        if (change === 'remove') bytes.splice(at, 1)
        return Uint8Array.from(bytes)
      }),
  },
)

/** Some values look like links that are none, and cannot be encoded. */
function encodedOrNothing(value: unknown): Uint8Array {
  try {
    return encodeCbor(value)
  } catch {
    return new Uint8Array()
  }
}

function text(maxLength: number): fc.Arbitrary<string> {
  const whole = fc.string({ unit: 'grapheme', maxLength })
  return whole.filter((made) => !made.startsWith('\uFEFF') && made.isWellFormed())
}

function depthOf(value: unknown): number {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const pairs = Object.entries(value).toReversed()
  return Object.fromEntries(pairs.map(([key, inner]) => [key, reversedKeys(inner)]))
}
