import { describe, expect, test } from 'vitest'
import type { Did } from '../../../src/identity/did.ts'
import { Borrowed, LEASE_MS, type Holdings } from '../../../src/node/interest/borrowed.ts'
import type { AipRecord, RecordId } from '../../../src/records/record.ts'
import { alice, bob, carol, verified, vouchClaim } from '../../support/records.ts'
import type { Agent } from '../../support/records.ts'

const me = alice.did
const START_MS = 5_000_000

function holdingsOf(records: ReadonlyMap<number, readonly { id: RecordId; record: AipRecord }[]>) {
  const all = new Map([...records.values()].flat().map(({ id, record }) => [id, record]))
  const holdings: Holdings = {
    heldShards: () => records.keys(),
    idsIn: (shard) => (records.get(shard) ?? []).map(({ id }) => id),
    get: (id) => all.get(id),
  }
  return holdings
}

let sequence = 0
const said = (by: Agent, about: Did) =>
  verified(vouchClaim({ subject: about, sequence: ++sequence }), by)

describe('borrowed records', () => {
  test('leave a day after the start, but for followed shards and what is my own', () => {
    const [foreign, followed, own] = [
      said(bob, carol.did),
      said(carol, bob.did),
      said(alice, bob.did),
    ]
    const holdings = holdingsOf(
      new Map([
        [1, [foreign, own]],
        [2, [followed]],
      ]),
    )
    const borrowed = new Borrowed(me, START_MS)
    const leaving = (nowMs: number) => borrowed.leaving(holdings, (shard) => shard === 2, nowMs)
    expect(leaving(START_MS + LEASE_MS - 1)).toEqual([])
    expect(leaving(START_MS + LEASE_MS)).toEqual([foreign.id])
  })

  test('stay for a day after an agent that they concern was wanted last', () => {
    const [about, by, other] = [said(bob, carol.did), said(carol, bob.did), said(bob, me)]
    const holdings = holdingsOf(new Map([[1, [about, by, other]]]))
    const borrowed = new Borrowed(me, 0)
    borrowed.keep(carol.did, START_MS + LEASE_MS)
    const leaving = (nowMs: number) => borrowed.leaving(holdings, () => false, nowMs)
    expect(leaving(START_MS + LEASE_MS)).toEqual([other.id])
    expect(leaving(START_MS + 2 * LEASE_MS - 1)).toEqual([other.id])
    expect(leaving(START_MS + 2 * LEASE_MS).toSorted()).toEqual(
      [about.id, by.id, other.id].toSorted(),
    )
  })

  test('are as many as the limit: those of agents wanted longest ago leave first', () => {
    const [old, late] = [said(alice, bob.did), said(carol, carol.did === me ? bob.did : me)]
    const holdings = holdingsOf(
      new Map([
        [
          1,
          [
            { ...late, id: late.id, record: late.record },
            { id: old.id, record: { ...old.record, issuer: bob.did } },
          ],
        ],
      ]),
    )
    const leaving = (limitCount: number) => {
      const borrowed = new Borrowed(me, 0, limitCount)
      borrowed.keep(bob.did, START_MS)
      borrowed.keep(carol.did, START_MS + 1)
      return borrowed.leaving(holdings, () => false, START_MS + 2)
    }
    expect(leaving(2)).toEqual([])
    expect(leaving(1)).toEqual([old.id])
    expect(leaving(0)).toEqual([old.id, late.id])
  })
})
