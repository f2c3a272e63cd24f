/**
 * What a thief can do with each key, and what not. Mallory has copied keys of Alice's; Alice has
 * rotated once, from her genesis key to `k0.1`, and keeps `r0.2` and `c1` on paper.
 */
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { encodeCbor } from '../../src/crypto/cbor.ts'
import { IdentityError } from '../../src/identity/error.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, recover, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  context,
  committed,
  documentOf,
  keyNamed,
  publicKeyOf,
  rawLog,
  verifier,
} from '../support/identity.ts'
import type { Step } from '../support/identity.ts'

const before = alice()
const after = rotateFrom(before, 'r0.1', 'k0.1', 'r0.2')

function rotateFrom(log: KeyLog, by: string, to: string, next: string): KeyLog {
  return rotate({
    log,
    authority: keyNamed(by),
    operationalKey: publicKeyOf(to),
    verifier,
    rotationKey: publicKeyOf(next),
  }).log
}

function expectRefused(run: () => unknown): void {
  expect(run).toThrow(IdentityError)
}

function read(...steps: readonly Step[]): IdentityState {
  return IdentityState.parse(encodeCbor({ l: rawLog(...steps) }), context)
}

describe('a thief of the operational key', () => {
  const stolen = keyNamed('k0.1')
  const mallorys = { log: after, authority: stolen, verifier }

  test('cannot rotate', () => {
    expectRefused(() => rotate({ ...mallorys, operationalKey: publicKeyOf('mallory') }))
  })

  test('cannot recover', () => {
    expectRefused(() => recover({ ...mallorys, operationalKey: publicKeyOf('mallory') }))
  })

  test('cannot deactivate', () => {
    expectRefused(() => deactivate(mallorys))
  })

  test('cannot sign anew the entry that installed it', () => {
    const inception: Step = {
      fields: { t: 0, n: committed('r0.1'), c: committed('c1') },
      by: keyNamed('alice'),
    }
    const installed = { t: 1, k: publicKeyOf('k0.1'), n: committed('r0.2') }
    const mine = { t: 1, k: publicKeyOf('k0.1'), n: committed('mallory') }
    expect(read(inception, { fields: installed, by: keyNamed('r0.1') }).branches[0].head).toEqual(
      after.head,
    )
    expectRefused(() => read(inception, { fields: mine, by: stolen }))
    // Nor with the name of the true authority over its own signature.
    const [first, second] = rawLog(inception, { fields: mine, by: stolen })
    const forged = [first, { ...second, r: publicKeyOf('r0.1') }]
    expectRefused(() => IdentityState.parse(encodeCbor({ l: forged }), context))
  })

  test('cannot incept for the DID', () => {
    const state = read({ fields: { t: 0, c: committed('mallory') }, by: stolen })
    expect(state.did).not.toBe(after.did)
  })

  test('is shut out by a rotation: what it signs for the older log never wins', () => {
    const old = IdentityState.of(
      before,
      documentOf(before, keyNamed('alice'), {
        sequence: Number.MAX_SAFE_INTEGER,
        expiresAtMs: Number.MAX_SAFE_INTEGER,
      }),
    )
    const now = IdentityState.of(after)
    expect(now.compare(old)).toBeGreaterThan(0)
    expect(old.compare(now)).toBeLessThan(0)
    expect(toHex(old.join(now).bytes)).toBe(toHex(now.bytes))
  })
})

describe('a thief of a genesis key that is operational too', () => {
  const second = alice({ recoveryKey: publicKeyOf('mallory'), nonce: 1 })

  test('can incept again, but not unseen: the two inceptions prove each other', () => {
    for (const mallorys of [second, rotateFrom(second, 'r0.1', 'mallory k', 'mallory r')]) {
      const seen = IdentityState.of(after).join(IdentityState.of(mallorys))
      expect(seen.conflict).toEqual({ stretch: 'inceptions', depth: 0 })
      expect(seen.branches.map((log) => log.inceptionHex)).toContain(after.inceptionHex)
    }
  })

  test('cannot make the fork go away, and neither can anybody else', () => {
    const fork = IdentityState.of(after).join(IdentityState.of(second))
    const recovered = recover({
      log: after,
      authority: keyNamed('c1'),
      operationalKey: publicKeyOf('k1.0'),
      verifier,
    }).log
    expect(fork.join(IdentityState.of(recovered)).isForked).toBe(true)
  })
})

describe('a thief of the rotation key', () => {
  const mallorys = rotateFrom(before, 'r0.1', 'mallory', 'mallory r')
  const fork = IdentityState.of(after).join(IdentityState.of(mallorys))

  test('makes a fork that everybody can see', () => {
    expect(fork.conflict).toEqual({ stretch: 'rotations', depth: 0 })
    expect(fork.compare(IdentityState.of(after))).toBeGreaterThan(0)
  })

  test('does not hide it with a longer branch', () => {
    const longer = rotateFrom(mallorys, 'mallory r', 'mallory 2', 'mallory r2')
    expect(fork.join(IdentityState.of(longer)).isForked).toBe(true)
  })

  test('loses it to the recovery key, for good', () => {
    const recovered = IdentityState.of(
      recover({
        log: after,
        authority: keyNamed('c1'),
        operationalKey: publicKeyOf('k1.0'),
        verifier,
        recoveryKey: publicKeyOf('c2'),
      }).log,
    )
    const settled = fork.join(recovered)
    expect(settled.isForked).toBe(false)
    expect(settled.branches[0].current?.key).toEqual(publicKeyOf('k1.0'))
    expect(toHex(settled.join(fork).bytes)).toBe(toHex(recovered.bytes))
    expect(settled.place(toHex(publicKeyOf('mallory')))).toBeUndefined()
  })
})
