import { describe, expect, test } from 'vitest'
import { operations } from '../../src/api/contract.ts'
import { ApiError } from '../../src/api/error.ts'
import { LIFETIME_LIMIT_DAYS, parseInput, readQuery } from '../../src/api/request.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { BOB, NOW_MS } from './memory-node.ts'

const vouch = { subject: BOB, level: 0.8 }
const observation = { subject: BOB, task: 'review', promised: 10, delivered: 9 }

function faultOf(name: keyof typeof operations, input: unknown): unknown {
  try {
    parseInput(name, input, NOW_MS)
  } catch (error) {
    if (error instanceof ApiError) return error.fault
    throw error
  }
  return undefined
}

function at(aheadMs: number): string {
  return new Date(NOW_MS + aheadMs).toISOString()
}

describe('levels', () => {
  test.each([0.001, 0.8, 0.333, 1])('%d is a level', (level) => {
    expect(faultOf('createVouch', { ...vouch, level })).toBeUndefined()
  })

  test.each([0, -0.5, 1.001, 0.0005, 0.1234, 2, '0.8', null, Number.NaN])('%s is none', (level) => {
    expect(faultOf('createVouch', { ...vouch, level })).toMatchObject({
      code: 'api/input-invalid',
      field: 'level',
    })
  })
})

describe('moments', () => {
  test.each(['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '1970-01-01T02:00:00+02:00'])(
    '%s is one',
    (moment) => {
      expect(faultOf('score', { did: BOB, at: moment })).toBeUndefined()
    },
  )

  test.each(['0000-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01'])(
    '%s is before anything that is counted',
    (moment) => {
      const fault = {
        code: 'api/input-invalid',
        field: 'at',
        problem: 'A time is in 1970 or later',
      }
      expect(faultOf('score', { did: BOB, at: moment })).toEqual(fault)
    },
  )
})

describe('names of agents', () => {
  test.each([
    'did:aip:7F3A0C5DE1B24A6F8897A6B5C4D391C2',
    'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c',
    'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2a',
    'did:aip:owner/slug',
    'did:aip:main:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    'did:web:example.com',
    ' did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    '',
  ])('"%s" is refused with a sentence that says what a DID is', (subject) => {
    const fault = faultOf('createVouch', { ...vouch, subject })
    expect(fault).toMatchObject({ code: 'api/input-invalid', field: 'subject' })
    expect(fault).toHaveProperty('problem', expect.stringContaining('32 lower-case hex digits'))
  })
})

describe('statements', () => {
  test.each([
    ['', 'is not empty'],
    ['   ', 'is not empty'],
    ['x'.repeat(281), 'at most 280'],
    ['a\u202Eb', 'no control'],
    ['a\u0007b', 'no control'],
    ['a\nb', 'no control'],
    ['a\u200Bb', 'no control'],
    ['e\u0301', 'normal form C'],
  ])('%j is refused: %s', (statement, problem) => {
    expect(faultOf('createVouch', { ...vouch, statement })).toEqual({
      code: 'api/input-invalid',
      field: 'statement',
      problem: expect.stringContaining(problem) as string,
    })
  })

  test('280 characters outside the basic plane are still 280 characters', () => {
    expect(faultOf('createVouch', { ...vouch, statement: '𝒜'.repeat(280) })).toBeUndefined()
    expect(faultOf('createVouch', { ...vouch, statement: '𝒜'.repeat(281) })).toBeDefined()
  })
})

describe('times', () => {
  test('an expiry lies in the future, to the millisecond', () => {
    expect(faultOf('createVouch', { ...vouch, expiresAt: at(1) })).toBeUndefined()
    expect(faultOf('createVouch', { ...vouch, expiresAt: at(0) })).toEqual({
      code: 'api/time-past',
      field: 'expiresAt',
    })
  })

  test('an expiry is at most as far away as records live', () => {
    const limitMs = LIFETIME_LIMIT_DAYS * DAY_MS
    expect(faultOf('createVouch', { ...vouch, expiresAt: at(limitMs) })).toBeUndefined()
    expect(faultOf('createVouch', { ...vouch, expiresAt: at(limitMs + 1) })).toMatchObject({
      code: 'api/time-too-far',
    })
  })

  test.each(['tomorrow', '2027-01-31', '1767225600000', '2027-13-01T00:00:00Z'])(
    '"%s" is no time',
    (expiresAt) => {
      expect(faultOf('createVouch', { ...vouch, expiresAt })).toMatchObject({
        code: 'api/input-invalid',
        field: 'expiresAt',
      })
    },
  )
})

describe('observations', () => {
  test('one outcome stands inline, private unless it says otherwise', () => {
    expect(parseInput('createObservation', observation, NOW_MS).share).toBe('private')
  })

  test.each(['task', 'promised', 'delivered'])('an outcome without %s is refused', (field) => {
    expect(faultOf('createObservation', { ...observation, [field]: undefined })).toMatchObject({
      field,
    })
  })

  test('an outcome that names its promise needs nothing but what was delivered', () => {
    const promise = 'ab'.repeat(32)
    expect(faultOf('createObservation', { subject: BOB, promise, delivered: 3 })).toBeUndefined()
  })

  test('a batch holds 1 to 64 outcomes and nothing inline', () => {
    const { subject, ...outcome } = observation
    const batch = (count: number): unknown => ({
      subject,
      outcomes: Array.from({ length: count }, () => outcome),
    })
    expect(faultOf('createObservation', batch(64))).toBeUndefined()
    expect(faultOf('createObservation', batch(65))).toMatchObject({ field: 'outcomes' })
    expect(faultOf('createObservation', batch(0))).toMatchObject({ field: 'outcomes' })
    const mixed = { ...observation, outcomes: [outcome] }
    expect(faultOf('createObservation', mixed)).toMatchObject({ field: 'task' })
  })

  test('an unknown field inside a batch is named with its place', () => {
    const { subject, ...outcome } = observation
    const input = { subject, outcomes: [{ ...outcome, colour: 'red' }] }
    expect(faultOf('createObservation', input)).toEqual({
      code: 'api/field-unknown',
      field: 'outcomes.0.colour',
    })
  })

  test.each([-1, 1.5, 'ten', { kind: 'weight', grams: 3 }, ['x'.repeat(129)]])(
    '%j is no work',
    (promised) => {
      expect(faultOf('createObservation', { ...observation, promised })).toMatchObject({
        code: 'api/input-invalid',
      })
    },
  )
})

describe('queries', () => {
  const { input } = operations.paths
  test('numbers are read where the field is a number, and only there', () => {
    expect(readQuery(input, { k: '3', scope: '3' })).toEqual({ k: 3, scope: '3' })
    expect(readQuery(input, { k: '0x3' })).toEqual({ k: '0x3' })
  })

  test('lists are separated by commas', () => {
    expect(readQuery(operations.events.input, { kinds: 'peer.up,warning' })).toEqual({
      kinds: ['peer.up', 'warning'],
    })
  })

  test('a field given twice, and a prototype, are nothing that a schema accepts', () => {
    expect(faultOf('paths', { did: BOB, ...readQuery(input, { k: ['1', '2'] }) })).toBeDefined()
    expect(readQuery(input, JSON.parse('{"__proto__":"1"}') as Record<string, unknown>)).toEqual(
      Object.assign(Object.create(null), JSON.parse('{"__proto__":"1"}')),
    )
    expect(Object.prototype).not.toHaveProperty('k')
  })
})
