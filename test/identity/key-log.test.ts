import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { encodeCbor } from '../../src/crypto/cbor.ts'
import { portableVerifier } from '../../src/crypto/ed25519.ts'
import { CryptoError } from '../../src/crypto/error.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { didOf } from '../../src/identity/did.ts'
import { IdentityError } from '../../src/identity/error.ts'
import type { IdentityFault } from '../../src/identity/error.ts'
import { KeyLog } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { commitmentOf } from '../../src/identity/log-entry.ts'
import {
  alice,
  committed,
  keyNamed,
  logOfBytes,
  publicKeyOf,
  rawLog,
  restlessSigner,
  verifier,
} from '../support/identity.ts'
import type { Step } from '../support/identity.ts'

/** Steps that fit together; tests break one of them. */
const inception: Step = {
  fields: { t: 0, n: committed('r0.1'), c: committed('c1') },
  by: keyNamed('alice'),
}
const rotation: Step = {
  fields: { t: 1, k: publicKeyOf('k0.1'), n: committed('r0.2') },
  by: keyNamed('r0.1'),
}
const rotation2: Step = {
  fields: { t: 1, k: publicKeyOf('k0.2') },
  by: keyNamed('r0.2'),
}
const recovery: Step = {
  fields: { t: 2, k: publicKeyOf('k1.0'), n: committed('r1.1'), c: committed('c2') },
  by: keyNamed('c1'),
}
const rotationAfterRecovery: Step = {
  fields: { t: 1, k: publicKeyOf('k1.1') },
  by: keyNamed('r1.1'),
}
const deactivation: Step = { fields: { t: 3 }, by: keyNamed('c1') }

function change(step: Step, fields: Readonly<Record<string, unknown>>): Step {
  const merged = Object.entries({ ...step.fields, ...fields })
  return { ...step, fields: Object.fromEntries(merged.filter(([, value]) => value !== undefined)) }
}

function parse(...steps: readonly Step[]): KeyLog {
  return KeyLog.parse(encodeCbor(rawLog(...steps)), verifier)
}

function without(name: string): (entry: Record<string, unknown>) => unknown {
  return (entry) => Object.fromEntries(Object.entries(entry).filter(([field]) => field !== name))
}

function faultOf(run: () => unknown): IdentityFault {
  try {
    run()
  } catch (error) {
    if (error instanceof IdentityError) return error.fault
    throw error
  }
  throw new Error('nothing was refused')
}

function expectFlaw(entry: number, reason: string, ...steps: readonly Step[]): void {
  expect(faultOf(() => parse(...steps))).toEqual({ code: 'identity/log-invalid', entry, reason })
}

const hashesOf = ({ entries }: KeyLog) => entries.map(({ hash }) => toHex(hash))

const NOT_COMMITTED = 'its authorising key is not the one committed to'
const NOT_HERE = 'it cannot stand at this place'
const NOT_NEW = 'its operational key is not new in the log'
const USED = 'its authorising key was used before'
const NOT_SIGNED = 'its signature does not hold'

