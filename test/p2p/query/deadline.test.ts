import { describe, expect, test, vi } from 'vitest'
import { Deadline } from '../../../src/p2p/query/deadline.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'

function codeOf(signal: AbortSignal): string | undefined {
  const reason: unknown = signal.reason
  return reason instanceof ExchangeError ? reason.fault.code : undefined
}

describe('a deadline', () => {
  test('fires after its time and says so', () => {
    vi.useFakeTimers()
    try {
      using deadline = new Deadline(100)
      vi.advanceTimersByTime(99)
      expect(deadline.signal.aborted).toBe(false)
      vi.advanceTimersByTime(1)
      expect(codeOf(deadline.signal)).toBe('p2p/timed-out')
    } finally {
      vi.useRealTimers()
    }
  })

  test('fires with its parent, also one that has fired already', () => {
    const parent = new AbortController()
    using early = new Deadline(60_000, parent.signal)
    parent.abort()
    using late = new Deadline(60_000, parent.signal)
    expect(codeOf(early.signal)).toBe('p2p/cancelled')
    expect(codeOf(late.signal)).toBe('p2p/cancelled')
  })

  test('passes on why its parent fired', () => {
    const parent = new AbortController()
    using deadline = new Deadline(60_000, parent.signal)
    parent.abort(new ExchangeError({ code: 'p2p/timed-out', limitMs: 7 }))
    expect(codeOf(deadline.signal)).toBe('p2p/timed-out')
  })

  test('that is restarted begins anew, and one that is disposed never fires', () => {
    vi.useFakeTimers()
    try {
      const deadline = new Deadline(100)
      vi.advanceTimersByTime(60)
      deadline.restart()
      vi.advanceTimersByTime(60)
      expect(deadline.signal.aborted).toBe(false)
      deadline[Symbol.dispose]()
      vi.advanceTimersByTime(1_000)
      expect(deadline.signal.aborted).toBe(false)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
