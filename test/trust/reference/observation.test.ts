import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseObservation } from '../../../src/trust/reference/observation-line.ts'
import { chainHash, inTime } from '../../../src/trust/reference/observation.ts'
import { observed } from './world.ts'

const short = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16)

const TIME = '"timestamp":"2026-03-01T00:00:00"'

describe('an observation', () => {
  test('P4 has the reference’s defaults', () => {
    expect(parseObservation(`{${TIME}}`)).toMatchObject({
      agentId: '',
      taskType: '',
      promised: undefined,
      delivered: undefined,
      conditions: undefined,
      clarity: undefined,
      scopeHash: '',
      outcomeHash: '',
      selfReportedSuccess: true,
      externallyVerified: undefined,
      feedbackReceived: false,
      postFeedbackImproved: undefined,
    })
  })

  test('P4 null counts as left out, and other fields are passed over', () => {
    const text = `{${TIME},"promised":null,"task_type":null,"conditions":null,"note":[1]}`
    expect(parseObservation(text)).toEqual(parseObservation(`{${TIME}}`))
  })

  test.each([
    ['it is not JSON', 'nonsense'],
    ['it is not JSON', `{${TIME}`],
    ['it is not a JSON object', '[]'],
    ['it has no "timestamp"', '{}'],
    ['"timestamp" is not a text', '{"timestamp":1}'],
    ['"promised" is not a list of texts', `{${TIME},"promised":"a"}`],
    ['"promised" is not a list of texts', `{${TIME},"promised":["a",1]}`],
    ['"delivered" is not a list of texts', `{${TIME},"delivered":["\\ud800"]}`],
    ['"conditions" is not an object', `{${TIME},"conditions":[]}`],
    ['"agent_id" is not a text', `{${TIME},"agent_id":7}`],
    ['"externally_verified" is neither true nor false', `{${TIME},"externally_verified":1}`],
    ['"specification_clarity" is none of', `{${TIME},"specification_clarity":"VAGUE"}`],
    ['nested too deep', `{${TIME},"conditions":{"a":${'['.repeat(99)}${']'.repeat(99)}}}`],
  ])('P4 it is none when %s', (reason, text) => {
    expect(() => parseObservation(text)).toThrow(reason)
  })

  test('P5 hashes of the items are computed when they are not given, duplicates and all', () => {
    const one = observed(0, { promised: ['b', 'a', 'b'], delivered: [] })
    expect(one.scopeHash).toBe(short('a,b,b'))
    expect(one.outcomeHash).toBe(short(''))
  })

  test('P5 hashes that are given stay, an empty one too', () => {
    const one = observed(0, {
      promised: ['a'],
      scope_hash: '',
      delivered: ['a'],
      outcome_hash: 'x',
    })
    expect([one.scopeHash, one.outcomeHash]).toEqual(['', 'x'])
  })

  test('P5 items are sorted by code point, not by UTF-16 unit', () => {
    const one = observed(0, { promised: ['\u{1f600}', '\uff5e', '\uff5ea'], delivered: [] })
    expect(one.scopeHash).toBe(short('\uff5e,\uff5ea,\u{1f600}'))
  })

  test('P5 the chain runs over times, task types and hashes in their order', () => {
    const [one, two] = [observed(0, { task_type: 'code' }), observed(1, { scope_hash: 's' })]
    expect(chainHash([one, two])).toBe(
      short('pdr-chain-v12026-03-01T00:00:00|code||2026-03-02T00:00:00||s|'),
    )
    expect(chainHash([two, one])).not.toBe(chainHash([one, two]))
  })

  test('P2 equal instants keep their order', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((type) => observed(1, { task_type: type }))
    const first = observed(0)
    if (a === undefined || b === undefined || c === undefined) throw new RangeError('three')
    expect(inTime([b, a, first, c])).toEqual([first, b, a, c])
  })

  test('P2 times with an offset and times without have no order', () => {
    const offset = observed(1, { timestamp: '2026-03-02T00:00:00Z' })
    expect(() => inTime([observed(0), offset])).toThrow(
      expect.objectContaining({ fault: { code: 'pdr/times-mixed' } }),
    )
    expect(inTime([offset])).toHaveLength(1)
  })
})
