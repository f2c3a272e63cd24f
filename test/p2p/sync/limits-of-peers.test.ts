import { describe, expect, test } from 'vitest'
import { Agreement } from '../../../src/p2p/sync/agreement.ts'
import { LEAST_BYTES_PER_SECOND, Patience } from '../../../src/p2p/sync/patience.ts'
import {
  OFF_FIRST_MS,
  OFF_LIMIT_MS,
  OFF_PEERS_LIMIT,
  StandingOff,
} from '../../../src/p2p/sync/standing-off.ts'
import {
  WORK_BURST_MS,
  WORK_PEERS_LIMIT,
  WORK_PER_SECOND_MS,
  WorkBudget,
} from '../../../src/p2p/sync/work-budget.ts'

describe('patience', () => {
  test('ends when so much has been waited and nothing has moved', () => {
    const patience = new Patience(30_000)
    patience.waited(29_999)
    expect(patience.isOver).toBe(false)
    patience.waited(1)
    expect(patience.isOver).toBe(true)
  })

  test('is earned back at the least rate, and no more is kept than at first', () => {
    const patience = new Patience(30_000)
    patience.moved(1_000 * LEAST_BYTES_PER_SECOND)
    for (let second = 0; second < 1_000; second++) {
      patience.waited(1_000)
      patience.moved(LEAST_BYTES_PER_SECOND)
    }
    expect(patience.isOver).toBe(false)
    patience.waited(30_000)
    expect(patience.isOver).toBe(true)
  })

  test('with a peer that sends one byte a second lasts hardly longer than with one that sends none', () => {
    const patience = new Patience(30_000)
    let seconds = 0
    for (; !patience.isOver; seconds++) {
      patience.waited(1_000)
      patience.moved(1)
    }
    expect(seconds).toBeLessThanOrEqual(31)
  })
})

describe('the budget of work', () => {
  test('lets a peer take a burst, and makes it wait beyond that until it has drained', () => {
    let nowMs = 0
    const budget = new WorkBudget(() => nowMs)
    budget.charge('a', WORK_BURST_MS)
    expect(budget.waitMs('a')).toBe(0)
    budget.charge('a', 50)
    const waitMs = budget.waitMs('a')
    expect(waitMs).toBe((50 / WORK_PER_SECOND_MS) * 1_000)
    expect(budget.waitMs('b')).toBe(0)
    nowMs += waitMs
    expect(budget.waitMs('a')).toBe(0)
  })

  test('remembers so many peers', () => {
    const budget = new WorkBudget(() => 0)
    for (let peer = 0; peer <= WORK_PEERS_LIMIT; peer++) budget.charge(`p${peer}`, 2_000)
    expect(budget.size).toBe(WORK_PEERS_LIMIT)
    expect(budget.waitMs('p0')).toBe(0)
    expect(budget.waitMs('p1')).toBeGreaterThan(0)
  })
})

describe('standing off', () => {
  test('lasts twice as long each time, up to a limit, and is forgiven', () => {
    let nowMs = 0
    const off = new StandingOff(() => nowMs)
    let expectedMs = OFF_FIRST_MS
    for (let times = 0; times < 10; times++) {
      off.add('a')
      nowMs += expectedMs - 1
      expect(off.isOff('a')).toBe(true)
      nowMs += 1
      expect(off.isOff('a')).toBe(false)
      expectedMs = Math.min(OFF_LIMIT_MS, 2 * expectedMs)
    }
    off.add('a')
    off.clear('a')
    expect(off.isOff('a')).toBe(false)
    off.add('a')
    nowMs += OFF_FIRST_MS
    expect(off.isOff('a')).toBe(false)
  })

  test('remembers so many peers', () => {
    const off = new StandingOff(() => 0)
    for (let peer = 0; peer <= OFF_PEERS_LIMIT; peer++) off.add(`p${peer}`)
    expect([off.isOff('p0'), off.isOff('p1')]).toEqual([false, true])
  })
})

describe('agreement', () => {
  test('is complete with three of many, with all of few, and with none of none', () => {
    let chosen = ['a', 'b', 'c', 'd']
    let nowMs = 7
    const agreement = new Agreement(
      () => chosen,
      () => nowMs,
    )
    expect(agreement.agrees('a')).toBe(false)
    expect(agreement.agrees('b')).toBe(false)
    expect(agreement.agrees('stranger')).toBe(false)
    expect(agreement.state).toMatchObject({ isComplete: false, agreed: 2, needed: 3 })
    expect(agreement.agrees('c')).toBe(true)
    nowMs = 8
    expect(agreement.agrees('c')).toBe(false)
    expect(agreement.state).toMatchObject({ isComplete: true, lastCompleteMs: 8, lastAgreed: 3 })
    agreement.forget('a')
    expect(agreement.state).toMatchObject({ isComplete: false, agreed: 2, lastCompleteMs: 8 })
    chosen = ['b', 'c']
    expect(agreement.state).toMatchObject({ isComplete: true, agreed: 2, needed: 2 })
    agreement.differs()
    expect(agreement.state).toMatchObject({ isComplete: false, agreed: 0 })
    chosen = []
    expect(agreement.state).toMatchObject({ isComplete: false, needed: 0 })
  })
})