describe('a key log', () => {
  test('names its DID, its inception, its head and its current key', () => {
    const log = parse(inception, rotation)
    expect(log.did).toBe(didOf(publicKeyOf('alice')))
    expect(log.current?.key).toEqual(publicKeyOf('k0.1'))
    expect(log.inception).toEqual(log.entries[0]?.hash)
    expect(log.head).toEqual(log.entries[1]?.hash)
    expect(log.deactivated).toBe(false)
  })

  test('says by what entries of each kind it came to be', () => {
    const recovered = parse(inception, recovery, rotationAfterRecovery)
    const [first, second, third] = hashesOf(recovered)
    expect(recovered.path).toEqual({
      inceptions: [first],
      recoveries: [second],
      rotations: [third],
    })
    const ended = parse(inception, deactivation)
    expect(ended.path.recoveries).toEqual(hashesOf(ended).slice(1))
  })

  test('hashes an entry without its signature', () => {
    const { body, hash } = parse(inception).entries[0] ?? {}
    const unsigned = { t: 0, r: publicKeyOf('alice'), n: committed('r0.1'), c: committed('c1') }
    expect(toHex(body ?? new Uint8Array())).toBe(toHex(encodeCbor(unsigned)))
    expect(hash).toEqual(sha256(encodeCbor(unsigned)))
  })

  test('reads the same from bytes and from the value that they decode to', () => {
    const raw = rawLog(inception, rotation)
    expect(toHex(KeyLog.parse(raw, verifier).bytes)).toBe(toHex(encodeCbor(raw)))
    expect(KeyLog.parse(encodeCbor(raw), verifier).head).toEqual(KeyLog.parse(raw, verifier).head)
  })

  test('does not change when the buffer that it came in does', () => {
    const bytes = Buffer.from(encodeCbor(rawLog(inception)))
    const log = KeyLog.parse(bytes, verifier)
    bytes.fill(0)
    expect(toHex(log.genesisKey)).toBe(toHex(publicKeyOf('alice')))
  })

  test('is the same to the portable verifier', () => {
    const raw = rawLog(inception, recovery, rotationAfterRecovery)
    expect(KeyLog.parse(raw, portableVerifier).head).toEqual(KeyLog.parse(raw, verifier).head)
  })

  test('has one hash, whatever sound signature its entry bears', () => {
    const usual = alice()
    const other = alice({ genesis: restlessSigner('alice', 'salt') })
    expect(toHex(other.bytes)).not.toBe(toHex(usual.bytes))
    expect(other.inception).toEqual(usual.inception)
  })

  test.each([
    ['an inception', [inception]],
    ['rotations', [inception, rotation, rotation2]],
    ['a recovery', [inception, recovery]],
    ['a rotation after a recovery', [inception, recovery, rotationAfterRecovery]],
    ['a deactivation', [inception, deactivation]],
    ['a cold root', [change(inception, { k: publicKeyOf('k0.0') }), rotation]],
    ['a nonce', [change(inception, { w: 7 })]],
    ['no commitment at all', [change(inception, { n: undefined, c: undefined })]],
    ['x and q', [inception, change(rotation, { x: 1, q: 5 })]],
    ['earlier keys', [inception, change(recovery, { p: [[publicKeyOf('k0.1'), 5]] })]],
    ['an empty list of earlier keys', [inception, change(recovery, { p: [] })]],
  ])('may have %s', (_, steps) => {
    expect(() => parse(...steps)).not.toThrow()
  })
})

/** A chain of `count` entries. */
function chain(count: number): Step[] {
  const rotations = Array.from({ length: count - 1 }, (_, at): Step => {
    const isLast = at === count - 2
    const next = isLast ? {} : { n: committed(`chain r${at + 2}`) }
    return {
      fields: { t: 1, k: publicKeyOf(`chain k${at + 1}`), ...next },
      by: keyNamed(`chain r${at + 1}`),
    }
  })
  return [{ fields: { t: 0, n: committed('chain r1') }, by: keyNamed('alice') }, ...rotations]
}

describe('I2: the caps of a log', () => {
  test('20 entries are taken, 21 are not', () => {
    expect(parse(...chain(20)).entries).toHaveLength(20)
    const tooMany = rawLog(...chain(21))
    const fault = { code: 'identity/log-full', entriesLimit: 20 }
    expect(faultOf(() => KeyLog.parse(tooMany, verifier))).toEqual(fault)
    const last = parse(...chain(20).slice(0, 19), {
      fields: { t: 1, k: publicKeyOf('chain k19'), n: committed('one more') },
      by: keyNamed('chain r19'),
    })
    const operationalKey = publicKeyOf('another')
    const onceMore = { log: last, authority: keyNamed('one more'), operationalKey, verifier }
    expect(faultOf(() => rotate(onceMore))).toEqual(fault)
  })

  test('4,000 bytes are taken, 4,001 are not, as bytes or as a value', () => {
    expect(KeyLog.parse(logOfBytes(4_000), verifier).bytes).toHaveLength(4_000)
    expect(KeyLog.parse(encodeCbor(logOfBytes(4_000)), verifier).bytes).toHaveLength(4_000)
    const fault = { code: 'identity/too-large', bytes: 4_001, limitBytes: 4_000 }
    expect(faultOf(() => KeyLog.parse(logOfBytes(4_001), verifier))).toEqual(fault)
    expect(faultOf(() => KeyLog.parse(encodeCbor(logOfBytes(4_001)), verifier))).toEqual(fault)
  })

  test('no log is empty', () => {
    expect(faultOf(() => KeyLog.parse([], verifier))).toEqual({
      code: 'identity/malformed',
      path: 'l',
    })
  })
})

