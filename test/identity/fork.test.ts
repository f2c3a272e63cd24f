import { describe, expect, test } from 'vitest'
import { branchFor } from '../../src/identity/fork.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { alice, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

const alices = alice()
const mallorys = alice({ nonce: 1 })
const fork = IdentityState.of(alices).join(IdentityState.of(mallorys))

function weights(forAlice: number, forMallory: number): (inceptionHex: string) => number {
  return (inceptionHex) => (inceptionHex === alices.inceptionHex ? forAlice : forMallory)
}

describe('I17: a fork of inceptions', () => {
  test('is settled for a viewer by the vouches of those it trusts', () => {
    expect(branchFor(fork, weights(0.25, 0))).toBe(alices)
    expect(branchFor(fork, weights(0, 0.25))).toBe(mallorys)
    expect(branchFor(fork, weights(0.25, 0.2))).toBe(alices)
  })

  test('stays open without a witness, or with as many on either side', () => {
    expect(branchFor(fork, weights(0, 0))).toBeUndefined()
    expect(branchFor(fork, weights(0.25, 0.25))).toBeUndefined()
  })
})

describe('I17: other logs', () => {
  test('a log that is not forked needs no witness', () => {
    expect(branchFor(IdentityState.of(alices), weights(0, 0))).toBe(alices)
  })

  test('a fork of rotations is not settled by vouches, which name the inception', () => {
    const [a, b] = ['k0.1', 'mallory'].map((name) =>
      IdentityState.of(
        rotate({
          log: alices,
          authority: keyNamed('r0.1'),
          verifier,
          operationalKey: publicKeyOf(name),
        }).log,
      ),
    )
    if (a === undefined || b === undefined) throw new RangeError('two logs')
    expect(branchFor(a.join(b), weights(1, 0))).toBeUndefined()
  })
})
