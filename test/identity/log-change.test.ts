import { describe, expect, test } from 'vitest'
import { IdentityError } from '../../src/identity/error.ts'
import { KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, recover, rotate } from '../../src/identity/log-change.ts'
import { alice, hexOf, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

type Ending = { readonly compromised?: boolean; readonly reach?: number }

function rotateOnce(log: KeyLog, to: number, ending: Ending = {}): KeyLog {
  return rotate({
    log,
    authority: keyNamed(`r0.${to}`),
    operationalKey: publicKeyOf(`k0.${to}`),
    rotationKey: publicKeyOf(`r0.${to + 1}`),
    verifier,
    ...ending,
  }).log
}

function recoverOnce(log: KeyLog, ending: Ending = {}): KeyLog {
  return recover({
    log,
    authority: keyNamed('c1'),
    operationalKey: publicKeyOf('k1.0'),
    rotationKey: publicKeyOf('r1.1'),
    recoveryKey: publicKeyOf('c2'),
    verifier,
    ...ending,
  }).log
}

function end(log: KeyLog, ending: Ending = {}): KeyLog {
  return deactivate({ log, authority: keyNamed('c1'), verifier, ...ending }).log
}

/** Each key with its fragment and its end, as one line. */
function epochsOf(log: KeyLog): string[] {
  return log.epochs.map(({ generation, rotation, retired }) => {
    const ending = retired?.compromised ? 'compromised' : `reach ${retired?.reach}`
    return `k${generation}.${rotation}${retired === undefined ? '' : ` ${ending}`}`
  })
}

describe('a rotation', () => {
  test('installs the new key and retires the old one', () => {
    const log = rotateOnce(alice(), 1, { reach: 7 })
    expect(log.current?.keyHex).toBe(hexOf('k0.1'))
    expect(epochsOf(log)).toEqual(['k0.0 reach 7', 'k0.1'])
  })

  test('says that the old key is compromised', () => {
    expect(epochsOf(rotateOnce(alice(), 1, { compromised: true }))).toEqual([
      'k0.0 compromised',
      'k0.1',
    ])
  })

  test('without a reach leaves all that the old key signed', () => {
    const log = rotateOnce(rotateOnce(alice(), 1), 2)
    expect(epochsOf(log)).toEqual(['k0.0 reach undefined', 'k0.1 reach undefined', 'k0.2'])
  })

  test('by a key from the wrong sheet is refused here, not at a peer', () => {
    const wrong = { log: alice(), authority: keyNamed('c1'), operationalKey: publicKeyOf('k0.1') }
    expect(() => rotate({ ...wrong, verifier })).toThrow(IdentityError)
  })
})

describe('a recovery', () => {
  test('starts a generation and drops the rotations before it', () => {
    const log = recoverOnce(rotateOnce(rotateOnce(alice(), 1), 2))
    expect(log.entries.map(({ type }) => type)).toEqual(['inception', 'recovery'])
    expect(log.current).toMatchObject({ generation: 1, rotation: 0, keyHex: hexOf('k1.0') })
  })

  test('says of the only key before it what it is told', () => {
    expect(epochsOf(recoverOnce(alice(), { reach: 5 }))).toEqual(['k0.0 reach 5', 'k1.0'])
    expect(epochsOf(recoverOnce(alice(), { compromised: true }))).toEqual([
      'k0.0 compromised',
      'k1.0',
    ])
  })

  test('goes on saying of dropped keys what the rotations said', () => {
    const twice = rotateOnce(rotateOnce(alice(), 1, { reach: 7 }), 2, { reach: 8 })
    const log = recoverOnce(twice, { reach: 9 })
    expect(epochsOf(log)).toEqual(['k0.0 reach 7', 'k0.1 reach 8', 'k0.2 reach 9', 'k1.0'])
    expect(log.epochs.map(({ keyHex }) => keyHex)).toEqual(
      ['alice', 'k0.1', 'k0.2', 'k1.0'].map(hexOf),
    )
  })

  test('keeps all that a dropped key signed where nothing says how far it counts', () => {
    const log = recoverOnce(rotateOnce(alice(), 1))
    expect(epochsOf(log)[1]).toBe(`k0.1 reach ${Number.MAX_SAFE_INTEGER}`)
  })

  test('forgets a dropped key that was compromised', () => {
    const stolen = recoverOnce(rotateOnce(alice(), 1, { reach: 7 }), { compromised: true })
    expect(epochsOf(stolen)).toEqual(['k0.0 reach 7', 'k1.0'])
    expect(stolen.place(hexOf('k0.1'))).toBeUndefined()
  })

  test('does not forget that the first key of the generation was compromised', () => {
    const log = recoverOnce(rotateOnce(alice(), 1, { compromised: true }), { reach: 9 })
    expect(epochsOf(log)).toEqual(['k0.0 compromised', 'k0.1 reach 9', 'k1.0'])
  })

  test('can follow a recovery, and keeps what that one says', () => {
    const once = recoverOnce(rotateOnce(alice(), 1, { reach: 7 }), { reach: 8 })
    const rotated = rotate({
      log: once,
      authority: keyNamed('r1.1'),
      operationalKey: publicKeyOf('k1.1'),
      reach: 9,
      verifier,
    }).log
    const twice = recover({
      log: rotated,
      authority: keyNamed('c2'),
      operationalKey: publicKeyOf('k2.0'),
      reach: 10,
      verifier,
    }).log
    expect(epochsOf(twice)).toEqual([
      'k0.0 reach 7',
      'k0.1 reach 8',
      'k1.0 reach 9',
      'k1.1 reach 10',
      'k2.0',
    ])
  })
})

describe('a deactivation', () => {
  test('leaves no current key, and the last one retired', () => {
    const log = end(alice(), { reach: 3 })
    expect(log.deactivated).toBe(true)
    expect(log.current).toBeUndefined()
    expect(epochsOf(log)).toEqual(['k0.0 reach 3'])
  })

  test('drops rotations, and keeps what they said of the first key', () => {
    const log = end(rotateOnce(alice(), 1, { compromised: true }))
    expect(epochsOf(log)).toEqual(['k0.0 compromised'])
    expect(log.place(hexOf('k0.1'))).toBeUndefined()
  })

  test('is the end: nothing more can be built', () => {
    const log = end(alice())
    expect(() => rotateOnce(log, 1)).toThrow(IdentityError)
    expect(() => recoverOnce(log)).toThrow(IdentityError)
    expect(() => end(log)).toThrow(IdentityError)
  })
})

test('a log that was built reads as the same log', () => {
  const log = recoverOnce(rotateOnce(alice(), 1, { reach: 7 }), { reach: 8 })
  expect(KeyLog.parse(log.bytes, verifier).epochs).toEqual(log.epochs)
})

test('a recovery that drops no rotation names no earlier keys', () => {
  const { log } = recover({
    log: alice(),
    authority: keyNamed('c1'),
    operationalKey: publicKeyOf('k1.0'),
    verifier,
  })
  expect(log.entries.map(({ type }) => type)).toEqual(['inception', 'recovery'])
  expect(log.entries.at(-1)).not.toHaveProperty('earlierKeys')
})
