import { describe, expect, test } from 'vitest'
import type { Counting } from '../../src/identity/key-place.ts'
import { recover, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import type { KeyPlace } from '../../src/identity/state.ts'
import { alice, hexOf, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

const step = {
  authority: keyNamed('r0.1'),
  operationalKey: publicKeyOf('k0.1'),
  verifier,
}

function countOf(place: KeyPlace | undefined, sequence: number): Counting | undefined {
  return place?.counts(sequence)
}

describe('I16: what a key signed', () => {
  test('counts without limit while the key is the current one', () => {
    const place = alice().place(hexOf('alice'))
    expect(place).toMatchObject({ generation: 0, rotation: 0 })
    expect(countOf(place, Number.MAX_SAFE_INTEGER)).toBe('counts')
  })

  test('counts up to q once it is retired, and not one further', () => {
    const place = rotate({ log: alice(), reach: 100, ...step }).log.place(hexOf('alice'))
    expect(countOf(place, 100)).toBe('counts')
    expect(countOf(place, 101)).toBe('beyond-reach')
  })

  test('counts without limit where a retirement says no q', () => {
    const place = rotate({ log: alice(), ...step }).log.place(hexOf('alice'))
    expect(countOf(place, Number.MAX_SAFE_INTEGER)).toBe('counts')
  })

  test('counts for nothing after x, q or no q', () => {
    const { log } = rotate({ log: alice(), compromised: true, reach: 100, ...step })
    expect(countOf(log.place(hexOf('alice')), 0)).toBe('compromised')
    expect(countOf(log.place(hexOf('k0.1')), 0)).toBe('counts')
  })

  test('counts for nothing where it is a cold root', () => {
    const log = alice({ operationalKey: publicKeyOf('k0.0') })
    expect(countOf(log.place(hexOf('alice')), 0)).toBe('cold-root')
    expect(countOf(log.place(hexOf('k0.0')), 0)).toBe('counts')
  })

  test('counts up to its reach where a recovery names the key', () => {
    const rotated = rotate({ log: alice(), reach: 100, ...step }).log
    const { log } = recover({
      log: rotated,
      authority: keyNamed('c1'),
      operationalKey: publicKeyOf('k1.0'),
      reach: 200,
      verifier,
    })
    const place = log.place(hexOf('k0.1'))
    expect(place).toMatchObject({ generation: 0, rotation: 1 })
    expect(countOf(place, 200)).toBe('counts')
    expect(countOf(place, 201)).toBe('beyond-reach')
    expect(log.place(hexOf('k1.0'))).toMatchObject({ generation: 1, rotation: 0 })
  })

  test('is not of this DID when the key only authorises, or is a stranger’s', () => {
    const { log } = rotate({ log: alice(), ...step })
    for (const name of ['r0.1', 'c1', 'carol']) expect(log.place(hexOf(name))).toBeUndefined()
  })
})

describe('R8: a key in a forked log', () => {
  const honest = rotate({ log: alice(), compromised: true, ...step }).log
  const thiefs = rotate({ log: alice(), ...step, operationalKey: publicKeyOf('mallory') }).log
  const fork = IdentityState.of(honest).join(IdentityState.of(thiefs))

  test('is known from either branch', () => {
    expect(fork.isForked).toBe(true)
    expect(countOf(fork.place(hexOf('k0.1')), 1)).toBe('counts')
    expect(countOf(fork.place(hexOf('mallory')), 1)).toBe('counts')
    expect(fork.place(hexOf('carol'))).toBeUndefined()
  })

  test('counts as the stricter branch says, so that a fork makes no compromised key good', () => {
    expect(countOf(fork.place(hexOf('alice')), 1)).toBe('compromised')
    const answers = fork.branches.map((log) => countOf(log.place(hexOf('alice')), 1))
    expect(new Set(answers)).toEqual(new Set(['compromised', 'counts']))
  })
})
