import { describe, expect, test } from 'vitest'
import { sha256 } from '../../../src/crypto/hash.ts'
import { Entries } from '../../../src/records/replica/entries.ts'
import { Pins } from '../../../src/records/replica/pins.ts'
import { Unit } from '../../../src/records/replica/unit.ts'
import type { Issuer, Signer } from '../../../src/records/replica/unit.ts'

const idOf = (number: number) => number.toString(16).padStart(64, '0')
const keyOf = (byte: number) => new Uint8Array(32).fill(byte)

/** The most keys and places that an issuer's records can have. */
const SIGNERS_COUNT = 2 ** 16

function unitIn(entries: Entries, signers: Signer[] = []): Unit {
  const issuer: Issuer = { number: 0, workBits: 0, units: new Map(), signers }
  const place = { issuer, type: 'vouch', lane: 1, shard: 0 } as const
  return new Unit(place, { unitCount: 9, hourCount: 9 }, entries)
}

describe('the rows of admission', () => {
  test('keep each key of an issuer once, with each place that it had', () => {
    const entries = new Entries(0)
    const unit = unitIn(entries)
    const signers = [
      { key: keyOf(1), epoch: 0 },
      { key: keyOf(2), epoch: 0 },
      { key: keyOf(1), epoch: 1 },
    ]
    for (const [at, signer] of [...signers, ...signers].entries()) {
      const entry = entries.make(idOf(at), 0, [])
      entries.place(entry, unit, signer)
      expect(entries.signerOf(entry)).toEqual(signer)
    }
    expect(unit.issuer.signers).toEqual(signers)
  })

  test('take as many keys of an issuer as a number of 16 bits tells apart', () => {
    const entries = new Entries(0)
    const entry = entries.make(idOf(1), 0, [])
    const one = { key: keyOf(1), epoch: 1 }
    const known = (count: number) =>
      Array.from({ length: count }, () => ({ key: keyOf(2), epoch: 0 }))
    entries.place(entry, unitIn(entries, known(SIGNERS_COUNT - 1)), one)
    expect(entries.signerOf(entry)).toEqual(one)
    const full = unitIn(entries, known(SIGNERS_COUNT))
    expect(() => entries.place(entry, full, one)).toThrow(RangeError)
  })

  test('have no terms, one or several, also where another record had others', () => {
    const entries = new Entries(0)
    const rows = [[], [7], [0, 5], []].map((terms, at) => {
      const entry = entries.make(idOf(at), 0, terms)
      expect(entries.termsOf(entry)).toEqual(terms)
      entries.free(entry)
      return entry
    })
    expect(new Set(rows).size).toBe(1)
  })

  test('are in a unit, or the caller is wrong', () => {
    const entries = new Entries(0)
    const entry = entries.make(idOf(1), 0, [])
    expect(() => entries.unitOf(entry)).toThrow(Error)
    const unit = unitIn(entries)
    entries.place(entry, unit, { key: keyOf(1), epoch: 0 })
    expect(() => unit.remove(entry)).toThrow(Error)
  })
})

const terms = (byte: number) => [new Uint8Array(8).fill(byte)]

describe('the terms of promises', () => {
  test('have a number each, which another takes over when no record has them any more', () => {
    const pins = new Pins(new Entries(0), sha256, 0)
    const first = pins.take(terms(1))
    expect(pins.take(terms(1))).toEqual(first)
    expect(pins.take(terms(2))).not.toEqual(first)
    pins.giveBack(first)
    expect(pins.take(terms(3))).not.toEqual(first)
    pins.giveBack(first)
    expect(pins.take(terms(4))).toEqual(first)
  })

  test('count once for a record that has them twice', () => {
    const pins = new Pins(new Entries(0), sha256, 0)
    const twice = pins.take([...terms(1), ...terms(1)])
    expect(twice).toHaveLength(1)
    pins.giveBack(twice)
    expect(pins.take(terms(2))).toEqual(twice)
  })
})
