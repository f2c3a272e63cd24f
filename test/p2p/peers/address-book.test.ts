import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import { AddressBook } from '../../../src/p2p/peers/address-book.ts'
import { retryDelayMs } from '../../../src/p2p/peers/timing.ts'

const T = 1_800_000_000_000
const book = (entryLimit = 10): AddressBook =>
  new AddressBook({
    entryLimit,
    addressLimit: 3,
    firstRetryMs: 100,
    longestRetryMs: 10_000,
    longestAnchorRetryMs: 1_000,
    random: () => 0.5,
  })
const nobody = new Set<string>()
const keys = (from: AddressBook, nowMs: number, wanted = 9, connected = nobody): string[] =>
  from.candidates(nowMs, connected, wanted).map(({ key }) => key)

describe('the address book', () => {
  test('names anchors always, others only while more are wanted, the last good first', () => {
    const known = book()
    known.anchor('/a', undefined)
    known.learned('bob', ['/b'], T - 2)
    known.reached('carol', 'carol', '/c', T - 1)
    expect(keys(known, T)).toEqual(['/a', 'carol', 'bob'])
    expect(keys(known, T, 1)).toEqual(['/a', 'carol'])
    expect(keys(known, T, -3)).toEqual(['/a'])
    expect(keys(known, T, 9, new Set(['carol']))).toEqual(['/a', 'bob'])
  })

  test('a peer whose key was replaced is looked for under its new id, where it was', () => {
    const known = book()
    known.anchor('/a', undefined)
    known.reached('/a', 'old', '/a/p2p/old', T)
    known.missed('old', T)
    const notes = known.renamed('old', 'new')
    expect(notes).toEqual([
      { peerId: 'new', addresses: ['/a/p2p/new'], lastSeenMs: T, lastGoodMs: 0 },
      { peerId: 'old', addresses: [], lastSeenMs: T, lastGoodMs: T },
    ])
    expect(keys(known, T)).toEqual(['/a', 'new'])
    expect(keys(known, T, 9, new Set(['new']))).toEqual([])
    expect(known.renamed('old', 'new')).toEqual([])
    expect(known.renamed('new', 'new')).toEqual([])
    expect(known.notes).toHaveLength(1)
    const pinned = book()
    pinned.anchor('/b/p2p/old', 'old')
    pinned.renamed('old', 'new')
    expect(pinned.candidates(T, nobody, 0)).toEqual([
      { key: 'new', peerId: 'new', addresses: ['/b/p2p/new'], isAnchor: true },
    ])
  })

  test('an anchor that answered is that peer, and is not dialled beside it', () => {
    const known = book()
    known.anchor('/a', undefined)
    known.reached('/a', 'alice', '/a/p2p/alice', T)
    expect(keys(known, T, 9, new Set(['alice']))).toEqual([])
    expect(known.notes).toEqual([
      { peerId: 'alice', addresses: ['/a/p2p/alice'], lastSeenMs: T, lastGoodMs: T },
    ])
  })

  test('waits longer after each failure, an anchor never longer than its limit', () => {
    const known = book()
    known.learned('bob', ['/b'], T)
    known.anchor('/a', undefined)
    known.missed('bob', T)
    expect(keys(known, T + 99)).toEqual(['/a'])
    expect(keys(known, T + 100)).toEqual(['/a', 'bob'])
    for (let n = 0; n < 20; n++) {
      known.missed('bob', T)
      known.missed('/a', T)
    }
    expect(keys(known, T + 999)).toEqual([])
    expect(keys(known, T + 1_000)).toEqual(['/a'])
    expect(keys(known, T + 10_000)).toEqual(['/a', 'bob'])
  })

  test('a good connection that ends starts the wait anew, a short one does not', () => {
    const known = book()
    known.learned('bob', ['/b'], T)
    for (let n = 0; n < 5; n++) known.missed('bob', T)
    known.lost('bob', T, true)
    expect(keys(known, T + 1_600)).toEqual([])
    known.lost('bob', T, false)
    expect(keys(known, T + 100)).toEqual(['bob'])
  })

  test('keeps what worked in front, and no more addresses than its limit', () => {
    const known = book()
    known.reached('bob', 'bob', '/worked', T)
    const note = known.learned('bob', ['/1', '/2', '/3', '/4'], T)
    expect(note.addresses).toEqual(['/worked', '/1', '/2'])
    expect(known.learned('bob', ['/5'], T).addresses).toEqual(['/worked', '/5'])
  })

  test('remembers what is put back, and forgets who was not seen for a month', () => {
    const known = book()
    known.recall([
      { peerId: 'bob', addresses: ['/b'], lastSeenMs: T, lastGoodMs: T },
      { peerId: 'old', addresses: ['/o'], lastSeenMs: T - 31 * DAY_MS, lastGoodMs: 0 },
    ])
    expect(keys(known, T)).toEqual(['bob'])
  })

  test('never outgrows its limit, and never loses an anchor to a crowd', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 60 }), (peers) => {
        const known = book(10)
        known.anchor('/a', 'anchor')
        for (const [at, peer] of peers.entries()) known.learned(`peer ${peer}`, ['/x'], T + at)
        expect(known.size).toBeLessThanOrEqual(10)
        expect(keys(known, T + 100)).toContain('anchor')
      }),
    )
  })
})

describe('the delay of a retry', () => {
  test('doubles to a limit, and is spread by half to either side', () => {
    expect([1, 2, 3, 4, 9, 1e9].map((count) => retryDelayMs(count, 100, 1_000, 0.5))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ])
    expect(retryDelayMs(1, 100, 1_000, 0)).toBe(50)
    expect(retryDelayMs(1, 100, 1_000, 0.999)).toBeLessThan(150)
  })
})