describe('I3: bytes that are not canonical are refused', () => {
  test('in the length of a header', () => {
    const bytes = encodeCbor(rawLog(inception))
    // 0x81, an array of one, spelled with a length byte of its own.
    const spelled = concatBytes(Uint8Array.of(0x98, 1), bytes.subarray(1))
    expect(() => KeyLog.parse(spelled, verifier)).toThrow(CryptoError)
  })

  test('behind the end', () => {
    const bytes = encodeCbor(rawLog(inception))
    expect(() => KeyLog.parse(concatBytes(bytes, Uint8Array.of(0)), verifier)).toThrow(CryptoError)
  })
})

describe('I4: an entry has exactly the fields of its type', () => {
  const long = new Uint8Array(33)
  const short = new Uint8Array(31)

  test.each<[string, string, readonly Step[]]>([
    ['an unknown field', 'l.0.z', [change(inception, { z: 1 })]],
    ['an unknown type', 'l.0.t', [change(inception, { t: 4 })]],
    ['a type that is no number', 'l.0.t', [change(inception, { t: '0' })]],
    ['no type', 'l.0.t', [change(inception, { t: undefined })]],
    ['a short commitment', 'l.0.n', [change(inception, { n: short })]],
    ['a long commitment', 'l.0.c', [change(inception, { c: long })]],
    ['a short operational key', 'l.0.k', [change(inception, { k: short })]],
    ['a negative nonce', 'l.0.w', [change(inception, { w: -1 })]],
    ['a broken nonce', 'l.0.w', [change(inception, { w: 0.5 })]],
    ['a nonce beyond 2^53', 'l.0.w', [change(inception, { w: 2n ** 60n })]],
    ['x in an inception', 'l.0.x', [change(inception, { x: 1 })]],
    ['q in an inception', 'l.0.q', [change(inception, { q: 1 })]],
    ['p in an inception', 'l.0.p', [change(inception, { p: [] })]],
    ['c in a rotation', 'l.1.c', [inception, change(rotation, { c: committed('c2') })]],
    ['w in a rotation', 'l.1.w', [inception, change(rotation, { w: 0 })]],
    ['p in a rotation', 'l.1.p', [inception, change(rotation, { p: [] })]],
    ['no k in a rotation', 'l.1.k', [inception, change(rotation, { k: undefined })]],
    ['x of 0', 'l.1.x', [inception, change(rotation, { x: 0 })]],
    ['x of true', 'l.1.x', [inception, change(rotation, { x: true })]],
    ['a negative reach', 'l.1.q', [inception, change(rotation, { q: -1 })]],
    ['w in a recovery', 'l.1.w', [inception, change(recovery, { w: 0 })]],
    ['no k in a recovery', 'l.1.k', [inception, change(recovery, { k: undefined })]],
    ['an earlier key without reach', 'l.1.p.0', [inception, change(recovery, { p: [[short]] })]],
    ['an earlier key that is no list', 'l.1.p.0', [inception, change(recovery, { p: [short] })]],
    ['a short earlier key', 'l.1.p.0.0', [inception, change(recovery, { p: [[short, 1]] })]],
    [
      'an earlier reach of -1',
      'l.1.p.0.1',
      [inception, change(recovery, { p: [[publicKeyOf('k0.1'), -1]] })],
    ],
    ['p that is no list', 'l.1.p', [inception, change(recovery, { p: {} })]],
    ['k in a deactivation', 'l.1.k', [inception, change(deactivation, { k: long })]],
    ['n in a deactivation', 'l.1.n', [inception, change(deactivation, { n: committed('n') })]],
    ['c in a deactivation', 'l.1.c', [inception, change(deactivation, { c: committed('c') })]],
    ['p in a deactivation', 'l.1.p', [inception, change(deactivation, { p: [] })]],
  ])('%s is refused at %s', (_, path, steps) => {
    expect(faultOf(() => parse(...steps))).toEqual({ code: 'identity/malformed', path })
  })

  test.each<[string, string, (entry: Record<string, unknown>) => unknown]>([
    ['no signature', 'l.0.s', without('s')],
    ['a short signature', 'l.0.s', (entry) => ({ ...entry, s: new Uint8Array(63) })],
    ['no authorising key', 'l.0.r', without('r')],
    ['a short authorising key', 'l.0.r', (entry) => ({ ...entry, r: short })],
    ['a list in place of a map', 'l.0', (entry) => [entry]],
    ['null in place of a map', 'l.0', () => null],
    ['bytes in place of a map', 'l.0', () => short],
  ])('%s is refused at %s', (_, path, breakIt) => {
    const broken = rawLog(inception).map(breakIt)
    expect(faultOf(() => KeyLog.parse(encodeCbor(broken), verifier))).toEqual({
      code: 'identity/malformed',
      path,
    })
  })

  test('a log that is no list is refused', () => {
    expect(faultOf(() => KeyLog.parse({}, verifier))).toMatchObject({ path: 'l' })
    expect(faultOf(() => KeyLog.parse(encodeCbor('log'), verifier))).toMatchObject({ path: 'l' })
  })
})

