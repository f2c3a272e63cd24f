import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, isJsonObject, isSameJson, parseStrictJson } from '../../src/crypto/jcs.ts'

/** Every field's order turned round, however deep. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([name, inner]) => [name, reversed(inner)]))
}

const json = fc.jsonValue({ maxDepth: 4 })

describe('canonical JSON', () => {
  test.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['[ 1 , 2.0 , 1e3 , -0 ]', '[1,2,1000,0]'],
    ['"\\u20ac\\u000f\\/"', '"€\\u000f/"'],
    ['{"\ufb33":2,"\ud83d\ude00":1}', '{"\u{1f600}":1,"\ufb33":2}'],
    ['0.8', '0.8'],
    ['333333333.33333329', '333333333.3333333'],
  ])('%s is %s', (text, expected) => {
    expect(canonicalJson(JSON.parse(text))).toBe(expected)
  })

  test('is one text for one value, whatever the order of its fields', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(canonicalJson(reversed(value))).toBe(text)
        expect(isSameJson(value, JSON.parse(JSON.stringify(value)))).toBe(true)
      }),
    )
  })

  test('does not spell what is no JSON', () => {
    expect(() => canonicalJson(undefined)).toThrow(RangeError)
    expect(() => canonicalJson({ level: Number.NaN })).toThrow()
    expect(() => canonicalJson('\ud800')).toThrow()
  })
})

describe('strict JSON', () => {
  test('takes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(json, fc.integer({ min: 0, max: 4 }), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice, deep inside', '[{"b":{"a":1,"c":[],"a":2}}]'],
    ['a name twice, with space before the colon', '{"a" :1,"a"\n:1}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['half a surrogate pair', '["\\udc00"]'],
    ['half a surrogate pair in a name', '{"\\ud800":1}'],
    ['no JSON', '{a:1}'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError)
  })

  test.each(['{"a":"b\\":c"}', '["a\\\\",{"b":":"}]', '{"__proto__":{"a":1}}', '{"":{"":1}}'])(
    'is not misled by %s',
    (text) => {
      expect(parseStrictJson(text)).toEqual(JSON.parse(text))
    },
  )

  test('an object is neither a list nor null', () => {
    expect([{}, [], null, 'a'].map(isJsonObject)).toEqual([true, false, false, false])
  })
})
