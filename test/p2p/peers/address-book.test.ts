import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import { AddressBook, ANCHOR_AGE_MS } from '../../../src/p2p/peers/address-book.ts'
import { retryDelayMs } from '../../../src/p2p/peers/timing.ts'

const T = 1_800_000_000_000
const book = (entryLimit = 10, perProviderLimit?: number): AddressBook =>
  new AddressBook({
    entryLimit,
    addressLimit: 3,
    ...(perProviderLimit === undefined ? {} : { perProviderLimit }),
    firstRetryMs: 100,
    longestRetryMs: 10_000,
    longestChosenRetryMs: 1_000,
    random: () => 0.5,
  })
const nobody = new Set<string>()
const keys = (from: AddressBook, nowMs: number, wanted = 9, connected = nobody): string[] =>
  from.candidates(nowMs, { connected, count: wanted }).map(({ key }) => key)

describe('the address book', () => {
  test('names chosen ones always, others only while more are wanted, the last good first', () => {
    const known = book()
    known.choose('/a', undefined)
    known.learned('bob', ['/b'], T - 2)
    known.reached('carol', 'carol', '/c', T - 1)
    expect(keys(known, T)).toEqual(['/a', 'carol', 'bob'])
    expect(keys(known, T, 1)).toEqual(['/a', 'carol'])
    expect(keys(known, T, -3)).toEqual(['/a'])
    expect(keys(known, T, 9, new Set(['carol']))).toEqual(['/a', 'bob'])
  })

  test('a peer whose key was replaced is looked for under its new id, where it was', () => {
    const known = book()
    known.choose('/a', undefined)
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
    pinned.choose('/b/p2p/old', 'old')
    pinned.renamed('old', 'new')
    expect(pinned.candidates(T, { connected: nobody, count: 0 })).toEqual([
      { key: 'new', peerId: 'new', addresses: ['/b/p2p/new'], isChosen: true },
    ])
  })

  test('a chosen address that answered is that peer, and is not dialled beside it', () => {
    const known = book()
    known.choose('/a', undefined)
    known.reached('/a', 'alice', '/a/p2p/alice', T)
    expect(keys(known, T, 9, new Set(['alice']))).toEqual([])
    expect(known.notes).toEqual([
      { peerId: 'alice', addresses: ['/a/p2p/alice'], lastSeenMs: T, lastGoodMs: T },
    ])
  })

  test('waits longer after each failure, a chosen one never longer than its limit', () => {
    const known = book()
    known.learned('bob', ['/b'], T)
    known.choose('/a', undefined)
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
    expect(note?.addresses).toEqual(['/worked', '/1', '/2'])
    expect(known.learned('bob', ['/5'], T)?.addresses).toEqual(['/worked', '/5'])
  })

  test('remembers what is put back, and forgets who was not seen for a month', () => {
    const known = book()
    known.recall([
      { peerId: 'bob', addresses: ['/b'], lastSeenMs: T, lastGoodMs: T },
      { peerId: 'old', addresses: ['/o'], lastSeenMs: T - 31 * DAY_MS, lastGoodMs: 0 },
    ])
    expect(keys(known, T)).toEqual(['bob'])
  })

  test('never outgrows its limit, and never loses a chosen one to a crowd', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 60 }), (peers) => {
        const known = book(10)
        known.choose('/a', 'chosen')
        for (const [at, peer] of peers.entries()) known.learned(`peer ${peer}`, ['/x'], T + at)
        expect(known.size).toBeLessThanOrEqual(10)
        expect(keys(known, T + 100)).toContain('chosen')
      }),
    )
  })
})

const at = (provider: string, host: number): string => `/ip4/${provider}.0.${host}/tcp/1`

const wanted = (eights: number) => ({
  connected: nobody,
  count: 9,
  perProvider: { counts: new Map([['8.8', eights]]), limit: 2 },
})

