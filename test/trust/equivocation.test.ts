import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { equivocationsIn } from '../../src/trust/equivocation.ts'
import { Identities } from '../../src/trust/key-standing.ts'
import { did, keyOf, World } from './world.ts'

/** What Alice signed, with these numbers, each by the key of that name. */
function found(...signed: readonly (readonly [key: string, sequence: number])[]) {
  const world = new World()
  for (const [at, [key, sequence]] of signed.entries()) {
    world.vouch('alice', 'bob', 1000, { key: keyOf(key), sequence, issuedAtMs: at })
  }
  const issuer = new Identities(world.context()).agent(did('alice'))
  const named = (records: typeof world.records) =>
    equivocationsIn(issuer, records).map(({ keyHex, sequence, ids }) => [keyHex, sequence, ...ids])
  expect(named(world.records.toReversed())).toEqual(named(world.records))
  return { cases: named(world.records), ids: world.records.map(({ id }) => id) }
}

describe('equivocations', () => {
  test('T24 numbers that differ, and one number by two keys, are none', () => {
    expect(found(['alice', 1], ['alice', 2], ['spare', 1]).cases).toEqual([])
  })

  test('T24 of three records with one number the two smallest ids are named', () => {
    const { cases, ids } = found(['alice', 7], ['alice', 7], ['alice', 7], ['alice', 8])
    expect(cases).toEqual([[toHex(keyOf('alice')), 7, ...ids.slice(0, 3).toSorted().slice(0, 2)]])
  })

  test.each([2, 3, 4, 5, 6])('T24 of %d cases of one key the one with the smallest id', (count) => {
    const twice = Array.from({ length: count }, (_, at) => at + 1).flatMap(
      (sequence) =>
        [
          ['alice', sequence],
          ['alice', sequence],
        ] as const,
    )
    const { cases, ids } = found(...twice)
    const smallest = Math.floor(ids.indexOf(ids.toSorted()[0] ?? '') / 2)
    expect(cases).toHaveLength(1)
    expect(cases[0]?.[1]).toBe(smallest + 1)
  })

  test('T24 each key that did it is named once, in the order of the keys', () => {
    const { cases } = found(['spare', 1], ['alice', 1], ['spare', 1], ['alice', 1])
    expect(cases.map(([keyHex]) => keyHex)).toEqual(
      [toHex(keyOf('alice')), toHex(keyOf('spare'))].toSorted(),
    )
  })
})
