import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import type { Claim, Outcome } from '../../src/records/record.ts'
import { TIME_LIMIT_MS, isScope } from '../../src/records/schema.ts'
import { decodeRecord } from '../../src/records/wire.ts'
import {
  observationClaim,
  outcome,
  promiseClaim,
  recordFault,
  revocationClaim,
  signedBytes,
  vouchClaim,
} from '../support/records.ts'

type Fields = Record<string, unknown>

const sound = {
  vouch: vouchClaim({ statement: 'Careful.' }),
  revocation: revocationClaim({ reason: 'Gone.' }),
  promise: promiseClaim({ specification: new Uint8Array(32) }),
  observation: observationClaim({
    outcomes: [
      outcome({
        promise: '0'.repeat(64),
        conditions: { model: 'm1' },
        evidence: new Uint8Array(32),
      }),
    ],
  }),
} satisfies Record<string, Claim>

type Name = keyof typeof sound

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

/** The map at `path` (`b.o.0.w`), in the fields of the record of this name. */
function mapAt(fields: Fields, path: readonly string[]): Fields {
  const [first, ...rest] = path
  if (first === undefined) return fields
  const inner = fields[first]
  if (!isMap(inner)) throw new TypeError(`no map at ${first}`)
  return mapAt(inner, rest)
}

/** The fault of the record with one field set to `value`; `undefined` removes the field. */
function faultWith(name: Name, path: string, value: unknown) {
  const fields = decodeCbor(signedBytes(sound[name]), 16_384) as Fields
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const map = mapAt(fields, steps)
  if (value === undefined) delete map[last]
  else map[last] = value
  return recordFault(() => decodeRecord(encodeCbor(fields)))
}

function shown(value: unknown): string {
  return inspect(value, { depth: 1, maxStringLength: 80 })
}

function expectMalformed(name: Name, path: string, values: readonly unknown[]) {
  for (const value of values) {
    expect(faultWith(name, path, value), `${path} = ${shown(value)}`).toMatchObject({
      code: 'record/malformed',
    })
  }
}

function expectSound(name: Name, path: string, values: readonly unknown[]) {
  for (const value of values) {
    expect(faultWith(name, path, value), `${path} = ${shown(value)}`).toBeUndefined()
  }
}

/** The fault at a path of {@link faultWith}: a place in a list is shown in brackets. */
const malformedAt = (path: string) => ({
  code: 'record/malformed',
  path: path.replaceAll(/\.(\d+)/g, '[$1]'),
})

const bytes = (length: number) => new Uint8Array(length)
const NOT_UINTS = [undefined, null, -1, 0.5, '1', 2n ** 53n, true, bytes(1), []]

