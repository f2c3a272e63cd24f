import { describe, expect, test } from 'vitest'
import { deliveredOf, outcomeWorks, workOf } from '../../src/api/work.ts'

describe('work as people write it', () => {
  test('a number stands for that many numbered items', () => {
    expect(workOf(3)).toEqual({ kind: 'items', items: ['1', '2', '3'] })
    expect(workOf(0)).toEqual({ kind: 'items', items: [] })
  })

  test('a number that no list holds is a count, on both sides of an outcome', () => {
    expect(workOf(64).kind).toBe('items')
    expect(workOf(65)).toEqual({ kind: 'count', count: 65 })
    expect(outcomeWorks(10, 65)).toEqual({
      promised: { kind: 'count', count: 10 },
      delivered: { kind: 'count', count: 65 },
    })
    expect(outcomeWorks(65, 10).delivered.kind).toBe('count')
  })

  test('a number delivered against named items means the first of them', () => {
    const promised = workOf(['summary', 'figures'])
    expect(deliveredOf(1, promised)).toEqual({ kind: 'items', items: ['summary'] })
    expect(deliveredOf(3, promised)).toEqual({ kind: 'items', items: ['summary', 'figures', '3'] })
  })

  test.each([
    [
      { kind: 'count', count: 9 },
      { kind: 'count', count: 4 },
    ],
    [
      { kind: 'time', ms: 9 },
      { kind: 'time', ms: 4 },
    ],
    [
      { kind: 'quality', measure: 'f1', value: 9 },
      { kind: 'quality', measure: 'f1', value: 4 },
    ],
    [
      { kind: 'uptime', ppm: 9, overMs: 8 },
      { kind: 'uptime', ppm: 4, overMs: 8 },
    ],
  ] as const)('a number delivered takes the kind of the promise: %j', (promised, delivered) => {
    expect(deliveredOf(4, promised)).toEqual(delivered)
  })
})
