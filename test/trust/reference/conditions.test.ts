import { describe, expect, test } from 'vitest'
import { conditionsKey } from '../../../src/trust/reference/conditions.ts'
import { JSON_DEPTH_LIMIT, JsonNumber, parseJson } from '../../../src/trust/reference/json.ts'

function key(text: string): string {
  const value = parseJson(text)
  if (!(value instanceof Map)) throw new RangeError('not an object')
  return conditionsKey(value)
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('condition groups', () => {
  test('P3 none is like empty', () => {
    expect(conditionsKey(undefined)).toBe(key('{}'))
  })

  test.each([
    ['the order of keys at the top', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['spaces', '{"a":[1,2]}', ' { "a" : [ 1 , 2 ] } '],
    ['how a text is escaped', '{"a":"\\u00e9\\n"}', '{"a":"é\\u000a"}'],
    ['how a float is written', '{"a":1.50}', '{"a":15e-1}'],
    ['the sign of a whole zero', '{"a":0}', '{"a":-0}'],
    ['the earlier of two values for one key', '{"a":1,"a":2}', '{"a":2}'],
  ])('P3 %s does not matter', (_, one, other) => {
    expect(key(one)).toBe(key(other))
  })

  test.each([
    ['a whole number and a float', '{"a":1}', '{"a":1.0}'],
    ['whole numbers beyond 2^53', '{"a":9007199254740992}', '{"a":9007199254740993}'],
    ['a number and a text', '{"a":1}', '{"a":"1"}'],
    ['true and 1', '{"a":true}', '{"a":1}'],
    ['true and its name', '{"a":true}', '{"a":"true"}'],
    ['null and nothing', '{"a":null}', '{}'],
    ['a list and its text', '{"a":[1]}', '{"a":"[1]"}'],
    ['an empty list and an empty object', '{"a":[]}', '{"a":{}}'],
    ['the sign of a float zero', '{"a":0.0}', '{"a":-0.0}'],
    ['the order of keys inside', '{"a":{"b":1,"c":2}}', '{"a":{"c":2,"b":1}}'],
    [
      'the order of keys inside that look like numbers',
      '{"a":{"2":1,"1":2}}',
      '{"a":{"1":2,"2":1}}',
    ],
    ['one key with a comma and two', '{"a":{"b,c":1}}', '{"a":{"b":1,"c":1}}'],
  ])('P3 %s differ', (_, one, other) => {
    expect(key(one)).not.toBe(key(other))
  })
})

describe('JSON with its source', () => {
  test('P3 reads what JSON.parse reads', () => {
    const text = ' {"a":[1,-2.5e3,{"b":"x\\"y\\\\","":[]}],"c":true,"d":null,"e":{},"f":"[,]:{}"} '
    const plain = JSON.stringify(parseJson(text), (_, value: unknown) => {
      if (value instanceof JsonNumber) return Number(value.source)
      return value instanceof Map ? Object.fromEntries(value) : value
    })
    expect(plain).toBe(JSON.stringify(JSON.parse(text)))
  })

  test.each(['', '{', '{"a":1,}', "{'a':1}", '[1 2]', 'NaN', '01', '"\t"'])(
    'P3 refuses %s, as JSON.parse does',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
    },
  )

  test('P3 refuses what is nested too deep, and nothing at the limit', () => {
    expect(parseJson(nested(JSON_DEPTH_LIMIT))).toBeInstanceOf(Array)
    expect(() => parseJson(nested(JSON_DEPTH_LIMIT + 1))).toThrow(/nested too deep/)
  })
})
