import { describe, expect, test } from 'vitest'
import { Evidence, observationsFirst, partiesOf } from '../../src/node/evidence.ts'
import {
  alice,
  bob,
  carol,
  NOW_MS,
  observationClaim,
  promiseClaim,
  verified,
  vouchClaim,
} from '../support/records.ts'

const CONTEXT = {
  viewer: alice.did,
  profile: 'strict',
  introducers: [],
  identityOf: () => undefined,
  pins: new Map(),
  privateOutcomes: [],
} as const

describe('the evidence in memory', () => {
  test('names an agent while a record is by it, about it, or made out to it', () => {
    const evidence = new Evidence(() => NOW_MS)
    const vouch = verified(vouchClaim())
    const promise = verified(promiseClaim({ delegator: carol.did }), bob)
    expect(evidence.names(bob.did)).toBe(false)
    evidence.add(vouch.id, vouch.record)
    evidence.add(vouch.id, vouch.record)
    evidence.add(promise.id, promise.record)
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([true, true, true])
    evidence.remove(vouch.id)
    evidence.remove(vouch.id)
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([false, true, true])
    evidence.replace([vouch])
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([true, true, false])
    expect(evidence.size).toBe(1)
  })

  test('keeps a view until something changes, or until time could have changed it', () => {
    let nowMs = NOW_MS
    const evidence = new Evidence(() => nowMs)
    const first = evidence.view(CONTEXT)
    nowMs += 4_999
    expect(evidence.view(CONTEXT)).toBe(first)
    nowMs += 1
    const second = evidence.view(CONTEXT)
    expect(second).not.toBe(first)
    const vouch = verified(vouchClaim())
    evidence.add(vouch.id, vouch.record)
    const third = evidence.view(CONTEXT)
    expect(third).not.toBe(second)
    evidence.remove('0'.repeat(64))
    expect(evidence.view(CONTEXT)).toBe(third)
    evidence.changed()
    expect(evidence.view(CONTEXT)).not.toBe(third)
    expect(evidence.view(CONTEXT, NOW_MS)).not.toBe(evidence.view(CONTEXT, NOW_MS))
  })

  test('puts observations before the promises that they bring', () => {
    const records = [
      verified(promiseClaim(), bob),
      verified(vouchClaim()),
      verified(observationClaim()),
    ]
    expect(observationsFirst(records).map(({ record }) => record.type)).toEqual([
      'observation',
      'promise',
      'vouch',
    ])
    expect(partiesOf(verified(promiseClaim(), bob).record)).toEqual([bob.did, alice.did])
  })
})