describe('R2, fields', () => {
  const required = {
    vouch: ['i', 'k', 'n', 'a', 'e', 'b', 's', 'b.d', 'b.h', 'b.c', 'b.l'],
    revocation: ['i', 'k', 'n', 'a', 'e', 'b', 's', 'b.r', 'b.d'],
    promise: ['i', 'b', 'b.d', 'b.c', 'b.w', 'b.u', 'b.w.k', 'b.w.v'],
    observation: ['b.d', 'b.o', 'b.o.0.c', 'b.o.0.w', 'b.o.0.y', 'b.o.0.g', 'b.o.0.a'],
  } as const
  const optional = {
    vouch: ['b.m'],
    revocation: ['b.m'],
    promise: ['b.x'],
    observation: ['b.o.0.p', 'b.o.0.q', 'b.o.0.x'],
  } as const
  const maps = {
    vouch: ['', 'b.'],
    revocation: ['', 'b.'],
    promise: ['', 'b.', 'b.w.'],
    observation: ['', 'b.', 'b.o.0.', 'b.o.0.w.', 'b.o.0.y.'],
  } as const

  test.for(Object.keys(sound) as Name[])('R2 requires each field of a %s, and no other', (name) => {
    expect(recordFault(() => decodeRecord(signedBytes(sound[name])))).toBeUndefined()
    for (const path of required[name]) {
      expect(faultWith(name, path, undefined)?.code, path).toBe('record/malformed')
      expect(faultWith(name, path, null), path).toEqual(malformedAt(path))
    }
    for (const path of optional[name]) {
      expect(faultWith(name, path, undefined), path).toBeUndefined()
      expect(faultWith(name, path, null), path).toEqual(malformedAt(path))
    }
    for (const path of maps[name]) {
      const map = path.replace(/\.$/, '')
      expect(faultWith(name, `${path}z`, 1), `${path}z`).toEqual(malformedAt(map))
    }
  })

  test('R2 names the field that does not fit', () => {
    expect(faultWith('vouch', 'b.l', 0)).toEqual({ code: 'record/malformed', path: 'b.l' })
    const inner = faultWith('observation', 'b.o.0.y.v', -1)
    expect(inner).toEqual({ code: 'record/malformed', path: 'b.o[0].y.v' })
    for (const [path, value, expected] of [
      ['b.o', [], 'b.o'],
      ['b.o', [1], 'b.o.0'],
      ['b.o.0.q', { k: 0.5 }, 'b.o.0.q.k'],
      ['b.o.0.q', { '': 1 }, 'b.o.0.q'],
      ['b.o.0.q', named(17), 'b.o.0.q'],
    ] as const) {
      expect(faultWith('observation', path, value), expected).toEqual(malformedAt(expected))
    }
  })

  test('R2 holds byte strings to their length', () => {
    for (const [name, path, length] of [
      ['vouch', 'i', 16],
      ['vouch', 'k', 32],
      ['vouch', 's', 64],
      ['vouch', 'b.d', 16],
      ['vouch', 'b.h', 32],
      ['revocation', 'b.r', 32],
      ['promise', 'b.x', 32],
      ['observation', 'b.o.0.p', 32],
      ['observation', 'b.o.0.x', 32],
    ] as const) {
      expectMalformed(name, path, [bytes(length - 1), bytes(length + 1), 'x'.repeat(length), 0, []])
      expectSound(name, path, [bytes(length)])
    }
  })

  test('R2 takes whole numbers that every language can hold', () => {
    for (const path of ['n', 'a', 'e']) expectMalformed('vouch', path, NOT_UINTS)
    expectMalformed('promise', 'b.u', NOT_UINTS)
    expectMalformed('observation', 'b.o.0.a', NOT_UINTS)
    expectSound('vouch', 'n', [0, Number.MAX_SAFE_INTEGER])
    expectSound('promise', 'b.w.v', [0, Number.MAX_SAFE_INTEGER])
  })

  test('R2 takes times that RFC 3339 can write', () => {
    for (const path of ['a', 'e']) {
      expectSound('vouch', path, [0, TIME_LIMIT_MS])
      expectMalformed('vouch', path, [TIME_LIMIT_MS + 1])
    }
    expectSound('promise', 'b.u', [TIME_LIMIT_MS])
    expectMalformed('promise', 'b.u', [TIME_LIMIT_MS + 1])
    expectSound('observation', 'b.o.0.a', [TIME_LIMIT_MS])
    expectMalformed('observation', 'b.o.0.a', [TIME_LIMIT_MS + 1])
    expect(new Date(TIME_LIMIT_MS).toISOString()).toBe('9999-12-31T23:59:59.999Z')
  })

  test('R2 takes levels from 1 to 1000', () => {
    expectSound('vouch', 'b.l', [1, 1_000])
    expectMalformed('vouch', 'b.l', [0, 1_001, 0.5, '1'])
  })

  test('R2 takes scopes by their grammar', () => {
    const good = ['a', '0', 'general', 'code-review', 'a.b', `a${'-'.repeat(63)}`]
    const bad = ['', '-a', '.a', 'A', 'a b', 'ä', 'a_b', 'a\n', `a${'b'.repeat(64)}`]
    for (const [name, path] of [
      ['vouch', 'b.c'],
      ['promise', 'b.c'],
      ['observation', 'b.o.0.c'],
    ] as const) {
      expectSound(name, path, good)
      expectMalformed(name, path, [...bad, 1])
    }
    expect(good.every(isScope)).toBe(true)
    expect(bad.some(isScope)).toBe(false)
  })

  test('R2 takes statements and reasons of 1 to 280 code points', () => {
    for (const name of ['vouch', 'revocation'] as const) {
      expectSound(name, 'b.m', ['x', 'x'.repeat(280), '🦊'.repeat(180)])
      expectMalformed(name, 'b.m', ['', 'x'.repeat(281), 'e\u0301', 'a\nb', 'a\u202eb', 1])
    }
  })
})