describe('what one provider has', () => {
  test('is no more of the book than its share, and only its own entries go for its new ones', () => {
    const known = book(100, 3)
    known.learned('other', [at('9.9', 1)], T)
    for (let n = 0; n < 3; n++) known.learned(`${n}`, [at('8.8', n)], T + n)
    expect(known.size).toBe(4)
    expect(known.learned('3', [at('8.8', 3)], T + 3)?.peerId).toBe('3')
    expect(keys(known, T + 9).toSorted()).toEqual(['1', '2', '3', 'other'])
    known.reached('1', '1', at('8.8', 1), T + 4)
    expect(known.learned('4', [at('8.8', 4)], T - 1)).toBeUndefined()
    for (let n = 5; n < 9; n++) known.learned(`${n}`, [at('8.8', n)], T + n)
    expect(keys(known, T + 9)).toContain('1')
  })

  test('never pushes out what is chosen, and is counted in every address of an entry', () => {
    const known = book(100, 1)
    for (let n = 0; n < 3; n++) known.choose(at('8.8', n), `chosen ${n}`)
    known.learned('two', [at('9.9', 1), at('7.7', 1)], T)
    expect(known.learned('late', [at('7.7', 2)], T - 1)).toBeUndefined()
    known.forget('two')
    expect(known.learned('late', [at('7.7', 2)], T)?.peerId).toBe('late')
    expect(known.size).toBe(4)
  })

  test('is no more of the outbound connections than its share, those under way counted', () => {
    const known = book(100)
    for (let n = 0; n < 4; n++) known.learned(`a${n}`, [at('8.8', n)], T - n)
    known.learned('b', [at('9.9', 1), at('8.8', 9)], T - 9)
    expect(known.candidates(T, wanted(0)).map(({ key }) => key)).toEqual(['a0', 'a1', 'b'])
    expect(known.candidates(T, wanted(1)).map(({ key }) => key)).toEqual(['a0', 'b'])
    expect(known.candidates(T, wanted(2)).at(0)).toMatchObject({
      key: 'b',
      addresses: [at('9.9', 1)],
    })
    known.choose(at('8.8', 0), 'a0')
    expect(known.candidates(T, wanted(1)).map(({ key }) => key)).toEqual(['a0', 'b'])
  })
})

describe('anchors', () => {
  const anchor = { peerId: 'anchor', address: '/anchor', goodMs: T - 2 * DAY_MS }

  test('are dialled before all others that are not chosen, and outlive a flood', () => {
    const known = book(10)
    known.recallAnchors([anchor])
    known.choose('/a', undefined)
    for (let n = 0; n < 50; n++) known.reached(`${n}`, `${n}`, '/x', T)
    expect(known.size).toBeLessThanOrEqual(10)
    expect(keys(known, T).slice(0, 2)).toEqual(['/a', 'anchor'])
    expect(keys(known, T, 1)).toEqual(['/a', 'anchor'])
    expect(known.standingOf('anchor')).toBe('anchor')
    known.setAnchors(new Set(['3']))
    expect(known.standingOf('anchor')).toBeUndefined()
    expect(keys(known, T)[1]).not.toBe('anchor')
  })

  test('are peers like others when they have not answered for a week', () => {
    const known = book(10)
    known.recallAnchors([{ ...anchor, goodMs: T - ANCHOR_AGE_MS }])
    known.reached('bob', 'bob', '/b', T)
    expect(keys(known, T)).toEqual(['bob', 'anchor'])
    expect(keys(known, T - 1)).toEqual(['anchor', 'bob'])
  })
})

describe('what a document says', () => {
  test('is tried after those that were seen, and changes nothing that is known better', () => {
    const known = book()
    known.told('carol', 'did:aip:c', ['/c'], T)
    known.learned('bob', ['/b'], T - 1)
    known.reached('alice', 'alice', '/a', T - 2)
    known.told('alice', 'did:aip:a', ['/elsewhere'], T)
    expect(keys(known, T)).toEqual(['alice', 'bob', 'carol'])
    expect(known.notes.find(({ peerId }) => peerId === 'alice')).toEqual({
      peerId: 'alice',
      did: 'did:aip:a',
      addresses: ['/a', '/elsewhere'],
      lastSeenMs: T - 2,
      lastGoodMs: T - 2,
    })
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
