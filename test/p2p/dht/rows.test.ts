import { describe, expect, test } from 'vitest'
import { didOf, type Did } from '../../../src/identity/did.ts'
import { DHT_KEPT_LIMIT, Rows } from '../../../src/p2p/dht/rows.ts'

const PEER = Uint8Array.of(1, 2, 3)

function did(number: number): Did {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, number)
  return didOf(key)
}

/** Stores what fits, as the guard does. */
function offer(rows: Rows, candidate: Did): void {
  const room = rows.roomFor(candidate)
  if (room === 'full') return
  if (room !== 'free') rows.remove(room.evict)
  rows.add(candidate)
}

describe('rows of the DHT', () => {
  test('never exceed their limit, and end as the same set in any order of arrival', () => {
    const dids = Array.from({ length: 50 }, (_, at) => did(at))
    const ends = [dids, dids.toReversed()].map((order) => {
      const rows = new Rows(PEER, 10)
      for (const candidate of order) offer(rows, candidate)
      expect(rows.size).toBe(10)
      return dids.filter((candidate) => rows.roomFor(candidate) === 'free')
    })
    expect(ends[0]).toEqual(ends[1])
    expect(ends[0]).toHaveLength(10)
  })

  test('have room for a DID that is there already, full or not', () => {
    const rows = new Rows(PEER, 1)
    rows.add(did(1))
    expect(rows.roomFor(did(1))).toBe('free')
  })

  test('keep what was asked to be kept, however far, and let it in when full', () => {
    const rows = new Rows(PEER, 5)
    for (let at = 0; at < 100; at++) offer(rows, did(at))
    const far = Array.from({ length: 100 }, (_, at) => did(at)).find(
      (candidate) => rows.roomFor(candidate) === 'full',
    )
    if (far === undefined) throw new Error('every DID is near')
    rows.keep(far)
    expect(rows.roomFor(far)).toMatchObject({ evict: expect.any(String) as unknown })
    offer(rows, far)
    for (let at = 100; at < 1_000; at++) offer(rows, did(at))
    expect(rows.roomFor(far)).toBe('free')
  })

  test('keep no more than the bound, so that keeping cannot undo the limit', () => {
    const rows = new Rows(PEER, 1)
    rows.add(did(0))
    for (let at = 0; at < DHT_KEPT_LIMIT + 1; at++) rows.keep(did(at))
    expect(rows.roomFor(did(DHT_KEPT_LIMIT))).toBe('full')
  })
})