describe('I5: entries stand in their order', () => {
  test('an inception comes first, and once', () => {
    expectFlaw(0, NOT_HERE, rotation)
    expectFlaw(0, NOT_HERE, recovery)
    expectFlaw(0, NOT_HERE, deactivation)
    expectFlaw(1, NOT_HERE, inception, inception)
  })

  test('a recovery drops the rotations before it', () => {
    expectFlaw(2, NOT_HERE, inception, rotation, recovery)
    expectFlaw(2, NOT_HERE, inception, rotation, deactivation)
  })

  test('nothing follows a deactivation', () => {
    const withCommitments = [inception, deactivation] as const
    expectFlaw(2, NOT_HERE, ...withCommitments, rotation)
    expectFlaw(2, NOT_HERE, ...withCommitments, recovery)
    expectFlaw(2, NOT_HERE, ...withCommitments, deactivation)
  })
})

describe('I6: only a key that was committed to may say the next word', () => {
  test('a rotation by another key is refused', () => {
    expectFlaw(1, NOT_COMMITTED, inception, { ...rotation, by: keyNamed('mallory') })
    expectFlaw(1, NOT_COMMITTED, inception, { ...rotation, by: keyNamed('c1') })
  })

  test('a recovery and a deactivation by another key are refused', () => {
    expectFlaw(1, NOT_COMMITTED, inception, { ...recovery, by: keyNamed('r0.1') })
    expectFlaw(1, NOT_COMMITTED, inception, { ...deactivation, by: keyNamed('r0.1') })
  })

  test('without a commitment there is no next word', () => {
    expectFlaw(1, NOT_COMMITTED, change(inception, { n: undefined }), rotation)
    expectFlaw(1, NOT_COMMITTED, change(inception, { c: undefined }), recovery)
    const rest = change(rotation, { n: undefined })
    expectFlaw(2, NOT_COMMITTED, inception, rest, rotation2)
  })

  test('a rotation after a recovery needs the recovery’s commitment, not the inception’s', () => {
    expectFlaw(2, NOT_COMMITTED, inception, recovery, rotation)
  })

  test('a second recovery needs the first one’s commitment', () => {
    const again = change(recovery, { k: publicKeyOf('k2.0') })
    expectFlaw(2, NOT_COMMITTED, inception, recovery, again)
    expect(
      parse(inception, recovery, { ...again, by: keyNamed('c2') }).path.recoveries,
    ).toHaveLength(2)
  })

  test('a commitment is no bare hash of the key', () => {
    expect(toHex(commitmentOf(publicKeyOf('r0.1')))).not.toBe(toHex(sha256(publicKeyOf('r0.1'))))
    expectFlaw(1, NOT_COMMITTED, change(inception, { n: sha256(publicKeyOf('r0.1')) }), rotation)
  })
})