const outcomesOf = (count: number) => {
  const fields = decodeCbor(signedBytes(sound.observation), 16_384) as Fields
  return Array.from({ length: count }, () => mapAt(fields, ['b', 'o', '0']))
}

const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, at]))

describe('R2, outcomes', () => {
  test('R2 takes 1 to 64 outcomes', () => {
    expectSound('observation', 'b.o', [outcomesOf(1), outcomesOf(64)])
    expectMalformed('observation', 'b.o', [[], outcomesOf(65), {}, 'o'])
  })

  test('R2 takes clarity 0, 1 and 2', () => {
    expectSound('observation', 'b.o.0.g', [0, 1, 2])
    expectMalformed('observation', 'b.o.0.g', [3, -1, 0.5, '0', false])
  })

  test('R2 asks for promised and delivered work of one kind', () => {
    expect(faultWith('observation', 'b.o.0.y', { k: 'time', v: 1 })).toEqual({
      code: 'record/malformed',
      path: 'b.o[0].y.k',
    })
  })

  test('R2 takes flat conditions: up to 16, named, of text, whole numbers and booleans', () => {
    expectSound('observation', 'b.o.0.q', [
      {},
      named(16),
      { ['k'.repeat(64)]: 'v'.repeat(128) },
      { a: true, b: -5, c: '' },
      { constructor: 1, toString: 2 },
    ])
    expectMalformed('observation', 'b.o.0.q', [
      named(17),
      { ['k'.repeat(65)]: 1 },
      { k: 'v'.repeat(129) },
      { '': 1 },
      { 'a\nb': 1 },
      { k: 0.5 },
      { k: null },
      { k: [] },
      { k: { l: 1 } },
      { k: 2n ** 60n },
      JSON.parse('{"__proto__": 1}'),
      [],
    ])
  })
})

const worded = (work: unknown) => faultWith('promise', 'b.w', work)

