import { describe, expect, test } from 'vitest'
import type { Did } from '../../src/identity/did.ts'
import {
  ASK_AGAIN_GAP_MS,
  Confirmations,
  CONFIRMATIONS_LIMIT,
  FRESH_LIMIT_MS,
} from '../../src/node/confirmations.ts'

const didNumber = (number: number): Did => `did:aip:${String(number).padStart(32, '0')}`
const DID = didNumber(1)
const NOW_MS = 1_000_000_000

describe('confirmations', () => {
  test('keep a value fresh for ten minutes, to the millisecond', () => {
    const notes = new Confirmations()
    expect([notes.isFresh(DID, NOW_MS), notes.isDue(DID, NOW_MS)]).toEqual([false, true])
    notes.asked(DID, NOW_MS, 'peer')
    const end = NOW_MS + FRESH_LIMIT_MS
    expect(FRESH_LIMIT_MS).toBe(600_000)
    expect([notes.isFresh(DID, end - 1), notes.isDue(DID, end - 1)]).toEqual([true, false])
    expect([notes.isFresh(DID, end), notes.isDue(DID, end)]).toEqual([false, true])
    expect(notes.confirmedAtMs(DID)).toBe(NOW_MS)
  })

  test('wait a while after a question that nobody answered', () => {
    const notes = new Confirmations()
    notes.asked(DID, NOW_MS, undefined)
    const end = NOW_MS + ASK_AGAIN_GAP_MS
    expect([notes.isDue(DID, end - 1), notes.isDue(DID, end)]).toEqual([false, true])
    expect([notes.isFresh(DID, NOW_MS), notes.confirmedAtMs(DID)]).toEqual([false, undefined])
  })

  test('remember when it was confirmed, over a question that failed', () => {
    const notes = new Confirmations()
    notes.asked(DID, NOW_MS, 'peer')
    notes.asked(DID, NOW_MS + FRESH_LIMIT_MS, undefined)
    expect(notes.confirmedAtMs(DID)).toBe(NOW_MS)
  })

  test('by the DHT alone keep a value fresh, and leave it unconfirmed', () => {
    const notes = new Confirmations()
    expect(notes.isUnconfirmed(DID)).toBe(true)
    notes.asked(DID, NOW_MS, 'dht')
    expect([notes.isFresh(DID, NOW_MS), notes.isUnconfirmed(DID)]).toEqual([true, true])
    for (const by of ['peer', 'subject'] as const) {
      notes.asked(DID, NOW_MS, by)
      expect(notes.isUnconfirmed(DID)).toBe(false)
      notes.asked(DID, NOW_MS, undefined)
      expect(notes.isUnconfirmed(DID)).toBe(false)
      notes.asked(DID, NOW_MS, 'dht')
      expect(notes.isUnconfirmed(DID)).toBe(true)
    }
  })

  test('are not made fresh by a clock that was set back', () => {
    const notes = new Confirmations()
    notes.asked(DID, NOW_MS, 'peer')
    expect([notes.isFresh(DID, NOW_MS - 1), notes.isDue(DID, NOW_MS - 1)]).toEqual([false, true])
  })

  test('are bounded: the one asked about longest ago is forgotten', () => {
    const notes = new Confirmations()
    for (let at = 0; at < CONFIRMATIONS_LIMIT; at++) notes.asked(didNumber(at), NOW_MS, 'peer')
    notes.asked(didNumber(0), NOW_MS, 'peer')
    notes.asked(didNumber(CONFIRMATIONS_LIMIT), NOW_MS, 'peer')
    expect(notes.isFresh(didNumber(0), NOW_MS)).toBe(true)
    expect(notes.isFresh(didNumber(1), NOW_MS)).toBe(false)
    expect(notes.isFresh(didNumber(2), NOW_MS)).toBe(true)
  })
})