describe('I7: each entry is signed, its parent with it', () => {
  test('a flipped bit in any byte of a log is refused', () => {
    const bytes = parse(inception, rotation).bytes
    for (let at = 0; at < bytes.length; at++) {
      const broken = Uint8Array.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ (1 << (at & 7))
      expect(() => KeyLog.parse(broken, verifier)).toThrow(AipError)
    }
  })

  test('an entry that was signed for another parent is refused', () => {
    const elsewhere = new Uint8Array(32).fill(1)
    expectFlaw(0, NOT_SIGNED, { ...inception, parent: elsewhere })
    expectFlaw(1, NOT_SIGNED, inception, { ...rotation, parent: elsewhere })
    expectFlaw(1, NOT_SIGNED, inception, { ...recovery, parent: elsewhere })
    expectFlaw(1, NOT_SIGNED, inception, { ...deactivation, parent: elsewhere })
    const onInception = parse(inception).head
    expectFlaw(2, NOT_SIGNED, inception, rotation, { ...rotation2, parent: onInception })
  })

  test('a signature by another key is refused', () => {
    const [entry] = rawLog(inception)
    const [mallorys] = rawLog({ ...inception, by: keyNamed('mallory') })
    const forged = [{ ...entry, s: mallorys?.['s'] }]
    expect(faultOf(() => KeyLog.parse(forged, verifier))).toMatchObject({ reason: NOT_SIGNED })
  })

  test('a key or a signature outside the strict rule is refused', () => {
    const [entry] = rawLog(inception)
    const identityPoint = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0))
    const weak = [{ ...entry, r: identityPoint, s: concatBytes(identityPoint, new Uint8Array(32)) }]
    expect(faultOf(() => KeyLog.parse(weak, verifier))).toMatchObject({ reason: NOT_SIGNED })
  })
})

describe('I8: an operational key is new, and never an authorising key', () => {
  test('an inception does not spell out its genesis key', () => {
    expectFlaw(0, NOT_NEW, change(inception, { k: publicKeyOf('alice') }))
  })

  test('a key does not come back', () => {
    expectFlaw(1, NOT_NEW, inception, change(rotation, { k: publicKeyOf('alice') }))
    expectFlaw(2, NOT_NEW, inception, rotation, change(rotation2, { k: publicKeyOf('k0.1') }))
    expectFlaw(1, NOT_NEW, inception, change(recovery, { k: publicKeyOf('alice') }))
  })

  test('a cold genesis key does not become operational later', () => {
    const cold = change(inception, { k: publicKeyOf('k0.0') })
    expectFlaw(1, NOT_NEW, cold, change(rotation, { k: publicKeyOf('alice') }))
  })

  test('a revealed key does not become operational', () => {
    expectFlaw(1, NOT_NEW, inception, change(rotation, { k: publicKeyOf('r0.1') }))
    expectFlaw(2, NOT_NEW, inception, rotation, change(rotation2, { k: publicKeyOf('r0.1') }))
  })

  test('an operational key does not authorise', () => {
    const sly = change(rotation, { n: committed('k0.1') })
    expectFlaw(2, USED, inception, sly, { ...rotation2, by: keyNamed('k0.1') })
    const selfish = change(inception, { n: committed('alice') })
    expectFlaw(1, USED, selfish, { ...rotation, by: keyNamed('alice') })
    const cold = change(inception, { k: publicKeyOf('k0.0'), n: committed('alice') })
    expectFlaw(1, USED, cold, { ...rotation, by: keyNamed('alice') })
  })

  test('an authorising key serves once', () => {
    const again = change(rotation, { n: committed('r0.1') })
    expectFlaw(2, USED, inception, again, { ...rotation2, by: keyNamed('r0.1') })
  })
})

function withEarlier(...names: readonly string[]): Step {
  return change(recovery, { p: names.map((name) => [publicKeyOf(name), 9]) })
}

describe('I9: an earlier key is new in the log too', () => {
  test('it is not named twice', () => {
    expectFlaw(1, NOT_NEW, inception, withEarlier('k0.1', 'k0.1'))
  })

  test('it is no key that the log has already', () => {
    expectFlaw(1, NOT_NEW, inception, withEarlier('alice'))
    expectFlaw(1, NOT_NEW, inception, withEarlier('k1.0'))
    expectFlaw(1, NOT_NEW, inception, withEarlier('c1'))
  })

  test('it does not come back as a new key', () => {
    const back = { fields: { t: 1, k: publicKeyOf('k0.1') }, by: keyNamed('r1.1') }
    expectFlaw(2, NOT_NEW, inception, withEarlier('k0.1'), back)
  })
})