describe('R2, work', () => {
  test.for([
    { k: 'items', v: [] },
    { k: 'items', v: [''] },
    { k: 'items', v: Array.from({ length: 25 }, () => 'x'.repeat(128)) },
    { k: 'items', v: Array.from({ length: 64 }, () => 'x') },
    { k: 'count', v: 0 },
    { k: 'time', v: Number.MAX_SAFE_INTEGER },
    { k: 'quality', m: 'accuracy', v: 0 },
    { k: 'quality', m: 'm'.repeat(64), v: 1_000 },
    { k: 'uptime', v: 1_000_000, ms: 0 },
  ])('R2 takes %j', (work) => {
    expect(worded(work)).toBeUndefined()
  })

  test.for([
    { k: 'items', v: ['x'.repeat(129)] },
    { k: 'items', v: Array.from({ length: 65 }, () => 'x') },
    { k: 'items', v: [1] },
    { k: 'items', v: ['a\u200bb'] },
    { k: 'items', v: 'x' },
    { k: 'count', v: -1 },
    { k: 'count', v: 1, m: 'x' },
    { k: 'time', v: 0.5 },
    { k: 'quality', v: 1 },
    { k: 'quality', m: '', v: 1 },
    { k: 'quality', m: 'm'.repeat(65), v: 1 },
    { k: 'quality', m: 'accuracy', v: 1_001 },
    { k: 'uptime', v: 1_000_001, ms: 1 },
    { k: 'uptime', v: 1 },
    { k: 'other', v: 1 },
    { v: 1 },
    [],
    'count',
  ])('R2 refuses %j', (work) => {
    expect(worded(work)?.code).toBe('record/malformed')
  })

  test.for([
    { k: 'items', v: ['x'] },
    { k: 'count', v: 1 },
    { k: 'time', v: 1 },
    { k: 'quality', m: 'accuracy', v: 1 },
    { k: 'uptime', v: 1, ms: 1 },
  ])('R2 takes the fields of %j and no other, and names the one that does not fit', (work) => {
    expect(worded({ ...work, z: 1 })).toEqual(malformedAt('b.w'))
    for (const field of Object.keys(work)) {
      expect(worded({ ...work, [field]: null }), field).toEqual(malformedAt(`b.w.${field}`))
    }
  })

  test('R2 names the item, and the measure, that does not fit', () => {
    expect(worded({ k: 'items', v: ['x', 1] })).toEqual(malformedAt('b.w.v.1'))
    expect(worded({ k: 'quality', m: '', v: 1 })).toEqual(malformedAt('b.w.m'))
  })

  test.for([
    { kind: 'items', items: ['draft', 'test'] },
    { kind: 'count', count: 3 },
    { kind: 'time', ms: 60_000 },
    { kind: 'quality', measure: 'accuracy', value: 950 },
    { kind: 'uptime', ppm: 999_000, overMs: 86_400_000 },
  ] as const)('R2 a signed claim of $kind comes back in the same words', (work) => {
    const one: Outcome = outcome({ promised: work, delivered: work })
    const observation = observationClaim({ outcomes: [one] })
    expect(decodeRecord(signedBytes(observation)).record).toMatchObject(observation)
    const promise = promiseClaim({ work })
    expect(decodeRecord(signedBytes(promise)).record).toMatchObject(promise)
  })
})

const seen = (change: Partial<Outcome>) =>
  observationClaim({ outcomes: [outcome(), outcome(change)] })

describe('R2, before signing', () => {
  const half = '\ud83e'
  const items = { kind: 'items', items: ['x', half] } as const
  const quality = { kind: 'quality', measure: half, value: 1 } as const

  test.for([
    ['half a surrogate pair in a statement', vouchClaim({ statement: half }), 'b.m'],
    ['half a surrogate pair in a reason', revocationClaim({ reason: half }), 'b.m'],
    ['half a surrogate pair in an item', promiseClaim({ work: items }), 'b.w.v.1'],
    ['half a surrogate pair in a measure', promiseClaim({ work: quality }), 'b.w.m'],
    ['half a surrogate pair in what was promised', seen({ promised: items }), 'b.o.1.w.v.1'],
    ['half a surrogate pair in what was delivered', seen({ delivered: items }), 'b.o.1.y.v.1'],
    ['half a surrogate pair in a name', seen({ conditions: { [half]: 1 } }), 'b.o.1.q'],
    ['half a surrogate pair in a condition', seen({ conditions: { k: half } }), 'b.o.1.q.k'],
    ['a number that is none', vouchClaim({ level: Number.NaN }), 'b'],
    ['a level of a tenth of a thousandth', vouchClaim({ level: 0.1 }), 'b.l'],
    ['an id that is none', revocationClaim({ vouch: 'bafy' }), 'b.r'],
    ['an id that goes on', revocationClaim({ vouch: '0'.repeat(66) }), 'b.r'],
    ['an id of a promise that is none', seen({ promise: 'bafy' }), 'b.o.1.p'],
    ['an empty statement', vouchClaim({ statement: '' }), 'b.m'],
    ['no outcomes', observationClaim({ outcomes: [] }), 'b.o'],
  ] as const)('R2 refuses to sign %s', ([, claim, path]) => {
    expect(recordFault(() => signedBytes(claim))).toEqual(malformedAt(path))
  })
})
