import { describe, expect, test } from 'vitest'
import { EVENT_LIMIT, Events, type StampedEvent } from '../../src/node/events.ts'

const gone = (id: number) => ({ kind: 'record.evicted', id: String(id) }) as const

function emitted(count: number): Events {
  const events = new Events(() => 42)
  for (let id = 1; id <= count; id++) events.emit(gone(id))
  return events
}

describe('events', () => {
  test('carry a number that grows by one, and the time', () => {
    const heard: StampedEvent[] = []
    const events = emitted(0)
    const unlisten = events.listen((event) => heard.push(event))
    events.emit(gone(1))
    events.emit(gone(2))
    unlisten()
    events.emit(gone(3))
    expect(heard).toEqual([
      { cursor: 1, atMs: 42, event: gone(1) },
      { cursor: 2, atMs: 42, event: gone(2) },
    ])
    expect(events.cursor).toBe(3)
  })

  test('are told again from where a listener left off, without a gap', () => {
    const events = emitted(5)
    expect(events.since(0).map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5])
    expect(events.since(3).map(({ cursor }) => cursor)).toEqual([4, 5])
    expect(events.since(5)).toEqual([])
  })

  test('show a listener that was away too long where the gap is', () => {
    const events = emitted(3 * EVENT_LIMIT)
    const missed = events.since(1)
    expect(missed[0]?.cursor).toBeGreaterThan(2)
    expect(missed.at(-1)?.cursor).toBe(3 * EVENT_LIMIT)
    expect(missed.length).toBeGreaterThanOrEqual(EVENT_LIMIT)
  })

  test('are all new to a listener whose number is of an earlier run', () => {
    expect(
      emitted(3)
        .since(900)
        .map(({ cursor }) => cursor),
    ).toEqual([1, 2, 3])
  })

  test('are kept in a bounded number, whatever comes', () => {
    const events = emitted(0)
    let most = 0
    for (let id = 1; id <= 5 * EVENT_LIMIT; id++) {
      events.emit(gone(id))
      if (id % 500 === 0) most = Math.max(most, events.since(0).length)
    }
    expect(most).toBeLessThan(1.1 * EVENT_LIMIT)
    expect(events.since(0).length).toBeGreaterThanOrEqual(EVENT_LIMIT)
  })
})
