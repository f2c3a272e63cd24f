import { describe, expect, test } from 'vitest'
import { Evidence, observationsFirst, partiesOf } from '../../src/node/evidence.ts'
import {
  alice,
  bob,
  carol,
  observationClaim,
  promiseClaim,
  verified,
  vouchClaim,
} from '../support/records.ts'

const idsOf = (found: Iterable<{ readonly id: string }>) => [...found].map(({ id }) => id)

describe('the evidence in memory', () => {
  test('names an agent while a record is by it, about it, or made out to it', () => {
    const evidence = new Evidence()
    const vouch = verified(vouchClaim())
    const promise = verified(promiseClaim({ delegator: carol.did }), bob)
    expect(evidence.names(bob.did)).toBe(false)
    evidence.add(vouch.id, vouch.record)
    evidence.add(vouch.id, vouch.record)
    evidence.add(promise.id, promise.record)
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([true, true, true])
    evidence.remove([vouch.id])
    evidence.remove([vouch.id])
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([false, true, true])
    evidence.replace([vouch])
    expect([alice, bob, carol].map(({ did }) => evidence.names(did))).toEqual([true, true, false])
    expect(evidence.size).toBe(1)
  })

  test('is read by whom a record is about and by whom it is, a promise by who made it', () => {
    const evidence = new Evidence()
    const vouch = verified(vouchClaim())
    const promise = verified(promiseClaim({ delegator: carol.did }), bob)
    const observation = verified(observationClaim())
    for (const { id, record } of [vouch, promise, observation]) evidence.add(id, record)
    expect(idsOf(evidence.about(bob.did))).toEqual([vouch.id, promise.id, observation.id])
    expect(idsOf(evidence.by(alice.did))).toEqual([vouch.id, observation.id])
    expect(idsOf(evidence.by(bob.did))).toEqual([promise.id])
    expect(idsOf(evidence.about(carol.did))).toEqual([])
    evidence.remove([promise.id])
    expect(idsOf(evidence.about(bob.did))).toEqual([vouch.id, observation.id])
    expect(idsOf(evidence.by(bob.did))).toEqual([])
    evidence.replace([promise])
    expect(idsOf(evidence.about(bob.did))).toEqual([promise.id])
    expect(idsOf(evidence.by(alice.did))).toEqual([])
  })

  test('tells of every change once, until it is asked to stop', () => {
    const evidence = new Evidence()
    const told: string[] = []
    const unwatch = evidence.watch({
      put: ({ id }) => told.push(`put ${id}`),
      remove: ({ id }) => told.push(`remove ${id}`),
      identityChanged: (did) => told.push(`log ${did}`),
      replaced: () => told.push('replaced'),
    })
    const vouch = verified(vouchClaim())
    evidence.add(vouch.id, vouch.record)
    evidence.add(vouch.id, vouch.record)
    evidence.identityChanged(bob.did)
    evidence.remove([vouch.id])
    evidence.remove([vouch.id])
    evidence.replace([vouch])
    unwatch()
    evidence.remove([vouch.id])
    expect(told).toEqual([`put ${vouch.id}`, `log ${bob.did}`, `remove ${vouch.id}`, 'replaced'])
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
