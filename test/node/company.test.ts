import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MINUTE_MS } from '../../src/base/units.ts'
import { Company } from '../../src/node/company.ts'
import { aloneness, type Solitude } from '../../src/node/doctor/alone.ts'

const solitude: Solitude = { aloneMs: 0, hadPeers: false, knownCount: 0, hasWayOut: true }

describe('what is said of a node without peers', () => {
  test('names the length, from the start or from the last peer', () => {
    const aloneMs = 12 * MINUTE_MS
    expect(aloneness({ ...solitude, aloneMs }).found).toContain(
      'This node is alone: no peer since the start, 12 minutes ago.',
    )
    expect(aloneness({ ...solitude, aloneMs, hadPeers: true }).found).toContain(
      'This node is alone: no peer for 12 minutes.',
    )
  })

  test('is not told unasked before a minute is over, unless there is no way out at all', () => {
    const before = { ...solitude, aloneMs: MINUTE_MS - 1 }
    expect(aloneness(before).isWorthTelling).toBe(false)
    expect(aloneness({ ...solitude, aloneMs: MINUTE_MS }).isWorthTelling).toBe(true)
    expect(aloneness({ ...before, hasWayOut: false }).isWorthTelling).toBe(true)
  })

  test('gives the cause that comes first, and what helps against it', () => {
    const causes = [
      [{ hasWayOut: false, knownCount: 3 }, /no network but loopback/, /Connect the machine/],
      [{ knownCount: 0 }, /knows of no peer/, /peers add <invite>/],
      [{ knownCount: 1 }, /The one peer that it knows does not answer/, /goes on dialling/],
      [{ knownCount: 3 }, /None of the 3 peers that it knows answers/, /goes on dialling/],
    ] as const
    for (const [change, why, hint] of causes) {
      const told = aloneness({ ...solitude, ...change })
      expect(told.found).toMatch(why)
      expect(told.hint).toMatch(hint)
    }
  })
})

/** A company that a test fills and empties, and what was told of it. */
function company() {
  const state = { connectedCount: 0, knownCount: 2 }
  const told: string[] = []
  const made = new Company({
    peers: () => state,
    isLocal: true,
    onLong: ({ found }) => told.push(found),
  })
  const have = (count: number): void => {
    const isMore = count > state.connectedCount
    state.connectedCount = count
    if (isMore) made.came()
    else made.went()
  }
  return { made, told, have }
}

describe('the company of a node', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is none from the start, which is told once when it has been a minute', () => {
    using stack = new DisposableStack()
    const { made, told } = company()
    stack.use(made)
    expect(made.alone?.found).toContain('since the start, less than a minute ago')
    vi.advanceTimersByTime(MINUTE_MS - 1)
    expect(told).toEqual([])
    vi.advanceTimersByTime(10 * MINUTE_MS)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('since the start, 1 minute ago')
  })

  test('begins with the first peer and ends with the last', () => {
    using stack = new DisposableStack()
    const { made, told, have } = company()
    stack.use(made)
    have(1)
    have(2)
    have(1)
    expect(made.alone).toBeUndefined()
    vi.advanceTimersByTime(5 * MINUTE_MS)
    expect(told).toEqual([])
    have(0)
    vi.advanceTimersByTime(2 * MINUTE_MS)
    expect(made.alone?.found).toContain('no peer for 2 minutes')
    expect(told).toHaveLength(1)
  })

  test('is left in peace when the node stops', () => {
    const { made, told } = company()
    made[Symbol.dispose]()
    vi.advanceTimersByTime(10 * MINUTE_MS)
    expect(told).toEqual([])
  })
})
